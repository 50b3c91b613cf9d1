//! The matrix product behind every score; the crate's only unsafe code.
//!
//! matrixmultiply takes pointers and strides. Both are derived here from the slices themselves, so that no caller
//! can hand in a shape that does not fit its memory. One call is single-threaded and adds the products of an element
//! in an order that only the dimension fixes: equal passages score equally wherever they stand.
#![allow(unsafe_code)]

/// Fills `scores`, a row for each query, with the dot products of all queries and documents of `dim` columns.
pub(crate) fn dot_products(queries: &[f32], documents: &[f32], dim: usize, scores: &mut Vec<f32>) {
    let (rows, columns) = match dim {
        0 => (0, 0),
        _ => (queries.len() / dim, documents.len() / dim),
    };
    // The old values need no clearing: with β = 0 the product overwrites them.
    scores.resize(rows * columns, 0.0);
    // SAFETY: `queries` holds at least `rows × dim` values and `documents` `columns × dim`, by the divisions above;
    // `scores` holds `rows × columns`, by the line above, is borrowed mutably and so overlaps neither. The strides
    // walk each of them row by row, `documents` transposed. Slices fit into `isize`, and so do all strides.
    unsafe {
        matrixmultiply::sgemm(
            rows,
            dim,
            columns,
            1.0,
            queries.as_ptr(),
            dim as isize,
            1,
            documents.as_ptr(),
            1,
            dim as isize,
            0.0,
            scores.as_mut_ptr(),
            columns as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_meets_every_document() {
        let mut scores = vec![f32::NAN; 9];
        dot_products(&[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], 2, &mut scores);
        assert_eq!(scores, [1.0, 2.0, 3.0, 3.0, 4.0, 7.0]);
    }

    #[test]
    fn an_empty_side_gives_no_scores() {
        let mut scores = vec![1.0];
        dot_products(&[1.0, 2.0], &[], 2, &mut scores);
        assert!(scores.is_empty());
        dot_products(&[], &[], 0, &mut scores);
        assert!(scores.is_empty());
    }

    #[test]
    fn equal_passages_score_equally_wherever_they_stand() {
        let value = |i: usize| ((i * 7919 % 1009) as f32 / 1009.0) - 0.5;
        let (dim, count) = (387, 61);
        let passage: Vec<f32> = (0..dim).map(value).collect();
        let queries: Vec<f32> = (0..37 * dim).map(|i| value(i * 3 + 1)).collect();
        let mut scores = Vec::new();
        dot_products(&queries, &passage.repeat(count), dim, &mut scores);
        assert!(
            scores
                .chunks(count)
                .all(|row| row.iter().all(|score| score.to_bits() == row[0].to_bits()))
        );
    }
}
