//! Memory that a plugin writes, between two margins that tell whether it wrote past an end.
//!
//! A plugin that miscounts by a row spoils what happens to lie there, and what fails is something else, later. So
//! whatever crosses as a place to write lies in memory of its own, and the margins are looked at after the call.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use triglot_abi as abi;

/// Width of a margin in bytes: an embedding of 1024 numbers that is written one place too far is still seen.
const MARGIN: usize = 4096;
/// What a margin is filled with.
const CANARY: u8 = 0xA5;
const WORD: usize = size_of::<u64>();
/// A margin as it should be; what is left of the last word behind the values belongs to it.
static CANARIES: [u8; MARGIN + WORD] = [CANARY; MARGIN + WORD];

/// What may be written by a plugin.
///
/// # Safety
/// Any bytes are a valid value, the type wants no more alignment than a word, has no padding and nothing to drop.
pub(super) unsafe trait Plain {}

// SAFETY: numbers and pointers, and structs of these without padding, which the contract asks for.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for i32 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for usize {}
// SAFETY: as above.
unsafe impl Plain for f32 {}
// SAFETY: as above.
unsafe impl Plain for f64 {}
// SAFETY: as above.
unsafe impl<T> Plain for *mut T {}
// SAFETY: as above.
unsafe impl Plain for abi::Str {}
// SAFETY: as above.
unsafe impl Plain for abi::BackendInfo {}
// SAFETY: as above.
unsafe impl Plain for abi::StepReport {}
// SAFETY: as above.
unsafe impl Plain for abi::ObjectiveOutput {}

/// Values that a plugin writes, with a margin on both sides.
pub(super) struct Guarded<T> {
    /// Margin, values, margin; words, so that the values are aligned.
    words: Vec<MaybeUninit<u64>>,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Plain> Guarded<T> {
    /// One value.
    pub(super) fn one(value: T) -> Self {
        let mut guarded = Self::blank(1);
        // SAFETY: there is room for one, aligned for it.
        unsafe { guarded.as_mut_ptr().write(value) };
        guarded
    }

    /// So many copies of a value.
    pub(super) fn filled(value: T, len: usize) -> Self
    where
        T: Copy,
    {
        let mut guarded = Self::blank(len);
        guarded.values_mut().fill(value);
        guarded
    }

    fn blank(len: usize) -> Self {
        const { assert!(align_of::<T>() <= WORD) };
        let inner = (len * size_of::<T>()).div_ceil(WORD);
        let canary = MaybeUninit::new(u64::from_ne_bytes([CANARY; WORD]));
        let words = vec![canary; inner + 2 * (MARGIN / WORD)];
        Self { words, len, values: PhantomData }
    }

    /// The first value, with leave to write all of them.
    pub(super) fn as_mut_ptr(&mut self) -> *mut T {
        // SAFETY: the margin lies inside the words.
        unsafe { self.words.as_mut_ptr().cast::<u8>().add(MARGIN) }.cast()
    }

    /// The values.
    pub(super) fn values(&self) -> &[T] {
        // SAFETY: `len` values lie behind the margin, aligned; they were filled, and any bytes are valid.
        unsafe {
            let first = self.words.as_ptr().cast::<u8>().add(MARGIN);
            std::slice::from_raw_parts(first.cast(), self.len)
        }
    }

    /// The first value.
    pub(super) fn value(&self) -> T {
        // SAFETY: room for one is there in any case, and any bytes are valid.
        unsafe { self.words.as_ptr().cast::<u8>().add(MARGIN).cast::<T>().read() }
    }

    fn values_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `values`; what a new one holds are canaries, bytes like any others.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.len) }
    }

    /// What the plugin did to the margins of `what`, if anything.
    pub(super) fn breach(&self, what: &str) -> Option<String> {
        let (start, end) = (MARGIN, MARGIN + self.len * size_of::<T>());
        let first = self.words.as_ptr().cast::<u8>();
        // SAFETY: both margins lie inside the words, and hold bytes that were written when these were made.
        let (before, behind) = unsafe {
            let behind = self.words.len() * WORD - end;
            (
                std::slice::from_raw_parts(first, start),
                std::slice::from_raw_parts(first.add(end), behind),
            )
        };
        if *before != CANARIES[..before.len()] {
            let from = before.iter().position(|byte| *byte != CANARY).unwrap_or(0);
            return Some(format!("it wrote {} before {what}", bytes(start - from)));
        }
        if *behind != CANARIES[..behind.len()] {
            let last = behind.iter().rposition(|byte| *byte != CANARY).unwrap_or(0);
            return Some(format!("it wrote {} past the end of {what}", bytes(last + 1)));
        }
        None
    }
}

fn bytes(count: usize) -> String {
    match count {
        1 => "a byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

impl Guarded<f32> {
    /// The values as a matrix with rows of `dim`, to write.
    pub(super) fn matrix(&mut self, dim: usize) -> abi::MatrixMut {
        let rows = self.len.checked_div(dim).unwrap_or(0);
        abi::MatrixMut { data: self.as_mut_ptr(), rows, cols: dim, stride: dim }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes a byte at a place counted from the first byte of the values, as a plugin would.
    fn write(guarded: &mut Guarded<f32>, at: isize, byte: u8) {
        // SAFETY: the tests stay inside the margins.
        unsafe { guarded.as_mut_ptr().cast::<u8>().offset(at).write(byte) };
    }

    proptest! {
        #[test]
        fn what_is_written_inside_comes_back_and_is_no_breach(values: Vec<f32>) {
            let mut guarded = Guarded::filled(f32::NAN, values.len());
            let first = guarded.as_mut_ptr();
            for (i, value) in values.iter().enumerate() {
                // SAFETY: inside.
                unsafe { first.add(i).write(*value) };
            }
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(guarded.values()), bits(&values));
            prop_assert_eq!(guarded.breach("the values"), None);
        }

        #[test]
        fn a_byte_written_past_an_end_is_told(
            len in 0usize..40,
            past in 0..MARGIN,
            byte in any::<u8>().prop_filter("the canary itself cannot be told", |b| *b != CANARY),
        ) {
            let mut guarded = Guarded::filled(0.0f32, len);
            write(&mut guarded, (4 * len + past) as isize, byte);
            let told = format!("it wrote {} past the end of the values", bytes(past + 1));
            prop_assert_eq!(guarded.breach("the values"), Some(told));

            let mut guarded = Guarded::filled(0.0f32, len);
            write(&mut guarded, -1 - past as isize, byte);
            let told = format!("it wrote {} before the values", bytes(past + 1));
            prop_assert_eq!(guarded.breach("the values"), Some(told));
        }
    }

    #[test]
    fn structs_are_guarded_too() {
        let report =
            abi::StepReport { struct_size: 24, reserved: 0, gradient_norm: 2.0, tokens: 3 };
        let mut guarded = Guarded::one(report);
        assert_eq!((guarded.value().tokens, guarded.breach("the report")), (3, None));
        // SAFETY: inside the margin.
        unsafe { guarded.as_mut_ptr().add(1).cast::<u64>().write(0) };
        let told = guarded.breach("the report");
        assert_eq!(told.as_deref(), Some("it wrote 8 bytes past the end of the report"));
    }
}
