//! Backends encode texts and learn.

use std::path::Path;

use triglot_abi::{self as abi, Sized32};

use crate::Component;
use crate::error::{Error, Result};
use crate::glue::raw;
use crate::host::Context;
use crate::views::{Matrix, MatrixMut, Texts};

/// What an encode is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// For search: no dropout, no tape.
    Inference,
    /// For training without a tape: the dropout of [`Mode::Tape`] under the same keys.
    Training,
    /// For training, keeping the one tape that [`Backend::backward`] consumes.
    Tape,
}

/// What a backend says of itself once it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Length of an embedding.
    pub dim: usize,
    /// Whether it can be trained.
    pub trainable: bool,
    /// Number of trainable numbers.
    pub parameters: u64,
}

/// How a step is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Learning rate of this step; the host owns warmup and schedule.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; `None` for no clipping.
    pub clip: Option<f64>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Euclidean norm of the whole gradient before clipping.
    pub gradient_norm: f64,
    /// Tokens of the [`Mode::Tape`] encodes since the last step; 0 if not counted.
    pub tokens: u64,
}

/// A trainable variable, as [`Backend::variables`] shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variable<'a> {
    /// Its name, unlike those of the others.
    pub name: &'a str,
    /// Its numbers, in an order that stays the same.
    pub values: &'a [f32],
    /// Euclidean norm of the gradient held for it, unclipped; 0 if there is none.
    pub gradient_norm: f64,
}

/// Encodes texts and learns from gradients of the embeddings.
///
/// Life of an instance: `create`, then `prepare` (a new model) or `load` (a saved one), then any of the rest.
pub trait Backend: Component {
    /// Makes an instance.
    ///
    /// # Errors
    /// If the options cannot be used.
    fn create(options: Self::Options, context: &Context) -> Result<Self>;

    /// Makes a new model ready; `texts` are the training texts, if there are any.
    ///
    /// # Errors
    /// If the model cannot be made.
    fn prepare(&mut self, texts: Option<&mut TextStream<'_>>) -> Result<()>;

    /// What the ready model is.
    ///
    /// # Errors
    /// If it is not ready.
    fn info(&self) -> Result<Info>;

    /// A text that changes whenever an embedding might.
    ///
    /// # Errors
    /// If the model is not ready.
    fn fingerprint(&self) -> Result<String>;

    /// Writes the embeddings of `texts` into `out` [texts × dim].
    ///
    /// # Errors
    /// If a text cannot be encoded.
    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()>;

    /// Consumes the tape of the last [`Mode::Tape`] encode and adds the gradients that follow from `gradients`
    /// (∂loss/∂embeddings) to those held.
    ///
    /// # Errors
    /// If there is no tape or its shape is another.
    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let _ = gradients;
        Err(Error::unsupported("training"))
    }

    /// Moves the parameters by the gradients held, and forgets those.
    ///
    /// # Errors
    /// If the step cannot be taken; [`Error::cancelled`] only where no parameter has moved, for the host saves the state
    /// then.
    fn step(&mut self, step: Step) -> Result<StepReport> {
        let _ = step;
        Err(Error::unsupported("training"))
    }

    /// Saves weights and optimiser state into the empty `folder`.
    ///
    /// # Errors
    /// If a file cannot be written.
    fn save(&mut self, folder: &Path) -> Result<()>;

    /// Loads what [`Backend::save`] wrote; on failure the instance is as it was.
    ///
    /// # Errors
    /// If the folder is not whole or of another model.
    fn load(&mut self, folder: &Path) -> Result<()>;

    /// Writes the model for other programs into the empty `folder`.
    ///
    /// # Errors
    /// If a file cannot be written.
    fn export(&mut self, folder: &Path) -> Result<()>;

    /// A hint that these texts are encoded next.
    ///
    /// # Errors
    /// [`Error::unsupported`], unless the backend makes use of it.
    fn prefetch(&mut self, texts: &Texts<'_>) -> Result<()> {
        let _ = texts;
        Err(Error::unsupported("prefetch"))
    }

    /// Forgets what the optimiser learnt, its moments and its count of steps; the parameters stay.
    ///
    /// # Errors
    /// [`Error::unsupported`], unless the backend can.
    fn reset_optimizer(&mut self) -> Result<()> {
        Err(Error::unsupported("resetting the optimiser"))
    }

    /// Shows every trainable variable to `visit`, always in the same order; whatever `visit` refuses is returned.
    ///
    /// Training does without it. It is what lets `triglot plugins check` see that a gradient reaches every variable.
    ///
    /// # Errors
    /// If the model is not ready, or [`Error::unsupported`] if the backend does not show its variables.
    fn variables(&self, visit: &mut dyn FnMut(Variable<'_>) -> Result<()>) -> Result<()> {
        let _ = visit;
        Err(Error::unsupported("showing variables"))
    }
}

/// The training texts, part by part.
pub struct TextStream<'a> {
    source: Source<'a>,
}

enum Source<'a> {
    Host(&'a abi::TextSource),
    Parts(std::vec::IntoIter<Texts<'a>>),
    Ended,
    Failed(Error),
}

impl<'a> TextStream<'a> {
    /// A stream of a test's own.
    pub fn new(parts: Vec<Texts<'a>>) -> Self {
        Self { source: Source::Parts(parts.into_iter()) }
    }

    /// # Safety
    /// `source` is as the contract says, for `'a`, and nothing else reads it meanwhile.
    pub(crate) unsafe fn from_raw(source: &'a abi::TextSource) -> Self {
        Self { source: Source::Host(source) }
    }

    /// The next texts, or `None` at the end. A stream that failed goes on failing, without asking the host again.
    ///
    /// # Errors
    /// If the host cannot give them.
    pub fn next_part(&mut self) -> Result<Option<Texts<'_>>> {
        let part = match &mut self.source {
            Source::Parts(parts) => Ok(parts.next()),
            // SAFETY: the source is as the contract says, by that of `from_raw`; its texts are borrowed until it is
            // asked again, which needs `&mut self`, and so the end of what is returned here.
            Source::Host(source) => unsafe { ask(source) },
            Source::Ended => Ok(None),
            Source::Failed(failure) => Err(failure.clone()),
        };
        match &part {
            Ok(Some(_)) => {}
            Ok(None) => self.source = Source::Ended,
            Err(failure) => self.source = Source::Failed(failure.clone()),
        }
        part
    }

    /// The failure of the host that ended the stream: it stands above what the reader made of it.
    pub(crate) fn failure(self) -> Result<()> {
        match self.source {
            Source::Failed(failure) => Err(failure),
            _ => Ok(()),
        }
    }
}

/// # Safety
/// `source` is as the contract says, and is not asked again during `'a`.
unsafe fn ask<'a>(source: &abi::TextSource) -> Result<Option<Texts<'a>>> {
    let next = source.next.ok_or_else(|| Error::invalid("the text source has no `next`"))?;
    let mut texts = abi::Texts::empty();
    // SAFETY: by contract.
    raw::check(unsafe { next(source.context, &raw mut texts) }, "the text source")?;
    // SAFETY: by contract.
    let texts = unsafe { Texts::from_raw(&texts) }?;
    Ok((!texts.is_empty()).then_some(texts))
}
