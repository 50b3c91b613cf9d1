//! The queries that a strategy answers worst, with what it puts first instead.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ranking::GroupFiles;
use super::texts::{Texts, TextsById};
use super::{Gathering, ReportedRun, WorstQueries};
use crate::error::Result;
use crate::manifest::types::Setting;
use crate::report::values::values;
use crate::retrieval::Ranker;

/// Queries of a strategy that are shown.
const QUERIES: usize = 8;

/// Passages of a query that are shown.
const PASSAGES: usize = 3;

/// A query with a low value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstQuery {
    /// Its id.
    pub id: String,
    /// Its text, where the data could be read again.
    pub text: Option<String>,
    /// Its value.
    pub value: f64,
    /// The passages ranked first.
    pub top: Vec<Retrieved>,
    /// Relevant passages, by id with the text: one in the query's own language where there is one.
    pub relevant: Option<Retrieved>,
    /// How many relevant passages there are.
    pub relevant_count: usize,
}

/// A passage of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retrieved {
    /// Its id.
    pub id: String,
    /// Its text, where the data could be read again.
    pub text: Option<String>,
    /// Its rank, where the kept part of the ranking has it.
    pub rank: Option<usize>,
    /// Whether it is relevant.
    pub relevant: bool,
}

impl Gathering<'_> {
    /// By strategy, in the widest setting that was measured, for the headline; of the strategy's first run, for rankings
    /// of several runs cannot be averaged.
    pub(super) fn worst(&self, texts: Texts, notes: &mut Vec<String>) -> Vec<WorstQueries> {
        let Some(column) = self.headline().filter(|column| column.higher_is_better) else {
            return Vec::new();
        };
        let settings = Setting::ALL.into_iter().rev();
        let mut measured = settings.filter(|s| self.set.settings.contains_key(s.as_str()));
        let Some(setting) = measured.next() else { return Vec::new() };
        let mut found = Vec::new();
        for (index, strategy) in self.strategies.iter().enumerate() {
            let Some(run) = self.runs_of(strategy).first().copied() else { continue };
            match self.worst_of(run, setting, &column.name) {
                Ok(queries) if queries.is_empty() => {}
                Ok(queries) => found.push(WorstQueries {
                    strategy: index,
                    run: run.record.id.clone(),
                    measure: format!("{} {}", setting.as_str(), column.name),
                    queries,
                }),
                Err(error) => {
                    notes.push(format!("no worst queries of run {}: {error}", run.record.id))
                }
            }
        }
        if texts == Texts::Shown && !found.is_empty() {
            self.add_texts(&mut found, notes);
        }
        found
    }

    fn worst_of(
        &self,
        run: &ReportedRun,
        setting: Setting,
        column: &str,
    ) -> Result<Vec<WorstQuery>> {
        let mut all: Vec<(f64, String, String)> = Vec::new();
        for group in self.groups(run, setting, column) {
            let columns = [column.to_owned()];
            let values =
                values(&run.folder, (Ranker::Model, &self.set.name), setting, &group, &columns)?;
            for (query, value) in values {
                let defined = value.into_iter().filter(|value| !value.is_nan());
                all.extend(defined.map(|value| (value, group.clone(), query.clone())));
            }
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
        all.truncate(QUERIES);
        let groups: BTreeSet<&String> = all.iter().map(|(_, group, _)| group).collect();
        let mut of_group = BTreeMap::new();
        for group in groups {
            let files = GroupFiles::of(run, &self.set.name, setting, group);
            let mut ranked: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
            let wanted = all.iter().filter(|(_, own, _)| own == group);
            ranked.extend(wanted.map(|(_, _, query)| (query.clone(), Vec::new())));
            files.ranking(|query, passage, rank| {
                if let Some(list) = ranked.get_mut(query) {
                    list.push((rank, passage.to_owned()));
                }
            })?;
            of_group.insert(group.clone(), (ranked, files.relevant()?));
        }
        let worst = all.iter().filter_map(|(value, group, query)| {
            let (ranked, relevant) = of_group.get(group)?;
            let relevant = relevant.get(query).map(Vec::as_slice).unwrap_or_default();
            let ranked = ranked.get(query)?;
            let retrieved = |id: &String, rank| Retrieved {
                id: id.clone(),
                text: None,
                rank,
                relevant: relevant.contains(id),
            };
            let own = query.split_once(':').map_or("", |(language, _)| language);
            let answer = relevant.iter().find(|id| super::ranking::language(id) == own);
            let answer = answer.or(relevant.first()).map(|id| {
                retrieved(id, ranked.iter().find(|(_, other)| other == id).map(|(rank, _)| *rank))
            });
            Some(WorstQuery {
                id: query.clone(),
                text: None,
                value: *value,
                top: ranked
                    .iter()
                    .take(PASSAGES)
                    .map(|(rank, id)| retrieved(id, Some(*rank)))
                    .collect(),
                relevant: answer,
                relevant_count: relevant.len(),
            })
        });
        Ok(worst.collect())
    }

    /// The groups of a setting in which a run has values of a column.
    pub(super) fn groups(&self, run: &ReportedRun, setting: Setting, column: &str) -> Vec<String> {
        let stem = format!("eval/{}/{}/", self.set.name, setting.as_str());
        let keys = run.record.metrics.keys().filter_map(|key| key.strip_prefix(&stem));
        let groups = keys.filter_map(|key| key.strip_suffix(column)?.strip_suffix('/'));
        groups.map(str::to_owned).collect()
    }

    fn add_texts(&self, found: &mut [WorstQueries], notes: &mut Vec<String>) {
        let first = found.first().and_then(|worst| self.strategies.get(worst.strategy));
        let Some(run) = first.and_then(|first| self.runs_of(first).first().copied()) else {
            return;
        };
        let texts = match TextsById::read(run, &self.set.name) {
            Ok(texts) => texts,
            Err(error) => {
                notes.push(format!("no texts of {}, ids alone: {error}", self.set.name));
                return;
            }
        };
        // Ids mean the same texts only where the same files were read.
        let same = |worst: &WorstQueries| {
            let other = self.strategies.get(worst.strategy).map(|strategy| self.runs_of(strategy));
            let other = other.and_then(|runs| runs.first().copied());
            other.is_some_and(|other| self.same_files(run, other))
        };
        for worst in found.iter_mut().filter(|worst| same(worst)) {
            for query in &mut worst.queries {
                query.text = texts.query(&query.id);
                for passage in query.top.iter_mut().chain(&mut query.relevant) {
                    passage.text = texts.passage(&passage.id);
                }
            }
        }
    }

    /// Whether two runs measured on a data set of the same size, from files that are the same as far as both read them.
    fn same_files(&self, one: &ReportedRun, other: &ReportedRun) -> bool {
        let set =
            |run: &ReportedRun| run.record.set(&self.set.name).map(|set| set.languages.clone());
        let (ours, theirs) = (&one.record.provenance.data, &other.record.provenance.data);
        set(one) == set(other)
            && ours.iter().all(|(path, hash)| theirs.get(path).is_none_or(|other| other == hash))
    }
}
