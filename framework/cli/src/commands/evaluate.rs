//! `triglot evaluate`.

use std::path::Path;

use triglot_host::Result;
use triglot_host::hub::HubName;
use triglot_host::run::{Model, RunRecord};

use crate::context::Context;

/// Measures a model at hand on the data sets of a manifest.
///
/// # Errors
/// If the model cannot be found or measured.
pub fn evaluate(context: &Context, model: &str, on: &Path) -> Result<()> {
    let on = context.manifest(on)?;
    let registry = context.registry()?;
    let path = Path::new(model);
    // What a run exported is loaded as its own backend would; any other folder as the manifest's.
    let run = path.parent().filter(|_| path.ends_with("model"));
    let run = run.filter(|run| run.join(RunRecord::FILE).is_file());
    let model = match run {
        Some(run) => Model::of_export(run, path, &on, &registry)?,
        None if HubName::is_meant(model) => Model::of_folder(path, &on, &registry)?,
        None if path.is_dir() && !path.join(RunRecord::FILE).is_file() => {
            Model::of_folder(path, &on, &registry)?
        }
        None => Model::of_run(&context.common.runs_dir, model)?,
    };
    let plan = model.plan_on(&on, &registry, &context.locations())?;
    super::run::finish(context, &plan, &model.start)
}
