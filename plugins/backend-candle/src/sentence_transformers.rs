//! What all folders in the layout of sentence-transformers have: the list of their modules, and prompts.
//!
//! Modules are written by the short names that its releases from 3.2 on accept, and prefixes become prompts, which
//! `encode_query` and `encode_document` apply.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use triglot_sdk::{Error, Result};

use crate::files;

pub(crate) const MODULES: &str = "modules.json";
/// The name of an embedding among what passes from module to module.
pub(crate) const EMBEDDING: &str = "sentence_embedding";
pub(crate) const PROMPTS: &str = "config_sentence_transformers.json";

/// One entry of the list.
#[derive(Deserialize)]
pub(crate) struct Module {
    /// Its folder, below that of the list.
    pub path: String,
    #[serde(rename = "type")]
    class: String,
}

impl Module {
    /// Between package and class stand modules of Python, which moved from release to release.
    pub(crate) fn is(&self, class: &str) -> bool {
        let name = self.class.strip_prefix("sentence_transformers.");
        name.and_then(|name| name.rsplit('.').next()) == Some(class)
    }
}

/// The modules of a folder.
pub(crate) struct Modules {
    path: PathBuf,
    list: Vec<Module>,
}

impl Modules {
    /// Reads the list.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let (path, list): (PathBuf, Vec<Module>) = files::read_json(folder, MODULES)?;
        let below = |module: &&Module| {
            Path::new(&module.path).components().all(|part| matches!(part, Component::Normal(_)))
        };
        if let Some(outside) = list.iter().find(|module| !below(module)) {
            return Err(Error::invalid(format!(
                "{}: `path`: found {:?}, allowed is a folder below",
                path.display(),
                outside.path
            )));
        }
        Ok(Self { path, list })
    }

    /// In the order in which a text passes through them.
    pub(crate) fn list(&self) -> &[Module] {
        &self.list
    }

    /// The error of a list that is none of those `allowed`.
    pub(crate) fn refused(&self, allowed: &str) -> Error {
        let found: Vec<&str> = self.list.iter().map(|module| module.class.as_str()).collect();
        Error::invalid(format!(
            "{}: `type`: found the modules [{}], allowed {allowed} of sentence_transformers",
            self.path.display(),
            found.join(", ")
        ))
    }
}

/// Writes the list: the folder and the class of each module.
pub(crate) fn write_modules(folder: &Path, modules: &[(&str, &str)]) -> Result<()> {
    let module = |(index, (path, class)): (usize, &(&str, &str))| {
        json!({
            "idx": index,
            "name": index.to_string(),
            "path": path,
            "type": format!("sentence_transformers.models.{class}"),
        })
    };
    let list: Vec<Value> = modules.iter().enumerate().map(module).collect();
    files::write_json(folder, MODULES, &list)
}

/// The prompts of a folder; it need not have any.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Prompts {
    prompts: BTreeMap<String, Option<String>>,
    default_prompt_name: Option<String>,
}

impl Prompts {
    /// Reads them.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        if !folder.join(PROMPTS).exists() {
            return Ok(Self::default());
        }
        Ok(files::read_json(folder, PROMPTS)?.1)
    }

    /// What `encode_query` puts before a text.
    pub(crate) fn query(&self) -> String {
        self.first(&["query"])
    }

    /// What `encode_document` puts before a text.
    pub(crate) fn passage(&self) -> String {
        self.first(&["document", "passage"])
    }

    /// The first of these that there is, else the default.
    fn first(&self, names: &[&str]) -> String {
        let mut names = names.iter().copied().chain(self.default_prompt_name.as_deref());
        names.find_map(|name| self.prompts.get(name)).cloned().flatten().unwrap_or_default()
    }
}

/// Writes the prompts.
///
/// A passage is a document there; the name `passage` stands beside it for those who look for ours.
pub(crate) fn write_prompts(folder: &Path, query: &str, passage: &str) -> Result<()> {
    let prompts = if query.is_empty() && passage.is_empty() {
        json!({})
    } else {
        json!({ "query": query, "document": passage, "passage": passage })
    };
    let config = json!({
        "model_type": "SentenceTransformer",
        "prompts": prompts,
        "default_prompt_name": null,
        "similarity_fn_name": "cosine",
    });
    files::write_json(folder, PROMPTS, &config)
}
