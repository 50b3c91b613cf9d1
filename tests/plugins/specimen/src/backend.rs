//! Feature hashing with a learnt scale.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Backend, Component, Context, Error, Info, Matrix, MatrixMut, Mode, Result, Step, StepReport,
    TextStream, Texts, Variable, mix,
};

/// Options of `hashing`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Length of an embedding.
    #[schemars(range(min = 1, max = 65536))]
    dim: usize,
}

/// The trigrams of a text, hashed with a sign into `dim` sums (Weinberger et al. 2009, arXiv 0902.2206), made of unit
/// length and multiplied by a scale for each dimension, which gradient descent learns.
pub struct Hashing {
    scale: Vec<f32>,
    gradient: Vec<f64>,
    /// The hashed texts of the last encode that kept them.
    tape: Option<Vec<f32>>,
}

impl Component for Hashing {
    type Options = Options;
    const ID: &'static str = "hashing";
    const SUMMARY: &'static str = "Hashed character trigrams under a learnt scale";
}

const WEIGHTS: &str = "scale.bin";

impl Backend for Hashing {
    fn create(options: Options, _: &Context) -> Result<Self> {
        if !(1..=65536).contains(&options.dim) {
            let problem = format!("`dim` is {}; it must be from 1 to 65536", options.dim);
            return Err(Error::invalid(problem));
        }
        Ok(Self { scale: vec![1.0; options.dim], gradient: vec![0.0; options.dim], tape: None })
    }

    fn prepare(&mut self, _: Option<&mut TextStream<'_>>) -> Result<()> {
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        let dim = self.scale.len();
        Ok(Info { dim, trainable: true, parameters: dim as u64 })
    }

    fn fingerprint(&self) -> Result<String> {
        let words: Vec<u64> = self.scale.iter().map(|x| u64::from(x.to_bits())).collect();
        Ok(format!("hashing-{:016x}", mix(&words)))
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        let dim = self.scale.len();
        let hashed: Vec<f32> = texts.iter().flat_map(|text| hash(text.text, dim)).collect();
        for (row, features) in hashed.chunks_exact(dim).enumerate() {
            for ((out, x), scale) in out.row_mut(row).iter_mut().zip(features).zip(&self.scale) {
                *out = x * scale;
            }
        }
        if mode == Mode::Tape {
            self.tape = Some(hashed);
        }
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let dim = self.scale.len();
        let tape = self.tape.take().ok_or_else(|| Error::invalid("there is no tape"))?;
        if (gradients.rows() * dim, gradients.cols()) != (tape.len(), dim) {
            return Err(Error::invalid("the gradients are of another shape than the tape"));
        }
        for (row, features) in tape.chunks_exact(dim).enumerate() {
            for ((sum, x), g) in self.gradient.iter_mut().zip(features).zip(gradients.row(row)) {
                *sum += f64::from(*x) * f64::from(*g);
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        let norm = self.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let clipped = step.clip.map_or(1.0, |clip| (clip / norm.max(clip)).min(1.0));
        for (scale, gradient) in self.scale.iter_mut().zip(&mut self.gradient) {
            let decay = step.weight_decay * f64::from(*scale);
            *scale -= (step.learning_rate * (clipped * *gradient + decay)) as f32;
            *gradient = 0.0;
        }
        Ok(StepReport { gradient_norm: norm, tokens: 0 })
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        let bytes: Vec<u8> = self.scale.iter().flat_map(|x| x.to_le_bytes()).collect();
        Ok(std::fs::write(folder.join(WEIGHTS), bytes)?)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        let bytes = std::fs::read(folder.join(WEIGHTS))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if numbers.len() != self.scale.len() || !rest.is_empty() {
            return Err(Error::invalid(format!(
                "{WEIGHTS} holds {} bytes for a dim of {}",
                bytes.len(),
                self.scale.len()
            )));
        }
        self.scale = numbers.iter().map(|x| f32::from_le_bytes(*x)).collect();
        Ok(())
    }

    fn export(&mut self, folder: &Path) -> Result<()> {
        self.save(folder)
    }

    fn variables(&self, visit: &mut dyn FnMut(Variable<'_>) -> Result<()>) -> Result<()> {
        let gradient_norm = self.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        visit(Variable { name: "scale", values: &self.scale, gradient_norm })
    }
}

/// The features of a text, of unit length unless it has none.
fn hash(text: &str, dim: usize) -> Vec<f32> {
    let padded = std::iter::once(' ').chain(text.chars()).chain([' ']);
    let codes: Vec<u64> = padded.map(|c| u64::from(u32::from(c))).collect();
    let mut features = vec![0f32; dim];
    for trigram in codes.windows(3) {
        let hash = mix(trigram);
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        features[(hash % dim as u64) as usize] += sign;
    }
    let norm = features.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 0.0 {
        features.iter_mut().for_each(|x| *x /= norm);
    }
    features
}
