//! Models made ready: a new one, that of a run, or a folder that another program wrote.

use std::path::{Path, PathBuf};

use triglot_abi::{ROLE_PASSAGE, ROLE_QUERY};
use triglot_evaluate::EmbeddingSource;

use crate::cache::Cache;
use crate::corpus::TextTable;
use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::hub::HubName;
use crate::manifest::{LoadOptions, Manifest, types};
use crate::plan::{Chosen, Locations, Plan};
use crate::plugin::{Backend, Registry, Services, Texts};
use crate::progress::Progress;
use crate::retrieval::Encoder;
use crate::train::{self, Teacher};

use super::folder::find;
use super::provenance::Provenance;
use super::recorder::MANIFEST;
use super::{Environment, Start};

/// A model at hand.
#[derive(Debug, Clone)]
pub struct Model {
    /// The manifest that says which backend it is.
    pub manifest: Manifest,
    /// Its saved state, or new for a model that was never trained.
    pub start: Start,
}

impl Model {
    /// The model of the run that `named` means: its newest checkpoint, or what it measured itself.
    ///
    /// # Errors
    /// If there is no such run, or what it measured itself has changed since.
    pub fn of_run(runs_dir: &Path, named: &str) -> Result<Self> {
        let (folder, record) = find(runs_dir, named)?;
        let mut manifest = Manifest::load(&folder.join(MANIFEST), &LoadOptions::default())?;
        let start = match (train::newest(&folder.join(train::FOLDER))?, record.state) {
            (Some(checkpoint), _) => Start::Saved(checkpoint.backend()),
            (None, Some(state)) => Start::Saved(state),
            (None, None) if manifest.experiment.train.is_none() => {
                manifest = as_recorded(manifest, &record.provenance)?;
                Start::New
            }
            (None, None) => {
                let problem = "this run was to be trained and has no checkpoint";
                return Err(Diagnostic::new(problem).file(folder).into());
            }
        };
        Ok(Self { manifest, start })
    }

    /// The model that a run exported into its `folder`: the run's backend and options, begun from that folder.
    ///
    /// # Errors
    /// If the run cannot be read, exported nothing, or has a backend without an option `weights`.
    pub fn of_export(
        run: &Path,
        folder: &Path,
        on: &Manifest,
        registry: &Registry,
    ) -> Result<Self> {
        if !folder.is_dir() {
            let problem = "there is no such folder: the run has exported no model";
            return Err(Diagnostic::new(problem).file(folder).into());
        }
        let manifest = Manifest::load(&run.join(MANIFEST), &LoadOptions::default())?;
        Self::begun_from(folder, manifest.experiment.model, on, registry)
    }

    /// The model that a manifest's backend loads from `folder`, or from the hub if that is a name there, by its option
    /// `weights`.
    ///
    /// # Errors
    /// If the backend has no such option.
    pub fn of_folder(folder: &Path, on: &Manifest, registry: &Registry) -> Result<Self> {
        Self::begun_from(folder, on.experiment.model.clone(), on, registry)
    }

    fn begun_from(
        folder: &Path,
        mut model: types::Model,
        on: &Manifest,
        registry: &Registry,
    ) -> Result<Self> {
        let component = registry.find(crate::plugin::Kind::Backend, &model.component)?;
        if component.schema.pointer("/properties/weights").is_none() {
            let problem =
                format!("{} loads no folder: it has no option `weights`", component.name());
            return Err(Diagnostic::new(problem).file(folder).into());
        }
        let on_the_hub = folder.to_str().is_some_and(HubName::is_meant);
        let absolute = || std::path::absolute(folder).ok().filter(|_| !on_the_hub);
        let folder = absolute().unwrap_or_else(|| PathBuf::from(folder));
        let folder = serde_json::Value::String(folder.to_string_lossy().into_owned());
        model.options.insert("weights".into(), folder);
        Ok(Self { manifest: on.measuring(model)?, start: Start::New })
    }

    /// The plan that measures this model on the data sets of `on`.
    ///
    /// # Errors
    /// If that cannot be planned.
    pub fn plan_on(
        &self,
        on: &Manifest,
        registry: &Registry,
        locations: &Locations,
    ) -> Result<Plan> {
        let model: types::Model = self.manifest.experiment.model.clone();
        Plan::new(on.measuring(model)?, registry, locations)
    }
}

/// The manifest of a run that measured a model at hand, with the paths among the model's options as they led then, if
/// what lies there is still the same.
fn as_recorded(manifest: Manifest, provenance: &Provenance) -> Result<Manifest> {
    let mut model = manifest.experiment.model.clone();
    for (option, value) in &mut model.options {
        let address = format!("model.options.{}", toml_edit::Key::new(option));
        let recorded = provenance.paths.get(&manifest.key(&address));
        // A commit of a model on the hub is what it was, wherever the cache lies.
        let Some(recorded) = recorded.filter(|path| path.hub.is_none()) else { continue };
        if files::hash_input(&recorded.path)? != recorded.hash {
            let problem = "has changed since the run measured it: run its manifest again";
            return Err(Diagnostic::new(problem).file(&recorded.path).into());
        }
        *value = recorded.path.to_string_lossy().into();
    }
    manifest.measuring(model)
}

