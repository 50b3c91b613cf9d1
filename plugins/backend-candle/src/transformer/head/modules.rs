//! The modules of sentence-transformers that follow on a transformer, in folders.
//!
//! A module or a setting that this encoder lacks is refused rather than left out: without it the embeddings would
//! silently be others than the folder's. A `Dropout` changes nothing but training, in which it is left out.

use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use triglot_sdk::{Error, Result};

use super::{Head, Stage};
use crate::dense::{Activation, Dense, Linear};
use crate::files;
use crate::parameter::Parameter;
use crate::sentence_transformers::{EMBEDDING, Modules};
use crate::tensors::{self, Named, Precision};
use crate::transformer::options::Pooling;

const CONFIG: &str = "config.json";
/// The weights of modules in a saved model.
const WEIGHTS: &str = "head.safetensors";
/// The flags of a pooling, and the modes that releases from 6 on have for them, in the order in which poolings are joined.
const MODES: [(&str, &str, Pooling); 6] = [
    ("pooling_mode_cls_token", "cls", Pooling::Cls),
    ("pooling_mode_max_tokens", "max", Pooling::Max),
    ("pooling_mode_mean_tokens", "mean", Pooling::Mean),
    ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", Pooling::MeanSqrtLen),
    ("pooling_mode_weightedmean_tokens", "weightedmean", Pooling::WeightedMean),
    ("pooling_mode_lasttoken", "lasttoken", Pooling::Last),
];

/// A module between the pooling and the normalisation that the options ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Module {
    Dense { inputs: usize, outputs: usize, bias: bool, activation: Activation },
    Normalize,
}

/// What a list of modules names, yet without its weights.
#[derive(Debug)]
pub(crate) struct Found {
    pub poolings: Vec<Pooling>,
    /// A `Dense` by its folder, or a `Normalize`.
    modules: Vec<Option<PathBuf>>,
}

impl Found {
    /// A pooling alone.
    pub(crate) fn plain(pooling: Pooling) -> Self {
        Self { poolings: vec![pooling], modules: Vec::new() }
    }

    /// Reads the weights of its modules; rows have this length.
    pub(crate) fn read(&self, hidden: usize) -> Result<Vec<Stage>> {
        let before = usize::from(self.poolings.contains(&Pooling::Pooler));
        let mut inputs = hidden * self.poolings.len();
        let mut stages = Vec::new();
        for (index, module) in (before..).zip(&self.modules) {
            stages.push(match module {
                None => Stage::Normalize,
                Some(folder) => {
                    let dense = Dense::read(folder, inputs, &linear(index), &Device::Cpu)?;
                    inputs = dense.outputs();
                    Stage::Dense(dense)
                }
            });
        }
        Ok(stages)
    }
}

/// The folder of the transformer that a list begins with, and what follows on it; a pooling that is given goes before
/// that of the folder.
pub(crate) fn find(folder: &Path, given: Option<Pooling>) -> Result<(PathBuf, Found)> {
    let list = Modules::read(folder)?;
    let refused = || {
        list.refused(
            "are a Transformer, after it a Pooling, and after that any number of Dense, Normalize and Dropout",
        )
    };
    let [transformer, pooling, rest @ ..] = list.list() else { return Err(refused()) };
    if !transformer.is("Transformer") || !pooling.is("Pooling") {
        return Err(refused());
    }
    let mut modules = Vec::new();
    for module in rest {
        let path = folder.join(&module.path);
        match () {
            () if module.is("Dense") => modules.push(Some(path)),
            () if module.is("Normalize") => {
                check_normalize(&path)?;
                modules.push(None);
            }
            () if module.is("Dropout") => {}
            () => return Err(refused()),
        }
    }
    // Whether embeddings have unit length is for the options.
    while modules.pop_if(|module| module.is_none()).is_some() {}
    let poolings = read_pooling(&folder.join(&pooling.path), given)?;
    Ok((folder.join(&transformer.path), Found { poolings, modules }))
}

/// It may have a config.json, in which it is told to normalise something else.
fn check_normalize(folder: &Path) -> Result<()> {
    if !folder.join(CONFIG).exists() {
        return Ok(());
    }
    let (path, config): (_, Map<String, Value>) = files::read_json(folder, CONFIG)?;
    for key in ["module_input_name", "module_output_name"] {
        match config.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(name)) if name == EMBEDDING => {}
            Some(found) => return Err(refused(&path, key, found, EMBEDDING)),
        }
    }
    Ok(())
}

/// The pooling that is given, else those that the folder asks for.
fn read_pooling(folder: &Path, given: Option<Pooling>) -> Result<Vec<Pooling>> {
    let (path, config): (_, Map<String, Value>) = files::read_json(folder, CONFIG)?;
    if let Some(found @ Value::Bool(false)) = config.get("include_prompt") {
        return Err(refused(&path, "include_prompt", found, "true"));
    }
    if let Some(given) = given {
        return Ok(vec![given]);
    }
    let names: Vec<Value> = match config.get("pooling_mode") {
        Some(Value::Array(modes)) => modes.clone(),
        Some(mode) => vec![mode.clone()],
        None => {
            let asked = |flag: &str| config.get(flag) == Some(&Value::Bool(true));
            MODES.iter().filter(|(flag, ..)| asked(flag)).map(|(_, mode, _)| json!(mode)).collect()
        }
    };
    if names.is_empty() {
        return Ok(vec![Pooling::Mean]);
    }
    let poolings = names.iter().map(|name| {
        let known = MODES.iter().find(|(_, mode, _)| name.as_str() == Some(mode));
        let allowed = || {
            let modes = MODES.map(|(_, mode, _)| mode).join(", ");
            format!("{modes}; the option `pooling` goes before it")
        };
        known
            .map(|(.., pooling)| *pooling)
            .ok_or_else(|| refused(&path, "pooling_mode", name, &allowed()))
    });
    poolings.collect()
}

