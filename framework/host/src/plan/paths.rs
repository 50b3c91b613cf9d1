//! Options that are paths, to weights for example: made absolute, looked for, and fingerprinted.
//!
//! A component says of an option that it is a path (`"format": "path"` in its schema), and the host does the rest, so
//! that a record tells from what files a model was made, whatever loaded them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Chosen, Locations, Plan};
use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::manifest::Manifest;
use crate::manifest::types::Options;
use crate::plugin::Kind;

/// The folder that the paths among options start at.
#[derive(Debug, Clone)]
pub struct ModelDir {
    /// The folder.
    pub folder: PathBuf,
    /// Whether it was given; else it is the manifest's.
    given: bool,
}

impl ModelDir {
    pub(super) fn new(locations: &Locations, manifest: &Manifest) -> Self {
        match &locations.models {
            Some(folder) => Self { folder: folder.clone(), given: true },
            None => Self { folder: manifest.folder.clone(), given: false },
        }
    }

    /// Why paths start there.
    fn reason(&self) -> &'static str {
        match self.given {
            true => "such paths start at --model-dir or TRIGLOT_MODEL_DIR",
            false => {
                "such paths start at the manifest's folder, for neither --model-dir nor TRIGLOT_MODEL_DIR is given"
            }
        }
    }
}

/// An option that is a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathOption {
    /// Its key in the manifest, in the form that `--set` takes.
    pub key: String,
    /// Where it leads.
    pub path: PathBuf,
}

impl Plan {
    /// Every option that is a path, in the order of the manifest; without those of the model, where its saved state is
    /// loaded and it is not made from them.
    pub fn paths(&self, new_model: bool) -> Vec<PathOption> {
        let chosen = self.chosen().into_iter();
        let chosen = chosen.filter(|chosen| new_model || chosen.component.kind != Kind::Backend);
        chosen.flat_map(|chosen| self.paths_of(chosen)).collect()
    }

    fn paths_of(&self, chosen: &Chosen) -> Vec<PathOption> {
        let options = path_options(&chosen.component.schema);
        let path = |option: &str| {
            let path = chosen.options.get(option)?.as_str()?;
            let address = format!("{}.options.{}", chosen.address, toml_edit::Key::new(option));
            Some(PathOption { key: self.manifest.key(&address), path: path.into() })
        };
        options.filter_map(path).collect()
    }

    /// The fingerprint of what a path leads to.
    ///
    /// # Errors
    /// If it cannot be read, with its place in the manifest.
    pub fn hash(&self, PathOption { key, path }: &PathOption) -> Result<String> {
        files::hash_input(path).map_err(|error| match error {
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

    fn missing(&self, PathOption { key, path }: &PathOption) -> Diagnostic {
        let problem = format!("there is no {}; {}", path.display(), self.model_dir.reason());
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

/// Makes the options that are paths absolute.
pub(crate) fn resolve(schema: &Value, options: &mut Options, against: &Path) {
    for key in path_options(schema) {
        if let Some(Value::String(path)) = options.get_mut(key) {
            *path = against.join(&*path).to_string_lossy().into_owned();
        }
    }
}

/// The names of a component's options that are paths.
fn path_options(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_path = |schema: &Value| schema.get("format").and_then(Value::as_str) == Some("path");
    let paths = properties.into_iter().flatten().filter(move |(_, schema)| is_path(schema));
    paths.map(|(key, _)| key.as_str())
}
