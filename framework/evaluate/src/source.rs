//! Where embeddings come from.
//!
//! The search asks for one row at a time, into memory of its own. So it does not matter to it whether rows lie in
//! memory, in a mapped file or in several, one after another or scattered, in how many bits; and nobody needs to hold
//! all of them.

use crate::error::{Error, Result};

/// The embeddings of queries or documents, to be read by row from any thread.
pub trait EmbeddingSource: Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The length of a row.
    fn dim(&self) -> usize;

    /// Writes row `row`, which is below [`rows`](Self::rows), into memory of [`dim`](Self::dim) values.
    fn read(&self, row: usize, into: &mut [f32]);
}

/// A borrowed matrix, one row an embedding, rows one after another.
#[derive(Debug, Clone, Copy)]
pub struct Embeddings<'a> {
    data: &'a [f32],
    dim: usize,
}

impl<'a> Embeddings<'a> {
    /// The rows of `dim` values that `data` consists of.
    ///
    /// Fails if the last row is not whole.
    pub fn new(data: &'a [f32], dim: usize) -> Result<Self> {
        match data.len().checked_rem(dim) {
            Some(0) => Ok(Self { data, dim }),
            None if data.is_empty() => Ok(Self { data, dim }),
            _ => Err(Error::Ragged { values: data.len(), dim }),
        }
    }
}

impl EmbeddingSource for Embeddings<'_> {
    fn rows(&self) -> usize {
        self.data.len().checked_div(self.dim).unwrap_or(0)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read(&self, row: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.data[row * self.dim..(row + 1) * self.dim]);
    }
}

/// Checks that embeddings have the rows they should have, and columns.
pub(crate) fn check(
    source: &dyn EmbeddingSource,
    role: &'static str,
    expected: usize,
) -> Result<()> {
    let found = source.rows();
    if found != expected {
        return Err(Error::Shape { role, what: "the number of rows", found, expected });
    }
    if found > 0 && source.dim() == 0 {
        return Err(Error::NoDimension { role, rows: found });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_of_the_wrong_shape_is_refused() {
        let matrix = Embeddings::new(&[0.0; 6], 3).unwrap();
        assert!(check(&matrix, "query", 2).is_ok());
        assert_eq!(
            check(&matrix, "query", 3).unwrap_err().to_string(),
            "query embeddings: the number of rows is 2, expected 3"
        );
        assert_eq!(
            Embeddings::new(&[0.0; 5], 3).unwrap_err().to_string(),
            "embeddings: 5 values are no whole number of rows of 3"
        );
        assert!(Embeddings::new(&[0.0; 5], 0).is_err());
        assert!(check(&Embeddings::new(&[], 0).unwrap(), "query", 0).is_ok());
    }
}
