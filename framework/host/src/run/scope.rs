//! Which languages a mean is taken over: all, those trained on, or those never seen.

use serde::Serialize;

use super::gap::Gap;
use super::record::{EvaluationRecord, RunRecord};
use crate::manifest::types::Setting;
use crate::retrieval::Ranker;

/// A choice of languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Every group.
    All,
    /// Groups whose every language was trained on.
    Trained,
    /// Groups with no language that was trained on.
    Unseen,
}

impl Scope {
    /// Every scope, in the order of reports.
    pub const ALL: [Self; 3] = [Self::All, Self::Trained, Self::Unseen];

    /// The scopes that say something about a run on a data set: all alone, unless some languages were trained on and
    /// some were not.
    pub fn of(record: &RunRecord, set: &EvaluationRecord) -> Vec<Self> {
        let trained = |code: &String| record.trained_languages.contains(code);
        let mixed = set.languages.keys().any(trained) && !set.languages.keys().all(trained);
        if mixed { Self::ALL.to_vec() } else { vec![Self::All] }
    }

    /// The scope's name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Trained => "trained",
            Self::Unseen => "unseen",
        }
    }

    /// The mean of a column over the groups in this scope, of the model or of its baseline on a data set. In the
    /// multilingual setting a group is a query language; its pool holds every language, whatever the scope.
    pub fn mean(
        self,
        record: &RunRecord,
        (ranker, set): (Ranker, &EvaluationRecord),
        setting: Setting,
        column: &str,
    ) -> Option<f64> {
        if self == Self::All {
            return record.metric_of(ranker, &set.name, setting, column);
        }
        let inside = self.languages(record, set);
        let pairs = || inside.iter().flat_map(|a| inside.iter().map(move |b| (*a, *b)));
        let groups: Vec<String> = match setting {
            Setting::CrossLingual => {
                pairs().filter(|(a, b)| a != b).map(|(a, b)| format!("{a}-{b}")).collect()
            }
            _ => inside.iter().map(|code| (*code).clone()).collect(),
        };
        let key = key(ranker, set, column);
        let values: Vec<f64> = groups
            .iter()
            .filter_map(|group| record.metrics.get(&key(setting, group)).copied())
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The gap of a column between two settings, over the groups in this scope; none where the settings were not both
    /// measured, or not over the same languages.
    pub fn gap(
        self,
        record: &RunRecord,
        (ranker, set): (Ranker, &EvaluationRecord),
        gap: Gap,
        column: &str,
    ) -> Option<f64> {
        let mean = |setting| self.mean(record, (ranker, set), setting, column);
        let difference = mean(Setting::Monolingual)? - mean(gap.subtracted())?;
        let languages = self.languages(record, set);
        gap.is_defined(record, &key(ranker, set, column), &languages).then_some(difference)
    }

    fn languages<'a>(self, record: &RunRecord, set: &'a EvaluationRecord) -> Vec<&'a String> {
        let trained = |code: &String| record.trained_languages.contains(code);
        let inside = |code: &&String| self == Self::All || trained(code) == (self == Self::Trained);
        set.languages.keys().filter(inside).collect()
    }
}

/// The key of a column's mean, by setting and group.
fn key(ranker: Ranker, set: &EvaluationRecord, column: &str) -> impl Fn(Setting, &str) -> String {
    move |setting, group| {
        format!("{}/{}/{}/{group}/{column}", ranker.root(), set.name, setting.as_str())
    }
}
