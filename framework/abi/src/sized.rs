//! Structs that grow: the rule that lets an older side and a newer side read each other.

use core::mem::{MaybeUninit, size_of};

/// A `repr(C)` struct that begins with `struct_size: u32`.
///
/// # Safety
/// The type is `repr(C)`, its first field is `struct_size: u32` at offset 0, and all-zero bytes are a valid value.
pub unsafe trait Sized32: Sized {
    /// The size to write into `struct_size`.
    const SIZE: u32 = {
        assert!(size_of::<Self>() <= u32::MAX as usize);
        size_of::<Self>() as u32
    };

    /// Copies what the other side wrote into a zeroed value of this side's own size.
    ///
    /// Fields that the other side does not know are zero (null, unsupported); fields that this side does not know are
    /// left where they are. Returns `None` for a null or misaligned pointer, or a size that does not hold itself.
    ///
    /// # Safety
    /// `theirs` is null or points to at least 4 readable bytes; if those say n, n bytes are readable.
    unsafe fn read(theirs: *const Self) -> Option<Self> {
        if theirs.is_null() || !theirs.is_aligned() {
            return None;
        }
        // SAFETY: not null, aligned, 4 bytes readable by contract.
        let size = unsafe { theirs.cast::<u32>().read() } as usize;
        if size < size_of::<u32>() {
            return None;
        }
        let mut mine = MaybeUninit::<Self>::zeroed();
        // SAFETY: `size` bytes are readable by contract and at most `size_of::<Self>()` are written to `mine`; all-zero
        // with a prefix of a valid value is valid because every field is valid when zero and fields are whole.
        Some(unsafe {
            core::ptr::copy_nonoverlapping(
                theirs.cast::<u8>(),
                mine.as_mut_ptr().cast::<u8>(),
                size.min(size_of::<Self>()),
            );
            mine.assume_init()
        })
    }

    /// Copies `mine` back into the other side's struct, as far as that reaches, keeping its `struct_size`.
    ///
    /// # Safety
    /// As for [`Sized32::read`], and the bytes are writable.
    unsafe fn write_back(self, theirs: *mut Self) {
        // SAFETY: as for `read`.
        let size = (unsafe { theirs.cast::<u32>().read() } as usize).min(size_of::<Self>());
        let start = size_of::<u32>();
        if size > start {
            let mine = core::mem::ManuallyDrop::new(self);
            // SAFETY: bytes `start..size` are inside both structs; the first four stay the other side's.
            unsafe {
                core::ptr::copy_nonoverlapping(
                    core::ptr::from_ref(&*mine).cast::<u8>().add(start),
                    theirs.cast::<u8>().add(start),
                    size - start,
                );
            }
        }
    }
}

macro_rules! sized32 {
    ($($name:ty),* $(,)?) => {$(
        // SAFETY: repr(C), `struct_size` first (asserted below); integers, floats, raw pointers and `Option<fn>` are
        // all valid when zero.
        unsafe impl Sized32 for $name {}
        const _: () = assert!(core::mem::offset_of!($name, struct_size) == 0);
    )*};
}

sized32!(
    crate::Plugin,
    crate::Component,
    crate::Host,
    crate::CreateArgs,
    crate::TextSink,
    crate::Texts,
    crate::TextSource,
    crate::Augmenter,
    crate::CorpusView,
    crate::Batch,
    crate::BatchSink,
    crate::SamplerArgs,
    crate::Sampler,
    crate::BackendInfo,
    crate::StepArgs,
    crate::StepReport,
    crate::Backend,
    crate::ObjectiveBatch,
    crate::ScalarSink,
    crate::ObjectiveOutput,
    crate::Objective,
    crate::Ranking,
    crate::Column,
    crate::ColumnSink,
    crate::Metric,
);
