//! The values of all systems in one setting of one data set, and that they are values of the same data.
//!
//! Queries are paired by group and id, so runs must have been asked the same queries against pools of the same size, with
//! the same passages judged relevant. Anything else would compare numbers that have nothing but a name in common.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use triglot_evaluate::significance::{self, Observation, Sample};

use super::systems::Grouped;
use crate::error::{Diagnostic, Result};
use crate::files;
use crate::manifest::types::Setting;
use crate::report::values::{groups, setting_folder, values};
use crate::retrieval::Ranker;
use crate::run::{ColumnRecord, EvaluationRecord, RunRecord};

/// Values per query, by group and id.
type Values = BTreeMap<String, BTreeMap<String, Vec<f64>>>;

/// All systems in one setting.
pub struct Measured<'a> {
    /// The data set, as the first run recorded it.
    pub set: &'a EvaluationRecord,
    /// The setting.
    pub setting: Setting,
    systems: Vec<(Ranker, Vec<(&'a RunRecord, Values)>)>,
    metrics: &'a [String],
}

impl<'a> Measured<'a> {
    /// Reads the values of every run.
    ///
    /// # Errors
    /// If a file is missing or damaged, a run lacks a metric, or two runs were measured on different data.
    pub fn read(
        systems: &'a [Grouped],
        set: &'a EvaluationRecord,
        setting: Setting,
        metrics: &'a [String],
    ) -> Result<Self> {
        let mut read = Vec::new();
        let mut first: Option<(PathBuf, Values)> = None;
        for system in systems {
            let mut runs = Vec::new();
            for (folder, record) in &system.runs {
                same_pools(set, folder, record)?;
                has_columns(&set.name, folder, record, metrics)?;
                let of = (system.ranker, set.name.as_str());
                let files = setting_folder(folder, of, setting);
                let values = read_run(folder, of, setting, metrics)?;
                match &first {
                    None => first = Some((files, values.clone())),
                    Some((example, expected)) => {
                        let folders = [example.clone(), files];
                        same_queries([expected, &values], &folders)?;
                        expected.keys().try_for_each(|group| same_qrels(&folders, group))?;
                    }
                }
                runs.push((record, values));
            }
            read.push((system.ranker, runs));
        }
        Ok(Self { set, setting, systems: read, metrics })
    }

    /// The column of a metric.
    pub fn column(&self, metric: &str) -> Result<&'a ColumnRecord> {
        let unknown = || Diagnostic::new(format!("{} has no metric `{metric}`", self.set.name));
        let found = self.set.columns.iter().find(|column| column.name == metric);
        Ok(found.ok_or_else(unknown)?)
    }

    /// The macro mean of every system as its runs recorded it, a mean over the runs.
    pub fn means(&self, metric: usize) -> Vec<Option<f64>> {
        let mean = |(ranker, runs): &(Ranker, Vec<(&RunRecord, Values)>)| {
            let metric = |(run, _): &(&RunRecord, Values)| {
                run.metric_of(*ranker, &self.set.name, self.setting, &self.metrics[metric])
            };
            let values: Option<Vec<f64>> = runs.iter().map(metric).collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        self.systems.iter().map(mean).collect()
    }

    /// Two systems' values of a metric.
    ///
    /// # Errors
    /// If a value is infinite.
    pub fn sample(
        &self,
        metric: usize,
        first: usize,
        second: usize,
    ) -> significance::Result<Sample> {
        let mut observations = Vec::new();
        let Some((_, queries)) = self.systems.first().and_then(|(_, runs)| runs.first()) else {
            return Sample::of(observations);
        };
        for (number, (group, queries)) in queries.iter().enumerate() {
            for query in queries.keys() {
                let side = |system: usize| {
                    let value = |(_, values): &(&RunRecord, Values)| {
                        values.get(group).and_then(|group| Some(*group.get(query)?.get(metric)?))
                    };
                    self.systems[system].1.iter().filter_map(value).collect()
                };
                observations.push(Observation {
                    topic: topic(group, query).to_owned(),
                    group: number,
                    first: side(first),
                    second: side(second),
                });
            }
        }
        Sample::of(observations)
    }
}

/// What a query asks, whatever the language: its id without the language that ids begin with.
fn topic<'a>(group: &str, query: &'a str) -> &'a str {
    let Some((language, topic)) = query.split_once(':') else { return query };
    match group.strip_prefix(language) {
        Some(rest) if rest.is_empty() || rest.starts_with('-') => topic,
        _ => query,
    }
}

