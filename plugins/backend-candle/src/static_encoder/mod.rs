//! `candle/static`: the mean of the table rows of a text's tokens, then perhaps one dense layer.
//!
//! It is small enough to train from scratch in seconds, so it carries the quickstart and the tests.

mod export;
mod import;
mod model;
mod options;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod tokenizer;

use std::path::Path;

use triglot_sdk::{Context, Error, Host, Result, TextStream, Texts};

use crate::device;
use crate::encoder::{Encoder, Network};
use crate::options::OptimizerOptions;
use crate::parameter::Parameter;

use model::{Model, Tape};
use options::Options;
use tokenizer::TextTokenizer;

/// A static encoder.
pub type StaticEncoder = Encoder<Model>;

impl Network for Model {
    type Options = Options;
    type Tape = Tape;
    const ID: &'static str = "static";
    const SUMMARY: &'static str =
        "Mean of token vectors, then perhaps a dense layer; trained from scratch or from a folder";

    fn check(options: &Options) -> Result<()> {
        options.check()?;
        device::choose(&options.device).map(|_| ())
    }

    fn optimizer(options: &Options) -> OptimizerOptions {
        options.optimizer
    }

    fn prepare(
        options: &Options,
        context: &Context,
        texts: Option<&mut TextStream<'_>>,
    ) -> Result<Self> {
        let device = device::choose(&options.device)?;
        if let Some(folder) = &options.weights {
            return import::import(Path::new(folder), options, &device)
                .map_err(|error| error.context("weights"));
        }
        let tokenizer = make_tokenizer(options, context, texts)?;
        Self::new(tokenizer, options, context.seed, &device)
    }

    fn load(folder: &Path, options: &Options) -> Result<(Self, u64)> {
        state::load(folder, options, &device::choose(&options.device)?)
    }

    fn save(&self, folder: &Path, steps: u64) -> Result<()> {
        state::save(folder, self, steps)
    }

    fn export(&self, folder: &Path) -> Result<()> {
        export::export(folder, self)
    }

    fn dim(&self) -> usize {
        Self::dim(self)
    }

    fn parameters(&self) -> Vec<&Parameter> {
        Self::parameters(self)
    }

    fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        Self::parameters_mut(self)
    }

    fn refresh(&mut self) -> Result<()> {
        Self::refresh(self)
    }

    fn identify(&self, part: &mut dyn FnMut(&[u8])) -> Result<()> {
        part(&serde_json::to_vec(&state::Config::new(&self.options))?);
        // The last bits of a product may differ between kinds of device.
        part(if device::choose(&self.options.device)?.is_cpu() { b"cpu" } else { b"gpu" });
        part(self.tokenizer.json().as_bytes());
        Ok(())
    }

    /// Nothing is dropped out, so training differs from inference by the tape alone.
    fn embed(&self, texts: &Texts<'_>, _: bool, _: &Host) -> Result<Vec<f32>> {
        Ok(Network::forward(self, texts)?.0)
    }

    fn forward(&self, texts: &Texts<'_>) -> Result<(Vec<f32>, Tape)> {
        let options = &self.options;
        let prefixed = texts.iter().map(|text| tokenizer::with_prefix(options, &text)).collect();
        let tape = Self::forward(self, prefixed)?;
        Ok((tape.embeddings.clone(), tape))
    }

    fn backward(&mut self, tape: Tape, gradients: &[f32]) -> Result<()> {
        Self::backward(self, &tape, gradients)
    }

    fn size(tape: &Tape) -> (usize, u64) {
        (tape.texts(), tape.tokens())
    }
}

fn make_tokenizer(
    options: &Options,
    context: &Context,
    texts: Option<&mut TextStream<'_>>,
) -> Result<TextTokenizer> {
    let Some(path) = &options.tokenizer else {
        let texts = texts.ok_or_else(tokenizer::no_texts)?;
        return TextTokenizer::train(texts, options, &context.host);
    };
    let json = std::fs::read(path)
        .map_err(|error| Error::invalid(format!("tokenizer: cannot read {path}: {error}")))?;
    TextTokenizer::from_json(&json, options.max_tokens)
        .map_err(|error| error.context(format_args!("tokenizer: {path}")))
}
