//! One data set, measured: embeddings, ranks, values per query.
//!
//! Nothing is written here, for a model that is still being trained is measured the same way, many times.

use std::collections::BTreeSet;
use std::path::Path;

use triglot_evaluate::{self as evaluate, Collection, Float, SettingRun};

use super::baseline::Ranker;
use super::encode::Encoder;
use super::islands::{collection, search};
use super::outcome::{Outcome, SettingOutcome};
use super::sections::Windows;
use super::{DEPTH, write};
use crate::cache::Cache;
use crate::corpus::EvaluationData;
use crate::error::Result;
use crate::manifest::types::{Evaluation, Precision, Setting, Similarity};
use crate::plan::{EvaluationPlan, Plan};
use crate::plugin::{Backend, Column, Metric, Ranking, Services};
use crate::progress::Progress;

/// A data set to measure on, with its metrics made.
pub struct Measuring<'a> {
    /// What the manifest says of it.
    pub evaluation: &'a Evaluation,
    /// Its passages, queries and judgements.
    pub data: &'a EvaluationData,
    metrics: Vec<Metric>,
}

/// The columns of all metrics, each with its value of every query.
type Values = Vec<(Column, Vec<f64>)>;

/// What measuring on a data set has come to, for every query.
#[derive(Debug)]
pub struct Measured {
    /// The means.
    pub outcome: Outcome,
    ranker: Ranker,
    collection: Collection,
    /// The ranking of each setting, and the values of its queries.
    settings: Vec<(SettingRun, Values)>,
}

impl<'a> Measuring<'a> {
    /// Makes the metrics of a data set, so that one that refuses does so before a run begins.
    ///
    /// # Errors
    /// If a plugin refuses, or two metrics give columns of the same name.
    pub fn new(
        plan: &Plan,
        set: &'a EvaluationPlan,
        data: &'a EvaluationData,
        services: &Services,
    ) -> Result<Self> {
        Ok(Self { evaluation: &set.evaluation, data, metrics: metrics(plan, set, services)? })
    }

    /// The columns of the metrics, in the manifest's order.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.metrics.iter().flat_map(Metric::columns)
    }

    /// Measures a backend as it is now.
    ///
    /// # Errors
    /// If a plugin or the search fails, or the user interrupts.
    pub fn measure(
        &mut self,
        backend: &mut Backend,
        cache: &Cache,
        services: &Services,
        progress: &mut dyn Progress,
    ) -> Result<Measured> {
        let (evaluation, data) = (self.evaluation, self.data);
        let name = &evaluation.name;
        let collection = collection(data, &data.whole())?;
        let float = match evaluation.embeddings {
            Precision::F32 => Float::F32,
            Precision::F16 => Float::F16,
        };
        let mut encoder = Encoder::new(backend, cache, services)?.keeping(float);
        let windows =
            evaluation.sections.map(|sections| Windows::of(&data.document_texts, sections));
        let documents = encoder.documents(name, data, windows.as_ref(), progress)?;
        let queries = encoder.queries(name, data, progress)?;
        progress.phase(&format!("searching {name}"));
        let settings = self.settings();
        let options = evaluate::SearchOptions {
            similarity: match evaluation.similarity {
                Similarity::Cosine => evaluate::Similarity::Cosine,
                Similarity::Dot => evaluate::Similarity::Dot,
            },
            settings: &settings,
            windows: windows.as_ref().map(|windows| &*windows.starts),
            depth: self.depth().max(DEPTH),
            threads: services.threads(),
            cancelled: &|| services.cancelled(),
        };
        let runs = search(data, (&queries, &documents), &options);
        self.measured(Ranker::Model, collection, runs.map_err(|error| error.about(name))?, progress)
    }

    /// The settings, in the manifest's order.
    pub(super) fn settings(&self) -> Vec<evaluate::Setting> {
        self.evaluation.settings.iter().map(|setting| (*setting).into()).collect()
    }

    /// How many top passages the metrics want.
    pub(super) fn depth(&self) -> usize {
        self.columns().map(|column| column.depth as usize).max().unwrap_or(0)
    }

    /// Hands rankings to the metrics.
    pub(super) fn measured(
        &mut self,
        ranker: Ranker,
        collection: Collection,
        runs: Vec<SettingRun>,
        progress: &mut dyn Progress,
    ) -> Result<Measured> {
        let (evaluation, data) = (self.evaluation, self.data);
        let name = &evaluation.name;
        let mut outcome = Outcome::new(name, data);
        let mut settings = Vec::with_capacity(runs.len());
        for (setting, run) in evaluation.settings.iter().zip(runs) {
            progress.phase(&format!("{name}: {}", run.setting));
            let columns = self.values(*setting, &ranking(name, data, &run))?;
            outcome.settings.push(SettingOutcome::new(*setting, &run, &columns));
            settings.push((run, columns));
        }
        Ok(Measured { outcome, ranker, collection, settings })
    }

    /// The values of all metrics, column by column.
    fn values(&mut self, setting: Setting, ranking: &Ranking) -> Result<Values> {
        let mut columns = Values::new();
        for metric in &mut self.metrics {
            let values = metric.compute(setting, ranking)?;
            let width = metric.columns().len();
            for (i, column) in metric.columns().iter().enumerate() {
                let own = values.iter().skip(i).step_by(width).copied().collect();
                columns.push((column.clone(), own));
            }
        }
        Ok(columns)
    }
}

