//! The figures of a data set: means over seeds, and how sure they are.

use serde::Serialize;
use triglot_evaluate::spread;

use super::Gathering;
use crate::manifest::types::Setting;
use crate::report::Scope;
use crate::retrieval::Ranker;

/// A mean of a strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The strategy, an index into those of the report.
    pub strategy: usize,
    /// The languages.
    pub scope: Scope,
    /// The setting.
    pub setting: Setting,
    /// The column of the metric.
    pub column: String,
    /// The mean over seeds of the macro mean over groups.
    pub mean: f64,
    /// The sample standard deviation over seeds, where there are several.
    pub deviation: Option<f64>,
    /// Seeds.
    pub seeds: usize,
    /// The bootstrap interval of the mean over questions, at 95%, where the values per query could be read.
    pub interval: Option<[f64; 2]>,
    /// The strategies that this one is significantly better than, by index.
    pub better_than: Vec<usize>,
}

impl Gathering<'_> {
    /// Every figure that is defined.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        for (index, strategy) in self.strategies.iter().enumerate() {
            let runs = self.runs_of(strategy);
            let Some(first) = runs.first() else { continue };
            for scope in Scope::of(&first.record, self.set) {
                for setting in Setting::ALL {
                    for column in &self.set.columns {
                        let values = runs.iter().filter_map(|run| {
                            let set = run.record.set(&self.set.name)?;
                            scope.mean(&run.record, (Ranker::Model, set), setting, &column.name)
                        });
                        let spread = spread(&values.collect::<Vec<_>>());
                        figures.extend(spread.map(|spread| Figure {
                            strategy: index,
                            scope,
                            setting,
                            column: column.name.clone(),
                            mean: spread.mean,
                            deviation: spread.deviation,
                            seeds: spread.count,
                            interval: None,
                            better_than: Vec::new(),
                        }));
                    }
                }
            }
        }
        figures
    }
}
