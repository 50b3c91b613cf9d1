//! Leaf structs: strings, matrices and lists. They are frozen, their layout never changes.

use core::ffi::c_char;

/// UTF-8 text of `len` bytes, not terminated by zero. A zero length may carry a null pointer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    /// First byte; may be null if `len` is 0.
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

/// A borrowed matrix of `f32`: row `r` begins at `data + r * stride`, `stride >= cols`.
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

/// A borrowed matrix of `f32` that the callee writes; its elements hold numbers already, of no meaning.
///
/// Where a border says so, null `data` means "not wanted". The elements between two rows stay as they are.
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
    /// Its name.
    pub name: Str,
    /// Its values.
    pub matrix: Matrix,
}

/// A list of `u32` for every row, compressed: row `r` holds `items[offsets[r] .. offsets[r + 1]]`.
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

/// Where a callee writes the text of an error. The caller owns it; `data` may be null if `capacity` is 0.
#[repr(C)]
#[derive(Debug)]
pub struct ErrorBuffer {
    /// First byte of the buffer.
    pub data: *mut c_char,
    /// Number of bytes that may be written.
    pub capacity: usize,
    /// Number of bytes the callee wrote: UTF-8, cut on a character border, not terminated by zero. The caller sets it
    /// to 0; it means nothing after OK.
    pub len: usize,
}
