//! BM25 in tables of several runs: one line, for on the same data it is the same whatever was trained.
//!
//! Runs of other data, or with other parameters, have other baselines. Then no value of theirs is chosen over another:
//! the table says that they differ.

use crate::retrieval::Ranker;
use crate::run::{ColumnRecord, EvaluationRecord, Gap, RunRecord, Scope};

use super::number;
use crate::manifest::types::Setting;

/// Its name in tables of systems.
pub const NAME: &str = "bm25 (baseline)";

/// What a table says in place of values that differ.
pub const DIFFERS: &str = "differs";

/// Values that are further apart are of other data. Closer ones may be of another machine, whose logarithm rounds
/// otherwise.
const APART: f64 = 1e-9;

/// A figure of the baselines of several runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shared {
    /// No run has it.
    Nothing,
    /// The runs that have it agree.
    Value(f64),
    /// They do not.
    Differs,
}

impl Shared {
    /// What the values of several runs come to.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut shared = Self::Nothing;
        for value in values {
            shared = match shared {
                Self::Nothing => Self::Value(value),
                Self::Value(first) if (first - value).abs() <= APART => shared,
                _ => Self::Differs,
            };
        }
        shared
    }

    /// As tables write it.
    pub fn cell(self, column: &ColumnRecord) -> String {
        match self {
            Self::Nothing => number(None, column),
            Self::Value(value) => number(Some(value), column),
            Self::Differs => DIFFERS.to_owned(),
        }
    }
}

/// The baselines of runs on a data set.
pub struct Baselines<'a> {
    runs: Vec<&'a RunRecord>,
    set: &'a str,
}

impl<'a> Baselines<'a> {
    /// Those of the runs that have one.
    pub fn of(runs: impl IntoIterator<Item = &'a RunRecord>, set: &'a str) -> Self {
        let has = |run: &&RunRecord| run.set(set).is_some_and(|set| set.bm25.is_some());
        Self { runs: runs.into_iter().filter(has).collect(), set }
    }

    /// Whether any run has one.
    pub fn any(&self) -> bool {
        !self.runs.is_empty()
    }

    /// The mean of a column in a setting.
    pub fn mean(&self, scope: Scope, setting: Setting, column: &str) -> Shared {
        self.shared(scope, |run, set| scope.mean(run, (Ranker::Bm25, set), setting, column))
    }

    /// The gap of a column.
    pub fn gap(&self, scope: Scope, gap: Gap, column: &str) -> Shared {
        self.shared(scope, |run, set| scope.gap(run, (Ranker::Bm25, set), gap, column))
    }

    /// A value of the runs for which a scope says something.
    fn shared(
        &self,
        scope: Scope,
        value: impl Fn(&RunRecord, &EvaluationRecord) -> Option<f64>,
    ) -> Shared {
        let sets = || self.runs.iter().filter_map(|run| Some((*run, run.set(self.set)?)));
        let inside = sets().filter(|(run, set)| Scope::of(run, set).contains(&scope));
        let shared = Shared::of(inside.filter_map(|(run, set)| value(run, set)));
        // Of other data or with other parameters, values that are equal are so by chance.
        let parameters = |set: &EvaluationRecord| set.bm25.as_ref().map(|own| (own.k1, own.b));
        let alike = sets().next().is_none_or(|(_, first)| {
            sets().all(|(_, set)| {
                set.is_of_the_same_data(first) && parameters(set) == parameters(first)
            })
        });
        match alike || shared == Shared::Nothing {
            true => shared,
            false => Shared::Differs,
        }
    }

    /// Which of its means are over fewer queries than the model's: a mean over the few that it answers may look well.
    fn undefined(&self) -> Vec<String> {
        let Some(set) = self.runs.first().and_then(|run| run.set(self.set)) else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        for (setting, own) in set.bm25.iter().flat_map(|bm25| &bm25.settings) {
            for (column, undefined) in &own.undefined {
                let model = set.settings.get(setting).and_then(|model| model.undefined.get(column));
                if undefined > model.unwrap_or(&0) && *undefined < own.queries {
                    notes.push(format!(
                        "bm25: {setting} {column} is over {} of {} queries; for the others too little is found",
                        own.queries - undefined,
                        own.queries
                    ));
                }
            }
        }
        notes
    }

    /// What a table with a line for it says below, told whether some cell says that values differ.
    pub fn notes(&self, differ: bool) -> Vec<String> {
        let mut parameters: Vec<(f64, f64)> = Vec::new();
        for bm25 in self.runs.iter().filter_map(|run| run.set(self.set)?.bm25.as_ref()) {
            if !parameters.contains(&(bm25.k1, bm25.b)) {
                parameters.push((bm25.k1, bm25.b));
            }
        }
        if parameters.is_empty() {
            return Vec::new();
        }
        let parameters: Vec<String> =
            parameters.iter().map(|(k1, b)| format!("k1 = {k1}, b = {b}")).collect();
        let mut notes =
            vec![format!("bm25: a search by words, without training ({})", parameters.join("; "))];
        notes.extend(self.undefined());
        if differ {
            notes.push(format!(
                "{DIFFERS}: the runs do not share one baseline, for their data or its parameters are not the same"
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_several_runs_are_one_only_if_they_are_equal() {
        assert_eq!(Shared::of([]), Shared::Nothing);
        assert_eq!(Shared::of([0.5, 0.5 + 1e-15, 0.5]), Shared::Value(0.5));
        assert_eq!(Shared::of([0.5, 0.501, 0.5]), Shared::Differs);
        assert_eq!(Shared::of([0.5, f64::NAN]), Shared::Differs);
    }
}
