//! What was measured on one data set: means per group and over groups, with the counts behind them.

use triglot_evaluate::{SettingRun, Summary, aggregate};

use crate::corpus::EvaluationData;
use crate::manifest::types::{Bm25Parameters, Setting};
use crate::plugin::Column;

/// The values of one data set.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name of the data set.
    pub name: String,
    /// What tells its data from other data of that name ([`EvaluationData::identity`]).
    pub data: String,
    /// Queries and candidate passages of each language, by language code.
    pub sizes: Vec<(String, usize, usize)>,
    /// One entry a setting.
    pub settings: Vec<SettingOutcome>,
    /// What BM25 reaches, where it was measured.
    pub baseline: Option<Baseline>,
}

/// The values of BM25 on one data set.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// How it weighed words.
    pub parameters: Bm25Parameters,
    /// One entry a setting.
    pub settings: Vec<SettingOutcome>,
}

/// The values of one setting.
#[derive(Debug, Clone)]
pub struct SettingOutcome {
    /// The setting.
    pub setting: Setting,
    /// Number of groups.
    pub groups: usize,
    /// Queries measured, over all groups.
    pub queries: usize,
    /// Queries left out because their pool holds nothing relevant.
    pub left_out: usize,
    /// One entry a metric column.
    pub columns: Vec<ColumnOutcome>,
}

/// The values of one metric column.
#[derive(Debug, Clone)]
pub struct ColumnOutcome {
    /// Its name, for example `ndcg@10`.
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Smallest and largest possible value.
    pub range: (f64, f64),
    /// The means.
    pub summary: Summary,
}

impl Outcome {
    /// An outcome without settings.
    pub fn new(name: &str, data: &EvaluationData) -> Self {
        let count = |codes: &[u32], language: usize| {
            codes.iter().filter(|code| **code as usize == language).count()
        };
        let sizes = (data.languages.iter().enumerate())
            .map(|(i, code)| {
                (code.clone(), count(&data.query_language, i), count(&data.document_language, i))
            })
            .collect();
        Self {
            name: name.to_owned(),
            data: data.identity(),
            sizes,
            settings: Vec::new(),
            baseline: None,
        }
    }
}

impl SettingOutcome {
    /// Takes the means of per-query values that stand in the order of the run's groups.
    pub fn new(setting: Setting, run: &SettingRun, columns: &[(Column, Vec<f64>)]) -> Self {
        let columns = columns.iter().map(|(column, values)| {
            let mut start = 0;
            let groups = run.groups.iter().map(|group| {
                let own = values[start..start + group.queries.len()].iter().copied();
                start += group.queries.len();
                (group.name.as_str(), own)
            });
            ColumnOutcome {
                name: column.name.clone(),
                higher_is_better: column.higher_is_better,
                range: column.range,
                summary: aggregate(groups),
            }
        });
        Self {
            setting,
            columns: columns.collect(),
            groups: run.groups.len(),
            queries: run.groups.iter().map(|group| group.queries.len()).sum(),
            left_out: run.left_out,
        }
    }
}