impl Measured {
    /// Writes rankings, judgements and values into the folder `files`, which must be there.
    ///
    /// # Errors
    /// If the disk fails, or the user interrupts.
    pub fn write(&self, files: &Path, services: &Services) -> Result<()> {
        self.settings.iter().try_for_each(|(run, columns)| {
            let folder = files.join(run.setting.as_str());
            write::write(&folder, &self.collection, run, columns, self.ranker.tag(), services)
        })
    }
}

/// Checks, without any data, that metrics have the columns by which stages tell their best checkpoints.
///
/// # Errors
/// If they have not, or a metric refuses.
pub fn check_best(plan: &Plan, services: &Services) -> Result<()> {
    if plan.stages.iter().all(|stage| stage.validation.best.is_none()) {
        return Ok(());
    }
    let columns = plan.evaluations.iter().map(|set| {
        let metrics = metrics(plan, set, services)?;
        Ok(metrics.iter().flat_map(Metric::columns).cloned().collect())
    });
    plan.check_best(&columns.collect::<Result<Vec<_>>>()?)
}

fn metrics(plan: &Plan, evaluation: &EvaluationPlan, services: &Services) -> Result<Vec<Metric>> {
    let mut taken = BTreeSet::new();
    let mut metrics = Vec::with_capacity(evaluation.metrics.len());
    for chosen in &evaluation.metrics {
        let metric = Metric::create(&chosen.component, &chosen.options, services)
            .map_err(|error| plan.refused(chosen, error))?;
        if let Some(column) = metric.columns().iter().find(|c| !taken.insert(c.name.clone())) {
            let problem = format!("an earlier metric has a column `{}` already", column.name);
            let diagnostic = plan.manifest.diagnostic(&chosen.address, problem);
            return Err(diagnostic.allowed("each column once a data set").into());
        }
        metrics.push(metric);
    }
    Ok(metrics)
}

impl From<Setting> for evaluate::Setting {
    fn from(setting: Setting) -> Self {
        match setting {
            Setting::Monolingual => Self::Monolingual,
            Setting::CrossLingual => Self::CrossLingual,
            Setting::Multilingual => Self::Multilingual,
        }
    }
}

/// The queries of all groups, one after another, in the columns that metrics read. The pool of a query is, where not all
/// of it was retrieved, what was and what is judged besides, as in a run file that is scored.
fn ranking(name: &str, data: &EvaluationData, run: &SettingRun) -> Ranking {
    let mut ranking = Ranking {
        data_set: name.to_owned(),
        languages: data.languages.clone(),
        judged_offsets: vec![0],
        top_offsets: vec![0],
        ..Ranking::default()
    };
    for group in &run.groups {
        for query in &group.queries {
            ranking.query_language.push(group.query_language);
            ranking.query_group.push(data.query_group[query.query as usize]);
            let judged = query.judged.iter().filter(|judged| judged.rank == 0).count() as u32;
            ranking.pool_size.push(group.pool_size as u32 - query.unretrieved + judged);
            ranking.relevant.push(query.relevant);
            for judged in &query.judged {
                ranking.judged_rank.push(judged.rank);
                ranking.judged_grade.push(judged.grade);
                ranking.judged_language.push(judged.language);
            }
            ranking.judged_offsets.push(ranking.judged_rank.len());
            for hit in &query.top {
                ranking.top_document.push(hit.document);
                ranking.top_language.push(hit.language);
                ranking.top_score.push(hit.score);
            }
            ranking.top_offsets.push(ranking.top_document.len());
        }
    }
    ranking
}