fn read_run(
    folder: &Path,
    of: (Ranker, &str),
    setting: Setting,
    metrics: &[String],
) -> Result<Values> {
    let groups = groups(folder, of, setting)?.into_iter();
    groups
        .map(|group| {
            let values = values(folder, of, setting, &group, metrics)?;
            Ok((group, values))
        })
        .collect()
}

/// Refuses runs whose pools have other sizes than those of the first.
fn same_pools(set: &EvaluationRecord, folder: &Path, record: &RunRecord) -> Result<()> {
    let Some(own) = record.set(&set.name) else { return Ok(()) };
    if own.is_of_the_same_data(set) {
        return Ok(());
    }
    if own.languages == set.languages {
        let problem = format!(
            "the runs were measured on different data: texts or judgements of `{}` differ between this one and another",
            set.name
        );
        return Err(Diagnostic::new(problem).file(folder.join(RunRecord::FILE)).into());
    }
    let languages = |set: &EvaluationRecord| {
        let sizes = set.languages.iter().map(|(code, size)| {
            format!("{code} {} queries and {} passages", size.queries, size.passages)
        });
        sizes.collect::<Vec<_>>().join(", ")
    };
    let problem = format!(
        "the runs were measured on different data: of `{}` this one has {}, another {}",
        set.name,
        languages(own),
        languages(set)
    );
    Err(Diagnostic::new(problem).file(folder.join(RunRecord::FILE)).into())
}

/// Refuses runs without a metric, offering those that there are.
fn has_columns(set: &str, folder: &Path, record: &RunRecord, metrics: &[String]) -> Result<()> {
    let Some(own) = record.set(set) else { return Ok(()) };
    let names: Vec<&str> = own.columns.iter().map(|column| column.name.as_str()).collect();
    match metrics.iter().find(|metric| !names.contains(&metric.as_str())) {
        None => Ok(()),
        Some(metric) => Err(Diagnostic::new(format!("on `{set}` there is no metric `{metric}`"))
            .file(folder.join(RunRecord::FILE))
            .nearest(metric, names.iter().copied())
            .allowed(names.join(", "))
            .into()),
    }
}

const DIFFERENT: &str = "the runs were measured on different data";

/// Refuses runs that were asked other queries than the first.
fn same_queries(values: [&Values; 2], folders: &[PathBuf; 2]) -> Result<()> {
    for (this, other) in [(0, 1), (1, 0)] {
        for (group, queries) in values[this] {
            let other_file = folders[other].join(format!("{group}.csv"));
            let Some(others) = values[other].get(group) else {
                let problem =
                    format!("{DIFFERENT}: this group is in {} alone", folders[this].display());
                return Err(Diagnostic::new(problem).file(other_file).into());
            };
            if let Some(query) = queries.keys().find(|query| !others.contains_key(*query)) {
                let problem = format!(
                    "{DIFFERENT}: query `{query}` is missing, which is in {}",
                    folders[this].join(format!("{group}.csv")).display()
                );
                return Err(Diagnostic::new(problem).file(other_file).into());
            }
        }
    }
    Ok(())
}

/// Refuses runs for which other passages were relevant.
fn same_qrels(folders: &[PathBuf; 2], group: &str) -> Result<()> {
    let [path, other] = folders.each_ref().map(|folder| folder.join(format!("{group}.qrels")));
    let (own, expected) = (files::input_to_string(&path)?, files::input_to_string(&other)?);
    if own == expected {
        return Ok(());
    }
    let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    let (own, expected) = (lines(&own), lines(&expected));
    for (has, lacks, file, from) in
        [(&own, &expected, &other, &path), (&expected, &own, &path, &other)]
    {
        if let Some(line) = has.difference(lacks).next() {
            let problem =
                format!("{DIFFERENT}: `{line}` is missing, which {} holds", from.display());
            return Err(Diagnostic::new(problem).file(file).into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::topic;

    #[test]
    fn a_question_is_one_topic_in_all_its_languages() {
        assert_eq!(topic("en", "en:12"), "12");
        assert_eq!(topic("de-en", "de:12"), "12");
        assert_eq!(topic("zh-Hant-en", "zh-Hant:a:b"), "a:b");
        assert_eq!(topic("en", "plain"), "plain");
        assert_eq!(topic("en", "sq:12"), "sq:12", "no language of this group");
        assert_eq!(topic("eng", "en:12"), "en:12", "no language of this group either");
    }
}
