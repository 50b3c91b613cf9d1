//! Measuring: texts to embeddings, embeddings to ranks, ranks to values, values to means.
//!
//! Searching, ranking and averaging are `triglot-evaluate`'s; the formulas are the metric plugins'. This module brings
//! the two together for one data set and writes down what came of it.

mod encode;
mod outcome;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use triglot_evaluate as search;

use crate::cache::Cache;
use crate::corpus::EvaluationData;
use crate::error::{Error, Result};
use crate::manifest::types::{Evaluation, Setting, Similarity};
use crate::plan::{EvaluationPlan, Plan};
use crate::plugin::{Backend, Metric, Ranking, Services};
use crate::progress::Progress;

pub use encode::Encoder;
pub use outcome::{ColumnOutcome, Outcome, SettingOutcome};

/// How many top passages of a query the run files hold.
pub const DEPTH: usize = 100;

/// Makes the metrics of a data set, so that one that refuses does so before a run begins.
///
/// # Errors
/// If a plugin refuses, or two metrics give columns of the same name.
pub fn metrics(
    plan: &Plan,
    evaluation: &EvaluationPlan,
    services: &Services,
) -> Result<Vec<Metric>> {
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

/// Measures a backend on one data set; the run files go into the folder `files`, which must be there.
///
/// # Errors
/// If a plugin, the search or the disk fails, or the user interrupts.
#[expect(
    clippy::too_many_arguments,
    reason = "each is another room's; a struct would only name them again"
)]
pub fn measure(
    evaluation: &Evaluation,
    metrics: &mut [Metric],
    data: &EvaluationData,
    backend: &mut Backend,
    cache: &Cache,
    services: &Services,
    files: &Path,
    progress: &mut dyn Progress,
) -> Result<Outcome> {
    let name = &evaluation.name;
    let collection = collection(data)?;
    let mut encoder = Encoder::new(backend, cache, services)?;
    let documents = encoder.documents(name, data, progress)?;
    let queries = encoder.queries(name, data, progress)?;
    progress.phase(&format!("searching {name}"));
    let dim = encoder.dim();
    let wanted = metrics.iter().flat_map(|metric| metric.columns()).map(|column| column.depth);
    let settings: Vec<search::Setting> =
        evaluation.settings.iter().map(|setting| (*setting).into()).collect();
    let options = search::SearchOptions {
        similarity: match evaluation.similarity {
            Similarity::Cosine => search::Similarity::Cosine,
            Similarity::Dot => search::Similarity::Dot,
        },
        settings: &settings,
        depth: wanted.map(|depth| depth as usize).max().unwrap_or(0).max(DEPTH),
        threads: services.threads(),
        cancelled: &|| services.cancelled(),
    };
    let embeddings = |data, rows| search::Embeddings { data, rows, dim };
    let runs = search::search(
        &collection,
        embeddings(&queries, data.query_ids.len()),
        embeddings(&documents, data.document_ids.len()),
        &options,
    )
    .map_err(|error| match error {
        search::Error::Cancelled => Error::interrupted(),
        error => Error::failed(format!("{name}: {error}")),
    })?;
    let mut outcome = Outcome::new(name, data);
    for (setting, run) in evaluation.settings.iter().zip(&runs) {
        progress.phase(&format!("{name}: {}", run.setting));
        let ranking = ranking(name, data, run);
        let mut columns: Vec<(crate::plugin::Column, Vec<f64>)> = Vec::new();
        for metric in &mut *metrics {
            let values = metric.compute(*setting, &ranking)?;
            let width = metric.columns().len();
            for (i, column) in metric.columns().iter().enumerate() {
                let own = values.iter().skip(i).step_by(width).copied().collect();
                columns.push((column.clone(), own));
            }
        }
        outcome.settings.push(SettingOutcome::new(*setting, run, &columns));
        write::write(&files.join(run.setting.as_str()), &collection, run, &columns, services)?;
    }
    Ok(outcome)
}

impl From<Setting> for search::Setting {
    fn from(setting: Setting) -> Self {
        match setting {
            Setting::Monolingual => Self::Monolingual,
            Setting::CrossLingual => Self::CrossLingual,
            Setting::Multilingual => Self::Multilingual,
        }
    }
}

fn collection(data: &EvaluationData) -> Result<search::Collection> {
    let documents = search::Documents {
        ids: data.document_ids.clone(),
        language: data.document_language.clone(),
    };
    let queries = search::Queries {
        ids: data.query_ids.clone(),
        language: data.query_language.clone(),
        group: data.query_group.clone(),
    };
    let judgements = (data.judgements.iter())
        .map(|list| {
            let judge = |(document, grade): &(u32, i32)| search::Judgement {
                document: *document,
                grade: *grade,
            };
            list.iter().map(judge).collect::<Vec<_>>()
        })
        .collect();
    search::Collection::new(data.languages.clone(), documents, queries, judgements)
        .map_err(|error| Error::failed(error.to_string()))
}

/// The queries of all groups, one after another, in the columns that metrics read.
fn ranking(name: &str, data: &EvaluationData, run: &search::SettingRun) -> Ranking {
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
            ranking.pool_size.push(group.pool_size as u32);
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

/// The metrics of outcomes as the run's record holds them: `eval/<data set>/<setting>[/<group>]/<column>`.
pub fn flatten(outcomes: &[Outcome]) -> BTreeMap<String, f64> {
    let mut metrics = BTreeMap::new();
    for outcome in outcomes {
        for setting in &outcome.settings {
            let stem = format!("eval/{}/{}", outcome.name, setting.setting.as_str());
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
