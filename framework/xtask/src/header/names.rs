//! What things of the contract are called in C.

use std::collections::BTreeMap;

use super::Result;
use super::read::{Module, Shape};

/// The C name of every type, constant and module of the contract.
#[derive(Debug, Default)]
pub struct Names {
    types: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
    modules: Vec<String>,
}

impl Names {
    /// Those of all modules; every name may stand for one thing.
    pub fn of(modules: &[Module]) -> Result<Self> {
        let mut names = Self::default();
        for module in modules {
            names.modules.push(module.name.clone());
            for item in &module.items {
                let name = item.name.clone();
                let earlier = match item.shape {
                    Shape::Constant { .. } => {
                        let in_c = format!("TRIGLOT_{name}");
                        names.constants.insert(name, in_c)
                    }
                    Shape::Alias(_) | Shape::Struct(_) => {
                        let in_c = format!("triglot_{}", snake_case(&name));
                        names.types.insert(name, in_c)
                    }
                };
                if let Some(earlier) = earlier {
                    return Err(format!("two things would be called `{earlier}`"));
                }
            }
        }
        Ok(names)
    }

    /// The C name of a type of the contract.
    pub fn of_type(&self, name: &str) -> Result<&str> {
        let found = self.types.get(name).map(String::as_str);
        found.ok_or_else(|| format!("`{name}` is no type of the contract"))
    }

    /// The C name of a constant of the contract.
    pub fn of_constant(&self, name: &str) -> Result<&str> {
        let found = self.constants.get(name).map(String::as_str);
        found.ok_or_else(|| format!("`{name}` is no constant of the contract"))
    }

    /// The C name of whatever is called `word`; a prefix of constants (`KIND_`) counts.
    pub fn of_any(&self, word: &str) -> Option<String> {
        if let Ok(found) = self.of_type(word).or_else(|_| self.of_constant(word)) {
            return Some(found.to_owned());
        }
        let begins = |constant: &String| constant.starts_with(word);
        let prefix = word.len() > 1 && word.ends_with('_') && self.constants.keys().any(begins);
        prefix.then(|| format!("TRIGLOT_{word}"))
    }

    /// Whether a module of the contract is called so.
    pub fn is_module(&self, word: &str) -> bool {
        self.modules.iter().any(|module| module == word)
    }
}

/// `MatrixMut` as `matrix_mut`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
