//! A run: data, training, measuring and what is kept of it.
//!
//! [`execute`] is the whole of `triglot run`, [`resume`](fn@resume) takes up again what it left. What the user could mend
//! (data, options, batch sizes) is found before the run's folder is made; whatever happens afterwards is recorded in it.

mod baseline;
mod begin;
mod changes;
mod data;
mod folder;
mod gap;
mod model;
mod provenance;
mod record;
mod recorder;
mod resume;
mod scope;
mod settle;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::files::{self, StagedDir};
use crate::hub::Hub;
use crate::plan::Plan;
use crate::plugin::{Backend, Services};
use crate::progress::Progress;
use crate::retrieval::{Measured, Measuring, Outcome, Ranker};
use crate::train::{self, Saved, Surroundings, Trainer};

pub use baseline::Bm25Record;
use begin::{Beginning, Begun};
pub use changes::Change;
pub use data::Data;
pub use folder::{RunFolder, find, list};
pub use gap::Gap;
use model::check_trainable;
pub use model::{Model, encode, new_backend, new_teacher, prepare};
pub use provenance::{Folders, HubRecord, Machine, PathRecord, PluginRecord, Provenance};
pub use record::{
    ColumnRecord, EvaluationRecord, LanguageSize, RunRecord, SettingRecord, Status, TrialRecord,
    run_schema,
};
pub use recorder::{MANIFEST, Recorder};
pub use resume::{Paused, Resumed};
pub use scope::Scope;
pub use settle::{Died, settle};

/// How long a thread that a plugin left running has to show itself.
const AFTERWARDS: Duration = Duration::from_millis(20);

/// The kind of the event that tells what is trained on and tested on alike.
const LEAKS: &str = "leaks";

/// What a run needs beside its plan.
pub struct Environment<'a> {
    /// The folder of all runs.
    pub runs_dir: &'a Path,
    /// The cache.
    pub cache: &'a Cache,
    /// Services for the plugins.
    pub services: &'a Services,
    /// Where models come from that the manifest names and that are not on the disk.
    pub hub: &'a Hub,
}

/// Where the model of a run comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// A new model.
    New,
    /// The state that a backend saved into this folder.
    Saved(PathBuf),
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its record, as `run.json` holds it.
    pub record: RunRecord,
    /// Its folder.
    pub folder: PathBuf,
    /// What was measured.
    pub outcomes: Vec<Outcome>,
}

/// Runs an experiment: reads the data, trains, measures, records.
///
/// # Errors
/// If the input is wrong (then no run was made), or training or measuring fails (then the run is recorded as failed).
pub fn execute(
    plan: &Plan,
    start: &Start,
    trial: Option<TrialRecord>,
    environment: &Environment<'_>,
    progress: &mut dyn Progress,
) -> Result<Finished> {
    run(plan, Beginning::New { start, trial }, environment, progress)
}

/// Goes on with a run that did not come to its end.
///
/// # Errors
/// If what the run is made from has changed and that is not allowed (then nothing was done), else as [`execute`].
pub fn resume(
    plan: &Plan,
    paused: Paused,
    allow_changed: bool,
    environment: &Environment<'_>,
    progress: &mut dyn Progress,
) -> Result<Finished> {
    run(plan, Beginning::Again { paused: Box::new(paused), allow_changed }, environment, progress)
}

fn run(
    plan: &Plan,
    beginning: Beginning<'_>,
    environment: &Environment<'_>,
    progress: &mut dyn Progress,
) -> Result<Finished> {
    let began = Instant::now();
    let experiment = &plan.manifest.experiment;
    let parent = environment.runs_dir.join(&experiment.name);
    files::create_dir_all(&parent)?;
    let origin = beginning.origin();
    plan.check_paths(origin == Start::New)?;
    progress.phase("reading the data");
    let data = Data::read(plan)?;
    let leaks = data.leaks(plan);
    data.warnings().for_each(|warning| tracing::warn!("{warning}"));
    leaks.iter().for_each(|leak| tracing::warn!("{leak}"));
    let read = began.elapsed();
    let services = environment.services;
    // What is wrong with the data is said before a model is downloaded.
    let plan = &plan.fetch(origin == Start::New, environment.hub, services, progress)?;
    let fetched = began.elapsed();
    let views = data.views();
    if plan.needs_teacher() {
        progress.phase("preparing the teacher");
    }
    let teacher = new_teacher(plan, data.rows(), environment.cache, services)?;
    let taught_by = teacher.as_ref().map(|teacher| teacher.fingerprint().to_owned());
    let trainer = data.trainer(plan, views.as_ref(), teacher, services)?;
    let measuring = data.measuring(plan, services)?;
    let mut backend = new_backend(plan, services)?;
    let mut provenance = provenance::provenance(plan, &origin, services.threads(), &data)?;
    provenance.teacher = taught_by;
    let changes = beginning.changes(plan, &provenance)?;
    progress.phase("preparing the model");
    prepare(plan, &beginning.start(), &mut backend, data.rows())?;
    let info = backend.info()?;
    if trainer.is_some() && beginning.start() == Start::New {
        check_trainable(plan, &mut backend)?;
    }
    let prepared = began.elapsed();

    let is_new = matches!(beginning, Beginning::New { .. });
    let begun = beginning.begin(plan, &parent, (provenance, changes), |record| {
        record.trained_languages = data.trained_languages();
        record.parameters = Some(info.parameters);
        record.dim = Some(info.dim);
        record.warnings = data.warnings().map(str::to_owned).collect();
        record.leaks.clone_from(&leaks);
        record.seconds.insert("data".into(), read.as_secs_f64());
        record.seconds.insert("download".into(), (fetched - read).as_secs_f64());
        record.seconds.insert("prepare".into(), (prepared - fetched).as_secs_f64());
    })?;
    let Begun { folder, mut record, mut recorder, from } = begun;
    if is_new && !leaks.is_empty() {
        recorder.journal.event(LEAKS, &leaks)?;
    }
    let dim = info.dim;
    let at_work = services.begin_run(folder.path(), recorder.ending());
    let mut work = Work { plan, environment, folder: &folder, backend, dim, measuring, progress };
    let result = work.all(trainer.map(|trainer| (trainer, from)), &mut record, &mut recorder);
    // The last instances end here, and what they do in the moment after it is the run's too.
    drop(work);
    let result = result.and_then(|outcomes| {
        std::thread::sleep(AFTERWARDS);
        services.check_late_calls().map(|()| outcomes)
    });
    drop(at_work);
    record.seconds.insert("all".into(), began.elapsed().as_secs_f64());
    match result {
        Ok(outcomes) => {
            recorder.finish(&mut record, Status::Finished, None)?;
            Ok(Finished { record, folder: folder.path().to_path_buf(), outcomes })
        }
        Err(error) => {
            let (status, message) = (Status::of(&error), error.to_string());
            // The first error is the one to report, also where the disk that caused it refuses the record too.
            if let Err(second) = recorder.finish(&mut record, status, Some(message)) {
                tracing::warn!("the run could not be marked as failed: {second}");
            }
            Err(Error::Run { folder: folder.path().to_path_buf(), error: Box::new(error) })
        }
    }
}

