//! Weights and moments in files, so that training goes on in the same bytes.
//!
//! Gradients held are not saved: they belong to a step that was not finished, and whoever resumes takes it again.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use triglot_sdk::{Error, Result};

use crate::parameter::Parameter;
use crate::tensors::{self, Named};

pub(crate) const WEIGHTS: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STEPS: &str = "steps";
/// The moments by the names that PyTorch gives them.
const FIRST: &str = "exp_avg";
const SECOND: &str = "exp_avg_sq";

/// Writes the moments of parameters, and how many steps led to them.
pub(crate) fn save_moments<'a>(
    folder: &Path,
    parameters: impl IntoIterator<Item = &'a Parameter>,
    steps: u64,
) -> Result<()> {
    let moments: Vec<Named<'_>> =
        parameters
            .into_iter()
            .flat_map(|parameter| {
                [(FIRST, &parameter.first), (SECOND, &parameter.second)].map(|(which, values)| {
                    Named { name: moment(parameter, which), shape: &parameter.shape, values }
                })
            })
            .collect();
    tensors::write(folder, OPTIMIZER, &moments, Some((STEPS, steps.to_string())))
}

/// Reads what [`save_moments`] wrote into the same parameters; returns the steps.
pub(crate) fn load_moments<'a>(
    folder: &Path,
    parameters: impl IntoIterator<Item = &'a mut Parameter>,
) -> Result<u64> {
    let mut moments = tensors::open(folder, OPTIMIZER)?;
    for parameter in parameters {
        parameter.first = moments.take(&moment(parameter, FIRST), &parameter.shape)?;
        parameter.second = moments.take(&moment(parameter, SECOND), &parameter.shape)?;
    }
    let steps = moments.note(STEPS)?;
    moments.finish()?;
    Ok(steps)
}

fn moment(parameter: &Parameter, which: &str) -> String {
    format!("{}.{which}", parameter.name)
}

/// Holds what the file `path` says of a saved model against what the options ask for, key by key.
pub(crate) fn agree(path: &Path, found: &Value, expected: &impl Serialize) -> Result<()> {
    let expected = serde_json::to_value(expected)?;
    for (key, expected) in expected.as_object().into_iter().flatten() {
        let found = found.get(key).unwrap_or(&Value::Null);
        if found != expected {
            return Err(Error::invalid(format!(
                "{}: `{key}` is {found}, but the options ask for {expected}",
                path.display()
            )));
        }
    }
    Ok(())
}
