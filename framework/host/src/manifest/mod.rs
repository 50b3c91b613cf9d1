//! The manifest: what an experiment is, read from layers, each value with the place it came from.
//!
//! A mistake in an experiment should cost the time of reading one line. So the tree of values carries an origin
//! for every node, from the first byte of the file to the last override of a sweep; every check, the plugins'
//! check of their options included, speaks about an address, and the origin turns that into a file and a line, a
//! variable, or an argument.
//!
//! The way of a manifest: `source` reads TOML with its lines, `layers` lays one layer over another (`tree`),
//! `typed` checks keys and types, `check` what the types cannot say, and `sweep` makes trials of it.

mod address;
mod check;
mod layers;
mod origin;
mod overrides;
mod render;
pub mod schema;
mod shares;
mod source;
mod sweep;
#[cfg(test)]
mod tests;
mod tree;
mod typed;
pub mod types;

use std::path::{Path, PathBuf};

use serde_json::Value;

use self::address::Place;
pub use self::layers::LoadOptions;
pub use self::origin::Origin;
pub use self::overrides::RESERVED_VARIABLES;
pub(crate) use self::overrides::parse_value;
pub use self::shares::MixShares;
pub use self::source::Source;
pub use self::sweep::Trial;
use self::tree::Tree;
pub(crate) use self::typed::described;
use self::types::Experiment;
use crate::error::{Diagnostic, Error, Result};

/// A manifest, resolved and checked.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file.
    pub path: PathBuf,
    /// The folder of the file, against which data paths resolve.
    pub folder: PathBuf,
    /// What the manifest says.
    pub experiment: Experiment,
    /// The same as a tree, defaults filled in, with the origins.
    tree: Tree,
}

impl Manifest {
    /// Reads, merges and checks a manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] or [`Error::Inputs`] with everything that is wrong with the file or its overrides.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Self> {
        Self::from_source(&Source::read(path)?, options)
    }

    /// Merges and checks a manifest whose text is at hand.
    ///
    /// # Errors
    ///
    /// As [`Manifest::load`].
    pub fn from_source(source: &Source, options: &LoadOptions) -> Result<Self> {
        Self::from_tree(layers::merge(source, options)?)
    }

    fn from_tree(mut tree: Tree) -> Result<Self> {
        nothing_wrong(typed::check(&tree))?;
        let beyond_the_schema =
            |error: serde_json::Error| tree.diagnostic(&Place::default(), error.to_string());
        let experiment: Experiment =
            serde_json::from_value(tree.value.clone()).map_err(beyond_the_schema)?;
        tree.value = serde_json::to_value(&experiment).map_err(beyond_the_schema)?;
        nothing_wrong(check::check(&experiment, &tree))?;
        let path = tree.file.clone();
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self { path, folder, experiment, tree })
    }

    /// This manifest with another model and without training: how a model at hand is measured on its data sets.
    ///
    /// # Errors
    ///
    /// When what remains is no experiment, for it measures nothing.
    pub fn measuring(&self, model: types::Model) -> Result<Self> {
        let mut tree = self.tree.clone();
        let experiment = Experiment {
            model,
            teacher: None,
            train: None,
            sweep: None,
            ..self.experiment.clone()
        };
        tree.value = serde_json::to_value(&experiment)
            .map_err(|error| tree.diagnostic(&Place::default(), error.to_string()))?;
        Self::from_tree(tree)
    }

    /// This manifest with another value at an address where it has one, as if it had been written so.
    ///
    /// # Errors
    ///
    /// When the value does not fit there.
    pub fn with(&self, address: &str, value: Value) -> Result<Self> {
        let mut tree = self.tree.clone();
        if let Some(place) = address::value_at_mut(&mut tree.value, &self.place(address)) {
            *place = value;
        }
        Self::from_tree(tree)
    }

    /// The value at an address, defaults filled in.
    pub fn value(&self, address: &str) -> Option<&Value> {
        address::value_at(&self.tree.value, &self.place(address))
    }

    /// The layer that set the value at an address.
    pub fn origin(&self, address: &str) -> Origin {
        self.tree.origins.get(&self.place(address)).cloned().unwrap_or(Origin::Default)
    }

    /// Every leaf of the manifest, in its order: the address, the value and where it came from. A list of plain
    /// values is one leaf, unless its entries come from several layers.
    pub fn origins(&self) -> Vec<(String, Value, Origin)> {
        let mut leaves = Vec::new();
        self.leaves(&self.tree.value, &Place::default(), &mut leaves);
        leaves
    }

    fn leaves(&self, value: &Value, at: &Place, leaves: &mut Vec<(String, Value, Origin)>) {
        let origin = |at: &Place| self.tree.origins.get(at).cloned().unwrap_or(Origin::Default);
        let here = origin(at);
        match value {
            Value::Object(table) if !table.is_empty() => {
                table.iter().for_each(|(key, value)| self.leaves(value, &at.key(key), leaves));
            }
            Value::Array(entries)
                if (0..).zip(entries).any(|(index, entry)| {
                    entry.is_object()
                        || entry.is_array()
                        || !origin(&at.index(index)).same_layer(&here)
                }) =>
            {
                (0..)
                    .zip(entries)
                    .for_each(|(index, value)| self.leaves(value, &at.index(index), leaves));
            }
            _ => leaves.push((address::show(at, &self.tree.value), value.clone(), here)),
        }
    }

    /// An address in the form that `--set` takes, entries of arrays by their names.
    pub fn key(&self, address: &str) -> String {
        address::show(&self.place(address), &self.tree.value)
    }

    /// A diagnostic about the value at an address: with the file and line, the variable or the argument that set
    /// it, or else those of the nearest key around it.
    pub fn diagnostic(&self, address: &str, problem: impl Into<String>) -> Diagnostic {
        self.tree.diagnostic(&self.place(address), problem)
    }

    /// The resolved manifest as TOML, without the sweep; it loads again to an equal [`Experiment`].
    pub fn resolved_toml(&self) -> String {
        render::toml(&self.tree.value)
    }

    /// The identity of the experiment: BLAKE3, in hexadecimal, of the resolved manifest as JSON with sorted keys
    /// and no white space, without `name`, `description` and `sweep`, which change nothing that is computed. Two
    /// manifests with one hash ask for the same work; which files the paths lead to is not part of it.
    pub fn hash(&self) -> String {
        render::hash(&self.tree.value)
    }

    fn place(&self, address: &str) -> Place {
        let segments = address::segments(address).unwrap_or_else(|_| vec![address.to_owned()]);
        address::locate(&self.tree.value, &segments)
    }
}

/// Passes when nothing was found, else fails with all that was.
fn nothing_wrong(mut found: Vec<Diagnostic>) -> Result<()> {
    match found.len() {
        0 => Ok(()),
        1 => Err(found.swap_remove(0).into()),
        _ => Err(Error::Inputs(found)),
    }
}