/// A run with its folder, at work.
struct Work<'a> {
    plan: &'a Plan,
    environment: &'a Environment<'a>,
    folder: &'a RunFolder,
    backend: Backend,
    /// Length of an embedding.
    dim: usize,
    /// The data sets to measure on.
    measuring: Vec<Measuring<'a>>,
    progress: &'a mut dyn Progress,
}

impl Work<'_> {
    fn all(
        &mut self,
        trainer: Option<(Trainer<'_>, Option<Saved>)>,
        record: &mut RunRecord,
        recorder: &mut Recorder,
    ) -> Result<Vec<Outcome>> {
        let trained = trainer.is_some();
        if let Some((mut trainer, from)) = trainer {
            let began = Instant::now();
            let mut around = Surroundings {
                checkpoints: &self.folder.checkpoints(),
                keep: (self.plan.manifest.experiment.train.as_ref())
                    .map_or(1, |train| train.keep_checkpoints),
                journal: &mut recorder.journal,
                measuring: &mut self.measuring,
                progress: self.progress,
            };
            let from = from.as_ref();
            record.training =
                Some(trainer.train(&mut self.backend, self.dim, from, &mut around)?);
            record.seconds.insert("train".into(), began.elapsed().as_secs_f64());
            self.export(recorder)?;
        }
        record.provenance.model = Some(self.backend.fingerprint()?);
        let began = Instant::now();
        let outcomes = self.measure(trained, recorder, &mut record.seconds);
        let outcomes = outcomes.map_err(|error| train::kept(error, &self.folder.checkpoints()))?;
        record.seconds.insert("evaluate".into(), began.elapsed().as_secs_f64());
        record.take_outcomes(&outcomes);
        recorder.journal.metrics(
            record.training.as_ref().map_or(0, |training| training.steps),
            record.metrics.iter().map(|(key, value)| (key.clone(), *value)).collect(),
        )?;
        Ok(outcomes)
    }

    fn export(&mut self, recorder: &mut Recorder) -> Result<()> {
        let staged = StagedDir::new(self.folder.path(), "model")?;
        match self.backend.export(staged.path()) {
            Ok(()) => {
                staged.replace()?;
                recorder.journal.artifact("model")
            }
            Err(error) if error.is_unsupported() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn measure(
        &mut self,
        trained: bool,
        recorder: &mut Recorder,
        seconds: &mut BTreeMap<String, f64>,
    ) -> Result<Vec<Outcome>> {
        // Embeddings of weights that only this run has are not worth a place in the cache.
        let none = Cache::disabled();
        let cache = if trained { &none } else { self.environment.cache };
        let mut outcomes = Vec::with_capacity(self.measuring.len());
        let services = self.environment.services;
        for measuring in &mut self.measuring {
            let measured = measuring.measure(&mut self.backend, cache, services, self.progress)?;
            keep(self.folder.path(), Ranker::Model, &measured, services, recorder)?;
            let began = Instant::now();
            let baseline = measuring.measure_bm25(services, self.progress)?;
            if let Some((baseline, _)) = &baseline {
                keep(self.folder.path(), Ranker::Bm25, baseline, services, recorder)?;
                *seconds.entry("bm25".into()).or_default() += began.elapsed().as_secs_f64();
            }
            let baseline = baseline.map(|(measured, by)| measured.into_baseline(by));
            outcomes.push(Outcome { baseline, ..measured.outcome });
        }
        Ok(outcomes)
    }
}

/// Writes the rankings, judgements and values of a data set into the folder of a run.
fn keep(
    run: &Path,
    ranker: Ranker,
    measured: &Measured,
    services: &Services,
    recorder: &mut Recorder,
) -> Result<()> {
    let (root, name) = (ranker.root(), &measured.outcome.name);
    let folder = run.join(root);
    files::create_dir_all(&folder)?;
    let staged = StagedDir::new(&folder, name)?;
    measured.write(staged.path(), services)?;
    staged.replace()?;
    recorder.journal.artifact(&format!("{root}/{name}"))
}
