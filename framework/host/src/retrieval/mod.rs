//! Measuring: texts to embeddings, embeddings to ranks, ranks to values, values to means.
//!
//! Searching, ranking and averaging are `triglot-evaluate`'s; the formulas are the metric plugins'. This module brings
//! the two together for one data set ([`measure`]), while a model is trained and when it is done, and writes down what
//! came of it where that is kept ([`write`](mod@write)).

mod baseline;
mod encode;
mod islands;
mod measure;
mod outcome;
mod sections;
mod write;

use std::collections::BTreeMap;

pub use baseline::Ranker;
pub use encode::Encoder;
pub use measure::{Measured, Measuring, check_best};
pub use outcome::{Baseline, ColumnOutcome, Outcome, SettingOutcome};

/// How many top passages of a query the run files hold.
pub const DEPTH: usize = 100;

/// The metrics of outcomes as the run's record holds them: `eval/<data set>/<setting>[/<group>]/<column>` for the model,
/// and the same under `bm25/` for the baseline.
pub fn flatten(outcomes: &[Outcome]) -> BTreeMap<String, f64> {
    let mut metrics = BTreeMap::new();
    for outcome in outcomes {
        let model = outcome.settings.iter().map(|setting| (Ranker::Model, setting));
        let baseline = outcome.baseline.iter().flat_map(|baseline| &baseline.settings);
        for (ranker, setting) in model.chain(baseline.map(|setting| (Ranker::Bm25, setting))) {
            let setting_name = setting.setting.as_str();
            let stem = format!("{}/{}/{setting_name}", ranker.root(), outcome.name);
            for column in &setting.columns {
                if let Some(mean) = column.summary.macro_mean {
                    metrics.insert(format!("{stem}/{}", column.name), mean);
                }
                for group in &column.summary.groups {
                    if let Some(mean) = group.mean {
                        metrics.insert(format!("{stem}/{}/{}", group.name, column.name), mean);
                    }
                }
            }
        }
    }
    metrics
}
