//! Backends: texts in, embeddings out; gradients in, a step out.

use std::ffi::c_void;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Item, Making};
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, matrix, matrix_mut, shielded, text_sink};
use super::services::Services;
use super::texts::Texts;
use crate::manifest::types::Options;

/// What an encode is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For search.
    Inference,
    /// For training, without a tape.
    Training,
    /// For training, keeping the one tape.
    Tape,
}

/// What a ready backend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackendInfo {
    /// Length of an embedding.
    pub dim: usize,
    /// Whether it can be trained.
    pub trainable: bool,
    /// Number of trainable numbers.
    pub parameters: u64,
}

/// How a step is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepArgs {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient.
    pub clip: Option<f64>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Euclidean norm of the whole gradient before clipping.
    pub gradient_norm: f64,
    /// Tokens that the gradient came from; `None` if the backend does not count them.
    pub tokens: Option<u64>,
}

/// Texts to stream into `prepare`, part by part.
pub type TextParts<'a> = &'a mut dyn Iterator<Item = Texts<'a>>;

/// A backend.
pub struct Backend {
    handle: Handle<'static>,
    functions: Arc<abi::Backend>,
    prefetches: bool,
}

impl Backend {
    /// Makes an instance.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub fn create(
        component: &Arc<Component>,
        options: &Options,
        seed: u64,
        services: &Services,
    ) -> Result<Self, CallError> {
        let Functions::Backend(functions) = &component.functions else {
            return Err(CallError::wrong_kind(component, Kind::Backend));
        };
        let making = Making { component, options, seed, services };
        let handle = Handle::create(making, functions.create, functions.destroy)?;
        Ok(Self { handle, functions: Arc::clone(functions), prefetches: true })
    }

    /// Makes a new model ready from the training texts, if there are any.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn prepare(&mut self, texts: Option<TextParts<'_>>) -> Result<(), CallError> {
        let Some(prepare) = self.functions.prepare else { return Ok(()) };
        let mut stream = texts.map(|parts| Stream { parts, current: Texts::default() });
        let source = stream.as_mut().map(|stream| abi::TextSource {
            struct_size: abi::TextSource::SIZE,
            reserved: 0,
            context: std::ptr::from_mut(stream).cast::<c_void>(),
            next: Some(next_part),
        });
        let source = source.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the source and what it points to live through the call.
        self.handle.call("prepare the model", Some(prepare), |f, instance, error| unsafe {
            f(instance, source, error)
        })
    }

    /// What the ready model is.
    ///
    /// # Errors
    /// If the plugin fails, or the length of an embedding is 0.
    pub fn info(&mut self) -> Result<BackendInfo, CallError> {
        const DOING: &str = "describe the model";
        let mut info = abi::BackendInfo::empty();
        // SAFETY: `info` lives through the call.
        self.handle.call(DOING, self.functions.info, |f, instance, error| unsafe {
            f(instance, &raw mut info, error)
        })?;
        if info.dim == 0 {
            return Err(self.handle.broken(DOING, "embeddings of length 0"));
        }
        let trainable = info.trainable != 0
            && self.functions.backward.is_some()
            && self.functions.step.is_some();
        Ok(BackendInfo { dim: info.dim, trainable, parameters: info.parameters })
    }

    /// A text that changes whenever an embedding might.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn fingerprint(&mut self) -> Result<String, CallError> {
        const DOING: &str = "take the model's fingerprint";
        let mut taken = Taken::new();
        let sink = text_sink(&mut taken);
        // SAFETY: the sink lives through the call.
        let result =
            self.handle.call(DOING, self.functions.fingerprint, |f, instance, error| unsafe {
                f(instance, &raw const sink, error)
            });
        let mut texts = self.handle.taken(DOING, result, taken)?;
        match (texts.pop(), texts.len()) {
            (Some(one), 0) => Ok(one),
            _ => Err(self.handle.broken(DOING, "it gave no or several texts")),
        }
    }

    /// Writes the embeddings of the texts in `range` into `out` [range × dim].
    ///
    /// # Errors
    /// If `out` is of another size, the plugin fails, or an embedding is not finite.
    pub fn encode(
        &mut self,
        mode: Mode,
        texts: &Texts<'_>,
        range: Range<usize>,
        dim: usize,
        out: &mut [f32],
    ) -> Result<(), CallError> {
        const DOING: &str = "encode texts";
        let (rows, first) = (range.len(), range.start);
        if rows.checked_mul(dim) != Some(out.len()) {
            let problem = format!("room for {} numbers of {rows} x {dim}", out.len());
            return Err(self.handle.error(DOING, abi::STATUS_INVALID, problem));
        }
        let raw = texts.raw(range);
        let matrix = matrix_mut(out, dim);
        let mode = match mode {
            Mode::Inference => abi::MODE_INFERENCE,
            Mode::Training => abi::MODE_TRAINING,
            Mode::Tape => abi::MODE_TAPE,
        };
        // SAFETY: texts and matrix live through the call; `out` has rows × dim elements and is not used meanwhile.
        self.handle.call(DOING, self.functions.encode, |f, instance, error| unsafe {
            f(instance, mode, &raw const raw, matrix, error)
        })?;
        match out.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => {
                let text = first + at / dim;
                let problem = format!("the embedding of text {text} is not finite");
                Err(self.handle.broken(DOING, problem).about(Item::Text(text)))
            }
        }
    }

    /// Consumes the tape of the last [`Mode::Tape`] encode.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn backward(&mut self, gradients: &[f32], dim: usize) -> Result<(), CallError> {
        let matrix = matrix(gradients, dim);
        // SAFETY: the matrix lives through the call.
        self.handle.call("run backward", self.functions.backward, |f, instance, error| unsafe {
            f(instance, matrix, error)
        })
    }

    /// Moves the parameters.
    ///
    /// # Errors
    /// If the plugin fails, or the norm of the gradient is not finite.
    pub fn step(&mut self, args: StepArgs) -> Result<StepReport, CallError> {
        const DOING: &str = "take a step";
        let args = abi::StepArgs {
            struct_size: abi::StepArgs::SIZE,
            reserved: 0,
            learning_rate: args.learning_rate,
            weight_decay: args.weight_decay,
            clip: args.clip.unwrap_or(0.0),
        };
        let mut report = abi::StepReport {
            struct_size: abi::StepReport::SIZE,
            reserved: 0,
            gradient_norm: f64::NAN,
            tokens: 0,
        };
        // SAFETY: arguments and report live through the call.
        self.handle.call(DOING, self.functions.step, |f, instance, error| unsafe {
            f(instance, &raw const args, &raw mut report, error)
        })?;
        if !report.gradient_norm.is_finite() {
            let problem = format!("the norm of the gradient is {}", report.gradient_norm);
            return Err(self.handle.broken(DOING, problem));
        }
        let tokens = (report.tokens > 0).then_some(report.tokens);
        Ok(StepReport { gradient_norm: report.gradient_norm, tokens })
    }

    /// Saves weights and optimiser state into an empty folder.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn save(&mut self, folder: &Path) -> Result<(), CallError> {
        self.on_folder("save the model", self.functions.save, folder)
    }

    /// Loads what [`Backend::save`] wrote.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn load(&mut self, folder: &Path) -> Result<(), CallError> {
        self.on_folder("load the model", self.functions.load, folder)
    }

    /// Writes the model for other programs into an empty folder.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn export(&mut self, folder: &Path) -> Result<(), CallError> {
        self.on_folder("export the model", self.functions.export_model, folder)
    }

    /// Tells the backend what is encoded next; a backend that makes no use of it is left alone from then on.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn prefetch(&mut self, texts: &Texts<'_>) -> Result<(), CallError> {
        let Some(prefetch) = self.functions.prefetch.filter(|_| self.prefetches) else {
            return Ok(());
        };
        let raw = texts.raw(0..texts.len());
        // SAFETY: the texts live through the call.
        let result =
            self.handle.call("prefetch texts", Some(prefetch), |f, instance, error| unsafe {
                f(instance, &raw const raw, error)
            });
        match result {
            Err(error) if error.is_unsupported() => {
                self.prefetches = false;
                Ok(())
            }
            other => other,
        }
    }

    fn on_folder(
        &mut self,
        doing: &'static str,
        function: Option<
            unsafe extern "C" fn(*mut c_void, abi::Str, *mut abi::ErrorBuffer) -> abi::Status,
        >,
        folder: &Path,
    ) -> Result<(), CallError> {
        let Some(text) = folder.to_str() else {
            let problem = format!("the path {} is not UTF-8", folder.display());
            return Err(self.handle.error(doing, abi::STATUS_INVALID, problem));
        };
        // SAFETY: the path lives through the call.
        self.handle.call(doing, function, |f, instance, error| unsafe {
            f(instance, abi::Str::new(text), error)
        })
    }
}

struct Stream<'a> {
    parts: TextParts<'a>,
    current: Texts<'a>,
}

unsafe extern "C" fn next_part(context: *mut c_void, texts: *mut abi::Texts) -> abi::Status {
    // SAFETY: `context` is the stream of the running `prepare`; sources are called one at a time, and nothing else uses
    // it meanwhile.
    let stream = unsafe { &mut *context.cast::<Stream<'_>>() };
    shielded(abi::STATUS_FAILED, || {
        let mut parts = &mut *stream.parts;
        let next = Iterator::find(&mut parts, |part| !part.is_empty());
        stream.current = next.unwrap_or_default();
        let raw = stream.current.raw(0..stream.current.len());
        // SAFETY: the plugin set the size of its struct and lends it for the call.
        match unsafe { raw.write_back(texts) } {
            true => abi::STATUS_OK,
            false => abi::STATUS_INVALID,
        }
    })
}
