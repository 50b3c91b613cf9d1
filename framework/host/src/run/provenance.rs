//! From what a run was made: versions and hashes of everything that its numbers depend on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::files;
use crate::plan::Plan;
use crate::plugin::Kind;

use super::{Data, Start};

/// From what a run was made; hashes are BLAKE3, in hex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Version of triglot.
    pub triglot: String,
    /// Hash of the resolved manifest, names and sweep left out.
    pub manifest: String,
    /// The plugin components used.
    pub plugins: Vec<PluginRecord>,
    /// The data files read, with their hashes.
    pub data: BTreeMap<String, String>,
    /// The files and folders that options of plugins lead to, such as the weights that training began from, by their
    /// keys in the manifest; without those of a model that was loaded from a saved state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paths: BTreeMap<String, PathRecord>,
    /// Fingerprint of the final weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Fingerprint of the weights of the teacher, where training had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<String>,
    /// The machine.
    pub machine: Machine,
}

/// A plugin component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PluginRecord {
    /// `library/component`.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Version of its library.
    pub version: String,
    /// File of its library.
    pub file: String,
    /// Hash of that file.
    pub hash: String,
}

/// A file or folder that an option of a plugin leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathRecord {
    /// The file or folder, absolute.
    pub path: PathBuf,
    /// Hash of the file's bytes, or of the names and bytes of all files in the folder.
    pub hash: String,
    /// The model of the hub that it is; the hash is that of the files which belong to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubRecord>,
}

/// A model of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HubRecord {
    /// `owner/name`.
    pub repository: String,
    /// The commit.
    pub commit: String,
}

/// Where the paths of a run start, absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Folders {
    /// The folder of the process, where the data folder was given relative to it.
    pub current: PathBuf,
    /// The folder of data.
    pub data: PathBuf,
    /// The folder of models.
    pub models: PathBuf,
}

impl Folders {
    /// Where the paths of a plan start.
    pub fn of(plan: &Plan) -> Self {
        Self {
            current: absolute(Path::new(".")),
            data: absolute(&plan.data_dir),
            models: absolute(plan.folders.of(Kind::Backend)),
        }
    }
}

/// The machine of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Its name, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Operating system.
    pub os: String,
    /// Processor architecture.
    pub architecture: String,
    /// Logical processors.
    pub processors: usize,
    /// The thread budget that plugins were given.
    pub threads: usize,
}

/// What is known before the model is made ready.
///
/// # Errors
/// If a file of a plugin or one that an option leads to cannot be hashed.
pub fn provenance(plan: &Plan, start: &Start, threads: usize, data: &Data) -> Result<Provenance> {
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
            file: absolute(&component.path).display().to_string(),
            hash,
        });
    }
    let paths = plan.paths(*start == Start::New).into_iter().map(|option| {
        let hash = plan.hash(&option)?;
        // The manifest is read again from elsewhere.
        let hub = option.model.map(|model| HubRecord {
            repository: model.name.repository,
            commit: model.name.revision,
        });
        Ok((option.key, PathRecord { path: absolute(&option.path), hash, hub }))
    });
    Ok(Provenance {
        triglot: env!("CARGO_PKG_VERSION").to_owned(),
        manifest: plan.manifest.hash(),
        plugins,
        data: hashes_of(data),
        paths: paths.collect::<Result<_>>()?,
        model: None,
        teacher: None,
        machine: Machine {
            name: machine_name(),
            os: std::env::consts::OS.to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            threads,
        },
    })
}

/// The data files read, with their hashes.
fn hashes_of(data: &Data) -> BTreeMap<String, String> {
    let files = data.training.iter().flat_map(|data| &data.files);
    files
        .chain(data.validation.iter().flat_map(|set| &set.files))
        .chain(data.sets.iter().flat_map(|set| &set.files))
        .map(|(path, hash)| (path.display().to_string(), hash.clone()))
        .collect()
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The name of this machine, where the system tells.
pub(super) fn machine_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
