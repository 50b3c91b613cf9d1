//! A bootstrap over runs and queries at once.
//!
//! Runs of one system differ by their seed. Resampling queries alone says what other queries would have done to these
//! very runs; whether other seeds would have come to the same is another question, and often the larger one. Every query
//! is answered by every run, so the two are crossed, not nested: each resample draws runs of either system and, apart from
//! them, topics, and takes every value where a drawn run meets a drawn topic (Owen 2007, The Pigeonhole Bootstrap).

use super::bootstrap::Bootstrap;
use super::draws::{Draws, Purpose};
use super::error::{Error, Result};
use super::pairs::mean;
use super::sample::Sample;

/// Resamples the runs of each system and the topics; none where both have one run, and nothing is known of seeds.
///
/// With two or three runs a side, their spread is little known and rather under- than overestimated.
pub fn bootstrap_over_seeds(
    sample: &Sample,
    resamples: usize,
    seed: u64,
) -> Result<Option<Bootstrap>> {
    let (first, second) = (&sample.first, &sample.second);
    if first.len() < 2 && second.len() < 2 {
        return Ok(None);
    }
    let topics = sample.topics();
    if topics == 0 {
        return Err(Error::TooFew { found: 0, needed: 1 });
    }
    let (queries, runs) = (Draws::new(seed, Purpose::Queries), Draws::new(seed, Purpose::Runs));
    let resample = |resample: u64| {
        let (queries, runs) = (queries.child(resample), runs.child(resample));
        let drawn: Vec<usize> = (0..topics as u64).map(|at| queries.below(at, topics)).collect();
        let side = |values: &[Vec<f64>], draws: Draws| {
            let chosen = (0..values.len() as u64).map(|at| &values[draws.below(at, values.len())]);
            let sum = |run: &Vec<f64>| drawn.iter().map(|topic| run[*topic]).sum::<f64>();
            chosen.map(sum).sum::<f64>() / (values.len() * topics) as f64
        };
        side(first, runs.child(0)) - side(second, runs.child(1))
    };
    let means = (0..resamples as u64).map(resample).collect();
    let estimate = mean(&sample.pairs()?.differences());
    Bootstrap::new(estimate, Vec::new(), means).map(Some)
}
