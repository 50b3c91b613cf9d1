//! Tensors held against golden ones of which only a few numbers are kept.
//!
//! Those are the norm and a few sums of the numbers under random signs, from which follows how far another tensor is off
//! as a whole. So no part of it can be wrong unseen, and a rounding in one of its numbers does not matter.

use serde::Deserialize;

use crate::parameter::Parameter;

/// A tensor in a few numbers.
#[derive(Deserialize)]
pub(super) struct Sketch {
    pub norm: f64,
    projections: Vec<f64>,
}

impl Sketch {
    /// The norm of the difference from `rows` relative to the own norm, as the projections estimate it; a row that is
    /// not among them is zero.
    pub(super) fn distance(&self, rows: &[(u32, Vec<f64>)]) -> f64 {
        let mut squares = 0.0;
        for (projection, expected) in (0..).zip(&self.projections) {
            let sums = rows.iter().map(|(row, values)| {
                let first = *row * values.len() as u32;
                (first..)
                    .zip(values)
                    .map(|(index, value)| sign(index, projection) * value)
                    .sum::<f64>()
            });
            squares += (sums.sum::<f64>() - expected).powi(2);
        }
        (squares / self.projections.len() as f64).sqrt() / self.norm
    }
}

/// +1 or -1: the top bit of MurmurHash3's finaliser (fmix32) of the shifted index.
fn sign(index: u32, projection: u32) -> f64 {
    let mut hash = index.wrapping_add(projection.wrapping_mul(0x9E37_79B9));
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    hash ^= hash >> 16;
    if hash >> 31 == 0 { 1.0 } else { -1.0 }
}

/// The norm of all rows.
pub(super) fn norm(rows: &[(u32, Vec<f64>)]) -> f64 {
    rows.iter().flat_map(|(_, values)| values).map(|value| value * value).sum::<f64>().sqrt()
}

/// The gradient of a parameter, in rows.
pub(super) fn of_gradient(parameter: &Parameter) -> Vec<(u32, Vec<f64>)> {
    let rows = parameter.gradient().rows(parameter.cols());
    rows.map(|(row, values)| (row, values.iter().copied().map(f64::from).collect())).collect()
}

#[test]
fn a_sketch_tells_how_far_a_tensor_is_off_wherever_it_is() {
    let tensor: Vec<(u32, Vec<f64>)> = (0..40)
        .map(|row| (row, (0..50).map(|i| f64::from(row * 50 + i).sin()).collect()))
        .collect();
    let zero = Sketch { norm: 1.0, projections: vec![0.0] };
    let project = |k: u32| -> f64 {
        let all = (0..).zip(tensor.iter().flat_map(|(_, values)| values));
        all.map(|(index, value)| sign(index, k) * value).sum()
    };
    let sketch = Sketch { norm: norm(&tensor), projections: (0..8).map(project).collect() };
    assert!((zero.distance(&tensor) - project(0).abs()).abs() < 1e-9);
    assert!(sketch.distance(&tensor) < 1e-12);

    // One row off by a tenth, or swapped with the next, or left out.
    let row_norm = norm(&tensor[3..4]) / sketch.norm;
    let mut scaled = tensor.clone();
    scaled[3].1.iter_mut().for_each(|value| *value *= 1.1);
    let estimate = sketch.distance(&scaled) / (0.1 * row_norm);
    assert!((0.3..3.0).contains(&estimate), "{estimate}");
    let mut swapped = tensor.clone();
    (swapped[3].0, swapped[4].0) = (4, 3);
    assert!(sketch.distance(&swapped) > 0.1);
    let mut shorter = tensor;
    shorter.remove(3);
    let estimate = sketch.distance(&shorter) / row_norm;
    assert!((0.3..3.0).contains(&estimate), "{estimate}");
}
