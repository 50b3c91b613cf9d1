//! Options that are paths, to weights for example: made absolute, looked for, and fingerprinted.
//!
//! A component says of an option that it is a path (`"format": "path"` in its schema), and the host does the rest, so
//! that a record tells from what files a model was made, whatever loaded them. Such a path of a model starts where
//! models lie; one of any other component leads to data, a dictionary for example, and starts where data lies.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Chosen, Locations, Plan};
use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::hub::{HubName, Snapshot};
use crate::manifest::Manifest;
use crate::manifest::types::Options;
use crate::plugin::Kind;

/// Where paths start, and why there.
#[derive(Debug, Clone)]
struct Start {
    folder: PathBuf,
    reason: &'static str,
}

/// The folders that the paths among options start at.
#[derive(Debug, Clone)]
pub struct Folders {
    model: Start,
    data: Start,
}

impl Folders {
    pub(super) fn new(locations: &Locations, manifest: &Manifest) -> Self {
        let start = |given: &Option<PathBuf>, given_as, left_out| match given {
            Some(folder) => Start { folder: folder.clone(), reason: given_as },
            None => Start { folder: manifest.folder.clone(), reason: left_out },
        };
        Self {
            model: start(
                &locations.models,
                "such paths start at --model-dir or TRIGLOT_MODEL_DIR",
                "such paths start at the manifest's folder, for neither --model-dir nor TRIGLOT_MODEL_DIR is given",
            ),
            data: start(
                &locations.data,
                "such paths start at --data-dir or TRIGLOT_DATA_DIR",
                "such paths start at the manifest's folder, for neither --data-dir nor TRIGLOT_DATA_DIR is given",
            ),
        }
    }

    /// The folder that the paths of a component of this kind start at.
    pub(crate) fn of(&self, kind: Kind) -> &Path {
        &self.start(kind).folder
    }

    fn start(&self, kind: Kind) -> &Start {
        of_kind(kind, &self.model, &self.data)
    }
}

impl Locations {
    /// The folder that was given for the paths among the options of a component of this kind.
    pub fn of(&self, kind: Kind) -> Option<&Path> {
        of_kind(kind, &self.models, &self.data).as_deref()
    }
}

/// The rule: the files of a model lie with models, those of every other component with the data.
fn of_kind<'a, T>(kind: Kind, models: &'a T, data: &'a T) -> &'a T {
    match kind {
        Kind::Backend => models,
        Kind::Sampler | Kind::Augmenter | Kind::Objective | Kind::Metric => data,
    }
}

/// An option that is a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathOption {
    /// Its key in the manifest, in the form that `--set` takes.
    pub key: String,
    /// Where it leads.
    pub path: PathBuf,
    /// The kind of component that has it.
    kind: Kind,
    /// The model of the hub that it leads to, where it does.
    pub model: Option<Snapshot>,
}

impl Plan {
    /// Every option that is a path, in the order of the manifest; without those of the model, where its saved state is
    /// loaded and it is not made from them, and without models of the hub that were not fetched.
    pub fn paths(&self, new_model: bool) -> Vec<PathOption> {
        let chosen = self.chosen().into_iter();
        let chosen = chosen.filter(|chosen| new_model || chosen.address != self.model.address);
        chosen.flat_map(|chosen| self.paths_of(chosen)).collect()
    }

    fn paths_of(&self, chosen: &Chosen) -> Vec<PathOption> {
        let options = path_options(&chosen.component.schema);
        let path = |option: &str| {
            let path = chosen.options.get(option)?.as_str()?;
            let address = option_address(chosen, option);
            let (kind, model) = (chosen.component.kind, self.fetched.get(&address).cloned());
            let elsewhere = is_of_hub(kind, path);
            let key = self.manifest.key(&address);
            (!elsewhere).then(|| PathOption { key, path: path.into(), kind, model })
        };
        options.filter_map(path).collect()
    }

    /// The fingerprint of what a path leads to.
    ///
    /// # Errors
    /// If it cannot be read, with its place in the manifest.
    pub fn hash(&self, PathOption { key, path, model, .. }: &PathOption) -> Result<String> {
        let hash = match model {
            // Other programs keep other files of the same model in its folder.
            Some(model) => {
                files::hash_files(model.files.iter().map(|file| (file.clone(), path.join(file))))
            }
            None => files::hash_input(path),
        };
        hash.map_err(|error| match error {
            Error::Input(unfit) => self.unfit(key, &unfit).into(),
            other => other,
        })
    }

