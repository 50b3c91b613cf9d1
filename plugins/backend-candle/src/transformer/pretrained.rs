//! What a folder gives: a checked config, a tokenizer that fits it, parameters in their order, and how embeddings are
//! made with them.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result, Role};

use super::adapter::{Lora, is_adapter};
use super::config::Config;
use super::freeze::Freeze;
use super::head::{Head, Module, Stage};
use super::options::{Options, Pooling};
use super::sentencepiece;
use super::tokenizer::TextTokenizer;
use super::weights::{self, Carried};
use crate::files;
use crate::parameter::Parameter;
use crate::tensors::{Named, Precision, Values};

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const TOKENIZER: &str = "tokenizer.json";

/// An encoder as import and load give it, and as export and save take it.
pub(crate) struct Pretrained {
    pub config: Config,
    pub tokenizer: Arc<TextTokenizer>,
    /// In the order of [`super::layout::Layout`].
    pub parameters: Vec<Parameter>,
    /// Tensors that the family's class has and embeddings do not need; they go out as they came.
    pub carried: Vec<Carried>,
    /// From rows to embeddings.
    pub head: Head,
    pub settings: Settings,
}

/// How texts become embeddings: options and folder, settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// One, or several side by side.
    pub pooling: Vec<Pooling>,
    /// What follows on the pooling.
    pub modules: Vec<Module>,
    /// Whether embeddings at last get unit length.
    pub normalize: bool,
    pub query_prefix: String,
    pub passage_prefix: String,
    pub max_query_tokens: usize,
    pub max_passage_tokens: usize,
    pub hidden_dropout: f64,
    pub attention_dropout: f64,
    /// What is not trained.
    pub freeze: Option<Freeze>,
    /// The adapters that are trained in place of the weights.
    pub lora: Option<Lora>,
    /// That of exported weights; what is saved is always exact.
    #[serde(skip)]
    pub export: Precision,
}

/// What holds where the options leave something open.
pub(crate) struct Defaults {
    pub pooling: Vec<Pooling>,
    pub modules: Vec<Module>,
    pub query_prefix: String,
    pub passage_prefix: String,
    pub hidden_dropout: f64,
    pub attention_dropout: f64,
}

impl Pretrained {
    /// Reads config.json, the tokenizer and the weights of a folder, and holds each against the others; `settle` gives
    /// the settings, and the modules that follow on the pooling.
    pub(crate) fn read(
        folder: &Path,
        settle: impl FnOnce(&Config) -> Result<(Settings, Vec<Stage>)>,
    ) -> Result<Self> {
        let (config_path, json) = files::read(folder, CONFIG)?;
        let mut config = Config::from_json(&config_path, &json)?;
        let (path, json) = if config.family.sentencepiece && !folder.join(TOKENIZER).exists() {
            sentencepiece::read(folder)?
        } else {
            files::read(folder, TOKENIZER)?
        };
        let tokenizer = Arc::new(TextTokenizer::from_json(&path, json)?);
        if tokenizer.rows() > config.vocab_size {
            return Err(Error::invalid(format!(
                "{}: its largest id is {}, but `vocab_size` in {} is {}",
                path.display(),
                tokenizer.rows() - 1,
                config_path.display(),
                config.vocab_size
            )));
        }
        let (settings, modules) = settle(&config)?;
        if let Some(lora) = &settings.lora {
            lora.list(&mut config.layout);
        }
        let (parameters, mut carried) = weights::read(folder, &config)?;
        let head = Head::new(&settings, modules, config.hidden_size, &mut carried)?;
        Ok(Self { config, tokenizer, parameters, carried, head, settings })
    }

    /// Holds the settings against what the model can do.
    pub(crate) fn check(&self) -> Result<()> {
        self.settings.check(&self.config, &self.tokenizer)
    }

    /// Leaves as they are those parameters that the settings do not train.
    pub(crate) fn freeze(&mut self) -> Result<()> {
        if let Some(lora) = &self.settings.lora {
            lora.attach(&mut self.parameters);
        }
        match self.settings.freeze {
            Some(freeze) => freeze.apply(&self.config.layout, &mut self.parameters),
            None => Ok(()),
        }
    }

    /// Everything of the family's class that there is, to write.
    pub(crate) fn named(&self) -> Vec<Named<'_>> {
        let carried = self
            .carried
            .iter()
            .map(|Carried { name, shape, values }| Named::new(name, shape, values));
        let pooler = self.head.parameters_of(true);
        self.parameters.iter().chain(pooler).map(Parameter::named).chain(carried).collect()
    }

    /// Everything that can be trained, always in this order: the transformer's parameters, then the head's.
    pub(crate) fn all_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().chain(self.head.parameters())
    }

    /// As [`Pretrained::all_parameters`], to change.
    pub(crate) fn all_parameters_mut(&mut self) -> impl Iterator<Item = &mut Parameter> {
        self.parameters.iter_mut().chain(self.head.parameters_mut())
    }

    /// As [`Pretrained::named`], for other programs: adapters have files of their own, and weights have them merged if the
    /// settings say so.
    pub(crate) fn exported(&self) -> Vec<Named<'_>> {
        let mut named = self.named();
        named.retain(|tensor| !is_adapter(&tensor.name));
        if self.settings.lora.as_ref().is_some_and(|lora| lora.merge) {
            for parameter in self.parameters.iter().filter(|parameter| parameter.low_rank.is_some())
            {
                let merged = parameter.effective(&self.parameters);
                if let Some(tensor) = named.iter_mut().find(|tensor| tensor.name == parameter.name)
                {
                    tensor.values = Values::Floats(merged);
                }
            }
        }
        named
    }
}

impl Settings {
    /// What the options say, and where they leave something open, what `defaults` say.
    pub(crate) fn new(options: &Options, defaults: Defaults) -> Self {
        let prefix = |given: &Option<String>, default| given.clone().unwrap_or(default);
        Self {
            pooling: options.pooling.map_or(defaults.pooling, |pooling| vec![pooling]),
            modules: defaults.modules,
            normalize: options.normalize,
            query_prefix: prefix(&options.query_prefix, defaults.query_prefix),
            passage_prefix: prefix(&options.passage_prefix, defaults.passage_prefix),
            max_query_tokens: options.max_query_tokens,
            max_passage_tokens: options.max_passage_tokens,
            hidden_dropout: options.dropout.unwrap_or(defaults.hidden_dropout),
            attention_dropout: options.dropout.unwrap_or(defaults.attention_dropout),
            freeze: options.freeze,
            lora: None,
            export: options.export_dtype,
        }
    }

    /// A text holds its special tokens, and no more tokens than the model has positions.
    fn check(&self, config: &Config, tokenizer: &TextTokenizer) -> Result<()> {
        let (before, after) = tokenizer.specials();
        let (min, max) = (before.len() + after.len(), config.max_tokens);
        let limits = [
            ("max_query_tokens", self.max_query_tokens),
            ("max_passage_tokens", self.max_passage_tokens),
        ];
        match limits.into_iter().find(|(_, found)| !(min..=max).contains(found)) {
            None => Ok(()),
            Some((option, found)) => Err(Error::invalid(format!(
                "{option}: found {found}, allowed is {min} to {max}: the special tokens of every text, and the \
                 positions that the model has"
            ))),
        }
    }

    /// What is put before a text of this role.
    pub(crate) fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        }
    }

    /// Tokens of a text of this role that count.
    pub(crate) fn max_tokens(&self, role: Role) -> usize {
        match role {
            Role::Query => self.max_query_tokens,
            Role::Passage => self.max_passage_tokens,
        }
    }
}
