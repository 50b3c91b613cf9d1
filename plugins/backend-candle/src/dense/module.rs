//! The folder of a `Dense` of sentence-transformers.

use std::path::Path;

use candle_core::Device;
use serde_json::{Map, Value, json};
use triglot_sdk::{Error, Result};

use super::{Activation, Dense};
use crate::files;
use crate::sentence_transformers::EMBEDDING;
use crate::tensors::{self, Named, Precision};

pub(crate) const DENSE_CONFIG: &str = "config.json";
const WEIGHT: &str = "linear.weight";
const BIAS: &str = "linear.bias";
/// Longest embedding that a layer may give.
const MAX_OUTPUTS: usize = 16_384;

/// The numbers of a linear map.
#[derive(Debug)]
pub(crate) struct Linear {
    pub inputs: usize,
    pub outputs: usize,
    /// [outputs × inputs].
    pub weight: Vec<f32>,
    pub bias: Option<Vec<f32>>,
}

impl Dense {
    /// Reads the folder of a module that follows on `inputs` numbers; its parameters get their names under `name`.
    pub(crate) fn read(folder: &Path, inputs: usize, name: &str, device: &Device) -> Result<Self> {
        let (path, config): (_, Map<String, Value>) = files::read_json(folder, DENSE_CONFIG)?;
        let get = |key: &str| config.get(key).unwrap_or(&Value::Null);
        let refused = |key: &str, allowed: &str| {
            let found = get(key);
            let path = path.display();
            Error::invalid(format!("{path}: `{key}`: found {found}, allowed is {allowed}"))
        };
        let one_of = |key: &str, allowed: &[Value], said: &str| {
            if allowed.contains(get(key)) { Ok(()) } else { Err(refused(key, said)) }
        };
        let embedding = [Value::Null, EMBEDDING.into()];
        one_of("module_input_name", &embedding, EMBEDDING)?;
        one_of("module_output_name", &embedding, EMBEDDING)?;
        one_of("use_residual", &[Value::Null, false.into()], "false")?;
        one_of("in_features", &[inputs.into()], &inputs.to_string())?;
        one_of("bias", &[Value::Null, true.into(), false.into()], "true or false")?;
        let outputs = get("out_features").as_u64().and_then(|size| usize::try_from(size).ok());
        let outputs = outputs
            .filter(|outputs| (1..=MAX_OUTPUTS).contains(outputs))
            .ok_or_else(|| refused("out_features", &format!("1 to {MAX_OUTPUTS}")))?;
        let class = get("activation_function").as_str().unwrap_or_default();
        let activation = Activation::of_class(class)
            .map_err(|allowed| refused("activation_function", &allowed))?;

        let mut file = tensors::open_weights(folder)?;
        let weight = file.take_finite(WEIGHT, &[outputs, inputs])?;
        let bias = match get("bias") {
            Value::Bool(false) => None,
            _ => Some(file.take_finite(BIAS, &[outputs])?),
        };
        file.finish()?;
        Self::new(name, Linear { inputs, outputs, weight, bias }, activation, device)
    }

    /// Writes what [`Dense::read`] and sentence-transformers read.
    pub(crate) fn write(&self, folder: &Path, precision: Precision) -> Result<()> {
        let config = json!({
            "in_features": self.inputs(),
            "out_features": self.outputs(),
            "bias": self.bias.is_some(),
            "activation_function": self.activation.class(),
        });
        files::write_json(folder, DENSE_CONFIG, &config)?;
        let weight = Named::new(WEIGHT, &self.weight.shape, &self.weight.values);
        let bias = self.bias.as_ref().map(|bias| Named::new(BIAS, &bias.shape, &bias.values));
        let tensors: Vec<Named<'_>> = std::iter::once(weight).chain(bias).collect();
        tensors::write_as(folder, crate::checkpoint::WEIGHTS, &tensors, None, precision)
    }
}
