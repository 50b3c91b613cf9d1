//! The baseline of a data set: what BM25 finds in the same pools, for the same queries, by the same metrics.
//!
//! It knows no model and no seed, so a run has it once, when all is done, and not at every validation.

use std::ops::Range;

use triglot_evaluate::{self as evaluate, LexicalOptions};

use super::DEPTH;
use super::islands::{collection, each_island};
use super::measure::{Measured, Measuring};
use super::outcome::Baseline;
use crate::error::Result;
use crate::manifest::types::Bm25Parameters;
use crate::plugin::Services;
use crate::progress::Progress;

/// What ranked the passages: of whom a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranker {
    /// The model of the run.
    Model,
    /// BM25, its baseline.
    Bm25,
}

impl Ranker {
    /// What its metrics' keys and its files' paths begin with.
    pub fn root(self) -> &'static str {
        match self {
            Self::Model => "eval",
            Self::Bm25 => "bm25",
        }
    }

    /// Who its rankings say they are of.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Model => "triglot",
            Self::Bm25 => "bm25",
        }
    }
}

impl Measuring<'_> {
    /// Measures BM25, if the manifest does not turn it off.
    ///
    /// # Errors
    /// If a plugin or the search fails, or the user interrupts.
    pub fn measure_bm25(
        &mut self,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<Option<(Measured, Bm25Parameters)>> {
        let (evaluation, data) = (self.evaluation, self.data);
        let Some(parameters) = evaluation.bm25.parameters() else { return Ok(None) };
        let name = &evaluation.name;
        progress.phase(&format!("searching {name} by words"));
        let settings = self.settings();
        let options = LexicalOptions {
            bm25: evaluate::Bm25 { k1: parameters.k1 as f32, b: parameters.b as f32 },
            settings: &settings,
            depth: self.depth().max(DEPTH),
            threads: services.threads(),
            cancelled: &|| services.cancelled(),
        };
        let runs = each_island(data, &settings, |own, island| {
            let queries = texts(&data.query_texts, &island.queries);
            let documents = texts(&data.document_texts, &island.documents);
            evaluate::search_words(own, queries, documents, &options)
        });
        let runs = runs.map_err(|error| error.about(name))?;
        let collection = collection(data, &data.whole())?;
        let measured = self.measured(Ranker::Bm25, collection, runs, progress)?;
        Ok(Some((measured, parameters)))
    }
}

fn texts<'a>(all: &'a [String], rows: &Range<usize>) -> &'a [String] {
    all.get(rows.clone()).unwrap_or_default()
}

impl Measured {
    /// The means, as the baseline of what else was measured.
    pub fn into_baseline(self, parameters: Bm25Parameters) -> Baseline {
        Baseline { parameters, settings: self.outcome.settings }
    }
}
