//! How much worse a model retrieves across languages than within one: the gap between settings.
//!
//! It is a difference of macro means that stand in the same record, monolingual less cross-lingual or less multilingual:
//! the settings are those of Elmahdy, Lin and Ahmad 2024 (arXiv 2408.10536), whose tables set the means side by side. Means
//! over different languages differ for that alone, so there is a gap only where the same languages were asked and, across
//! languages, searched.
//!
//! The sign is that of the subtraction and knows nothing of the metric. Above 0, a metric of which more is better says that
//! retrieval within the language is the easier; of a metric of which less is better, it is what lies below 0 that says so.

use std::collections::BTreeSet;

use serde::Serialize;

use super::record::RunRecord;
use super::scope::Scope;
use crate::manifest::types::Setting;
use crate::retrieval::Ranker;

/// A pair of settings whose means are subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Gap {
    /// Monolingual less cross-lingual.
    #[serde(rename = "monolingual-cross-lingual")]
    CrossLingual,
    /// Monolingual less multilingual.
    #[serde(rename = "monolingual-multilingual")]
    Multilingual,
}

impl Gap {
    /// Both gaps, in the order of reports.
    pub const ALL: [Self; 2] = [Self::CrossLingual, Self::Multilingual];

    /// The name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CrossLingual => "monolingual-cross-lingual",
            Self::Multilingual => "monolingual-multilingual",
        }
    }

    /// The name in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::CrossLingual => "monolingual − cross-lingual",
            Self::Multilingual => "monolingual − multilingual",
        }
    }

    /// The setting that is subtracted.
    pub fn subtracted(self) -> Setting {
        match self {
            Self::CrossLingual => Setting::CrossLingual,
            Self::Multilingual => Setting::Multilingual,
        }
    }

    /// Whether the means of a column in both settings, over groups of some languages, are over the same ones.
    pub(super) fn is_defined(
        self,
        record: &RunRecord,
        key: &impl Fn(Setting, &str) -> String,
        languages: &[&String],
    ) -> bool {
        let measured = |setting, group: &str| record.metrics.contains_key(&key(setting, group));
        let alone = |setting| -> BTreeSet<&str> {
            let codes = languages.iter().map(|code| code.as_str());
            codes.filter(|code| measured(setting, code)).collect()
        };
        let own = alone(Setting::Monolingual);
        if own.is_empty() {
            return false;
        }
        let (mut asked, mut searched) = (BTreeSet::new(), BTreeSet::new());
        match self {
            Self::Multilingual => return alone(Setting::Multilingual) == own,
            Self::CrossLingual => {
                for query in languages {
                    for pool in languages.iter().filter(|pool| *pool != query) {
                        if measured(Setting::CrossLingual, &format!("{query}-{pool}")) {
                            asked.insert(query.as_str());
                            searched.insert(pool.as_str());
                        }
                    }
                }
            }
        }
        asked == own && searched == own
    }
}

impl RunRecord {
    /// The gaps of the model, under `gap/<data set>/<settings>/<column>`.
    pub(super) fn gaps(&self) -> Vec<(String, f64)> {
        let mut gaps = Vec::new();
        for set in &self.evaluation {
            for gap in Gap::ALL {
                gaps.extend(set.columns.iter().filter_map(|column| {
                    let value = Scope::All.gap(self, (Ranker::Model, set), gap, &column.name)?;
                    Some((format!("gap/{}/{}/{}", set.name, gap.as_str(), column.name), value))
                }));
            }
        }
        gaps
    }
}
