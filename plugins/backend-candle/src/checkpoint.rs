//! Weights and moments in files, so that training goes on in the same bytes.
//!
//! Of a table's moments only the rows are written that were in a batch by now; the others are zero, and mostly they are
//! many. Gradients held are not saved: they belong to a step that was not finished, and whoever resumes takes it again.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use triglot_sdk::{Error, Result};

use crate::parameter::Parameter;
use crate::tensors::{self, Named, Values};

pub(crate) const WEIGHTS: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STEPS: &str = "steps";
/// The moments by the names that PyTorch gives them.
const FIRST: &str = "exp_avg";
const SECOND: &str = "exp_avg_sq";
/// The rows of a table that the two have.
const ROWS: &str = "rows";

/// Writes the moments of those parameters that are trained, and how many steps led to them.
pub(crate) fn save_moments<'a>(
    folder: &Path,
    parameters: impl IntoIterator<Item = &'a Parameter>,
    steps: u64,
) -> Result<()> {
    let trained = parameters.into_iter().filter(|parameter| parameter.trainable);
    let moments: Vec<Named<'_>> = trained.flat_map(moments).collect();
    tensors::write(folder, OPTIMIZER, &moments, Some((STEPS, steps.to_string())))
}

fn moments(parameter: &Parameter) -> Vec<Named<'_>> {
    let both = [(FIRST, &parameter.first), (SECOND, &parameter.second)];
    if !parameter.is_table() {
        return both
            .map(|(which, values)| Named::new(name(parameter, which), &parameter.shape, values))
            .into();
    }
    let cols = parameter.cols();
    let zero = |values: &[f32]| values.iter().all(|value| value.to_bits() == 0);
    let all = parameter.first.chunks_exact(cols).zip(parameter.second.chunks_exact(cols));
    let rows: Vec<u32> = (0..)
        .zip(all)
        .filter(|(_, (first, second))| !(zero(first) && zero(second)))
        .map(|(row, _)| row)
        .collect();
    let mut named: Vec<Named<'_>> = both
        .map(|(which, values)| Named {
            name: name(parameter, which),
            shape: vec![rows.len(), cols].into(),
            values: Values::Floats(
                rows.iter()
                    .flat_map(|row| &values[*row as usize * cols..][..cols])
                    .copied()
                    .collect(),
            ),
        })
        .into();
    named.push(Named {
        name: name(parameter, ROWS),
        shape: vec![rows.len()].into(),
        values: Values::Rows(rows),
    });
    named
}

/// Reads what [`save_moments`] wrote into the same parameters; returns the steps.
pub(crate) fn load_moments<'a>(
    folder: &Path,
    parameters: impl IntoIterator<Item = &'a mut Parameter>,
) -> Result<u64> {
    let mut file = tensors::open(folder, OPTIMIZER)?;
    for parameter in parameters.into_iter().filter(|parameter| parameter.trainable) {
        let (first, second) = (name(parameter, FIRST), name(parameter, SECOND));
        if !parameter.is_table() {
            parameter.first = file.take(&first, &parameter.shape)?;
            parameter.second = file.take(&second, &parameter.shape)?;
            continue;
        }
        let (cols, all) = (parameter.cols(), parameter.values.len());
        let rows = file.take_rows(&name(parameter, ROWS), all / cols)?;
        for (name, moment) in [(first, &mut parameter.first), (second, &mut parameter.second)] {
            let values = file.take(&name, &[rows.len(), cols])?;
            *moment = vec![0.0; all];
            for (row, values) in rows.iter().zip(values.chunks_exact(cols)) {
                moment[*row as usize * cols..][..cols].copy_from_slice(values);
            }
        }
    }
    let steps = file.note(STEPS)?;
    file.finish()?;
    Ok(steps)
}

fn name(parameter: &Parameter, which: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Parameter {
        let mut table = Parameter::table("t", [4, 2], vec![1.0; 8]);
        table.first[2] = -0.0;
        table.second[7] = 3.0;
        table
    }

    #[test]
    fn moments_of_rows_that_were_in_no_batch_are_not_written() {
        let folder = tempfile::tempdir().unwrap();
        save_moments(folder.path(), [&table()], 5).unwrap();
        let file = tensors::open(folder.path(), OPTIMIZER).unwrap();
        assert_eq!(file.shape("t.exp_avg"), Some([2, 2].as_slice()));
        let mut read = Parameter::table("t", [4, 2], vec![1.0; 8]);
        assert_eq!(load_moments(folder.path(), [&mut read]).unwrap(), 5);
        assert_eq!(read, table());
        assert!(read.first[2].is_sign_negative());
    }

    #[test]
    fn rows_that_a_table_cannot_have_are_refused() {
        for rows in [vec![1, 4], vec![3, 1], vec![1, 1]] {
            let folder = tempfile::tempdir().unwrap();
            let values = [0.5; 4];
            let named = [
                Named { name: "t.rows".into(), shape: vec![2].into(), values: Values::Rows(rows) },
                Named::new("t.exp_avg", &[2, 2], &values),
                Named::new("t.exp_avg_sq", &[2, 2], &values),
            ];
            tensors::write(folder.path(), OPTIMIZER, &named, Some((STEPS, "5".into()))).unwrap();
            let error = load_moments(folder.path(), [&mut table()]).unwrap_err();
            let expected = "tensor `t.rows`: expected are rows below 4, each once and ascending";
            assert!(error.message().contains(expected), "{}", error.message());
        }
    }
}
