//! What a run will cost: time, memory and disk, from a few real steps and samples of the texts.
//!
//! Everything is done by the code that a run uses, on this machine and this data, with a model that is thrown away.
//! Nothing is kept: no run, no cache entry.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cache::Cache;
use crate::corpus::{self, EvaluationData};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::plugin::{Backend, Services};
use crate::progress::{Progress, Silent};
use crate::retrieval::Encoder;
use crate::run::{Data, Start, new_backend, new_teacher, prepare};
use crate::train::Rehearsal;

/// Texts of a data set that are encoded.
const SAMPLE: usize = 256;
/// Texts that are encoded between two looks at the clock.
const PART: usize = 64;
/// Texts that are encoded first, untimed.
const WARM_UP: usize = 16;
/// How long the sample of one role of a data set may take, unless one part takes longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a trainable number in a checkpoint at most: itself and the two moments of Adam, each an f32. A backend may
/// leave out the moments of rows that no batch has touched.
const CHECKPOINT_BYTES: u64 = 12;
/// Bytes of a number of an embedding.
const EMBEDDING_BYTES: u64 = 4;
/// Bytes of a trainable number in an export: an f32.
const EXPORT_BYTES: u64 = 4;

/// What a run will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Seconds to make the model ready.
    pub prepare_seconds: f64,
    /// The stages of training.
    pub stages: Vec<StageEstimate>,
    /// The data sets to measure on.
    pub sets: Vec<SetEstimate>,
    /// Seconds of one run: what is above, but neither searching nor writing.
    pub seconds: f64,
    /// Runs: the trials of a sweep, or one.
    pub runs: usize,
    /// Seconds of all runs, if each takes as long.
    pub all_seconds: f64,
    /// Largest memory of the process so far, in bytes; unknown on systems that do not tell. Of the data sets to measure
    /// on, only samples were encoded by then.
    pub peak_memory: Option<u64>,
    /// Bytes of the embeddings of the largest data set to measure on, which a run holds at once.
    pub embedding_bytes: u64,
    /// Both together: about what a run needs.
    pub memory: Option<u64>,
    /// The most checkpoints that lie on the disk at once: those kept, and one that is about to make the oldest too old.
    pub checkpoints: u64,
    /// Size of a checkpoint in bytes at most; a backend may save less.
    pub checkpoint_bytes: u64,
    /// Size of the checkpoints and the export of a run in bytes at most.
    pub disk_bytes: u64,
}

/// What a stage of training will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageEstimate {
    /// Its name.
    pub name: String,
    /// Its steps.
    pub steps: u64,
    /// Seconds of its first step, which fetches memory and fills what is kept.
    pub first_step_seconds: f64,
    /// Seconds of every further step.
    pub step_seconds: f64,
    /// Texts a second.
    pub texts_per_second: f64,
    /// Tokens a second, where the backend counts them.
    pub tokens_per_second: Option<f64>,
    /// Seconds of all its validations, where it does not end early.
    pub validation_seconds: f64,
    /// Seconds of the stage.
    pub seconds: f64,
}

/// What encoding a data set will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetEstimate {
    /// Its name.
    pub name: String,
    /// Its texts, queries and passages.
    pub texts: usize,
    /// Texts a second.
    pub texts_per_second: f64,
    /// Seconds of all of them.
    pub seconds: f64,
}

