//! Ranks with ties, as rank statistics want them.

/// The rank of each value from 1 for the smallest; equal values share the mean of the ranks that they take up.
pub fn midranks(values: &[u32]) -> Vec<f64> {
    let mut order: Vec<(u32, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        // Mean of below + 1 to below + tied.len().
        let shared = below as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for (_, at) in tied {
            ranks[*at] = shared;
        }
        below += tied.len();
    }
    ranks
}
