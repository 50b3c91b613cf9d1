//! Rotary positions (Su et al.: RoFormer, arXiv 2104.09864): queries and keys are turned by angles that grow with their
//! position, so that their products know the distance.
//!
//! A head's channel i is paired with the one half a head further, and the pair is turned by position · θ^(-2 i / width).

use rayon::prelude::*;

use super::BLOCK;
use super::pack::Pack;
use crate::simd::vectorised;

/// The angles of every position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotation {
    /// Pairs of a head.
    half: usize,
    /// [positions × half].
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// As the forward pass does.
    Forward,
    /// As gradients are turned back.
    Back,
}

impl Rotation {
    /// Those of heads of this width, for positions below `longest`.
    pub(crate) fn new(width: usize, theta: f64, longest: usize) -> Self {
        let half = width / 2;
        let (mut cosines, mut sines) = (Vec::new(), Vec::new());
        // Angles have single precision, as in the programs that such models were trained with.
        let rate = |i: usize| 1.0 / (theta as f32).powf((2 * i) as f32 / width as f32);
        let rates: Vec<f32> = (0..half).map(rate).collect();
        for position in 0..longest {
            for rate in &rates {
                let (sine, cosine) = f64::from(position as f32 * rate).sin_cos();
                cosines.push(cosine as f32);
                sines.push(sine as f32);
            }
        }
        Self { half, cosines, sines }
    }

    /// The cosines [positions × half] and the sines.
    pub(crate) fn angles(&self) -> (&[f32], &[f32]) {
        (&self.cosines, &self.sines)
    }

    /// Turns the queries and keys in rows of query, key and value side by side [tokens × 3 hidden].
    pub(crate) fn turn(&self, pack: &Pack, qkv: &mut [f32], hidden: usize, turn: Turn) {
        let (half, cols) = (self.half, 3 * hidden);
        let sign = if turn == Turn::Forward { 1.0 } else { -1.0 };
        qkv.par_chunks_mut(BLOCK * cols).enumerate().for_each(|(block, rows)| {
            vectorised(
                #[inline(always)]
                || {
                    for (i, row) in rows.chunks_exact_mut(cols).enumerate() {
                        let at = pack.position(block * BLOCK + i) as usize * half;
                        let angles = (&self.cosines[at..][..half], &self.sines[at..][..half]);
                        for head in row[..2 * hidden].chunks_exact_mut(2 * half) {
                            turn_pairs(head, angles, sign);
                        }
                    }
                },
            );
        });
    }
}

#[inline(always)]
fn turn_pairs(head: &mut [f32], (cosines, sines): (&[f32], &[f32]), sign: f32) {
    let (first, second) = head.split_at_mut(cosines.len());
    let pairs = first.iter_mut().zip(second).zip(cosines.iter().zip(sines));
    for ((a, b), (cosine, sine)) in pairs {
        let sine = sign * sine;
        (*a, *b) = (*a * cosine - *b * sine, *b * cosine + *a * sine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_turned_heads_depend_on_their_distance_alone() {
        let (width, hidden) = (6, 12);
        let pack = Pack::new(vec![vec![1; 9]], vec![0]);
        let rotation = Rotation::new(width, 30.0, 9);
        let row: Vec<f32> = (0..3 * hidden).map(|i| (i as f32 * 0.9).sin()).collect();
        let start = row.repeat(9);
        let mut rows = start.clone();
        rotation.turn(&pack, &mut rows, hidden, Turn::Forward);
        let row = |i: usize| &rows[i * 3 * hidden..][..3 * hidden];
        let score = |query: usize, key: usize, head: usize| -> f32 {
            let queries = &row(query)[head * width..][..width];
            let keys = &row(key)[hidden + head * width..][..width];
            queries.iter().zip(keys).map(|(q, k)| q * k).sum()
        };
        for head in 0..2 {
            assert!((score(2, 5, head) - score(4, 7, head)).abs() < 1e-5);
            assert!((score(2, 5, head) - score(5, 2, head)).abs() > 1e-2);
            assert!((score(1, 1, head) - score(0, 0, head)).abs() < 1e-5);
        }
        assert_eq!(row(3)[2 * hidden..], start[2 * hidden..3 * hidden], "values stay");
        rotation.turn(&pack, &mut rows, hidden, Turn::Back);
        assert!(rows.iter().zip(&start).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
