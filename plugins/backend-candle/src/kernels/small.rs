//! Products of the small matrices inside attention, on one thread.
//!
//! A matrix-product library packs its operands first, which for a few dozen rows costs as much as the product.

/// Columns of a tile: rows of right-hand matrices are padded to a multiple of it.
pub(super) const TILE: usize = 16;

/// Length of a padded row.
pub(super) fn padded(cols: usize) -> usize {
    cols.next_multiple_of(TILE)
}

/// out [m × n] = a [m × k] b [k × n], with rows of `a` `a_stride` apart and n a multiple of [`TILE`].
#[inline(always)]
pub(super) fn product(a: &[f32], a_stride: usize, b: &[f32], k: usize, n: usize, out: &mut [f32]) {
    let mut rows = out.chunks_exact_mut(4 * n);
    let mut at = 0;
    for four in &mut rows {
        let a = |i: usize| &a[(at + i) * a_stride..][..k];
        tile_rows([a(0), a(1), a(2), a(3)], b, n, four);
        at += 4;
    }
    for (i, one) in rows.into_remainder().chunks_exact_mut(n).enumerate() {
        tile_rows([&a[(at + i) * a_stride..][..k]], b, n, one);
    }
}

/// `M` rows of the product, tile by tile; the sums of a tile stay in registers.
#[inline(always)]
fn tile_rows<const M: usize>(a: [&[f32]; M], b: &[f32], n: usize, out: &mut [f32]) {
    for left in (0..n).step_by(TILE) {
        let mut sums = [[0.0f32; TILE]; M];
        for (i, b) in b.chunks_exact(n).enumerate().take(a[0].len()) {
            let Some(b) = b[left..].first_chunk::<TILE>() else { break };
            for (sums, a) in sums.iter_mut().zip(a) {
                let a = a[i];
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum += a * b;
                }
            }
        }
        for (out, sums) in out.chunks_exact_mut(n).zip(sums) {
            out[left..left + TILE].copy_from_slice(&sums);
        }
    }
}

/// The transpose of `a` [rows × stride], of which `cols` columns count, with rows padded to `to`.
#[inline(always)]
pub(super) fn transpose(a: &[f32], stride: usize, cols: usize, to: usize, out: &mut [f32]) {
    for (row, values) in a.chunks_exact(stride).enumerate() {
        for (col, value) in values[..cols].iter().enumerate() {
            out[col * to + row] = *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_product_is_that_of_its_definition(m in 0usize..11, k in 1usize..20, tiles in 1usize..4) {
            let n = tiles * TILE;
            let a: Vec<f32> = (0..m * (k + 3)).map(|i| (i as f32 * 0.7).sin()).collect();
            let b: Vec<f32> = (0..k * n).map(|i| (i as f32 * 0.3).cos()).collect();
            let mut out = vec![f32::NAN; m * n];
            product(&a, k + 3, &b, k, n, &mut out);
            for (i, found) in out.iter().enumerate() {
                let (row, col) = (i / n, i % n);
                let expected: f32 = (0..k).map(|j| a[row * (k + 3) + j] * b[j * n + col]).sum();
                prop_assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }

        #[test]
        fn transposing_twice_changes_nothing(rows in 1usize..20, cols in 1usize..20) {
            let (wide, tall) = (padded(cols), padded(rows));
            let a: Vec<f32> = (0..rows * wide).map(|i| if i % wide < cols { i as f32 } else { 0.0 }).collect();
            let mut t = vec![0.0; cols * tall];
            transpose(&a, wide, cols, tall, &mut t);
            let mut back = vec![0.0; rows * wide];
            transpose(&t, tall, rows, wide, &mut back);
            prop_assert_eq!(a, back);
        }
    }
}
