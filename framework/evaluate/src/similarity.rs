//! How two embeddings become a score.

/// How two embeddings become a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// The dot product of the rows scaled to length one; a zero row stays zero.
    Cosine,
    /// The dot product.
    Dot,
}

impl Similarity {
    /// Readies a row so that the dot product with another such row is the score.
    pub(crate) fn prepare(self, row: &mut [f32]) {
        // In f64 the squares of f32 neither overflow nor vanish, so every finite row has a usable length.
        let length = match self {
            Self::Cosine => row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt(),
            Self::Dot => 1.0,
        };
        if length != 0.0 && length != 1.0 {
            row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(row: &[f32]) -> Vec<f32> {
        let mut prepared = row.to_vec();
        Similarity::Cosine.prepare(&mut prepared);
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
}
