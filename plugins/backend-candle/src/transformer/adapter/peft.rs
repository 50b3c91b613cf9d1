//! Adapters in the layout of PEFT: adapter_config.json and adapter_model.safetensors.
//!
//! A folder to begin from is held against what adapters can be here. Settings that only matter while PEFT trains, such
//! as its dropout, are passed over.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use triglot_sdk::{Error, Result};

use super::options::disagrees;
use super::{A, Lora, is_adapter, targets};
use crate::transformer::layout::{Entry, Layout};
use crate::transformer::pretrained::Pretrained;
use crate::{files, tensors};

const FOLDER: &str = "adapter";
const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
/// What PEFT puts before the names that a module has in the model.
const PREFIX: &str = "base_model.model.";

/// Settings of PEFT that change what an adapter computes, and the values at which they do not.
const NEUTRAL: [(&str, &[Value]); 11] = [
    ("bias", &[Value::Null]),
    ("use_dora", &[Value::Null, Value::Bool(false)]),
    ("fan_in_fan_out", &[Value::Null, Value::Bool(false)]),
    ("lora_bias", &[Value::Null, Value::Bool(false)]),
    ("use_qalora", &[Value::Null, Value::Bool(false)]),
    ("modules_to_save", &[Value::Null]),
    ("layer_replication", &[Value::Null]),
    ("rank_pattern", &[Value::Null]),
    ("alpha_pattern", &[Value::Null]),
    ("alora_invocation_tokens", &[Value::Null]),
    ("use_bdlora", &[Value::Null, Value::Bool(false)]),
];

/// Writes the adapters of a model, if it has some, into a folder beside its weights.
pub(crate) fn export(folder: &Path, model: &Pretrained) -> Result<()> {
    let Some(lora) = &model.settings.lora else { return Ok(()) };
    let folder = files::make_folder(folder, FOLDER)?;
    let config = json!({
        "peft_type": "LORA",
        "task_type": "FEATURE_EXTRACTION",
        // Merged into the weights beside them, adapters have no base there.
        "base_model_name_or_path": if lora.merge { Value::Null } else { "..".into() },
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "use_rslora": lora.rslora,
        "target_modules": lora.targets,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
    });
    files::write_json(&folder, CONFIG, &config)?;
    let adapters = model.parameters.iter().filter(|parameter| is_adapter(&parameter.name));
    let named = adapters.map(|parameter| {
        let mut named = parameter.named();
        named.name.insert_str(0, PREFIX);
        named
    });
    tensors::write(&folder, WEIGHTS, &named.collect::<Vec<_>>(), Some(("format", "pt".into())))
}

/// An adapter in a folder.
pub(crate) struct Adapter {
    pub config: AdapterConfig,
    weights: tensors::Read,
}

/// What adapter_config.json says, and which modules there are weights for.
pub(crate) struct AdapterConfig {
    path: PathBuf,
    pub rank: usize,
    pub alpha: f64,
    pub rslora: bool,
    /// The modules that the weights are of.
    modules: Vec<String>,
}

impl Adapter {
    /// Opens the folder that the option names.
    pub(super) fn open(folder: &str) -> Result<Self> {
        Self::read(Path::new(folder)).map_err(|error| error.context("lora.adapter"))
    }

    fn read(folder: &Path) -> Result<Self> {
        let (path, raw): (_, Map<String, Value>) = files::read_json(folder, CONFIG)?;
        let refused = |key: &str, allowed: &str| {
            let found = raw.get(key).map_or("nothing".into(), Value::to_string);
            Error::invalid(format!(
                "{}: `{key}`: found {found}, allowed is {allowed}",
                path.display()
            ))
        };
        let get = |key: &str| raw.get(key).unwrap_or(&Value::Null);
        if get("peft_type") != "LORA" {
            return Err(refused("peft_type", "\"LORA\""));
        }
        for (key, allowed) in NEUTRAL {
            let found = get(key);
            let neutral = allowed.contains(found)
                || (key == "bias" && found == "none")
                || found.as_object().is_some_and(Map::is_empty);
            if !neutral {
                return Err(refused(key, "what leaves it out"));
            }
        }
        // PiSSA and others change the base when they begin.
        let begin = get("init_lora_weights");
        if !(begin.is_null() || begin.is_boolean() || begin == "gaussian") {
            return Err(refused("init_lora_weights", "true, false or \"gaussian\""));
        }
        let rank = get("r").as_u64().and_then(|rank| usize::try_from(rank).ok());
        let rank = rank.filter(|rank| *rank > 0).ok_or_else(|| refused("r", "1 or more"))?;
        let alpha = get("lora_alpha").as_f64().ok_or_else(|| refused("lora_alpha", "a number"))?;
        let rslora = get("use_rslora").as_bool().unwrap_or(false);
        let weights = tensors::open(folder, WEIGHTS)?;
        let modules = weights
            .names()
            .filter_map(|name| Some(name.strip_prefix(PREFIX)?.strip_suffix(A)?.to_owned()));
        let modules = modules.collect();
        Ok(Self { config: AdapterConfig { path, rank, alpha, rslora, modules }, weights })
    }

    /// The numbers of a parameter.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<Vec<f32>> {
        let name = format!("{PREFIX}{}", entry.name);
        let found = self.weights.take_finite(&name, &entry.shape);
        found.map_err(|error| error.context("lora.adapter"))
    }

    /// Refuses what was not taken.
    pub(super) fn finish(self) -> Result<()> {
        self.weights.finish().map_err(|error| error.context("lora.adapter"))
    }
}

impl AdapterConfig {
    /// The modules that there are weights for, in the order of the model.
    pub(super) fn modules(&self, layout: &Layout) -> Result<Vec<String>> {
        let all = targets::all(layout);
        if let Some(unknown) = self.modules.iter().find(|module| !all.contains(module)) {
            return Err(Error::invalid(format!(
                "lora.adapter: {}: there are weights beside for `{unknown}`, which the model does not have; its linear \
                 maps are called like `{}`",
                self.path.display(),
                all.first().map(String::as_str).unwrap_or_default()
            )));
        }
        Ok(all.into_iter().filter(|module| self.modules.contains(module)).collect())
    }

    /// Holds what was settled against what the adapter was trained with.
    pub(super) fn agree(&self, lora: &Lora, layout: &Layout) -> Result<()> {
        let pairs = [
            ("rank", lora.rank.to_string(), self.rank.to_string()),
            ("alpha", lora.alpha.to_string(), self.alpha.to_string()),
            ("rslora", lora.rslora.to_string(), self.rslora.to_string()),
            ("targets", lora.targets.join(", "), self.modules(layout)?.join(", ")),
        ];
        match pairs.iter().find(|(_, asked, found)| asked != found) {
            Some((key, asked, found)) => Err(disagrees(key, asked, found)),
            None => Ok(()),
        }
    }
}
