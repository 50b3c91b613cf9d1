//! What the record of a run says of its baseline.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::retrieval::Baseline;

use super::record::SettingRecord;

/// BM25 as it was measured on a data set: its parameters, and the counts behind its metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bm25Record {
    /// How soon a word that is repeated counts no more.
    pub k1: f64,
    /// How much long passages are discounted.
    pub b: f64,
    /// By setting.
    pub settings: BTreeMap<String, SettingRecord>,
}

impl Bm25Record {
    pub(super) fn of(baseline: &Baseline) -> Self {
        let settings = baseline.settings.iter().map(SettingRecord::of);
        let (k1, b) = (baseline.parameters.k1, baseline.parameters.b);
        Self { k1, b, settings: settings.collect() }
    }
}
