//! LoRA: all weights stay as they are, and beside some of them a product of two thin matrices is trained
//! ([`crate::low_rank`]).
//!
//! Adapters are parameters like others, listed behind those of the model: what is saved holds them, and every step moves
//! them. Here is what a manifest may ask for, which modules have one, what training begins with, and PEFT's files.
//!
//! A is drawn as PEFT draws it and B is zero, so that training begins from the model as it was. So the first gradient
//! of A is zero, and A moves from the second step on.

mod options;
mod peft;
mod targets;

use triglot_sdk::{Random, Result};

use super::layout::{Entry, Kind, Layout};
use super::pretrained::Pretrained;
use crate::low_rank::LowRank;
use crate::parameter::Parameter;

pub(crate) use options::Lora;
pub use options::LoraOptions;
pub(crate) use peft::export;

/// What the draws of A are for, as a word of their keys.
const LORA_A: u64 = u64::from_be_bytes(*b"lora_A\0\0");

/// Gives a model that was just read new adapters, if the options ask for some.
pub(crate) fn begin(model: &mut Pretrained, given: Option<&LoraOptions>, seed: u64) -> Result<()> {
    let Some(given) = given else { return Ok(()) };
    let found = given.adapter.as_deref().map(peft::Adapter::open).transpose()?;
    let lora = given.settle(&model.config.layout, found.as_ref().map(|found| &found.config))?;
    let first = model.config.layout.entries.len();
    lora.list(&mut model.config.layout);
    let entries: Vec<Entry> = model.config.layout.entries[first..].to_vec();
    let values = match found {
        Some(mut found) => {
            let values = entries.iter().map(|entry| found.take(entry)).collect::<Result<_>>()?;
            found.finish()?;
            values
        }
        None => entries.iter().map(|entry| drawn(entry, seed)).collect::<Vec<_>>(),
    };
    let new = entries.into_iter().zip(values).map(|(entry, values)| entry.parameter(values));
    model.parameters.extend(new);
    model.settings.lora = Some(lora);
    Ok(())
}

/// The numbers that training begins with: A uniform within ±1/√in, as PEFT has it (Kaiming with a = √5), B zero.
fn drawn(entry: &Entry, seed: u64) -> Vec<f32> {
    let count = entry.shape.iter().product();
    if entry.name.ends_with(B) {
        return vec![0.0; count];
    }
    let bound = 1.0 / (entry.shape.last().copied().unwrap_or(1) as f64).sqrt();
    let name = entry.name.bytes().map(u64::from);
    let mut random = Random::new(&[seed, LORA_A].into_iter().chain(name).collect::<Vec<_>>());
    (0..count).map(|_| ((2.0 * random.unit() - 1.0) * bound) as f32).collect()
}

/// The ends of the names that PEFT gives the two matrices.
const A: &str = ".lora_A.weight";
const B: &str = ".lora_B.weight";
/// What the name of a weight has in their place.
const WEIGHT: &str = ".weight";

impl Lora {
    /// Adds the adapters' parameters to those that the model has.
    pub(crate) fn list(&self, layout: &mut Layout) {
        let shape = |module: &String| {
            let name = format!("{module}{WEIGHT}");
            layout.entries.iter().find(|entry| entry.name == name).map(|entry| entry.shape.clone())
        };
        let entry = |name, shape| Entry { name, shape, kind: Kind::Weight };
        let new: Vec<Entry> = self
            .targets
            .iter()
            .filter_map(|module| match shape(module)?.as_slice() {
                &[outputs, inputs] => Some([
                    entry(format!("{module}{A}"), vec![self.rank, inputs]),
                    entry(format!("{module}{B}"), vec![outputs, self.rank]),
                ]),
                _ => None,
            })
            .flatten()
            .collect();
        layout.entries.extend(new);
    }

    /// Freezes all parameters but the adapters', and ties those to their weights.
    pub(crate) fn attach(&self, parameters: &mut [Parameter]) {
        let place = |name: String| parameters.iter().position(|other| other.name == name);
        let found: Vec<_> = self
            .targets
            .iter()
            .filter_map(|module| {
                let (a, b) = (place(format!("{module}{A}"))?, place(format!("{module}{B}"))?);
                let low_rank = LowRank { a, b, scale: self.scale() };
                Some((place(format!("{module}{WEIGHT}"))?, low_rank))
            })
            .collect();
        for parameter in parameters.iter_mut() {
            if !is_adapter(&parameter.name) {
                parameter.freeze();
            }
        }
        for (weight, low_rank) in found {
            parameters[weight].low_rank = Some(low_rank);
        }
    }
}

/// Whether this is the name of a parameter of an adapter.
pub(crate) fn is_adapter(name: &str) -> bool {
    name.ends_with(A) || name.ends_with(B)
}
