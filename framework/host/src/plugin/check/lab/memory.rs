//! Memory that is lent to a plugin, between canaries, with a copy kept apart.
//!
//! Whatever a call may not write is compared afterwards: the margins before and after, the gaps between the rows of a
//! matrix, and all of an input. What a plugin only reads beyond the end cannot be seen; but it finds canaries there,
//! and no zeroes that would let it get away.

use std::cell::UnsafeCell;
use std::ops::Range;

use super::call::Trouble;

/// Canaries on either side, in bytes: more than a row of most matrices.
const MARGIN: usize = 2048;

/// The canary: no plausible length, an address that is no address, and as `f32` a number that spoils every sum.
const CANARY: u8 = 0xA5;

/// Types that are their bytes: without padding, and whole whatever the bytes.
///
/// # Safety
/// Every byte of the type is initialised, and every pattern of bytes is a value.
pub(super) unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($type:ty),+) => {$(
        // SAFETY: numbers, or a pointer and a length, which may be any.
        unsafe impl Plain for $type {}
    )+};
}
plain!(u8, u32, i32, u64, usize, f32, f64, triglot_abi::Str, triglot_abi::NamedMatrix);

/// Bytes between canaries, aligned for anything of the contract.
pub(super) struct Memory {
    /// In cells, because the plugin may write here while the laboratory holds references.
    words: Box<[UnsafeCell<u64>]>,
    /// What was there at first, margins included.
    before: Vec<u8>,
    len: usize,
    /// Size of an element, in which deviations are told.
    unit: usize,
    what: String,
}

impl Memory {
    /// A copy of `values` between canaries; `what` names them to the author of the plugin.
    pub(super) fn holding<T: Plain>(what: impl Into<String>, values: &[T]) -> Self {
        let len = size_of_val(values);
        let words = (len + 2 * MARGIN).div_ceil(size_of::<u64>());
        let canary = || UnsafeCell::new(u64::from_ne_bytes([CANARY; 8]));
        let words: Box<[_]> = std::iter::repeat_with(canary).take(words).collect();
        let mut memory =
            Self { words, before: Vec::new(), len, unit: size_of::<T>().max(1), what: what.into() };
        // SAFETY: both sides hold `len` bytes; the memory is new, and its cells allow writing.
        unsafe {
            std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), memory.pointer(), len);
        }
        memory.before = memory.all();
        memory
    }

    /// The same, taking what is there now for what was there at first.
    pub(super) fn taken_as_it_is(mut self) -> Self {
        self.before = self.all();
        self
    }

    /// The first byte of what is lent.
    pub(super) fn pointer<T>(&self) -> *mut T {
        let start = UnsafeCell::raw_get(self.words.as_ptr()).cast::<u8>();
        // The margin lies inside, whatever the length.
        start.wrapping_add(MARGIN).cast()
    }

    /// What is there now, as values.
    pub(super) fn values<T: Plain>(&self) -> Vec<T> {
        let count = self.len / size_of::<T>();
        let mut values = Vec::with_capacity(count);
        // SAFETY: `count` values lie inside the memory, any bytes are values of `T`, and the capacity is theirs.
        unsafe {
            std::ptr::copy_nonoverlapping(self.pointer::<T>(), values.as_mut_ptr(), count);
            values.set_len(count);
        }
        values
    }

    /// All bytes as they are now, margins included.
    fn all(&self) -> Vec<u8> {
        let len = self.words.len() * size_of::<u64>();
        let mut bytes = vec![0; len];
        let start = UnsafeCell::raw_get(self.words.as_ptr()).cast::<u8>();
        // SAFETY: both sides hold `len` bytes; no call runs while the laboratory looks.
        unsafe { std::ptr::copy_nonoverlapping(start, bytes.as_mut_ptr(), len) };
        bytes
    }

    /// Whether nothing was written before or behind what is lent.
    pub(super) fn check_margins(&self) -> Result<(), Trouble> {
        self.check(std::iter::once(0..self.len))
    }

    /// Whether nothing was written but inside the `free` ranges: bytes from the first lent one on, ascending.
    pub(super) fn check(
        &self,
        free: impl IntoIterator<Item = Range<usize>>,
    ) -> Result<(), Trouble> {
        let now = self.all();
        let mut from = 0;
        let ends = now.len()..now.len();
        let free = free.into_iter().map(|range| range.start + MARGIN..range.end + MARGIN);
        for range in free.chain([ends]) {
            let kept = from..range.start;
            let (now, before) = (now.get(kept.clone()), self.before.get(kept));
            let pairs = now.unwrap_or_default().iter().zip(before.unwrap_or_default());
            if let Some(at) = pairs.clone().position(|(now, before)| now != before) {
                return Err(self.deviation(from + at));
            }
            from = range.end;
        }
        Ok(())
    }

    fn deviation(&self, at: usize) -> Trouble {
        let Self { what, unit, len, .. } = self;
        Trouble::Violated(match at.checked_sub(MARGIN) {
            None => format!("{} bytes before the beginning of {what} were written", MARGIN - at),
            Some(at) if at >= *len => {
                format!(
                    "memory behind the end of {what} was written, at byte {} after it",
                    at - len
                )
            }
            Some(at) => {
                format!("{what} may not be written here, but element {} was changed", at / unit)
            }
        })
    }
}

/// Values that a plugin may only read.
pub(super) struct Lent(Memory);

impl Lent {
    pub(super) fn new<T: Plain>(what: impl Into<String>, values: &[T]) -> Self {
        Self(Memory::holding(what, values))
    }

