//! From values per query, group and run to one pair of values a topic.
//!
//! What is reported is a macro mean, in which groups weigh alike; and a question is often asked more than once: in many
//! languages, and in the cross-lingual setting against many pools. Its answers go together, and counting each as a query
//! of its own would make ten times the evidence out of the same questions. So the unit is the topic: a question in all
//! its languages and against all its pools.
//!
//! A topic's value is its part of the macro mean, times the number of topics. With G groups of n_g queries each and N
//! topics it is Σ N/(G·n_g) · value, over the groups in which the topic is asked. Its mean over topics is the macro mean,
//! exactly that of the tables; in a fully parallel corpus the value is simply the topic's mean over the groups.

use super::error::{Error, Result};
use super::pairs::Pairs;

/// A query in a group, and its value under every run of both systems; NaN where it is undefined.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The topic: what the query asks, whatever the language.
    pub topic: String,
    /// The number of the group.
    pub group: usize,
    /// Values under the runs of the first system, at least one.
    pub first: Vec<f64>,
    /// Values under the runs of the second system, at least one.
    pub second: Vec<f64>,
}

impl Observation {
    /// The values of both systems.
    fn values(&self) -> impl Iterator<Item = f64> {
        self.first.iter().chain(&self.second).copied()
    }
}

/// Two systems' values by topic, ordered by topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Of the first system, run by run.
    pub(super) first: Vec<Vec<f64>>,
    /// Of the second system, run by run.
    pub(super) second: Vec<Vec<f64>>,
    topics: usize,
    groups: usize,
    observations: usize,
    undefined: usize,
}

impl Sample {
    /// Gathers observations, in whatever order. One that is undefined under any run is left out for all, and counted.
    pub fn of(mut observations: Vec<Observation>) -> Result<Self> {
        observations.sort_by(|a, b| (&a.topic, a.group).cmp(&(&b.topic, b.group)));
        check(&observations)?;
        let all = observations.len();
        let defined = |seen: &Observation| !seen.values().any(f64::is_nan);
        observations.retain(defined);
        let mut sizes: Vec<usize> = Vec::new();
        for seen in &observations {
            if sizes.len() <= seen.group {
                sizes.resize(seen.group + 1, 0);
            }
            sizes[seen.group] += 1;
        }
        let groups = sizes.iter().filter(|size| **size > 0).count();
        let of_topics = || observations.chunk_by(|a, b| a.topic == b.topic);
        let topics = of_topics().count();
        let side = |of: fn(&Observation) -> &Vec<f64>| -> Vec<Vec<f64>> {
            let runs = observations.first().map_or(0, |seen| of(seen).len());
            let part = |seen: &Observation, run: usize| {
                of(seen)[run] * (topics as f64 / (groups * sizes[seen.group]) as f64)
            };
            let topic = |asked: &[Observation], run| asked.iter().map(|seen| part(seen, run)).sum();
            (0..runs).map(|run| of_topics().map(|asked| topic(asked, run)).collect()).collect()
        };
        Ok(Self {
            first: side(|seen| &seen.first),
            second: side(|seen| &seen.second),
            topics,
            groups,
            observations: observations.len(),
            undefined: all - observations.len(),
        })
    }

    /// How many topics there are: the n of every test.
    pub fn topics(&self) -> usize {
        self.topics
    }

    /// How many groups have a defined value.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// How many queries were compared, over all groups.
    pub fn observations(&self) -> usize {
        self.observations
    }

    /// How many queries were left out, over all groups.
    pub fn undefined(&self) -> usize {
        self.undefined
    }

    /// Runs of the first and of the second system.
    pub fn runs(&self) -> (usize, usize) {
        (self.first.len(), self.second.len())
    }

    /// One pair a topic: means over the runs of either system.
    pub fn pairs(&self) -> Result<Pairs> {
        let mean = |runs: &[Vec<f64>]| -> Vec<f64> {
            let at = |topic: usize| runs.iter().map(|run| run[topic]).sum::<f64>();
            (0..self.topics).map(|topic| at(topic) / runs.len() as f64).collect()
        };
        Pairs::of(&mean(&self.first), &mean(&self.second))
    }
}

/// Finds what cannot be compared among observations that are in order.
fn check(observations: &[Observation]) -> Result<()> {
    let wrong = |seen: &Observation, problem| {
        Err(Error::Observation { topic: seen.topic.clone(), group: seen.group, problem })
    };
    let Some(one) = observations.first() else { return Ok(()) };
    for seen in observations {
        if seen.first.is_empty() || seen.second.is_empty() {
            return wrong(seen, "has no value of one of the systems");
        }
        if (seen.first.len(), seen.second.len()) != (one.first.len(), one.second.len()) {
            return wrong(seen, "has values of another number of runs than the first topic");
        }
        if seen.values().any(f64::is_infinite) {
            return wrong(seen, "has an infinite value");
        }
    }
    let twice =
        |pair: &&[Observation]| (&pair[0].topic, pair[0].group) == (&pair[1].topic, pair[1].group);
    match observations.windows(2).find(twice) {
        Some(pair) => wrong(&pair[0], "is there twice"),
        None => Ok(()),
    }
}
