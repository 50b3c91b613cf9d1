//! Which groups a setting consists of.
//!
//! They follow from the languages alone, before any score is known, so that a group whose every query is left out
//! still stands in the result and says so.

use crate::collection::Collection;
use crate::run::{GroupRun, Setting, SettingRun};

/// The groups of a setting, before any query has been asked.
pub(crate) fn empty_run(collection: &Collection, setting: Setting) -> SettingRun {
    let languages = collection.languages();
    let mut documents = vec![0; languages.len()];
    for &language in &collection.documents().language {
        documents[language as usize] += 1;
    }
    let mut asked = vec![false; languages.len()];
    for &language in &collection.queries().language {
        asked[language as usize] = true;
    }
    let group = |query: usize, pool: Option<usize>| {
        let pool_language = pool.map(|pool| pool as u32);
        GroupRun {
            name: match pool {
                Some(pool) if pool != query => format!("{}-{}", languages[query], languages[pool]),
                _ => languages[query].clone(),
            },
            query_language: query as u32,
            pool_language,
            pool_size: match pool {
                Some(pool) => documents[pool],
                None => documents.iter().sum(),
            },
            queries: Vec::new(),
            left_out: 0,
        }
    };
    let mut groups = Vec::new();
    for query in (0..languages.len()).filter(|&language| asked[language]) {
        match setting {
            Setting::Monolingual => groups.push(group(query, Some(query))),
            Setting::CrossLingual => {
                let others = (0..languages.len()).filter(|&pool| pool != query);
                groups.extend(others.map(|pool| group(query, Some(pool))));
            }
            Setting::Multilingual => groups.push(group(query, None)),
        }
    }
    SettingRun { setting, groups, left_out: 0 }
}

/// A group, by its place in the result, and the language of its pool.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) run: usize,
    pub(crate) group: usize,
    pub(crate) pool_language: Option<u32>,
}

/// Every group of every run that has queries of a language, in order.
pub(crate) fn targets(runs: &[SettingRun], query_language: u32) -> Vec<Target> {
    let mut targets = Vec::new();
    for (run, of) in runs.iter().enumerate() {
        let groups = of.groups.iter().enumerate();
        let own = groups.filter(|(_, group)| group.query_language == query_language);
        targets.extend(own.map(|(group, of)| Target {
            run,
            group,
            pool_language: of.pool_language,
        }));
    }
    targets
}
