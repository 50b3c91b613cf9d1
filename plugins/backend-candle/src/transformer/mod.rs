//! `candle/encoder`: a pretrained encoder, from a folder in Hugging Face's layout.
//!
//! Texts are packed without padding, the forward and backward passes are written out over matrix products
//! ([`linear`]), and between products the kernels of [`crate::kernels`] do their work. What a family of models has of
//! its own is in [`family`].

mod adapter;
mod attention;
mod config;
mod device;
mod embeddings;
mod export;
mod family;
mod feed_forward;
mod freeze;
mod head;
mod import;
mod layer;
mod layers;
mod layout;
mod linear;
mod model;
mod options;
mod pass;
mod pretrained;
mod relative;
mod sentencepiece;
mod state;
#[cfg(test)]
mod tests;
mod tokenizer;
mod tokens;
mod weights;

use std::path::Path;

use triglot_sdk::{Context, Error, Host, Result, TextStream, Texts};

use crate::encoder::{Encoder, Network};
use crate::kernels::pack::Pack;
use crate::options::OptimizerOptions;
use crate::parameter::Parameter;

use model::{Model, Tape};
use options::Options;
use pass::Probabilities;
use pretrained::Settings;
use tokens::Request;

/// A pretrained encoder.
pub type TransformerEncoder = Encoder<Model>;

impl Model {
    /// The texts with their prefixes, and how many tokens of each count.
    fn prefixed(&self, texts: &Texts<'_>) -> Vec<Request> {
        let settings = &self.pretrained.settings;
        let prefixed = texts.iter().map(|text| {
            ([settings.prefix(text.role), text.text].concat(), settings.max_tokens(text.role))
        });
        prefixed.collect()
    }
}

impl Network for Model {
    type Options = Options;
    type Tape = Tape;
    const ID: &'static str = "encoder";
    const SUMMARY: &'static str = "A pretrained encoder (BERT, RoBERTa, XLM-R, DistilBERT, ModernBERT, T5, mT5), from a folder in Hugging Face's \
         layout";

    fn check(options: &Options) -> Result<()> {
        crate::device::choose(&options.device)?;
        options.check()
    }

    fn optimizer(options: &Options) -> OptimizerOptions {
        options.optimizer
    }

    fn prepare(
        options: &Options,
        context: &Context,
        _texts: Option<&mut TextStream<'_>>,
    ) -> Result<Self> {
        let mut pretrained = import::import(Path::new(&options.weights), options)?;
        adapter::begin(&mut pretrained, options.lora.as_ref(), context.seed)?;
        pretrained.freeze()?;
        let model = Self::new(pretrained, &crate::device::choose(&options.device)?)?;
        freeze::check_trained(Network::parameters(&model))?;
        Ok(model)
    }

    fn load(folder: &Path, options: &Options) -> Result<(Self, u64)> {
        let device = crate::device::choose(&options.device)?;
        let (pretrained, steps) = state::load(folder, options)?;
        Ok((Self::new(pretrained, &device)?, steps))
    }

    fn save(&self, folder: &Path, steps: u64) -> Result<()> {
        state::save(folder, &self.pretrained, steps)
    }

    fn export(&self, folder: &Path) -> Result<()> {
        export::export(folder, &self.pretrained)
    }

    fn dim(&self) -> usize {
        Self::dim(self)
    }

    fn parameters(&self) -> Vec<&Parameter> {
        self.pretrained.all_parameters().collect()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        self.pretrained.all_parameters_mut().collect()
    }

    fn refresh(&mut self) -> Result<()> {
        Self::refresh(self)
    }

    fn identify(&self, part: &mut dyn FnMut(&[u8])) -> Result<()> {
        // What is trained from here on changes no embedding.
        let settings = Settings { freeze: None, ..self.pretrained.settings.clone() };
        part(&serde_json::to_vec(&settings)?);
        part(&serde_json::to_vec(&self.pretrained.config.raw)?);
        part(self.pretrained.tokenizer.json());
        Ok(())
    }

    fn prefetch(&mut self, texts: &Texts<'_>) -> Result<()> {
        let prefixed = self.prefixed(texts);
        self.tokens.look_ahead(prefixed);
        Ok(())
    }

    fn embed(&self, texts: &Texts<'_>, training: bool, host: &Host) -> Result<Vec<f32>> {
        let dropout = if training { self.dropout() } else { Probabilities::NONE };
        let mut embeddings = Vec::with_capacity(texts.len() * Self::dim(self));
        let (mut waiting, mut keys, mut tokens) = (Vec::new(), Vec::new(), 0);
        for (text, key) in
            self.tokens.encode(self.prefixed(texts))?.into_iter().zip(texts.iter().map(|t| t.key))
        {
            tokens += text.len();
            waiting.push(text);
            keys.push(key);
            if tokens >= self.layers.tokens_at_once() {
                if host.cancelled() {
                    return Err(Error::cancelled());
                }
                let pack = Pack::new(std::mem::take(&mut waiting), std::mem::take(&mut keys));
                embeddings.extend(Self::embed(self, &pack, dropout)?);
                tokens = 0;
            }
        }
        if !waiting.is_empty() {
            embeddings.extend(Self::embed(self, &Pack::new(waiting, keys), dropout)?);
        }
        Ok(embeddings)
    }

    fn forward(&self, texts: &Texts<'_>) -> Result<(Vec<f32>, Tape)> {
        let keys = texts.iter().map(|text| text.key).collect();
        let pack = Pack::new(self.tokens.encode(self.prefixed(texts))?, keys);
        Self::forward(self, pack, self.dropout())
    }

    fn backward(&mut self, tape: Tape, gradients: &[f32]) -> Result<()> {
        Self::backward(self, tape, gradients)
    }

    fn size(tape: &Tape) -> (usize, u64) {
        (tape.pack.texts(), tape.pack.tokens().len() as u64)
    }
}
