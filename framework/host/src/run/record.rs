//! `run.json`: what a run was, on what, and what came of it.
//!
//! Reading is lenient: keys that another version knows are passed over, so that old and new runs compare.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::Leak;
use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::journal;
use crate::manifest::types::Setting;
use crate::plan::Plan;
use crate::retrieval::{Outcome, Ranker, SettingOutcome, flatten};
use crate::train::Summary;

use super::baseline::Bm25Record;
use super::provenance::{Folders, Provenance};
use super::resume::Resumed;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// At work.
    Running,
    /// Ended from outside while it was at work; never written, but found when the record is read.
    Killed,
    /// Done.
    Finished,
    /// Ended by an error.
    Failed,
    /// Ended by the user, with a checkpoint if it was training and the state could be saved.
    Interrupted,
}

impl Status {
    /// How a run stands that an error ended.
    pub fn of(error: &Error) -> Self {
        match error.is_interrupted() {
            true => Self::Interrupted,
            false => Self::Failed,
        }
    }

    /// The status in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Killed => "killed",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The record of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// The run's id, the name of its folder.
    pub id: String,
    /// The experiment's name.
    pub experiment: String,
    /// The seed.
    pub seed: u64,
    /// The trial that the run is, in a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialRecord>,
    /// How the run stands.
    pub status: Status,
    /// The error of a failed run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it began (RFC 3339, UTC).
    pub started: String,
    /// When it was gone on with, where it did not come to its end at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumed>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Seconds that each part took since the run was begun or last gone on with: `data`, `download`, `prepare`, `train`,
    /// `evaluate`, `bm25` (which `evaluate` includes), `all`.
    pub seconds: BTreeMap<String, f64>,
    /// The folder of the saved state that the model came from, where it is not a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PathBuf>,
    /// Length of an embedding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
    /// Number of trainable numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Where its paths start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folders: Option<Folders>,
    /// From what the run was made.
    pub provenance: Provenance,
    /// The languages that were trained on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trained_languages: Vec<String>,
    /// What the readers warned of in the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What is trained on and tested on alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaks: Vec<Leak>,
    /// What training did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Summary>,
    /// Counts behind the metrics, one entry a data set.
    #[serde(default)]
    pub evaluation: Vec<EvaluationRecord>,
    /// Final metrics: `eval/<data set>/<setting>/<column>` is the macro mean over groups,
    /// `eval/<data set>/<setting>/<group>/<column>` the mean of a group, and under `bm25/` stand those of BM25.
    /// `gap/<data set>/monolingual-cross-lingual/<column>` is the model's monolingual macro mean less its cross-lingual
    /// one, `…/monolingual-multilingual/…` less its multilingual one. What is undefined is absent.
    pub metrics: BTreeMap<String, f64>,
}

/// A trial of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialRecord {
    /// The sweep's id.
    pub sweep: String,
    /// The trial's name in it.
    pub name: String,
    /// The named variant, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The point of the grid.
    pub point: BTreeMap<String, serde_json::Value>,
}

/// Counts behind the metrics of a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluationRecord {
    /// Name of the data set.
    pub name: String,
    /// BLAKE3, in hexadecimal, of its languages, passages, queries and judgements: runs with another one were measured on
    /// other data, whatever its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Its size by language code.
    pub languages: BTreeMap<String, LanguageSize>,
    /// The columns of its metrics, in the manifest's order.
    #[serde(default)]
    pub columns: Vec<ColumnRecord>,
    /// By setting.
    pub settings: BTreeMap<String, SettingRecord>,
    /// BM25 on the same data, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bm25: Option<Bm25Record>,
}

/// A column of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnRecord {
    /// Its name, for example `ndcg@10`.
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Smallest possible value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<f64>,
    /// Largest possible value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<f64>,
}

/// The size of a data set in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LanguageSize {
    /// Queries.
    pub queries: usize,
    /// Candidate passages.
    pub passages: usize,
}

/// Counts behind the metrics of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingRecord {
    /// Groups.
    pub groups: usize,
    /// Queries measured, over all groups.
    pub queries: usize,
    /// Queries without a relevant passage in their pool.
    pub left_out: usize,
    /// Queries for which a column is undefined, where there are any.
    pub undefined: BTreeMap<String, usize>,
}

/// The JSON Schema of `run.json`.
pub fn run_schema() -> serde_json::Value {
    schemars::schema_for!(RunRecord).to_value()
}

impl RunRecord {
    /// The name of its file.
    pub const FILE: &'static str = "run.json";

