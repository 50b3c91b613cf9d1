//! Structs that grow: the rule that lets an older side and a newer side read each other.

use core::mem::{MaybeUninit, size_of};

/// A `repr(C)` struct that begins with `struct_size: u32`.
///
/// # Safety
/// The type is `repr(C)` without padding, its first field is `struct_size: u32` at offset 0, all-zero bytes are a valid
/// value of every field, and `FIELD_STARTS` are the offsets of its fields.
pub unsafe trait Sized32: Sized {
    /// Where the fields start, ascending from 0.
    const FIELD_STARTS: &'static [usize];

    /// The size to write into `struct_size`.
    const SIZE: u32 = {
        assert!(size_of::<Self>() <= u32::MAX as usize);
        size_of::<Self>() as u32
    };

    /// A value in which nothing but its size is set.
    fn empty() -> Self {
        let mut empty = MaybeUninit::<Self>::zeroed();
        // SAFETY: the first field is a `u32` at offset 0, and all others are valid when zero.
        unsafe {
            empty.as_mut_ptr().cast::<u32>().write(Self::SIZE);
            empty.assume_init()
        }
    }

    /// Copies what the other side wrote into a zeroed value of this side's own size.
    ///
    /// Fields that the other side does not know are zero (null, unsupported), and so is a field that its size cuts:
    /// half a pointer is none. Fields that this side does not know are left where they are. `struct_size` stays what
    /// the other side wrote. Returns `None` for a null or misaligned pointer, or a size that does not hold itself.
    ///
    /// # Safety
    /// `theirs` is null or misaligned, or points to at least 4 readable bytes; if those say n, n bytes are readable,
    /// and each field within them is a valid value.
    unsafe fn read(theirs: *const Self) -> Option<Self> {
        // SAFETY: by contract.
        let size = unsafe { whole_fields(theirs) }?;
        let mut mine = MaybeUninit::<Self>::zeroed();
        // SAFETY: `size` bytes are readable by contract and inside `mine`; whole fields are copied, the others stay
        // zero, and both are valid.
        Some(unsafe {
            core::ptr::copy_nonoverlapping(theirs.cast::<u8>(), mine.as_mut_ptr().cast(), size);
            mine.assume_init()
        })
    }

    /// Copies `self` into the other side's struct, as many whole fields as that holds, keeping its `struct_size`.
    ///
    /// Returns whether there was a struct to write to: not null, aligned, of a size that holds itself.
    ///
    /// # Safety
    /// As for [`Sized32::read`], and the bytes are writable.
    unsafe fn write_back(self, theirs: *mut Self) -> bool {
        // SAFETY: by contract.
        let Some(size) = (unsafe { whole_fields(theirs.cast_const()) }) else {
            return false;
        };
        let start = size_of::<u32>();
        // SAFETY: bytes `start..size` are inside both structs and writable by contract; the types hold no padding, and
        // nothing that needs dropping.
        unsafe {
            core::ptr::copy_nonoverlapping(
                (&raw const self).cast::<u8>().add(start),
                theirs.cast::<u8>().add(start),
                size - start,
            );
        }
        true
    }
}

