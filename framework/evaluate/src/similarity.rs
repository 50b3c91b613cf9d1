//! Embedding matrices, and what a score between two of their rows is.

use crate::error::{Error, Result};

/// A borrowed matrix, one row an embedding, rows one after another.
#[derive(Debug, Clone, Copy)]
pub struct Embeddings<'a> {
    /// The values, `rows × dim` of them.
    pub data: &'a [f32],
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub dim: usize,
}

impl<'a> Embeddings<'a> {
    /// Row `index`, which must exist.
    pub(crate) fn row(&self, index: usize) -> &'a [f32] {
        &self.data[index * self.dim..(index + 1) * self.dim]
    }

    /// Checks the matrix against itself and the number of rows it should have.
    pub(crate) fn check(&self, role: &'static str, rows: usize) -> Result<()> {
        let shape = |what, found, expected| Err(Error::Shape { role, what, found, expected });
        if self.rows != rows {
            return shape("the number of rows", self.rows, rows);
        }
        if rows > 0 && self.dim == 0 {
            return Err(Error::NoDimension { role, rows });
        }
        let values = rows.saturating_mul(self.dim);
        if self.data.len() != values {
            return shape("the number of values", self.data.len(), values);
        }
        Ok(())
    }
}

/// How two embeddings become a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// The dot product of the rows scaled to length one; a zero row stays zero.
    Cosine,
    /// The dot product.
    Dot,
}

impl Similarity {
    /// Appends `row`, readied so that the dot product with another such row is the score.
    pub(crate) fn prepare(self, row: &[f32], into: &mut Vec<f32>) {
        // In f64 the squares of f32 neither overflow nor vanish, so every finite row has a usable length.
        let length = match self {
            Self::Cosine => row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt(),
            Self::Dot => 1.0,
        };
        if length == 0.0 || length == 1.0 {
            into.extend_from_slice(row);
        } else {
            into.extend(row.iter().map(|&x| (f64::from(x) / length) as f32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(row: &[f32]) -> Vec<f32> {
        let mut prepared = Vec::new();
        Similarity::Cosine.prepare(row, &mut prepared);
        prepared
    }

    #[test]
    fn cosine_scales_a_row_to_length_one() {
        assert_eq!(cosine(&[3.0, -4.0]), [0.6, -0.8]);
        let huge = 2.0_f32.powi(100);
        assert_eq!(cosine(&[3.0 * huge, -4.0 * huge]), [0.6, -0.8]);
        assert_eq!(cosine(&[1e-40, 0.0]), [1.0, 0.0]);
    }

    #[test]
    fn a_zero_row_stays_zero() {
        assert_eq!(cosine(&[0.0, 0.0]), [0.0, 0.0]);
    }

    #[test]
    fn a_matrix_of_the_wrong_shape_is_refused() {
        let matrix = Embeddings { data: &[0.0; 6], rows: 2, dim: 3 };
        assert!(matrix.check("query", 2).is_ok());
        assert_eq!(
            matrix.check("query", 3).unwrap_err().to_string(),
            "query embeddings: the number of rows is 2, expected 3"
        );
        assert!(Embeddings { dim: 2, ..matrix }.check("query", 2).is_err());
        assert!(Embeddings { data: &[], rows: 2, dim: 0 }.check("query", 2).is_err());
        assert!(Embeddings { rows: usize::MAX, ..matrix }.check("query", usize::MAX).is_err());
    }
}