fn refused(path: &Path, key: &str, found: &Value, allowed: &str) -> Error {
    Error::invalid(format!("{}: `{key}`: found {found}, allowed is {allowed}", path.display()))
}

/// The name of a module's folder; those before it are the transformer and the pooling.
fn name(index: usize, class: &str) -> String {
    format!("{}_{class}", index + 2)
}

/// What stands before the names of a dense layer's parameters.
fn linear(index: usize) -> String {
    format!("{}.linear", name(index, "Dense"))
}

/// What is to be saved of modules beside their weights.
pub(crate) fn described(stages: &[Stage]) -> Vec<Module> {
    let module = |stage: &Stage| match stage.dense() {
        None => Module::Normalize,
        Some(dense) => Module::Dense {
            inputs: dense.inputs(),
            outputs: dense.outputs(),
            bias: dense.bias.is_some(),
            activation: dense.activation,
        },
    };
    stages.iter().map(module).collect()
}

/// Reads the weights of saved modules, which [`Head::parameters_of`] gave.
pub(crate) fn load(folder: &Path, modules: &[Module], pooler: bool) -> Result<Vec<Stage>> {
    let mut file = match modules.iter().any(|module| matches!(module, Module::Dense { .. })) {
        true => Some(tensors::open(folder, WEIGHTS)?),
        false => None,
    };
    let mut stages = Vec::new();
    for (index, module) in (usize::from(pooler)..).zip(modules) {
        stages.push(match (module, &mut file) {
            (Module::Dense { inputs, outputs, bias, activation }, Some(file)) => {
                let (inputs, outputs) = (*inputs, *outputs);
                let linear = linear(index);
                let weight = file.take(&format!("{linear}.weight"), &[outputs, inputs])?;
                let bias = match bias {
                    true => Some(file.take(&format!("{linear}.bias"), &[outputs])?),
                    false => None,
                };
                let values = Linear { inputs, outputs, weight, bias };
                Stage::Dense(Dense::new(&linear, values, *activation, &Device::Cpu)?)
            }
            _ => Stage::Normalize,
        });
    }
    file.map_or(Ok(()), tensors::Read::finish)?;
    Ok(stages)
}

/// Writes the weights of modules for [`load`].
pub(crate) fn save(folder: &Path, head: &Head) -> Result<()> {
    let named: Vec<Named<'_>> = head.parameters_of(false).map(Parameter::named).collect();
    if named.is_empty() { Ok(()) } else { tensors::write(folder, WEIGHTS, &named, None) }
}

/// Writes the folders of the pooling and of what follows on it; returns each by its name and its class.
pub(crate) fn export(
    folder: &Path,
    head: &Head,
    precision: Precision,
) -> Result<Vec<(String, &'static str)>> {
    let pooling = "1_Pooling".to_owned();
    let inside = files::make_folder(folder, &pooling)?;
    files::write_json(&inside, CONFIG, &pooling_config(head))?;
    let mut modules = vec![(pooling, "Pooling")];
    for (index, stage) in head.stages.iter().enumerate() {
        let class = if stage.dense().is_some() { "Dense" } else { "Normalize" };
        let name = name(index, class);
        if let Some(dense) = stage.dense() {
            dense.write(&files::make_folder(folder, &name)?, precision)?;
        }
        modules.push((name, class));
    }
    Ok(modules)
}

/// By flags, which all releases read, unless poolings are joined in an order that flags do not have.
fn pooling_config(head: &Head) -> Map<String, Value> {
    // The pooler is a dense layer on the first token.
    let is = |pooling: &Pooling, mode: Pooling| {
        *pooling == mode || *pooling == Pooling::Pooler && mode == Pooling::Cls
    };
    let asked = |mode: Pooling| head.poolings.iter().any(|pooling| is(pooling, mode));
    let mode_of = |pooling: &Pooling| MODES.iter().position(|(.., mode)| is(pooling, *mode));
    let order: Vec<Option<usize>> = head.poolings.iter().map(mode_of).collect();
    let mut config = Map::new();
    if order.is_sorted_by(|left, right| left < right) {
        config.insert("word_embedding_dimension".into(), json!(head.hidden));
        config.extend(MODES.map(|(flag, _, mode)| (flag.to_owned(), json!(asked(mode)))));
    } else {
        let modes: Vec<&str> = order.into_iter().flatten().map(|at| MODES[at].1).collect();
        config.insert("embedding_dimension".into(), json!(head.hidden));
        config.insert("pooling_mode".into(), json!(modes));
    }
    config.insert("include_prompt".into(), json!(true));
    config
}
