//! A trained model at hand again: that of a run, or a folder that another program wrote.

use std::path::{Path, PathBuf};

use triglot_abi::{ROLE_PASSAGE, ROLE_QUERY};

use crate::cache::Cache;
use crate::error::{Diagnostic, Result};
use crate::manifest::{LoadOptions, Manifest, types};
use crate::plan::{Locations, Plan};
use crate::plugin::{Backend, Registry, Services};
use crate::progress::Progress;
use crate::retrieval::Encoder;
use crate::train;

use super::Start;
use super::folder::find;

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
    /// If there is no such run.
    pub fn of_run(runs_dir: &Path, named: &str) -> Result<Self> {
        let (folder, record) = find(runs_dir, named)?;
        let manifest = Manifest::load(&folder.join("manifest.toml"), &LoadOptions::default())?;
        let start = match (train::latest(&folder.join(train::FOLDER))?, record.state) {
            (Some(checkpoint), _) => Start::Saved(train::Checkpoint::read(&checkpoint)?.1),
            (None, Some(state)) => Start::Saved(state),
            (None, None) if manifest.experiment.train.is_none() => Start::New,
            (None, None) => {
                let problem = "this run was to be trained and has no checkpoint";
                return Err(Diagnostic::new(problem).file(folder).into());
            }
        };
        Ok(Self { manifest, start })
    }

    /// The model that a manifest's backend loads from `folder`, by its option `weights`.
    ///
    /// # Errors
    /// If the backend has no such option.
    pub fn of_folder(folder: &Path, on: &Manifest, registry: &Registry) -> Result<Self> {
        let mut model = on.experiment.model.clone();
        let component = registry.find(crate::plugin::Kind::Backend, &model.component)?;
        if component.schema.pointer("/properties/weights").is_none() {
            let problem =
                format!("{} loads no folder: it has no option `weights`", component.name());
            return Err(Diagnostic::new(problem).file(folder).into());
        }
        let folder = std::path::absolute(folder).unwrap_or_else(|_| PathBuf::from(folder));
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

/// The embeddings of texts [texts × dim] in one role and language, with their length.
///
/// # Errors
/// If the model cannot be made ready or a text cannot be encoded.
#[expect(
    clippy::too_many_arguments,
    reason = "each is another room's; a struct would only name them again"
)]
pub fn encode(
    model: &Model,
    registry: &Registry,
    locations: &Locations,
    services: &Services,
    cache: &Cache,
    texts: &[String],
    (language, query): (&str, bool),
    progress: &mut dyn Progress,
) -> Result<(usize, Vec<f32>)> {
    let plan = Plan::new(model.manifest.clone(), registry, locations)?;
    let chosen = &plan.model;
    let seed = plan.manifest.experiment.seed;
    let mut backend = Backend::create(&chosen.component, &chosen.options, seed, services)
        .map_err(|error| plan.refused(chosen, error))?;
    match &model.start {
        Start::Saved(state) => backend.load(state)?,
        Start::New => backend.prepare(None)?,
    }
    let mut encoder = Encoder::new(&mut backend, cache, services)?;
    let role = if query { ROLE_QUERY } else { ROLE_PASSAGE };
    let texts = texts.iter().map(|text| (text.as_str(), language)).collect();
    let embeddings = encoder.encode("texts", texts, role, progress)?;
    Ok((encoder.dim(), embeddings))
}
