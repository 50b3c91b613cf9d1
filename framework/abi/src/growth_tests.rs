//! The rule of growth for every struct that may grow, at every size that the other side could say.

use core::mem::size_of;

use crate::Sized32;
use crate::layout::{GROWTH, LAYOUTS, Layout};

/// What the rule of growth does to one struct, on bytes.
pub struct Growth {
    /// [`Sized32::read`]: the bytes of the value.
    read: unsafe fn(*const u8) -> Option<Vec<u8>>,
    /// Reads a whole value, then [`Sized32::write_back`].
    write_back: unsafe fn(whole: *const u8, theirs: *mut u8) -> bool,
}

impl Growth {
    /// That of a type.
    pub const fn of<T: Sized32>() -> Self {
        Self { read: read::<T>, write_back: write_back::<T> }
    }
}

/// # Safety
/// As for [`Sized32::read`].
unsafe fn read<T: Sized32>(theirs: *const u8) -> Option<Vec<u8>> {
    // SAFETY: by contract.
    let mine = unsafe { T::read(theirs.cast()) }?;
    // SAFETY: the bytes of a value without padding.
    Some(unsafe { core::slice::from_raw_parts((&raw const mine).cast(), size_of::<T>()) }.to_vec())
}

/// # Safety
/// As for [`Sized32::read`], of both; the second is writable.
unsafe fn write_back<T: Sized32>(whole: *const u8, theirs: *mut u8) -> bool {
    // SAFETY: by contract.
    unsafe { T::read(whole.cast()) }.is_some_and(|value| unsafe { value.write_back(theirs.cast()) })
}

/// How much longer than the longest struct of today a later one may be here.
const LONGER: usize = 24;
const ROOM: usize = 256;

/// A struct that says `size` of itself; all its other bytes are odd and differ by `salt` (no field of them is zero).
fn words(size: usize, salt: usize) -> Vec<u64> {
    let byte = |i: usize| (i * 38 + salt * 2 + 1) as u8;
    let mut bytes: Vec<u8> = (0..ROOM).map(byte).collect();
    bytes[..4].copy_from_slice(&(size as u32).to_ne_bytes());
    bytes.as_chunks::<8>().0.iter().map(|word| u64::from_ne_bytes(*word)).collect()
}

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// Every struct that may grow, with every size from that of `struct_size` alone to that of a later version.
fn for_every_size(mut holds: impl FnMut(&Layout, &Growth, usize)) {
    let mut grown = 0;
    for (layout, growth) in LAYOUTS.iter().zip(GROWTH) {
        let Some(growth) = growth else { continue };
        grown += 1;
        assert!(layout.size + LONGER <= ROOM, "{} needs more room here", layout.name);
        // An interpreter takes its time: 7 divides no field, so that its steps still cut some of them and spare others.
        let step = if cfg!(miri) { 7 } else { 1 };
        (4..=layout.size + LONGER).step_by(step).for_each(|size| holds(layout, growth, size));
    }
    assert!(grown > 20, "{grown}");
}

/// Where each field begins and ends.
fn fields(layout: &Layout) -> impl Iterator<Item = core::ops::Range<usize>> {
    let ends = layout.fields.iter().skip(1).map(|(_, start)| *start).chain([layout.size]);
    layout.fields.iter().map(|(_, start)| *start).zip(ends).map(|(start, end)| start..end)
}

#[test]
fn of_every_struct_of_any_size_the_whole_fields_are_read_and_the_others_are_zero() {
    for_every_size(|layout, growth, size| {
        let theirs = words(size, 0);
        // SAFETY: more bytes than any `size` are readable, and no byte of a field is zero: every field is valid.
        let mine = unsafe { (growth.read)(theirs.as_ptr().cast()) }.unwrap();
        let theirs = bytes(&theirs);
        assert_eq!(mine.len(), layout.size);
        for field in fields(layout) {
            let held = field.end <= size;
            let expected = if held { theirs[field.clone()].to_vec() } else { vec![0; field.len()] };
            assert_eq!(mine[field.clone()], expected, "{} of {size} at {field:?}", layout.name);
        }
    });
}

#[test]
fn into_every_struct_of_any_size_the_whole_fields_are_written_and_nothing_else() {
    for_every_size(|layout, growth, size| {
        let (whole, mut theirs) = (words(layout.size, 1), words(size, 0));
        let before = bytes(&theirs);
        // SAFETY: as above, and `theirs` is writable.
        let written =
            unsafe { (growth.write_back)(whole.as_ptr().cast(), theirs.as_mut_ptr().cast()) };
        assert!(written);
        let (whole, after) = (bytes(&whole), bytes(&theirs));
        let mut expected = before;
        for field in fields(layout).skip(1).filter(|field| field.end <= size) {
            expected[field.clone()].copy_from_slice(&whole[field]);
        }
        assert_eq!(after, expected, "{} of {size}", layout.name);
    });
}