/// The backend of a plan, made but not ready.
///
/// # Errors
/// If it refuses its options.
pub fn new_backend(plan: &Plan, services: &Services) -> Result<Backend> {
    create(plan, &plan.model, services)
}

fn create(plan: &Plan, chosen: &Chosen, services: &Services) -> Result<Backend> {
    let seed = plan.manifest.experiment.seed;
    Backend::create(&chosen.component, &chosen.options, seed, services)
        .map_err(|error| plan.refused(chosen, error))
}

/// The teacher of a plan, ready to embed the texts of `rows` and of parts of them, if an objective asks for one. What it
/// makes of a text is kept in the cache.
///
/// # Errors
/// If its backend refuses or fails.
pub fn new_teacher<'a>(
    plan: &'a Plan,
    rows: Option<&'a TextTable>,
    cache: &'a Cache,
    services: &'a Services,
) -> Result<Option<Teacher<'a>>> {
    let (Some(chosen), Some(rows), true) = (&plan.teacher, rows, plan.needs_teacher()) else {
        return Ok(None);
    };
    let mut backend = create(plan, chosen, services)?;
    prepare_new(plan, chosen, &mut backend, Some(rows))?;
    let language = plan.manifest.experiment.teacher.as_ref();
    let language = language.and_then(|teacher| teacher.language.as_deref());
    Teacher::new(backend, language, rows, cache, services).map(Some)
}

/// Looks whether a new model can be trained as the stages of the plan ask.
///
/// # Errors
/// If it cannot be trained at all, or a stage wants its optimiser to forget and it cannot.
pub fn check_trainable(plan: &Plan, backend: &mut Backend) -> Result<()> {
    let name = plan.model.component.name();
    if !backend.info()?.trainable {
        return Err(Error::failed(format!("{name} cannot be trained as it is configured")));
    }
    let mut stages = plan.stages.iter();
    let Some(stage) = stages.position(|stage| stage.stage.reset_optimizer) else { return Ok(()) };
    // Only by being asked to does a backend say whether it can; one that has learnt nothing has nothing to forget.
    match backend.reset_optimizer() {
        Err(error) if error.is_unsupported() => {
            let problem = format!("{name} cannot forget its optimiser");
            let address = format!("train.stage.{stage}.reset_optimizer");
            Err(plan.manifest.diagnostic(&address, problem).allowed("false").into())
        }
        asked => Ok(asked?),
    }
}

/// Texts that cross at once while a new model reads all there are.
const PART: usize = 4096;

/// Makes a backend ready: from a saved state, or as a new model that may read the texts to train on.
///
/// # Errors
/// If the backend fails.
pub fn prepare(
    plan: &Plan,
    start: &Start,
    backend: &mut Backend,
    rows: Option<&TextTable>,
) -> Result<()> {
    match start {
        Start::Saved(state) => Ok(backend.load(state)?),
        Start::New => prepare_new(plan, &plan.model, backend, rows),
    }
}

/// Makes the backend of a new model ready, which may read the texts to train on.
fn prepare_new(
    plan: &Plan,
    chosen: &Chosen,
    backend: &mut Backend,
    rows: Option<&TextTable>,
) -> Result<()> {
    let refused = |error| plan.refused(chosen, error);
    let Some(table) = rows else { return backend.prepare(None).map_err(refused) };
    let part = |rows: std::ops::Range<usize>| {
        let mut texts = Texts::with_capacity(rows.len());
        for row in rows {
            let language = &table.languages[table.language[row] as usize];
            texts.push(table.text(row), language, table.role[row], 0);
        }
        texts
    };
    let all = table.rows();
    let mut parts = (0..all).step_by(PART).map(|start| part(start..(start + PART).min(all)));
    backend.prepare(Some(&mut parts)).map_err(refused)
}

/// The embeddings of texts [texts × dim] in one role and language, with their length.
///
/// # Errors
/// If the model cannot be made ready or a text cannot be encoded.
pub fn encode(
    model: &Model,
    registry: &Registry,
    locations: &Locations,
    environment: &Environment<'_>,
    texts: &[String],
    (language, query): (&str, bool),
    progress: &mut dyn Progress,
) -> Result<(usize, Vec<f32>)> {
    let plan = Plan::new(model.manifest.clone(), registry, locations)?;
    let services = environment.services;
    plan.check_paths(model.start == Start::New)?;
    let plan = plan.fetch(model.start == Start::New, environment.hub, services, progress)?;
    let mut backend = new_backend(&plan, services)?;
    prepare(&plan, &model.start, &mut backend, None)?;
    let mut encoder = Encoder::new(&mut backend, environment.cache, services)?;
    let role = if query { ROLE_QUERY } else { ROLE_PASSAGE };
    let texts = texts.iter().map(|text| (text.as_str(), language)).collect();
    let embeddings = encoder.encode("texts", texts, role, progress)?;
    let dim = encoder.dim();
    let mut values = vec![0.0; embeddings.rows() * dim];
    let rows = values.chunks_exact_mut(dim.max(1)).enumerate();
    rows.for_each(|(row, into)| embeddings.read(row, into));
    Ok((dim, values))
}
