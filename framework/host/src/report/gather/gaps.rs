//! The gaps between settings, means over seeds.

use serde::Serialize;
use triglot_evaluate::spread;

use super::Gathering;
use crate::retrieval::Ranker;
use crate::run::{Gap, Scope};

/// A gap of a strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GapFigure {
    /// The strategy, an index into those of the report.
    pub strategy: usize,
    /// The languages.
    pub scope: Scope,
    /// The settings that are compared.
    pub gap: Gap,
    /// The column of the metric.
    pub column: String,
    /// The mean over seeds of the difference of macro means.
    pub mean: f64,
    /// The sample standard deviation over seeds, where there are several.
    pub deviation: Option<f64>,
}

impl Gathering<'_> {
    /// Every gap that is defined.
    pub(super) fn gaps(&self) -> Vec<GapFigure> {
        let mut gaps = Vec::new();
        for (strategy, of) in self.strategies.iter().enumerate() {
            let runs = self.runs_of(of);
            let Some(first) = runs.first() else { continue };
            for scope in Scope::of(&first.record, self.set) {
                for gap in Gap::ALL {
                    for column in &self.set.columns {
                        let values = runs.iter().filter_map(|run| {
                            let set = run.record.set(&self.set.name)?;
                            scope.gap(&run.record, (Ranker::Model, set), gap, &column.name)
                        });
                        let spread = spread(&values.collect::<Vec<_>>());
                        gaps.extend(spread.map(|spread| GapFigure {
                            strategy,
                            scope,
                            gap,
                            column: column.name.clone(),
                            mean: spread.mean,
                            deviation: spread.deviation,
                        }));
                    }
                }
            }
        }
        gaps
    }
}
