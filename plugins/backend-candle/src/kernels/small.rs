//! Products of the small matrices inside attention, on one thread.
//!
//! A matrix-product library packs its operands first, which for a few dozen rows costs as much as the product.

use pulp::{Simd, WithSimd};

/// Columns of a tile: rows of right-hand matrices are padded to a multiple of it.
pub(super) const TILE: usize = 16;

/// Length of a padded row.
pub(super) fn padded(cols: usize) -> usize {
    cols.next_multiple_of(TILE)
}

/// out [m × n] = a [m × k] b [k × n], with rows of `a` `a_stride` apart and n a multiple of [`TILE`].
pub(super) fn product(a: &[f32], a_stride: usize, b: &[f32], k: usize, n: usize, out: &mut [f32]) {
    pulp::Arch::new().dispatch(Product { a, a_stride, b, k, n, out });
}

/// A product, to be computed with the vectors that the processor has.
struct Product<'a> {
    a: &'a [f32],
    a_stride: usize,
    b: &'a [f32],
    k: usize,
    n: usize,
    out: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, a_stride, b, k, n, out } = self;
        let (b, _) = S::as_simd_f32s(&b[..k * n]);
        let (out, _) = S::as_mut_simd_f32s(out);
        // Vectors in a row: where they are the widest, a tile is one.
        let across = n / S::F32_LANES;
        let mut rows = out.chunks_exact_mut(4 * across);
        let mut at = 0;
        for four in &mut rows {
            let a = |i: usize| &a[(at + i) * a_stride..][..k];
            tile_rows(simd, [a(0), a(1), a(2), a(3)], b, across, four);
            at += 4;
        }
        for (i, one) in rows.into_remainder().chunks_exact_mut(across).enumerate() {
            tile_rows(simd, [&a[(at + i) * a_stride..][..k]], b, across, one);
        }
    }
}

/// `M` rows of the product, two vectors across at a time, and the last alone if it has no other.
#[inline(always)]
fn tile_rows<S: Simd, const M: usize>(
    simd: S,
    a: [&[f32]; M],
    b: &[S::f32s],
    across: usize,
    out: &mut [S::f32s],
) {
    for left in (0..across - across % 2).step_by(2) {
        tile::<S, M, 2>(simd, a, b, across, left, out);
    }
    if !across.is_multiple_of(2) {
        tile::<S, M, 1>(simd, a, b, across, across - 1, out);
    }
}

/// `M` rows and `W` vectors of the product; their sums stay in registers.
#[inline(always)]
fn tile<S: Simd, const M: usize, const W: usize>(
    simd: S,
    a: [&[f32]; M],
    b: &[S::f32s],
    across: usize,
    left: usize,
    out: &mut [S::f32s],
) {
    let mut sums = [[simd.splat_f32s(0.0); W]; M];
    for (i, b) in b.chunks_exact(across).enumerate() {
        let b = &b[left..left + W];
        for (sums, a) in sums.iter_mut().zip(&a) {
            let a = simd.splat_f32s(a[i]);
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = simd.mul_add_e_f32s(a, *b, *sum);
            }
        }
    }
    for (out, sums) in out.chunks_exact_mut(across).zip(sums) {
        out[left..left + W].copy_from_slice(&sums);
    }
}

/// The transpose of `a` [rows × stride], of which `cols` columns count, with rows padded to `to`.
#[inline(always)]
pub(super) fn transpose(a: &[f32], stride: usize, cols: usize, to: usize, out: &mut [f32]) {
    for (row, values) in a.chunks_exact(stride).enumerate() {
        let column = out[row..].iter_mut().step_by(to);
        column.zip(&values[..cols]).for_each(|(out, value)| *out = *value);
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
