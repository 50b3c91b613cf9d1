//! The texts behind the ids of a run, from the files that it read, as long as they are the same files.

use std::collections::BTreeMap;

use super::ReportedRun;
use crate::corpus::{self, EvaluationData};
use crate::error::{Error, Result};
use crate::manifest::{LoadOptions, Manifest};
use crate::run;

/// Whether a report shows the texts of queries and passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// Where the data can be read again.
    Shown,
    /// Never: ids alone.
    Withheld,
}

/// Texts by id.
#[derive(Debug, Default)]
pub struct TextsById {
    queries: BTreeMap<String, String>,
    passages: BTreeMap<String, String>,
}

impl TextsById {
    /// The texts of a data set, read again through the manifest of a run.
    ///
    /// # Errors
    /// If a file is missing or is not what it was.
    pub fn read(run: &ReportedRun, set: &str) -> Result<Self> {
        let manifest = run.folder.join(run::MANIFEST);
        let manifest = Manifest::load(&manifest, &LoadOptions::default())?;
        let Some(folders) = &run.record.folders else {
            return Err(Error::failed("the run does not say where its data lay"));
        };
        let sets = &manifest.experiment.evaluate;
        let found = sets.iter().enumerate().find(|(_, evaluation)| evaluation.name == set);
        let Some((index, evaluation)) = found else {
            return Err(Error::failed(format!("the run's manifest has no data set `{set}`")));
        };
        let address = format!("evaluate.{index}");
        let data = corpus::read_evaluation(&manifest, &address, evaluation, &folders.data)?;
        for (path, hash) in &data.files {
            // Wherever it lies now.
            if !run.record.provenance.data.values().any(|recorded| recorded == hash) {
                let path = path.display();
                return Err(Error::failed(format!(
                    "{path} is not what it was when the run read it"
                )));
            }
        }
        let EvaluationData { query_ids, query_texts, document_ids, document_texts, .. } = data;
        Ok(Self {
            queries: query_ids.into_iter().zip(query_texts).collect(),
            passages: document_ids.into_iter().zip(document_texts).collect(),
        })
    }

    /// The text of a query.
    pub fn query(&self, id: &str) -> Option<String> {
        self.queries.get(id).cloned()
    }

    /// The text of a passage.
    pub fn passage(&self, id: &str) -> Option<String> {
        self.passages.get(id).cloned()
    }
}
