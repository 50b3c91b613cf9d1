//! Rankings for metrics.

use super::scattered;
use crate::manifest::types::Setting;

/// What a metric measures: queries with what is judged of them, over pools of several languages.
#[derive(Debug, Clone)]
pub struct Rankings {
    /// The setting.
    pub setting: Setting,
    /// Language codes.
    pub languages: Vec<String>,
    /// The queries.
    pub queries: Vec<Query>,
}

/// A query and its ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Its language.
    pub language: u32,
    /// Its parallel group.
    pub group: u32,
    /// Passages that it was searched in.
    pub pool_size: u32,
    /// Judged passages, by rank with the unretrieved (rank 0) last.
    pub judged: Vec<Judged>,
    /// The top passages: number, language, score.
    pub top: Vec<(u32, u32, f32)>,
}

/// A judged passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Its rank from 1, or 0 if it was not retrieved.
    pub rank: u32,
    /// Its grade; relevant above 0.
    pub grade: i32,
    /// Its language.
    pub language: u32,
}

/// Passages in the pool of every query.
const POOL: u32 = 200;
/// Length of the top.
const TOP: u32 = 100;

impl Rankings {
    /// So many queries in the multilingual setting, three languages to a group.
    ///
    /// Among them: relevant passages that were not retrieved, judged ones of no relevance, grades of several heights,
    /// one relevant passage alone, ranks at the very top and far down, and equal scores beside each other.
    pub fn of(queries: usize, seed: u64) -> Self {
        let query = |number: usize| {
            let draw =
                |what: u64| scattered(seed.wrapping_mul(1 << 40) + ((number as u64) << 8) + what);
            let relevant = 1 + (draw(0) * 4.0) as u64;
            let mut judged: Vec<Judged> = (0..relevant + 2)
                .map(|at| {
                    let spread =
                        if number.is_multiple_of(4) { 5.0 + at as f64 } else { f64::from(POOL) };
                    let rank = 1 + (draw(at + 1) * spread) as u32;
                    let grade = if at < relevant { 1 + (draw(at + 50) * 3.0) as i32 } else { 0 };
                    Judged { rank, grade, language: (at % 3) as u32 }
                })
                .collect();
            judged.sort_by_key(|judged| judged.rank);
            // No two passages have one rank.
            let mut taken = 0;
            for judged in &mut judged {
                judged.rank = judged.rank.max(taken + 1);
                taken = judged.rank;
            }
            if number % 5 == 2
                && let Some(last) = judged.last_mut()
            {
                last.rank = 0;
            }
            let passage = |rank: u32| {
                let language =
                    judged.iter().find(|j| j.rank == rank + 1).map_or(rank % 3, |j| j.language);
                (rank * 7 % POOL, language, 1.0 - (rank / 2) as f32 / TOP as f32)
            };
            let top = (0..TOP).map(passage).collect();
            Query {
                language: number as u32 % 3,
                group: number as u32 / 3,
                pool_size: POOL + judged.len() as u32,
                judged,
                top,
            }
        };
        Self {
            setting: Setting::Multilingual,
            languages: ["de", "en", "fi"].map(str::to_owned).into(),
            queries: (0..queries).map(query).collect(),
        }
    }

    /// Twelve queries.
    pub fn small() -> Self {
        Self::of(12, 1)
    }

    /// No queries.
    pub fn empty() -> Self {
        Self::of(0, 1)
    }
}