    /// The record of a run that begins.
    pub fn new(plan: &Plan, id: &str, trial: Option<TrialRecord>, provenance: Provenance) -> Self {
        Self {
            id: id.to_owned(),
            experiment: plan.manifest.experiment.name.clone(),
            seed: plan.manifest.experiment.seed,
            trial,
            status: Status::Running,
            error: None,
            started: jiff::Timestamp::now().to_string(),
            resumed: Vec::new(),
            finished: None,
            seconds: BTreeMap::new(),
            state: None,
            dim: None,
            parameters: None,
            folders: Some(Folders::of(plan)),
            provenance,
            trained_languages: Vec::new(),
            warnings: Vec::new(),
            leaks: Vec::new(),
            training: None,
            evaluation: Vec::new(),
            metrics: BTreeMap::new(),
        }
    }

    /// Reads the record in a run's folder.
    ///
    /// # Errors
    /// If it is missing or malformed.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(Self::FILE);
        let text = files::input_to_string(&path)?;
        let mut record: Self = serde_json::from_str(&text).map_err(|source| {
            Diagnostic::new(format!("is no record of a run: {source}")).file(path)
        })?;
        if record.status == Status::Running && !journal::is_being_written(folder) {
            record.status = Status::Killed;
        }
        Ok(record)
    }

    /// Writes the record into a run's folder.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn write(&self, folder: &Path) -> Result<()> {
        files::write_atomic(&folder.join(Self::FILE), self.to_json()?.as_bytes())
    }

    /// The record as JSON text.
    ///
    /// # Errors
    /// If a value cannot be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").map_err(|source| Error::failed(source.to_string()))
    }

    /// Takes over what was measured.
    pub fn take_outcomes(&mut self, outcomes: &[Outcome]) {
        self.metrics = flatten(outcomes);
        self.evaluation = outcomes.iter().map(EvaluationRecord::of).collect();
        let gaps = self.gaps();
        self.metrics.extend(gaps);
    }

    /// The counts of a data set.
    pub fn set(&self, data_set: &str) -> Option<&EvaluationRecord> {
        self.evaluation.iter().find(|set| set.name == data_set)
    }

    /// The macro mean of a column on a data set in a setting.
    pub fn metric(&self, data_set: &str, setting: Setting, column: &str) -> Option<f64> {
        self.metric_of(Ranker::Model, data_set, setting, column)
    }

    /// The macro mean of a column on a data set in a setting, of the model or of its baseline.
    pub fn metric_of(
        &self,
        ranker: Ranker,
        data_set: &str,
        setting: Setting,
        column: &str,
    ) -> Option<f64> {
        let (root, setting) = (ranker.root(), setting.as_str());
        self.metrics.get(&format!("{root}/{data_set}/{setting}/{column}")).copied()
    }
}

impl EvaluationRecord {
    /// Whether both were measured on the same data; of a record that does not say, as far as sizes tell.
    pub fn is_of_the_same_data(&self, other: &Self) -> bool {
        let said = self.data.as_ref().zip(other.data.as_ref());
        self.languages == other.languages && said.is_none_or(|(own, other)| own == other)
    }

    fn of(outcome: &Outcome) -> Self {
        let languages = outcome.sizes.iter().map(|(code, queries, passages)| {
            (code.clone(), LanguageSize { queries: *queries, passages: *passages })
        });
        let bound = |value: f64| value.is_finite().then_some(value);
        let columns = outcome.settings.first().into_iter().flat_map(|setting| &setting.columns);
        let columns = columns.map(|column| ColumnRecord {
            name: column.name.clone(),
            higher_is_better: column.higher_is_better,
            lowest: bound(column.range.0),
            highest: bound(column.range.1),
        });
        Self {
            name: outcome.name.clone(),
            data: Some(outcome.data.clone()),
            languages: languages.collect(),
            columns: columns.collect(),
            settings: outcome.settings.iter().map(SettingRecord::of).collect(),
            bm25: outcome.baseline.as_ref().map(Bm25Record::of),
        }
    }
}

impl SettingRecord {
    /// The counts of a setting, under its name.
    pub(super) fn of(setting: &SettingOutcome) -> (String, Self) {
        let undefined = setting.columns.iter().filter_map(|column| {
            let count: usize = column.summary.groups.iter().map(|g| g.undefined).sum();
            (count > 0).then(|| (column.name.clone(), count))
        });
        let record = Self {
            groups: setting.groups,
            queries: setting.queries,
            left_out: setting.left_out,
            undefined: undefined.collect(),
        };
        (setting.setting.as_str().to_owned(), record)
    }
}