/// The number of bytes of whole fields that both sides know; `None` if there is no struct at `theirs`.
///
/// # Safety
/// As for [`Sized32::read`].
unsafe fn whole_fields<T: Sized32>(theirs: *const T) -> Option<usize> {
    if theirs.is_null() || !theirs.is_aligned() {
        return None;
    }
    // SAFETY: not null, aligned, 4 bytes readable by contract.
    let size = unsafe { theirs.cast::<u32>().read() } as usize;
    let ends = T::FIELD_STARTS.iter().skip(1).copied().chain([size_of::<T>()]);
    ends.take_while(|end| *end <= size).last()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{BackendInfo, Column, Sampler, Sized32, Str, Texts};

    /// Bytes that stand for a struct of another version, with room for its alignment.
    fn bytes(size: u32) -> Vec<u64> {
        let mut words = vec![0x5A5A_5A5A_5A5A_5A5A_u64; 64];
        words[0] = words[0] >> 32 << 32 | u64::from(size);
        words
    }

    fn info() -> BackendInfo {
        BackendInfo { trainable: 1, dim: 384, parameters: 7, ..BackendInfo::empty() }
    }

    #[test]
    fn an_equal_struct_is_read_as_it_is() {
        let theirs = info();
        // SAFETY: a whole struct.
        let mine = unsafe { BackendInfo::read(&raw const theirs) }.unwrap();
        assert_eq!((mine.trainable, mine.dim, mine.parameters), (1, 384, 7));
    }

    #[test]
    fn what_a_shorter_struct_lacks_is_zero() {
        let theirs = BackendInfo { struct_size: 16, ..info() };
        // SAFETY: a whole struct that says less of itself.
        let mine = unsafe { BackendInfo::read(&raw const theirs) }.unwrap();
        assert_eq!((mine.struct_size, mine.dim, mine.parameters), (16, 384, 0));
    }

    #[test]
    fn of_a_longer_struct_the_known_part_is_read() {
        let longer = bytes(500);
        // SAFETY: 512 readable bytes, and integers are valid whatever the bytes.
        let mine = unsafe { BackendInfo::read(longer.as_ptr().cast()) }.unwrap();
        assert_eq!(mine.dim, 0x5A5A_5A5A_5A5A_5A5A);
        assert_eq!(mine.struct_size, 500);
    }

    #[test]
    fn half_a_pointer_is_none() {
        let name = "a";
        let theirs = Column { name: Str::new(name), struct_size: 8 + 12, ..Column::empty() };
        // SAFETY: a whole struct that says less of itself.
        let mine = unsafe { Column::read(&raw const theirs) }.unwrap();
        assert!(mine.name.data.is_null() && mine.name.len == 0);
        let theirs = Sampler { struct_size: 8 + 7, create: None, ..Sampler::empty() };
        // SAFETY: as above.
        assert!(unsafe { Sampler::read(&raw const theirs) }.unwrap().create.is_none());
    }

    #[test]
    fn null_a_crooked_address_and_a_size_that_does_not_hold_itself_are_no_struct() {
        let whole = bytes(64);
        let crooked = whole.as_ptr().wrapping_byte_add(4).cast_mut().cast::<Texts>();
        for theirs in [core::ptr::null_mut(), crooked] {
            // SAFETY: null and misaligned pointers are refused unread.
            unsafe {
                assert!(Texts::read(theirs).is_none());
                assert!(!Texts::empty().write_back(theirs));
            }
        }
        for size in 0..4 {
            let mut short = bytes(size);
            // SAFETY: 512 readable and writable bytes.
            unsafe {
                assert!(Texts::read(short.as_ptr().cast()).is_none());
                assert!(!Texts::empty().write_back(short.as_mut_ptr().cast()));
            }
            assert_eq!(short, bytes(size));
        }
    }

    #[test]
    fn an_empty_value_knows_its_size_alone() {
        let empty = Column::empty();
        assert_eq!(empty.struct_size, Column::SIZE);
        assert!(empty.name.data.is_null() && empty.depth == 0);
    }

    proptest! {
        #[test]
        fn writing_back_keeps_the_size_and_every_byte_beyond_it(size in 4u32..=512) {
            let mut theirs = bytes(size);
            // SAFETY: 512 writable bytes.
            let written = unsafe { info().write_back(theirs.as_mut_ptr().cast()) };
            prop_assert!(written);
            let (theirs, before) = (as_bytes(&theirs), as_bytes(&bytes(size)));
            prop_assert_eq!(&theirs[..4], &before[..4]);
            let written = size.min(BackendInfo::SIZE) as usize;
            prop_assert_eq!(&theirs[written..], &before[written..]);
            let dim = if size >= 16 { 384u64.to_ne_bytes() } else { [0x5A; 8] };
            prop_assert_eq!(&theirs[8..16], &dim);
        }

        #[test]
        fn any_size_gives_the_fields_that_it_holds_whole(size in 4u32..=512) {
            let theirs = bytes(size);
            // SAFETY: 512 readable bytes, and integers are valid whatever the bytes.
            let mine = unsafe { BackendInfo::read(theirs.as_ptr().cast()) }.unwrap();
            let word = |end: u32| if size >= end { 0x5A5A_5A5A_5A5A_5A5A } else { 0 };
            prop_assert_eq!(mine.struct_size, size);
            prop_assert_eq!(mine.dim as u64, word(16));
            prop_assert_eq!(mine.parameters, word(24));
        }
    }

    fn as_bytes(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }
}
