//! What the teacher made of a batch.

use triglot_sdk::{Error, Matrix, ObjectiveBatch, Result};

/// Its embeddings of the queries.
const QUERY: &str = "teacher.query";
/// Its embeddings of the passages.
const PASSAGE: &str = "teacher.passage";

/// The matrices that every component here needs.
pub const NEEDS: &[&str] = &[QUERY, PASSAGE];

/// The teacher's embeddings, a row for each text of the batch.
pub struct Taught<'a> {
    pub queries: Matrix<'a>,
    pub passages: Matrix<'a>,
}

impl<'a> Taught<'a> {
    /// The teacher's matrices of a batch.
    ///
    /// # Errors
    /// If the batch lacks one, or it has other rows than the batch.
    pub fn of(batch: &ObjectiveBatch<'a>) -> Result<Self> {
        Ok(Self {
            queries: matrix(batch, QUERY, batch.queries.rows())?,
            passages: matrix(batch, PASSAGE, batch.passages.rows())?,
        })
    }
}

fn matrix<'a>(batch: &ObjectiveBatch<'a>, name: &str, rows: usize) -> Result<Matrix<'a>> {
    let matrix = batch.extra(name).ok_or_else(|| {
        Error::invalid(format!(
            "the batch has no matrix `{name}`: there is no teacher, which `[teacher]` of the manifest names"
        ))
    })?;
    match matrix.rows() == rows {
        true => Ok(matrix),
        false => {
            let found = matrix.rows();
            Err(Error::invalid(format!("`{name}` has {found} rows for {rows} texts")))
        }
    }
}
