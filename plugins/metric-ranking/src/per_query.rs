//! From a formula over one query to a metric over a ranking.
//!
//! A query without a relevant passage has no value, whichever the formula: trec_eval counts such a query as 0, which
//! would let the pools decide the mean. Every other value lies from 0 to 1. An nDCG above 1 is a known bug of other
//! evaluators, so the range is checked where a value is made, in every build: a ranking that contradicts itself is an
//! error rather than a figure.

use std::num::NonZeroU32;

use triglot_sdk::{Column, Component, Context, Error, Metric, QueryRanking, Ranking, Result};

use crate::options::Cutoff;

/// One formula.
pub trait Measure: Send + 'static {
    /// Its options.
    type Options: Cutoff;
    /// Its name, that of the component and, before the cutoff, that of the column.
    const ID: &'static str;
    /// One line about it.
    const SUMMARY: &'static str;
    /// Whether more is better.
    const HIGHER_IS_BETTER: bool = true;

    /// The value of a query that has a relevant passage, from the passages at ranks 1 to `k`; for a full ranking `k`
    /// is the largest number there is.
    fn value(query: &QueryRanking<'_>, k: u32, options: &Self::Options) -> f64;
}

/// The metric that gives every query the value of one [`Measure`].
pub struct PerQuery<M: Measure> {
    options: M::Options,
}

impl<M: Measure> PerQuery<M> {
    fn column(&self) -> String {
        let variant = self.options.variant();
        match self.options.k() {
            None => format!("{}{variant}", M::ID),
            Some(k) => format!("{}{variant}@{k}", M::ID),
        }
    }
}

impl<M: Measure> Component for PerQuery<M> {
    type Options = M::Options;
    const ID: &'static str = M::ID;
    const SUMMARY: &'static str = M::SUMMARY;
}

impl<M: Measure> Metric for PerQuery<M> {
    fn create(options: M::Options, _: &Context) -> Result<Self> {
        Ok(Self { options })
    }

    fn columns(&self) -> Vec<Column> {
        let higher_is_better = M::HIGHER_IS_BETTER;
        vec![Column { higher_is_better, ..Column::unit(self.column()) }]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        let k = self.options.k().map_or(u32::MAX, NonZeroU32::get);
        for (number, (query, out)) in ranking.iter().zip(values).enumerate() {
            if query.relevant == 0 {
                *out = f64::NAN;
                continue;
            }
            let value = M::value(&query, k, &self.options);
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::invalid(format!(
                    "{} of query {number} (counted from 0) of data set `{}` is {value}, outside 0 to 1: its ranks, \
                     grades and number of relevant passages ({}) contradict each other",
                    self.column(),
                    ranking.data_set,
                    query.relevant,
                )));
            }
            // The sum of nothing is -0 in Rust; a report shall not say so.
            *out = value + 0.0;
        }
        Ok(())
    }
}