    /// Looks whether every path leads to a file, or to a folder of files; `new_model` as in [`Plan::paths`].
    ///
    /// # Errors
    /// Every path that does not, with its place in the manifest and where it was looked for.
    pub fn check_paths(&self, new_model: bool) -> Result<()> {
        let paths = self.paths(new_model);
        let mut wrong: Vec<Diagnostic> = paths.iter().filter_map(|path| self.wrong(path)).collect();
        match wrong.len() {
            0 => Ok(()),
            1 => Err(wrong.swap_remove(0).into()),
            _ => Err(Error::Inputs(wrong)),
        }
    }

    fn wrong(&self, option: &PathOption) -> Option<Diagnostic> {
        match option.path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => Some(self.missing(option)),
            _ => match files::check_input(&option.path).err()? {
                Error::Input(unfit) => Some(self.unfit(&option.key, &unfit)),
                other => Some(self.manifest.diagnostic(&option.key, other.to_string())),
            },
        }
    }

    /// A file or folder that cannot be read, at the key that leads there.
    fn unfit(&self, key: &str, unfit: &Diagnostic) -> Diagnostic {
        self.manifest.diagnostic(key, unfit.to_string())
    }

    fn missing(&self, PathOption { key, path, kind, .. }: &PathOption) -> Diagnostic {
        let reason = self.folders.start(*kind).reason;
        let problem = format!("there is no {}; {reason}", path.display());
        let diagnostic = self.manifest.diagnostic(key, problem);
        let siblings = path.parent().and_then(|folder| files::list_dir(folder).ok());
        let siblings = siblings.unwrap_or_default();
        let siblings = siblings.iter().filter_map(|sibling| sibling.file_name()?.to_str());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        diagnostic.nearest(&name, siblings)
    }
}

/// The options that are paths and lead nowhere, being empty.
pub(super) fn empty<'a>(schema: &'a Value, options: &Options) -> impl Iterator<Item = &'a str> {
    path_options(schema).filter(|key| options.get(*key).and_then(Value::as_str) == Some(""))
}

/// The address of an option.
pub(super) fn option_address(chosen: &Chosen, option: &str) -> String {
    format!("{}.options.{}", chosen.address, toml_edit::Key::new(option))
}

/// Whether a path option names a model of the hub. Only models are taken from there.
pub(super) fn is_of_hub(kind: Kind, path: &str) -> bool {
    kind == Kind::Backend && HubName::is_meant(path)
}

/// Makes the options that are paths absolute.
pub(super) fn resolve(kind: Kind, schema: &Value, options: &mut Options, folders: &Folders) {
    let on_the_hub = |path: &str| is_of_hub(kind, path);
    resolve_against(schema, options, folders.of(kind), on_the_hub);
}

/// Makes the options that are paths absolute, but for those that are to be `left` as they are.
pub(crate) fn resolve_against(
    schema: &Value,
    options: &mut Options,
    against: &Path,
    left: impl Fn(&str) -> bool,
) {
    for key in path_options(schema) {
        match options.get_mut(key) {
            Some(Value::String(path)) if !left(path) => {
                *path = against.join(&*path).to_string_lossy().into_owned();
            }
            _ => {}
        }
    }
}

/// The names of a component's options that are paths.
pub(super) fn path_options(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_path = |schema: &Value| schema.get("format").and_then(Value::as_str) == Some("path");
    let paths = properties.into_iter().flatten().filter(move |(_, schema)| is_path(schema));
    paths.map(|(key, _)| key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_model_lie_with_models_and_those_of_every_other_component_with_the_data() {
        let given = |folder: &str| Some(PathBuf::from(folder));
        let locations = Locations { data: given("data"), models: given("models") };
        let of = |kind| locations.of(kind).and_then(Path::to_str);
        assert_eq!(of(Kind::Backend), Some("models"));
        for kind in [Kind::Sampler, Kind::Augmenter, Kind::Objective, Kind::Metric] {
            assert_eq!(of(kind), Some("data"), "{kind:?}");
        }
        assert_eq!(Locations { data: None, ..locations }.of(Kind::Augmenter), None);
    }
}
