//! Which linear maps of a model have adapters, by the names that transformers gives its modules.

use std::collections::BTreeSet;

use triglot_sdk::{Error, Result};

use super::WEIGHT;
use crate::transformer::layout::{Layout, LinearAt};

/// The module of a linear map.
fn module(layout: &Layout, at: &LinearAt) -> Option<String> {
    let entry = layout.entries.get(at.weight)?;
    entry.name.strip_suffix(WEIGHT).map(str::to_owned)
}

/// The modules of all linear maps of the layers.
pub(super) fn all(layout: &Layout) -> Vec<String> {
    let linears = layout.layers.iter().flat_map(|layer| {
        let inner = layer.inner.iter().chain([&layer.outer]);
        layer.query_key_value.iter().chain([&layer.attention_output]).chain(inner)
    });
    linears.filter_map(|at| module(layout, at)).collect()
}

/// The projections to queries and values, as the paper adapts (section 7.1); where one matrix holds all three, that one.
pub(super) fn usual(layout: &Layout) -> Vec<String> {
    let linears = layout.layers.iter().flat_map(|layer| match layer.query_key_value.as_slice() {
        [query, _, value] => vec![query, value],
        others => others.iter().collect(),
    });
    linears.filter_map(|at| module(layout, at)).collect()
}

/// The modules whose name is one of these or ends with `.` and one of these, as PEFT matches its `target_modules`.
pub(super) fn resolve(layout: &Layout, targets: &[String]) -> Result<Vec<String>> {
    let all = all(layout);
    let ends = |module: &str, target: &str| {
        let start = module.strip_suffix(target);
        start.is_some_and(|start| start.is_empty() || start.ends_with('.'))
    };
    if let Some(unknown) = targets.iter().find(|t| !all.iter().any(|module| ends(module, t))) {
        // What is left of a name without the number of its layer.
        let names = all.iter().filter_map(|name| {
            let number = name.split('.').position(|part| part.parse::<usize>().is_ok())?;
            Some(name.split('.').skip(number + 1).collect::<Vec<_>>().join("."))
        });
        let names: BTreeSet<String> = names.collect();
        return Err(Error::invalid(format!(
            "lora.targets: found \"{unknown}\", which no linear map of the model is called; allowed are ends of {}",
            names.into_iter().collect::<Vec<_>>().join(", ")
        )));
    }
    Ok(all.into_iter().filter(|module| targets.iter().any(|t| ends(module, t))).collect())
}
