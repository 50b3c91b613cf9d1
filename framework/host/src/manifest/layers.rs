//! The layers of a manifest, lowest first: defaults, the file, a profile, the environment, `--set`.
//!
//! Nothing here reads the process's environment or arguments; they are handed in, so that the same options give
//! the same manifest in a test, in a sweep and on the command line.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::address::Place;
use super::nothing_wrong;
use super::origin::Origin;
use super::overrides;
use super::source::Source;
use super::tree::Tree;
use super::types::DEFAULT_SEED;
use crate::error::{Diagnostic, Error, Result};

/// What is laid over the manifest file.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The profile to lay over the file, a table `[profile.NAME]` in it.
    pub profile: Option<String>,
    /// The environment; of its variables, those that begin with `TRIGLOT_` count.
    pub env: Vec<(String, String)>,
    /// `--set` arguments, `key=value`, later ones over earlier ones.
    pub set: Vec<String>,
}

/// The merged tree of a manifest; every override that leads nowhere is reported at once.
pub(super) fn merge(source: &Source, options: &LoadOptions) -> Result<Tree> {
    let mut file = source.parse()?;
    let profiles = file.split_off("profile");
    let mut tree = Tree::new(&source.path);
    tree.value = json!({ "seed": DEFAULT_SEED });
    tree.lay(&file)?;
    if let Some(name) = &options.profile {
        tree.lay(&profile(name, profiles, &source.path)?)?;
    }
    let mut wrong = Vec::new();
    let mut gather = |laid: Result<()>| match laid {
        Err(Error::Input(diagnostic)) => {
            wrong.push(*diagnostic);
            Ok(())
        }
        other => other,
    };
    for (variable, text) in overrides::manifest_variables(&options.env) {
        let layer = overrides::variable_layer(variable, text, &tree);
        gather(layer.and_then(|layer| tree.lay(&layer)))?;
    }
    for argument in &options.set {
        let layer = overrides::set_layer(argument, &source.path);
        gather(layer.and_then(|layer| tree.lay(&layer)))?;
    }
    nothing_wrong(wrong)?;
    Ok(tree)
}

/// The profile of that name, as a layer.
fn profile(name: &str, profiles: Option<Tree>, file: &Path) -> Result<Tree> {
    let mut profiles = profiles.unwrap_or_else(|| Tree::new(file));
    let names: Vec<_> =
        profiles.value.as_object().into_iter().flat_map(|table| table.keys().cloned()).collect();
    let Some(mut layer) = profiles.split_off(name) else {
        let unknown = Diagnostic::new(format!("there is no profile `{name}`")).file(file);
        let unknown = if names.is_empty() {
            unknown.allowed(format!("none, the manifest has no table `[profile.{name}]`"))
        } else {
            unknown.nearest(name, names.iter().map(String::as_str)).allowed(names.join(", "))
        };
        return Err(unknown.into());
    };
    if !matches!(layer.value, Value::Object(_)) {
        let problem = format!("the profile `{name}` is not a table");
        return Err(layer.diagnostic(&Place::default(), problem).into());
    }
    let of_profile = |origin| match origin {
        Origin::File { line } => Origin::Profile { name: name.to_owned(), line },
        other => other,
    };
    layer.origins = layer
        .origins
        .into_iter()
        .map(|(place, origin)| (place, of_profile(origin)))
        .collect::<BTreeMap<_, _>>();
    Ok(layer)
}
