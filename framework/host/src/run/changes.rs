//! What a run was made from against what it would go on with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::Manifest;

use super::provenance::{Folders, Provenance};

/// Something that is no longer what it was when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What: a key of the manifest, a plugin, a data file, or a file that an option leads to.
    pub what: String,
    /// What it was; for files the hash.
    pub old: String,
    /// What it is.
    pub new: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: was {}, is {}", self.what, self.old, self.new)
    }
}

/// One side of the comparison.
pub(super) struct Origin<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) provenance: &'a Provenance,
    pub(super) folders: Option<&'a Folders>,
}

/// Everything that differs, in the order manifest, plugins, data, files that options lead to, teacher.
pub(super) fn changes(old: &Origin<'_>, new: &Origin<'_>) -> Vec<Change> {
    let mut all = Vec::new();
    if old.provenance.manifest != new.provenance.manifest {
        all = differences(&old.keys(), &new.keys());
        if all.is_empty() {
            let hash = |origin: &Origin<'_>| origin.provenance.manifest.clone();
            all.push(Change { what: "the manifest".into(), old: hash(old), new: hash(new) });
        }
    }
    all.extend(differences(&old.plugins(), &new.plugins()));
    all.extend(differences(&old.data(), &new.data()));
    all.extend(differences(&old.paths(), &new.paths()));
    all.extend(differences(&old.teacher(), &new.teacher()));
    all
}

impl Origin<'_> {
    /// The keys of the manifest that anything computed depends on.
    fn keys(&self) -> BTreeMap<String, String> {
        let keys = self.manifest.origins().into_iter();
        let keys = keys.filter(|(key, ..)| {
            key != "name" && key != "description" && key.split('.').next() != Some("sweep")
        });
        keys.map(|(key, value, _)| (format!("`{key}`"), value.to_string())).collect()
    }

    fn plugins(&self) -> BTreeMap<String, String> {
        let plugins = self.provenance.plugins.iter();
        let named =
            plugins.map(|plugin| (format!("{} {}", plugin.kind, plugin.name), &plugin.hash));
        named.map(|(name, hash)| (name, hash.clone())).collect()
    }

    /// The data files by their names in the data folder, which may have moved.
    fn data(&self) -> BTreeMap<String, String> {
        let name = |file: &str| {
            let below = self.folders.and_then(|folders| {
                let path = folders.current.join(file);
                Some(path.strip_prefix(&folders.data).ok()?.display().to_string())
            });
            below.unwrap_or_else(|| file.to_owned())
        };
        let files = self.provenance.data.iter();
        files.map(|(file, hash)| (format!("data {}", name(file)), hash.clone())).collect()
    }

    fn teacher(&self) -> BTreeMap<String, String> {
        let teacher = self.provenance.teacher.iter();
        teacher.map(|weights| ("the weights of the teacher".to_owned(), weights.clone())).collect()
    }

    fn paths(&self) -> BTreeMap<String, String> {
        let what = |key: &str, path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("`{key}` (what {name} holds)")
        };
        let paths = self.provenance.paths.iter();
        paths.map(|(key, record)| (what(key, &record.path), record.hash.clone())).collect()
    }
}

fn differences(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Change> {
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |side: &BTreeMap<String, String>, what| {
        side.get(what).map_or_else(|| "absent".to_owned(), String::clone)
    };
    let differing = all.into_iter().filter(|what| old.get(*what) != new.get(*what));
    differing
        .map(|what| Change { what: what.clone(), old: value(old, what), new: value(new, what) })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::manifest::{LoadOptions, Source};
    use crate::run::{Machine, PathRecord, PluginRecord};

    fn manifest(seed: u64) -> Manifest {
        let text = format!(
            "name = \"n\"\nseed = {seed}\nmodel = {{ use = \"a/b\" }}\n\
             [[evaluate]]\nname = \"e\"\nreader = \"jsonl\"\npath = \"x\"\nmetrics = [\"map\"]\n"
        );
        let source = Source { path: "m.toml".into(), text };
        Manifest::from_source(&source, &LoadOptions::default()).unwrap()
    }

    fn provenance(manifest: &Manifest, folder: &str, hash: &str) -> Provenance {
        Provenance {
            triglot: "1".into(),
            manifest: manifest.hash(),
            plugins: vec![PluginRecord {
                name: "a/b".into(),
                kind: "backend".into(),
                version: "1".into(),
                file: "lib.so".into(),
                hash: hash.into(),
            }],
            data: BTreeMap::from([(format!("{folder}dev.json"), hash.into())]),
            paths: BTreeMap::from([(
                "model.options.weights".into(),
                PathRecord { path: PathBuf::from("/m/e5"), hash: hash.into(), hub: None },
            )]),
            model: None,
            teacher: None,
            machine: Machine {
                name: None,
                os: String::new(),
                architecture: String::new(),
                processors: 1,
                threads: 1,
            },
        }
    }

    fn folders(current: &str, data: &str) -> Folders {
        Folders { current: current.into(), data: data.into(), models: data.into() }
    }

    #[test]
    fn everything_that_changed_is_named_with_both_values() {
        let (old, new) = (manifest(1), manifest(2));
        let (was, is) = (provenance(&old, "", "aa"), provenance(&new, "", "bb"));
        let origin = |manifest, provenance| Origin { manifest, provenance, folders: None };
        let found = changes(&origin(&old, &was), &origin(&new, &is));
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let expected = [
            "`seed`: was 1, is 2",
            "backend a/b: was aa, is bb",
            "data dev.json: was aa, is bb",
            "`model.options.weights` (what e5 holds): was aa, is bb",
        ];
        assert_eq!(found, expected);
        assert!(changes(&origin(&old, &was), &origin(&old, &was)).is_empty());
    }

    #[test]
    fn data_that_lies_elsewhere_and_is_the_same_has_not_changed() {
        let manifest = manifest(1);
        let was = provenance(&manifest, "data/", "aa");
        let is = provenance(&manifest, "/moved/", "aa");
        let (then, now) = (folders("/home", "/home/data"), folders("/tmp", "/moved"));
        let old = Origin { manifest: &manifest, provenance: &was, folders: Some(&then) };
        let new = Origin { manifest: &manifest, provenance: &is, folders: Some(&now) };
        assert_eq!(changes(&old, &new), []);
    }
}
