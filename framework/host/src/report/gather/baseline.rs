//! What BM25 reaches on a data set, once for all runs.

use serde::Serialize;

use super::Gathering;
use crate::manifest::types::Setting;
use crate::report::baseline::{Baselines, Shared};
use crate::run::{Gap, Scope};

/// BM25 on a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// Its means, by setting.
    pub figures: Vec<BaselineFigure<Setting>>,
    /// The gaps between them.
    pub gaps: Vec<BaselineFigure<Gap>>,
    /// What there is to say of it.
    pub notes: Vec<String>,
}

/// A mean of BM25, or a gap between two.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineFigure<T> {
    /// The languages.
    pub scope: Scope,
    /// The setting, or the settings that are compared.
    pub of: T,
    /// The column of the metric.
    pub column: String,
    /// The value; absent where the runs do not share one.
    pub value: Option<f64>,
}

impl Gathering<'_> {
    /// BM25, if any of the runs has it.
    pub(super) fn baseline(&self) -> Option<Baseline> {
        let strategies = self.strategies.iter().flat_map(|strategy| self.runs_of(strategy));
        let baselines = Baselines::of(strategies.map(|run| &run.record), &self.set.name);
        let figures = self
            .shared(&Setting::ALL, |scope, setting, column| baselines.mean(scope, setting, column));
        let gaps = self.shared(&Gap::ALL, |scope, gap, column| baselines.gap(scope, gap, column));
        let differ = figures.iter().any(|figure| figure.value.is_none())
            || gaps.iter().any(|gap| gap.value.is_none());
        let notes = baselines.notes(differ);
        baselines.any().then_some(Baseline { figures, gaps, notes })
    }

    fn shared<T: Copy>(
        &self,
        all: &[T],
        value: impl Fn(Scope, T, &str) -> Shared,
    ) -> Vec<BaselineFigure<T>> {
        let mut figures = Vec::new();
        for scope in Scope::ALL {
            for of in all {
                for column in &self.set.columns {
                    let value = match value(scope, *of, &column.name) {
                        Shared::Nothing => continue,
                        Shared::Value(value) => Some(value),
                        Shared::Differs => None,
                    };
                    let column = column.name.clone();
                    figures.push(BaselineFigure { scope, of: *of, column, value });
                }
            }
        }
        figures
    }
}

impl<T: Copy + PartialEq> BaselineFigure<T> {
    /// The one of some figures that a table asks for.
    pub fn find(figures: &[Self], scope: Scope, of: T, column: &str) -> Option<Shared> {
        let asked =
            |figure: &&Self| figure.scope == scope && figure.of == of && figure.column == column;
        let found = figures.iter().find(asked)?;
        Some(found.value.map_or(Shared::Differs, Shared::Value))
    }
}