    pub(super) fn pointer<T>(&self) -> *const T {
        self.0.pointer::<T>().cast_const()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    pub(super) fn check(&self) -> Result<(), Trouble> {
        self.0.check([])
    }
}

/// A matrix of a plugin's to write: its rows, and between them gaps that are not.
pub(super) struct Room {
    memory: Memory,
    rows: usize,
    cols: usize,
    stride: usize,
}

impl Room {
    /// Room for rows × cols, `gap` elements apart. The elements hold numbers already, as the contract allows.
    pub(super) fn new(what: &str, rows: usize, cols: usize, gap: usize) -> Self {
        let stride = cols + gap;
        let spoilt = vec![
            f32::from_ne_bytes([CANARY; 4]);
            rows.saturating_sub(1) * stride + cols * rows.min(1)
        ];
        Self { memory: Memory::holding(what, &spoilt), rows, cols, stride }
    }

    pub(super) fn matrix(&self) -> triglot_abi::MatrixMut {
        triglot_abi::MatrixMut {
            data: self.memory.pointer(),
            rows: self.rows,
            cols: self.cols,
            stride: self.stride,
        }
    }

    pub(super) fn check(&self) -> Result<(), Trouble> {
        const ELEMENT: usize = size_of::<f32>();
        let row = |row: usize| {
            let start = row * self.stride * ELEMENT;
            start..start + self.cols * ELEMENT
        };
        self.memory.check((0..self.rows).map(row))
    }

    /// The elements of all rows, without the gaps.
    pub(super) fn dense(&self) -> Vec<f32> {
        let all = self.memory.values::<f32>();
        let rows = all.chunks(self.stride.max(1)).take(self.rows);
        rows.flat_map(|row| row.iter().take(self.cols).copied()).collect()
    }
}

/// A matrix that a plugin may only read, with gaps between its rows.
pub(super) struct LentMatrix {
    lent: Lent,
    rows: usize,
    cols: usize,
    stride: usize,
}

impl LentMatrix {
    /// `values` as rows of `cols`, `gap` canaries apart.
    pub(super) fn new(what: &str, values: &[f32], cols: usize, gap: usize) -> Self {
        let stride = cols + gap;
        let rows = values.len().checked_div(cols).unwrap_or(0);
        let canary = f32::from_ne_bytes([CANARY; 4]);
        let mut spread = Vec::with_capacity(rows * stride);
        for row in values.chunks(cols.max(1)) {
            spread.extend_from_slice(row);
            spread.resize(spread.len() + gap, canary);
        }
        Self { lent: Lent::new(what, &spread), rows, cols, stride }
    }

    pub(super) fn matrix(&self) -> triglot_abi::Matrix {
        triglot_abi::Matrix {
            data: self.lent.pointer(),
            rows: self.rows,
            cols: self.cols,
            stride: self.stride,
        }
    }

    pub(super) fn check(&self) -> Result<(), Trouble> {
        self.lent.check()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes as a plugin would.
    fn write<T>(memory: &Memory, at: isize, value: T) {
        // SAFETY: the tests stay inside the margins.
        unsafe { memory.pointer::<T>().offset(at).write_unaligned(value) };
    }

    fn complaint(result: Result<(), Trouble>) -> String {
        match result {
            Err(Trouble::Violated(what)) => what,
            _ => "none".into(),
        }
    }

    #[test]
    fn a_deviation_says_where_it_is() {
        let lent = || Lent::new("the keys", &[1u64, 2, 3]);
        let said = |at, value| {
            let lent = lent();
            write(&lent.0, at, value);
            complaint(lent.check())
        };
        assert_eq!(complaint(lent().check()), "none");
        assert_eq!(said(2, 9u64), "the keys may not be written here, but element 2 was changed");
        assert_eq!(
            said(3, 9u64),
            "memory behind the end of the keys was written, at byte 0 after it"
        );
        assert_eq!(said(-1, 9u64), "8 bytes before the beginning of the keys were written");
    }

    proptest! {
        #[test]
        fn rows_may_be_written_and_nothing_between_or_around_them(
            rows in 0usize..5, cols in 1usize..5, gap in 0usize..4, at in -8isize..60,
        ) {
            let room = Room::new("a matrix", rows, cols, gap);
            write(&room.memory, at, 1f32);
            let (row, col) = (at.div_euclid((cols + gap) as isize), at.rem_euclid((cols + gap) as isize));
            let free = (0..rows as isize).contains(&row) && col < cols as isize;
            prop_assert_eq!(room.check().is_ok(), free);
        }

        #[test]
        fn what_is_written_comes_back_dense(rows in 0usize..5, cols in 1usize..5, gap in 0usize..4) {
            let room = Room::new("a matrix", rows, cols, gap);
            let written = |row: usize, col: usize| (row * 10 + col) as f32;
            let cells = (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col)));
            for (row, col) in cells.clone() {
                write(&room.memory, (row * (cols + gap) + col) as isize, written(row, col));
            }
            prop_assert!(room.check().is_ok());
            let expected: Vec<f32> = cells.map(|(row, col)| written(row, col)).collect();
            prop_assert_eq!(room.dense(), expected);
        }

        #[test]
        fn any_byte_changed_in_a_lent_matrix_is_seen(gap in 0usize..3, at in -9isize..60, bit in 0u32..8) {
            let lent = LentMatrix::new("a matrix", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, gap);
            let pointer = lent.lent.0.pointer::<u8>().wrapping_offset(at);
            // SAFETY: inside the memory and its margins.
            unsafe { *pointer ^= 1 << bit };
            prop_assert!(lent.check().is_err());
        }
    }
}
