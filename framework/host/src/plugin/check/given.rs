//! Options that the user gave for a component on the command line: `encoder={ weights = "e5-small" }`.

use std::path::Path;

use serde_json::Value;

use super::child::Described;
use crate::error::{Diagnostic, Result};
use crate::manifest::parse_value;
use crate::manifest::types::Options;
use crate::plan::resolve_paths;
use crate::plugin::options::check_against;

/// Options for one component.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// `id` or `library/id`.
    name: String,
    options: Options,
}

impl Given {
    /// Reads `ID=TABLE`, the table as TOML writes it inline.
    ///
    /// # Errors
    /// A diagnostic that quotes what is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Diagnostic::new(format!("--options {text}: {what}"))
                .allowed("ID={ option = value, … }, as in 'encoder={ weights = \"e5-small\" }'")
        };
        let (name, table) = text.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
        match parse_value(table) {
            Value::Object(options) => Ok(Self { name: name.trim().to_owned(), options }),
            _ => Err(wrong("what follows is no table").into()),
        }
    }

    /// Whether they are for this component.
    pub fn is_for(&self, component: &Described) -> bool {
        component.is_named(&self.name)
    }

    /// The name that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The options, once held against the component's schema, their paths starting at `folder`.
    ///
    /// # Errors
    /// Every mistake in them.
    pub fn options(&self, component: &Described, folder: &Path) -> Result<Options> {
        let found =
            check_against(component.kind, &component.name(), &component.schema, &self.options);
        if !found.is_empty() {
            let mistake = |(place, diagnostic): (Vec<String>, Diagnostic)| {
                diagnostic.key(format!("--options {}.{}", self.name, place.join(".")))
            };
            return Err(crate::Error::Inputs(found.into_iter().map(mistake).collect()));
        }
        let mut options = self.options.clone();
        resolve_paths(&component.schema, &mut options, folder, |_| false);
        Ok(options)
    }
}
