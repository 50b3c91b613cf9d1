//! What every test of significance starts from.

mod golden;
mod laws;
mod samples;

/// Values that agree to nine digits, or to as many decimals.
fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

/// Values that agree to nine digits however small they are.
fn proportional(found: f64, expected: f64) -> bool {
    found == expected || (found - expected).abs() <= 1e-9 * expected.abs()
}
