//! Safe views of what the host lends for a call: texts, matrices, lists.

use std::marker::PhantomData;

use triglot_abi as abi;

use crate::error::{Error, Result};
use crate::glue::raw;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A query.
    Query,
    /// A passage.
    Passage,
}

impl Role {
    fn from_raw(role: u8) -> Result<Self> {
        match role {
            abi::ROLE_QUERY => Ok(Self::Query),
            abi::ROLE_PASSAGE => Ok(Self::Passage),
            other => Err(Error::invalid(format!("a text has the unknown role {other}"))),
        }
    }
}

/// One text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text itself.
    pub text: &'a str,
    /// Its language code.
    pub language: &'a str,
    /// Query or passage.
    pub role: Role,
    /// From which every random draw for this text follows.
    pub key: u64,
}

/// The texts of a call.
#[derive(Debug, Clone, Default)]
pub struct Texts<'a> {
    texts: Vec<Text<'a>>,
}

impl<'a> Texts<'a> {
    /// Texts of a test's own.
    pub fn new(texts: Vec<Text<'a>>) -> Self {
        Self { texts }
    }

    /// # Safety
    /// The columns of `texts` are as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(texts: &abi::Texts) -> Result<Self> {
        let n = texts.count;
        // SAFETY: by contract every column has `count` entries, or is null, which is checked.
        let (text, language, role, key) = unsafe {
            (
                raw::slice(texts.text, n, "texts.text")?,
                raw::slice(texts.language, n, "texts.language")?,
                raw::slice(texts.role, n, "texts.role")?,
                raw::slice(texts.key, n, "texts.key")?,
            )
        };
        let texts = (0..n)
            .map(|i| {
                Ok(Text {
                    // SAFETY: the strings live as long as their columns, by contract.
                    text: unsafe { raw::str(text[i], "a text") }?,
                    // SAFETY: as above.
                    language: unsafe { raw::str(language[i], "a language") }?,
                    role: Role::from_raw(role[i])?,
                    key: key[i],
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { texts })
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Text<'a>> + '_ {
        self.texts.iter().copied()
    }
}

/// A matrix of `f32` to read.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    raw: abi::Matrix,
    borrowed: PhantomData<&'a [f32]>,
}

// SAFETY: it reads what it borrows, as a `&[f32]` does.
unsafe impl Send for Matrix<'_> {}
// SAFETY: as above.
unsafe impl Sync for Matrix<'_> {}

impl<'a> Matrix<'a> {
    /// A view of `data`, `rows` rows of `cols` numbers; `None` if the lengths do not agree.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Option<Self> {
        let raw = abi::Matrix { data: data.as_ptr(), rows, cols, stride: cols };
        (rows.checked_mul(cols) == Some(data.len())).then_some(Self { raw, borrowed: PhantomData })
    }

    /// # Safety
    /// `raw` is as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(raw: abi::Matrix, what: &str) -> Result<Self> {
        raw::check_matrix(raw.data, raw.rows, raw.cols, raw.stride, what)?;
        Ok(Self { raw, borrowed: PhantomData })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.raw.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.raw.cols
    }

    /// Row `row`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &'a [f32] {
        assert!(row < self.raw.rows, "row {row} of a matrix of {} rows", self.raw.rows);
        if self.raw.cols == 0 {
            return &[];
        }
        // SAFETY: the row lies inside the matrix, by the assertion; that the matrix lies in memory was checked when the
        // view was made, and that it is readable for 'a is the contract.
        unsafe {
            std::slice::from_raw_parts(self.raw.data.add(row * self.raw.stride), self.raw.cols)
        }
    }

    /// The numbers row by row.
    pub fn to_vec(&self) -> Vec<f32> {
        (0..self.rows()).flat_map(|row| self.row(row)).copied().collect()
    }
}

/// A matrix of `f32` to write.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    raw: abi::MatrixMut,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: it has what it borrows to itself, as a `&mut [f32]` does.
unsafe impl Send for MatrixMut<'_> {}
// SAFETY: `&MatrixMut` tells the shape and no element.
unsafe impl Sync for MatrixMut<'_> {}

impl<'a> MatrixMut<'a> {
    /// A view of `data`, `rows` rows of `cols` numbers; `None` if the lengths do not agree.
    pub fn new(data: &'a mut [f32], rows: usize, cols: usize) -> Option<Self> {
        let fits = rows.checked_mul(cols) == Some(data.len());
        let raw = abi::MatrixMut { data: data.as_mut_ptr(), rows, cols, stride: cols };
        fits.then_some(Self { raw, borrowed: PhantomData })
    }

    /// # Safety
    /// `raw` is as the contract says, for `'a`, and nothing else refers to it.
    pub(crate) unsafe fn from_raw(raw: abi::MatrixMut, what: &str) -> Result<Self> {
        raw::check_matrix(raw.data, raw.rows, raw.cols, raw.stride, what)?;
        Ok(Self { raw, borrowed: PhantomData })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.raw.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.raw.cols
    }

    /// Row `row`, to write.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.raw.rows, "row {row} of a matrix of {} rows", self.raw.rows);
        if self.raw.cols == 0 {
            return &mut [];
        }
        // SAFETY: as for `Matrix::row`; the row is borrowed through `&mut self`, so that no two are at once.
        unsafe {
            std::slice::from_raw_parts_mut(self.raw.data.add(row * self.raw.stride), self.raw.cols)
        }
    }

    /// Copies `values`, row by row.
    ///
    /// # Errors
    /// If there are not exactly rows × columns of them.
    pub fn copy_from(&mut self, values: &[f32]) -> Result<()> {
        if values.len() != self.rows() * self.cols() {
            return Err(Error::failed(format!(
                "{} values for a matrix of {} x {}",
                values.len(),
                self.rows(),
                self.cols()
            )));
        }
        if self.cols() > 0 {
            for (row, values) in values.chunks_exact(self.cols()).enumerate() {
                self.row_mut(row).copy_from_slice(values);
            }
        }
        Ok(())
    }
}

/// A list of indices for every row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lists<'a> {
    offsets: &'a [u32],
    items: &'a [u32],
}

impl<'a> Lists<'a> {
    /// Lists of a test's own: list `r` is `items[offsets[r]..offsets[r + 1]]`.
    ///
    /// # Errors
    /// If the offsets do not begin with 0, fall, or do not end with the number of items.
    pub fn new(offsets: &'a [u32], items: &'a [u32]) -> Result<Self> {
        let sound = match offsets {
            [] => items.is_empty(),
            [first, .., last] => {
                *first == 0 && *last as usize == items.len() && offsets.is_sorted()
            }
            [only] => *only == 0 && items.is_empty(),
        };
        if sound {
            Ok(Self { offsets, items })
        } else {
            Err(Error::invalid("the offsets of a list do not fit its items"))
        }
    }

    /// # Safety
    /// `raw` is as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(raw: abi::Csr, what: &str) -> Result<Self> {
        if raw.rows == 0 {
            return Ok(Self { offsets: &[], items: &[] });
        }
        // SAFETY: by contract `rows + 1` offsets, and as many items as the last says.
        unsafe {
            let offsets = raw::slice(raw.offsets, raw.rows.saturating_add(1), what)?;
            let items = raw::slice(raw.items, offsets[raw.rows] as usize, what)?;
            Self::new(offsets, items)
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The list of row `row`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &'a [u32] {
        &self.items[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
}
