//! Matrices in the cache: rows and dimension as u64, then the values row by row as f32, all little endian.

use super::{Cache, CacheKey, remove_damaged};

const HEADER: usize = 16;

/// A matrix of the cache, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The number of rows.
    pub rows: usize,
    /// The length of a row.
    pub dim: usize,
    /// `rows` × `dim` values.
    pub values: Vec<f32>,
}

impl Cache {
    /// The matrix that was stored under `key`, if it is there and whole.
    pub fn get_matrix(&self, key: &CacheKey) -> Option<Matrix> {
        let payload = self.get(key)?;
        let matrix = decode(&payload);
        if matrix.is_none()
            && let Some(path) = self.path(key)
        {
            remove_damaged(&path, "it is no matrix");
        }
        matrix
    }

    /// Stores a matrix of `rows` × `dim` values under `key`, if the disk allows; one of another size is not stored.
    pub fn put_matrix(&self, key: &CacheKey, rows: usize, dim: usize, values: &[f32]) {
        if rows.checked_mul(dim) != Some(values.len()) {
            tracing::warn!(
                "the cache keeps no matrix of {rows} rows of {dim} with {} values",
                values.len()
            );
            return;
        }
        // A disabled cache shall not cost a copy.
        if self.folder.is_none() {
            return;
        }
        let mut payload = Vec::with_capacity(HEADER + size_of_val(values));
        payload.extend_from_slice(&(rows as u64).to_le_bytes());
        payload.extend_from_slice(&(dim as u64).to_le_bytes());
        values.iter().for_each(|value| payload.extend_from_slice(&value.to_le_bytes()));
        self.put(key, &payload);
    }
}

fn decode(payload: &[u8]) -> Option<Matrix> {
    let (rows, rest) = payload.split_first_chunk::<8>()?;
    let (dim, rest) = rest.split_first_chunk::<8>()?;
    let rows = usize::try_from(u64::from_le_bytes(*rows)).ok()?;
    let dim = usize::try_from(u64::from_le_bytes(*dim)).ok()?;
    let (values, []) = rest.as_chunks::<4>() else {
        return None;
    };
    (rows.checked_mul(dim)? == values.len()).then(|| Matrix {
        rows,
        dim,
        values: values.iter().map(|value| f32::from_le_bytes(*value)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> CacheKey {
        CacheKey::new("embeddings/1").with_str("model")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn a_matrix_comes_back_to_the_bit(rows in 0usize..5, dim in 0usize..5, bits in any::<[u32; 16]>()) {
            let folder = tempfile::tempdir().unwrap();
            let cache = Cache::at(folder.path());
            let values: Vec<f32> = bits[..rows * dim].iter().map(|bits| f32::from_bits(*bits)).collect();
            cache.put_matrix(&key(), rows, dim, &values);

            let matrix = cache.get_matrix(&key()).unwrap();
            prop_assert_eq!((matrix.rows, matrix.dim), (rows, dim));
            prop_assert!(matrix.values.iter().map(|value| value.to_bits()).eq(values.iter().map(|v| v.to_bits())));
        }

        #[test]
        fn no_payload_panics(payload in prop::collection::vec(any::<u8>(), 0..60), huge: bool) {
            let payload = if huge { [vec![0xff; 16], payload].concat() } else { payload };
            if let Some(matrix) = decode(&payload) {
                prop_assert_eq!(matrix.values.len(), matrix.rows * matrix.dim);
            }
        }
    }

    #[test]
    fn an_entry_that_is_no_matrix_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        cache.put(&key(), b"no matrix");
        assert_eq!(cache.get_matrix(&key()), None);
        assert_eq!(cache.get(&key()), None);
    }

    #[test]
    fn values_that_do_not_fill_the_rows_are_not_stored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        cache.put_matrix(&key(), 2, 2, &[1.0, 2.0, 3.0]);
        assert_eq!(cache.get_matrix(&key()), None);
    }
}
