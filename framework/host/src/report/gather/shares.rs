//! Which passage languages take the top places: a model without language bias would give each language its part of the
//! relevant, whatever the query's language.

use std::collections::BTreeMap;

use super::ranking::{GroupFiles, language};
use super::{Gathering, LanguageMap, ReportedRun};
use crate::error::Result;
use crate::manifest::types::Setting;

/// How many places are looked at.
const DEPTH: usize = 10;

/// The name of the row that says what part of the relevant passages each language has.
const RELEVANT: &str = "relevant";

impl Gathering<'_> {
    /// One map a strategy, over all its seeds; none where the multilingual setting was not measured.
    pub(super) fn shares(&self, notes: &mut Vec<String>) -> Vec<LanguageMap> {
        if !self.set.settings.contains_key(Setting::Multilingual.as_str()) {
            return Vec::new();
        }
        let strategies = self.strategies.iter().enumerate();
        let maps = strategies.filter_map(|(index, strategy)| {
            let runs = self.runs_of(strategy);
            self.shares_of(index, &runs).unwrap_or_else(|error| {
                notes.push(format!("no language shares of {}: {error}", strategy.name));
                None
            })
        });
        maps.collect()
    }

    fn shares_of(&self, strategy: usize, runs: &[&ReportedRun]) -> Result<Option<LanguageMap>> {
        let languages: Vec<String> = self.set.languages.keys().cloned().collect();
        let share = |places: &Places| -> Vec<Option<f64>> {
            let all: u64 = places.values().sum();
            let share = |passage| {
                let own = places.get(passage).copied().unwrap_or(0);
                (all > 0).then(|| own as f64 / all as f64)
            };
            languages.iter().map(share).collect()
        };
        let mut relevant = Places::new();
        let mut cells = Vec::new();
        for query in &languages {
            let mut places = Places::new();
            for (number, run) in runs.iter().enumerate() {
                let files = GroupFiles::of(run, &self.set.name, Setting::Multilingual, query);
                if !files.exist() && !self.is_measured(run, query) {
                    continue;
                }
                files.ranking(|_, passage, rank| {
                    if rank <= DEPTH {
                        add(&mut places, language(passage));
                    }
                })?;
                // Every run has the same judgements.
                if number == 0 {
                    let passages = files.relevant()?;
                    passages.values().flatten().for_each(|id| add(&mut relevant, language(id)));
                }
            }
            cells.push(share(&places));
        }
        cells.push(share(&relevant));
        let rows = languages.iter().cloned().chain([RELEVANT.to_owned()]);
        let map = LanguageMap {
            strategy,
            measure: format!("share of the top {DEPTH}"),
            queries: rows.collect(),
            passages: languages.clone(),
            cells,
        };
        Ok(map.without_empty())
    }

    /// Whether a run has a value of some metric for the queries of a language, and with it a ranking.
    fn is_measured(&self, run: &ReportedRun, language: &str) -> bool {
        let setting = Setting::Multilingual.as_str();
        let stem = format!("eval/{}/{setting}/{language}/", self.set.name);
        run.record.metrics.keys().any(|key| key.starts_with(&stem))
    }
}

/// How many places each passage language has.
type Places = BTreeMap<String, u64>;

fn add(places: &mut Places, language: &str) {
    match places.get_mut(language) {
        Some(count) => *count += 1,
        None => _ = places.insert(language.to_owned(), 1),
    }
}