/// Measures what a run of the plan will cost; `runs` of them are to be made.
///
/// # Errors
/// If a run would fail on the way, or the user interrupts.
pub fn estimate(
    plan: &Plan,
    data: &Data,
    runs: usize,
    services: &Services,
    progress: &mut dyn Progress,
) -> Result<Estimate> {
    let views = data.views();
    // Without a cache every text of a timed step is embedded, as in the first epoch of a run.
    let nothing = Cache::disabled();
    let teacher = new_teacher(plan, data.rows(), &nothing, services)?;
    let mut trainer = data.trainer(plan, views.as_ref(), teacher, services)?;
    progress.phase("preparing the model");
    let began = Instant::now();
    let mut backend = new_backend(plan, services)?;
    prepare(plan, &Start::New, &mut backend, data.rows())?;
    let prepare_seconds = began.elapsed().as_secs_f64();
    let info = backend.info()?;
    let rehearsals = match &mut trainer {
        Some(trainer) => trainer.rehearse(&mut backend, info.dim, progress)?,
        None => Vec::new(),
    };
    let mut sets = Vec::with_capacity(data.sets.len());
    for (set, data) in plan.evaluations.iter().zip(&data.sets) {
        let name = &set.evaluation.name;
        progress.phase(&format!("encoding some texts of {name}"));
        sets.push(SetEstimate::new(name, data, &mut backend, services)?);
    }
    let embeddings = sets.iter().map(|set| (set.texts as u64).saturating_mul(info.dim as u64));
    let embedding_bytes = embeddings.max().unwrap_or(0).saturating_mul(EMBEDDING_BYTES);
    let peak_memory = peak_memory();
    let made: u64 = rehearsals.iter().map(|rehearsal| rehearsal.checkpoints).sum();
    let kept = plan.manifest.experiment.train.as_ref().map_or(0, |train| train.keep_checkpoints);
    let best = plan.stages.iter().filter(|stage| stage.validation.best.is_some()).count();
    let checkpoints = made.min((kept + best) as u64 + 1);
    let checkpoint_bytes = info.parameters.saturating_mul(CHECKPOINT_BYTES);
    let export_bytes = match rehearsals.is_empty() {
        true => 0,
        false => info.parameters.saturating_mul(EXPORT_BYTES),
    };
    let stages = rehearsals.into_iter().zip(&plan.stages).map(|(rehearsal, stage)| {
        let measured = stage.validation.evaluations.iter().filter_map(|at| sets.get(*at));
        StageEstimate::new(rehearsal, measured.map(|set| set.seconds).sum())
    });
    let stages: Vec<StageEstimate> = stages.collect();
    let training: f64 = stages.iter().map(|stage| stage.seconds).sum();
    let seconds = prepare_seconds + training + sets.iter().map(|set| set.seconds).sum::<f64>();
    Ok(Estimate {
        prepare_seconds,
        stages,
        sets,
        seconds,
        runs,
        all_seconds: seconds * runs as f64,
        peak_memory,
        embedding_bytes,
        memory: peak_memory.map(|peak| peak.saturating_add(embedding_bytes)),
        checkpoints,
        checkpoint_bytes,
        disk_bytes: checkpoint_bytes.saturating_mul(checkpoints).saturating_add(export_bytes),
    })
}

impl StageEstimate {
    /// What a stage will cost whose validations each spend so many seconds on data sets.
    fn new(rehearsal: Rehearsal, on_data_sets: f64) -> Self {
        let first_step_seconds = rehearsal.first_step.as_secs_f64();
        let step_seconds = rehearsal.step.as_secs_f64();
        let later = rehearsal.steps.saturating_sub(1) as f64;
        let validation = rehearsal.validation.as_secs_f64() + on_data_sets;
        let validation_seconds = validation * rehearsal.validations as f64;
        Self {
            name: rehearsal.stage,
            steps: rehearsal.steps,
            first_step_seconds,
            step_seconds,
            texts_per_second: rehearsal.texts_per_second,
            tokens_per_second: rehearsal.tokens_per_second,
            validation_seconds,
            seconds: first_step_seconds + later * step_seconds + validation_seconds,
        }
    }
}

impl SetEstimate {
    /// Encodes a sample of both roles, spread evenly over the data set and thereby over its languages.
    fn new(
        name: &str,
        data: &EvaluationData,
        backend: &mut Backend,
        services: &Services,
    ) -> Result<Self> {
        let passages = texts(data, &data.document_texts, &data.document_language);
        let queries = texts(data, &data.query_texts, &data.query_language);
        let all = passages.len() + queries.len();
        let every = all.div_ceil(SAMPLE).max(1);
        let nothing = Cache::disabled();
        let mut encoder = Encoder::new(backend, &nothing, services)?;
        let mut seconds = 0.0;
        for (texts, role) in [(passages, corpus::PASSAGE), (queries, corpus::QUERY)] {
            let sample: Vec<_> = texts.iter().copied().step_by(every).collect();
            encoder.encode(
                name,
                sample.iter().take(WARM_UP).copied().collect(),
                role,
                &mut Silent,
            )?;
            let (began, mut done) = (Instant::now(), 0);
            for part in sample.chunks(PART) {
                if done > 0 && began.elapsed() >= PATIENCE {
                    break;
                }
                if services.cancelled() {
                    return Err(Error::interrupted());
                }
                encoder.encode(name, part.to_vec(), role, &mut Silent)?;
                done += part.len();
            }
            seconds += began.elapsed().as_secs_f64() * texts.len() as f64 / done.max(1) as f64;
        }
        let texts_per_second = all as f64 / seconds.max(f64::MIN_POSITIVE);
        Ok(Self { name: name.to_owned(), texts: all, texts_per_second, seconds })
    }
}

/// Texts with the codes of their languages.
fn texts<'a>(
    data: &'a EvaluationData,
    texts: &'a [String],
    languages: &'a [u32],
) -> Vec<(&'a str, &'a str)> {
    let codes = languages.iter().map(|code| data.languages[*code as usize].as_str());
    texts.iter().map(String::as_str).zip(codes).collect()
}

/// The largest resident memory of this process so far, in bytes (`VmHWM`, proc_pid_status(5)); `None` elsewhere.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}
