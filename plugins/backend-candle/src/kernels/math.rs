//! Functions that a vector unit can compute for several numbers at a time: straight-line code without a call or a branch.

/// The sum, in sixteen interleaved parts, which a vector unit adds at once.
#[inline(always)]
pub(super) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; 16];
    let (parts, rest) = values.as_chunks::<16>();
    for part in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += of(*value);
        }
    }
    let mut all: f32 = sums.iter().sum();
    for value in rest {
        all += of(*value);
    }
    all
}

/// The sum of products, added up as by [`sum`].
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (a_parts, a_rest) = a.as_chunks::<16>();
    let (b_parts, b_rest) = b.as_chunks::<16>();
    for (a, b) in a_parts.iter().zip(b_parts) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let mut all: f32 = sums.iter().sum();
    for (a, b) in a_rest.iter().zip(b_rest) {
        all += a * b;
    }
    all
}

/// eˣ, within 2 units in the last place for x in [-87, 88]; beyond it as at the border.
///
/// x = n ln 2 + r with a whole n and |r| ≤ ln 2 / 2; 2ⁿ is put together from bits, eʳ is the polynomial of `expf` in
/// Moshier's Cephes library.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, of which the first times n is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Adding this leaves a number's nearest whole number in its last bits.
    const TO_WHOLE: f32 = 12_582_912.0;

    let x = x.clamp(-87.0, 88.0);
    let whole = x * LOG2_E + TO_WHOLE;
    let n = whole - TO_WHOLE;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut p = 1.987_569_2e-4;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let exp_r = p * r * r + r + 1.0;
    exp_r * f32::from_bits((whole.to_bits() << 23).wrapping_add(127 << 23))
}

/// The standard normal distribution's function Φ(x) and density φ(x), the former within 1e-7.
///
/// Φ(x) = (1 + erf(x / √2)) / 2, with formula 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions, for
/// erf; the exponential in it is that of φ.
#[inline(always)]
pub(super) fn normal(x: f32) -> (f32, f32) {
    const P: f32 = 0.327_591_1;
    const DENSITY_AT_0: f32 = 0.398_942_3;
    let gauss = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + P * std::f32::consts::FRAC_1_SQRT_2 * x.abs());
    let mut p = 1.061_405_4;
    p = p * t - 1.453_152;
    p = p * t + 1.421_413_7;
    p = p * t - 0.284_496_74;
    p = p * t + 0.254_829_6;
    // 1 - erf(|x| / √2), halved.
    let tail = 0.5 * p * t * gauss;
    let below = if x < 0.0 { tail } else { 1.0 - tail };
    (below, DENSITY_AT_0 * gauss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_the_library_s_within_two_units_in_the_last_place() {
        for i in -87_000..=88_000 {
            let x = i as f32 / 1000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2.4e-7, "{x}: {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), exp(-87.0));
    }

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        // Values of Φ from the tables of the same handbook (26.1).
        let table = [(0.0, 0.5), (0.5, 0.691_462_46), (1.0, 0.841_344_75), (2.0, 0.977_249_87)];
        for (x, expected) in table {
            assert!((f64::from(normal(x).0) - expected).abs() < 1e-7, "{x}");
            assert!((f64::from(normal(-x).0) - (1.0 - expected)).abs() < 1e-7, "-{x}");
        }
        assert!((normal(1.0).1 - 0.241_970_73).abs() < 1e-7);
        assert_eq!(normal(20.0).0, 1.0);
        assert!(normal(-20.0).0 < 1e-37);
    }

    #[test]
    fn sums_take_in_what_does_not_fill_a_vector() {
        for count in [0, 1, 15, 16, 17, 40] {
            let values: Vec<f32> = (0..count).map(|i| i as f32).collect();
            assert_eq!(sum(&values, |v| v), values.iter().sum::<f32>());
            assert_eq!(dot(&values, &values), values.iter().map(|v| v * v).sum::<f32>());
        }
    }
}
