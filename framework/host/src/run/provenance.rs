//! From what a run was made: versions and hashes of everything that its numbers depend on.

use std::collections::BTreeMap;

use crate::corpus::{EvaluationData, TrainingData};
use crate::error::Result;
use crate::files;
use crate::plan::Plan;

use super::Start;
use super::record::{Machine, PathRecord, PluginRecord, Provenance};

/// What is known before the model is made ready.
///
/// # Errors
/// If a file of a plugin or one that an option leads to cannot be hashed.
pub fn provenance(
    plan: &Plan,
    start: &Start,
    threads: usize,
    training: Option<&TrainingData>,
    sets: &[EvaluationData],
) -> Result<Provenance> {
    let mut hashes = BTreeMap::new();
    let mut plugins = Vec::new();
    for component in plan.components() {
        let hash = match hashes.get(&component.path) {
            Some(hash) => String::clone(hash),
            None => {
                let hash = files::hash_file(&component.path)?;
                hashes.insert(component.path.clone(), hash.clone());
                hash
            }
        };
        plugins.push(PluginRecord {
            name: component.name(),
            kind: component.kind.as_str().to_owned(),
            version: component.version.clone(),
            file: component.path.display().to_string(),
            hash,
        });
    }
    let paths = plan.paths(*start == Start::New).into_iter().map(|option| {
        let hash = plan.hash(&option)?;
        // The manifest is read again from elsewhere.
        let path = std::path::absolute(&option.path).unwrap_or(option.path);
        Ok((option.key, PathRecord { path, hash }))
    });
    Ok(Provenance {
        triglot: env!("CARGO_PKG_VERSION").to_owned(),
        manifest: plan.manifest.hash(),
        plugins,
        data: data(training, sets),
        paths: paths.collect::<Result<_>>()?,
        model: None,
        machine: Machine {
            os: std::env::consts::OS.to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            threads,
        },
    })
}

/// The data files read, with their hashes.
fn data(training: Option<&TrainingData>, sets: &[EvaluationData]) -> BTreeMap<String, String> {
    let files = training.iter().flat_map(|data| &data.files);
    files
        .chain(sets.iter().flat_map(|set| &set.files))
        .map(|(path, hash)| (path.display().to_string(), hash.clone()))
        .collect()
}
