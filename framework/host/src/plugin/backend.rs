//! Backends: texts in, embeddings out; gradients in, a step out.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Item, Making};
use super::guarded::Guarded;
use super::lent::Lent;
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, matrix, text_sink};
use super::services::Services;
use super::source::{Stream, TextParts};
use super::texts::Texts;
use super::watch::SAVING;
use crate::manifest::types::Options;

pub use super::step::{BackendInfo, Mode, StepArgs, StepReport};

/// What the host wants of a backend most of the time.
const ENCODING: &str = "encode texts";
/// How far two embeddings of a text may lie apart by the order of their sums, as a part of the largest number. What
/// another dropout makes of a text is a hundred times as much.
const ROUNDING: f32 = 1e-3;

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
        const DOING: &str = "prepare the model";
        let Some(prepare) = self.functions.prepare else { return Ok(()) };
        let mut stream = texts.map(Stream::new);
        let source = stream.as_mut().map(Stream::source);
        let source = source.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the source and what it points to live through the call.
        let result = self
            .handle
            .call(DOING, Some(prepare), |f, instance, error| unsafe { f(instance, source, error) });
        self.handle.judge(DOING, result, [stream.and_then(Stream::breach)])
    }

    /// What the ready model is.
    ///
    /// # Errors
    /// If the plugin fails, or the length of an embedding is 0.
    pub fn info(&mut self) -> Result<BackendInfo, CallError> {
        const DOING: &str = "describe the model";
        let mut info = Guarded::one(abi::BackendInfo::empty());
        let place = info.as_mut_ptr();
        // SAFETY: `info` lives through the call.
        let result = self.handle.call(DOING, self.functions.info, |f, instance, error| unsafe {
            f(instance, place, error)
        });
        self.handle.judge(DOING, result, [info.breach("its description")])?;
        let info = info.value();
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
        let (rows, first) = (range.len(), range.start);
        if rows.checked_mul(dim) != Some(out.len()) {
            let problem = format!("room for {} numbers of {rows} x {dim}", out.len());
            return Err(self.handle.error(ENCODING, abi::STATUS_INVALID, problem));
        }
        let (lent, raw) = (texts.lent(range.clone()), texts.raw(range));
        // What is not written is no number, and is found as such.
        let mut embeddings = Guarded::filled(f32::NAN, out.len());
        let matrix = embeddings.matrix(dim);
        let mode = mode.raw();
        // SAFETY: texts and matrix live through the call; the matrix has rows × dim elements, not used meanwhile.
        let result =
            self.handle.call(ENCODING, self.functions.encode, |f, instance, error| unsafe {
                f(instance, mode, &raw const raw, matrix, error)
            });
        // SAFETY: the texts are still there.
        let breaches = [embeddings.breach("the embeddings"), unsafe { lent.breach() }];
        self.handle.judge(ENCODING, result, breaches)?;
        out.copy_from_slice(embeddings.values());
        match out.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => {
                let text = first + at / dim;
                let problem = format!("the embedding of text {text} is not finite");
                Err(self.handle.broken(ENCODING, problem).about(Item::Text(text)))
            }
        }
    }

    /// Encodes with a tape what was encoded for training without one, for `backward`.
    ///
    /// # Errors
    /// As [`Backend::encode`], and if the embeddings are others than they were then, `before` [range × dim]: the gradients
    /// are of those.
    pub fn encode_again(
        &mut self,
        texts: &Texts<'_>,
        range: Range<usize>,
        dim: usize,
        before: &[f32],
    ) -> Result<(), CallError> {
        let mut again = vec![0.0; before.len()];
        let first = range.start;
        self.encode(Mode::Tape, texts, range, dim, &mut again)?;
        let largest = before.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
        let differs = |(a, b): (&f32, &f32)| (a - b).abs() > ROUNDING * largest;
        match again.iter().zip(before).position(differs) {
            None => Ok(()),
            Some(at) => {
                let text = first + at / dim;
                let problem =
                    format!("text {text} has another embedding with a tape than without one");
                Err(self.handle.broken(ENCODING, problem).about(Item::Text(text)))
            }
        }
    }

    /// Consumes the tape of the last [`Mode::Tape`] encode.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn backward(&mut self, gradients: &[f32], dim: usize) -> Result<(), CallError> {
        const DOING: &str = "run backward";
        let lent = Lent::default().and("the gradients", gradients);
        let matrix = matrix(gradients, dim);
        // SAFETY: the matrix lives through the call.
        let result =
            self.handle.call(DOING, self.functions.backward, |f, instance, error| unsafe {
                f(instance, matrix, error)
            });
        // SAFETY: the gradients are still there.
        self.handle.judge(DOING, result, [unsafe { lent.breach() }])
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
        let mut report = Guarded::one(abi::StepReport {
            struct_size: abi::StepReport::SIZE,
            reserved: 0,
            gradient_norm: f64::NAN,
            tokens: 0,
        });
        let place = report.as_mut_ptr();
        // SAFETY: arguments and report live through the call.
        let result = self.handle.call(DOING, self.functions.step, |f, instance, error| unsafe {
            f(instance, &raw const args, place, error)
        });
        self.handle.judge(DOING, result, [report.breach("the report of the step")])?;
        let report = report.value();
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
        self.handle.on_folder(SAVING, self.functions.save, folder)
    }

    /// Loads what [`Backend::save`] wrote.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn load(&mut self, folder: &Path) -> Result<(), CallError> {
        self.handle.on_folder("load the model", self.functions.load, folder)
    }

    /// Writes the model for other programs into an empty folder.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn export(&mut self, folder: &Path) -> Result<(), CallError> {
        self.handle.on_folder("export the model", self.functions.export_model, folder)
    }

    /// Tells the backend what is encoded next; a backend that makes no use of it is left alone from then on.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn prefetch(&mut self, texts: &Texts<'_>) -> Result<(), CallError> {
        const DOING: &str = "prefetch texts";
        let Some(prefetch) = self.functions.prefetch.filter(|_| self.prefetches) else {
            return Ok(());
        };
        let all = 0..texts.len();
        let (lent, raw) = (texts.lent(all.clone()), texts.raw(all));
        // SAFETY: the texts live through the call.
        let result = self.handle.call(DOING, Some(prefetch), |f, instance, error| unsafe {
            f(instance, &raw const raw, error)
        });
        // SAFETY: the texts are still there.
        let result = self.handle.judge(DOING, result, [unsafe { lent.breach() }]);
        match result {
            Err(error) if error.is_unsupported() => {
                self.prefetches = false;
                Ok(())
            }
            other => other,
        }
    }

    /// Forgets what the optimiser learnt; the parameters stay.
    ///
    /// # Errors
    /// If the plugin fails, or does not offer it: [`CallError::is_unsupported`].
    pub fn reset_optimizer(&mut self) -> Result<(), CallError> {
        let reset = self.functions.reset_optimizer;
        // SAFETY: nothing is lent but the error text.
        self.handle
            .call("reset the optimiser", reset, |f, instance, error| unsafe { f(instance, error) })
    }
}
