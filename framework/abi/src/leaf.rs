//! Leaf structs: strings, matrices and lists. They are frozen, their layout never changes.
//!
//! They own nothing: what they point to belongs to whoever lends them, for as long as the rules say.

use core::ffi::c_char;

/// UTF-8 text of `len` bytes, not terminated by zero, borrowed. A zero length may carry a null pointer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    /// First byte; may be null if `len` is 0. Not to be written to.
    pub data: *const u8,
    /// Number of bytes.
    pub len: usize,
}

impl Str {
    /// No text.
    pub const EMPTY: Self = Self { data: core::ptr::null(), len: 0 };

    /// Borrows `text`; the pointer is good for as long as `text` is.
    pub const fn new(text: &str) -> Self {
        Self { data: text.as_ptr(), len: text.len() }
    }
}

/// A borrowed matrix of 32-bit floats to read: row `r` begins at `data + r * stride`, `stride >= cols`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    /// First element; may be null if the matrix has no elements.
    pub data: *const f32,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Elements (not bytes) from the start of a row to the start of the next; without meaning below two rows.
    pub stride: usize,
}

/// A borrowed matrix of 32-bit floats that the callee writes; its elements hold numbers already, of no meaning.
///
/// Row `r` begins at `data + r * stride`, `stride >= cols`. Where a comment says so, null `data` means "not wanted". The
/// elements between two rows stay as they are.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MatrixMut {
    /// First element; may be null if the matrix has no elements, or is not wanted.
    pub data: *mut f32,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Elements (not bytes) from the start of a row to the start of the next; without meaning below two rows.
    pub stride: usize,
}

/// A matrix beside those that a border names, for example `teacher.query`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct NamedMatrix {
    /// Its name, unlike those of the matrices beside it.
    pub name: Str,
    /// Its values; what they are belongs to the name.
    pub matrix: Matrix,
}

/// A list of 32-bit numbers for every row, compressed and borrowed: row `r` holds the items from `offsets[r]` up to,
/// but not with, `offsets[r + 1]`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Csr {
    /// `rows + 1` offsets, the first 0, never falling; may be null if `rows` is 0.
    pub offsets: *const u32,
    /// `offsets[rows]` items; may be null if there are none.
    pub items: *const u32,
    /// Number of rows.
    pub rows: usize,
}

/// Where a callee writes the text of an error: one line, without the component's name, which the host puts ahead.
///
/// The caller owns it and lends it for the call; where a function takes a pointer to one, that may be null.
#[repr(C)]
#[derive(Debug)]
pub struct ErrorBuffer {
    /// First byte of the buffer; may be null if `capacity` is 0.
    pub data: *mut c_char,
    /// Number of bytes that may be written.
    pub capacity: usize,
    /// Number of bytes the callee wrote: UTF-8, cut on a character border, not terminated by zero. The caller sets it
    /// to 0; it means nothing after [`crate::STATUS_OK`].
    pub len: usize,
}
