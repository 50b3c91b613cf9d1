//! Which languages a mean is taken over: all, those trained on, or those never seen.

use serde::Serialize;

use crate::manifest::types::Setting;
use crate::run::{EvaluationRecord, RunRecord};

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
    /// The scopes that say something about a run on a data set: all alone, unless some languages were trained on and
    /// some were not.
    pub fn of(record: &RunRecord, set: &EvaluationRecord) -> Vec<Self> {
        let trained = |code: &String| record.trained_languages.contains(code);
        let mixed = set.languages.keys().any(trained) && !set.languages.keys().all(trained);
        if mixed { vec![Self::All, Self::Trained, Self::Unseen] } else { vec![Self::All] }
    }

    /// The scope's name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Trained => "trained",
            Self::Unseen => "unseen",
        }
    }

    /// The mean of a column over the groups in this scope. In the multilingual setting a group is a query language; its
    /// pool holds every language, whatever the scope.
    pub fn mean(
        self,
        record: &RunRecord,
        set: &EvaluationRecord,
        setting: Setting,
        column: &str,
    ) -> Option<f64> {
        if self == Self::All {
            return record.metric(&set.name, setting, column);
        }
        let trained = |code: &&String| record.trained_languages.contains(code);
        let inside: Vec<&String> =
            set.languages.keys().filter(|code| trained(code) == (self == Self::Trained)).collect();
        let pairs = || inside.iter().flat_map(|a| inside.iter().map(move |b| (*a, *b)));
        let groups: Vec<String> = match setting {
            Setting::CrossLingual => {
                pairs().filter(|(a, b)| a != b).map(|(a, b)| format!("{a}-{b}")).collect()
            }
            _ => inside.iter().map(|code| (*code).clone()).collect(),
        };
        let stem = format!("eval/{}/{}", set.name, setting.as_str());
        let values: Vec<f64> = groups
            .iter()
            .filter_map(|group| record.metrics.get(&format!("{stem}/{group}/{column}")).copied())
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}
