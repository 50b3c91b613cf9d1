//! Whether one system is better than another, or only luckier with its queries.
//!
//! Two systems answer the same queries, so everything here is paired: what is tested, resampled and summed are the
//! differences, one a topic. A [`Sample`] makes them out of values per query and group so that their mean *is* the
//! difference of macro means that tables show; tests, intervals and effect sizes then work on plain numbers, know
//! nothing of files, groups or seeds, and can be held against scipy one by one.
//!
//! No result is NaN. What has an answer in the limit gets it (identical systems: p = 1), what has none is an
//! [`enum@Error`] or absent. Draws are keyed: a p-value or an interval depends on the values, the seed and the number of
//! resamples, never on the order of the queries or on threads.
//!
//! SIGNIFICANCE.md beside this crate's manifest has the formulas, their sources and advice on which test to use.

mod bootstrap;
mod compare;
mod correction;
mod distribution;
mod draws;
mod effect;
mod error;
mod interval;
mod pairs;
mod randomisation;
mod sample;
mod seeds;
mod t_test;
mod wilcoxon;

pub use bootstrap::{Bootstrap, bootstrap};
pub use compare::{Comparison, Options, Outcome, Test, compare};
pub use correction::{Correction, correct};
pub use effect::{Effect, effect};
pub use error::{Error, Result};
pub use interval::Interval;
pub use pairs::Pairs;
pub use randomisation::{MOST_EXACT, Randomisation, randomisation};
pub use sample::{Observation, Sample};
pub use seeds::bootstrap_over_seeds;
pub use t_test::{TTest, t_test};
pub use wilcoxon::{Wilcoxon, wilcoxon};

#[cfg(test)]
mod tests;
