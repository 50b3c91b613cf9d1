//! `candle/static`: the mean of the table rows of a text's tokens, then perhaps one dense layer.
//!
//! It is small enough to train from scratch in seconds, so it carries the quickstart and the tests. This file is the
//! encoder as the host sees it: the life of an instance.

mod dense;
mod export;
mod import;
mod model;
mod options;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod tokenizer;

use std::cell::OnceCell;
use std::path::Path;

use candle_core::Device;
use triglot_sdk::{
    Backend, Component, Context, Error, Host, Info, Matrix, MatrixMut, Mode, Result, Step,
    StepReport, TextStream, Texts,
};

use crate::adamw::AdamW;
use crate::{device, tensors};

use model::{Model, Tape};
use options::Options;
use tokenizer::TextTokenizer;

/// A static encoder.
pub struct StaticEncoder {
    options: Options,
    seed: u64,
    host: Host,
    device: Device,
    ready: Option<Ready>,
}

/// What there is after `prepare` or `load`.
struct Ready {
    model: Model,
    optimizer: AdamW,
    tape: Option<Tape>,
    /// Tokens of the tapes since the last step.
    tokens: u64,
    fingerprint: OnceCell<String>,
}

impl Ready {
    fn new(model: Model, optimizer: AdamW) -> Self {
        Self { model, optimizer, tape: None, tokens: 0, fingerprint: OnceCell::new() }
    }
}

impl StaticEncoder {
    fn ready(&self) -> Result<&Ready> {
        self.ready.as_ref().ok_or_else(not_ready)
    }

    fn ready_mut(&mut self) -> Result<&mut Ready> {
        self.ready.as_mut().ok_or_else(not_ready)
    }

    fn make_tokenizer(&self, texts: Option<&mut TextStream<'_>>) -> Result<TextTokenizer> {
        let Some(path) = &self.options.tokenizer else {
            let texts = texts.ok_or_else(tokenizer::no_texts)?;
            return TextTokenizer::train(texts, &self.options, &self.host);
        };
        let json = std::fs::read(path)
            .map_err(|error| Error::invalid(format!("tokenizer: cannot read {path}: {error}")))?;
        TextTokenizer::from_json(&json, self.options.max_tokens)
            .map_err(|error| error.context(format_args!("tokenizer: {path}")))
    }

    /// Hashes all that an embedding follows from.
    fn hash(&self, model: &Model) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(&serde_json::to_vec(&state::Config::new(&model.options))?);
        // The last bits of a product may differ between kinds of device.
        part(if self.device.is_cpu() { b"cpu" } else { b"gpu" });
        part(model.tokenizer.json().as_bytes());
        for parameter in model.parameters() {
            part(parameter.name.as_bytes());
            part(&tensors::to_bytes(&parameter.values));
        }
        Ok(hasher.finalize().to_hex().to_string())
    }
}

fn not_ready() -> Error {
    Error::failed("there is no model yet: `prepare` or `load` comes first")
}

impl Component for StaticEncoder {
    type Options = Options;
    const ID: &'static str = "static";
    const SUMMARY: &'static str =
        "Mean of token vectors, then perhaps a dense layer; trained from scratch or from a folder";
}

impl Backend for StaticEncoder {
    fn create(options: Options, context: &Context) -> Result<Self> {
        options.check()?;
        let device = device::choose(&options.device)?;
        device::limit_threads(&context.host);
        Ok(Self { options, seed: context.seed, host: context.host.clone(), device, ready: None })
    }

    fn prepare(&mut self, texts: Option<&mut TextStream<'_>>) -> Result<()> {
        let model = match &self.options.weights {
            Some(folder) => import::import(Path::new(folder), &self.options, &self.device)
                .map_err(|error| error.context("weights"))?,
            None => {
                let tokenizer = self.make_tokenizer(texts)?;
                Model::new(tokenizer, &self.options, self.seed, &self.device)?
            }
        };
        let optimizer = AdamW::new(self.options.optimizer, 0);
        self.ready = Some(Ready::new(model, optimizer));
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        let model = &self.ready()?.model;
        let parameters = model.parameters().into_iter();
        Ok(Info {
            dim: model.dim(),
            trainable: true,
            parameters: parameters.map(|p| p.values.len() as u64).sum(),
        })
    }

    fn fingerprint(&self) -> Result<String> {
        let ready = self.ready()?;
        if let Some(fingerprint) = ready.fingerprint.get() {
            return Ok(fingerprint.clone());
        }
        let fingerprint = self.hash(&ready.model)?;
        Ok(ready.fingerprint.get_or_init(|| fingerprint).clone())
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        let ready = self.ready_mut()?;
        let options = &ready.model.options;
        let prefixed = texts.iter().map(|text| tokenizer::with_prefix(options, &text)).collect();
        let (rows, cols) = (texts.len(), ready.model.dim());
        if (out.rows(), out.cols()) != (rows, cols) {
            return Err(Error::invalid(format!(
                "the matrix for embeddings is {} x {}, needed is {rows} x {cols}",
                out.rows(),
                out.cols()
            )));
        }
        let tape = ready.model.forward(prefixed)?;
        out.copy_from(&tape.embeddings)?;
        // Nothing is dropped out, so training differs from inference by the tape alone.
        if mode == Mode::Tape {
            ready.tokens += tape.tokens();
            ready.tape = Some(tape);
        }
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let ready = self.ready_mut()?;
        let tape = ready.tape.take().ok_or_else(|| {
            Error::failed("there is no tape: each `backward` needs an encode with a tape before it")
        })?;
        let needed = (tape.texts(), ready.model.dim());
        if (gradients.rows(), gradients.cols()) != needed {
            return Err(Error::invalid(format!(
                "the gradients are {} x {}, the embeddings of the tape are {} x {}",
                gradients.rows(),
                gradients.cols(),
                needed.0,
                needed.1
            )));
        }
        ready.model.backward(&tape, gradients)
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        let ready = self.ready_mut()?;
        let gradient_norm = ready.optimizer.step(ready.model.parameters_mut(), step)?;
        ready.tape = None;
        ready.fingerprint = OnceCell::new();
        ready.model.refresh()?;
        Ok(StepReport { gradient_norm, tokens: std::mem::take(&mut ready.tokens) })
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        let ready = self.ready()?;
        state::save(folder, &ready.model, ready.optimizer.steps)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        let (model, steps) = state::load(folder, &self.options, &self.device)?;
        let optimizer = AdamW::new(self.options.optimizer, steps);
        self.ready = Some(Ready::new(model, optimizer));
        Ok(())
    }

    fn export(&mut self, folder: &Path) -> Result<()> {
        export::export(folder, &self.ready()?.model)
    }
}
