//! Backends in the laboratory.

use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::Lab;
use super::call::Trouble;
use super::instance::Instance;
use super::manners::Struct;
use super::memory::{LentMatrix, Room};
use super::texts::LentTexts;
use super::variables::{self, Variable};
use super::watch::Watch;
use crate::plugin::backend::{Mode, StepArgs, StepReport};
use crate::plugin::check::material::Text;
use crate::plugin::raw::{Taken, text_sink};

/// A backend.
pub struct Backend {
    instance: Instance,
    functions: Arc<abi::Backend>,
}

/// What a backend says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Length of an embedding.
    pub dim: usize,
    /// Whether it can be trained.
    pub trainable: bool,
    /// Number of trainable numbers.
    pub parameters: u64,
}

impl Backend {
    pub(super) fn create(
        lab: &Lab,
        functions: &Arc<abi::Backend>,
        options: &str,
    ) -> Result<Self, Trouble> {
        let table = (functions.create, functions.destroy);
        // SAFETY: all that the arguments point to lives through the call.
        let instance = Instance::create(lab, options, table, |f, args, place, error| unsafe {
            f(args, place, error)
        })?;
        Ok(Self { instance, functions: Arc::clone(functions) })
    }

    /// Makes a new model ready from texts, which are streamed in parts, if there are any.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn prepare(&self, texts: Option<&[Text]>) -> Result<(), Trouble> {
        const PART: usize = 16;
        let Some(prepare) = self.functions.prepare else { return Ok(()) };
        let manners = self.instance.manners();
        let parts = texts.unwrap_or_default().chunks(PART);
        let parts = parts.map(|part| LentTexts::new(part, manners)).collect();
        let mut stream = Stream { parts, at: 0 };
        let source = abi::TextSource {
            struct_size: abi::TextSource::SIZE,
            reserved: 0,
            context: std::ptr::from_mut(&mut stream).cast(),
            next: Some(next_part),
        };
        let source = Struct::to_read("TextSource", source, manners);
        let pointer = match texts {
            Some(_) => source.pointer(),
            None => std::ptr::null_mut(),
        };
        // SAFETY: the source and what it points to live through the call.
        let made = self.instance.call("prepare", Some(prepare), |f, instance, error| unsafe {
            f(instance, pointer, error)
        });
        source.check()?;
        stream.parts.iter().try_for_each(LentTexts::check)?;
        if stream.at > stream.parts.len() + 1 {
            return Err(Trouble::Violated("`prepare` read on after the end of the texts".into()));
        }
        made
    }

    /// What the ready model is.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn info(&self) -> Result<Info, Trouble> {
        let info =
            Struct::to_write("BackendInfo", abi::BackendInfo::empty(), self.instance.manners());
        // SAFETY: the struct lives through the call.
        let made = self.instance.call("info", self.functions.info, |f, instance, error| unsafe {
            f(instance, info.pointer(), error)
        });
        info.check()?;
        made?;
        let info: abi::BackendInfo = info.read();
        Ok(Info { dim: info.dim, trainable: info.trainable != 0, parameters: info.parameters })
    }

    /// The text that changes whenever an embedding might.
    ///
    /// # Errors
    /// As any call in the laboratory, and if it is not one text.
    pub fn fingerprint(&self) -> Result<String, Trouble> {
        let mut taken = Taken::new();
        let sink = Struct::to_read("TextSink", text_sink(&mut taken), self.instance.manners());
        let function = self.functions.fingerprint;
        // SAFETY: the sink and what it points to live through the call.
        let made = self.instance.call("fingerprint", function, |f, instance, error| unsafe {
            f(instance, sink.pointer(), error)
        });
        sink.check()?;
        let mut texts = super::taken("fingerprint", made, taken)?;
        match (texts.pop(), texts.len()) {
            (Some(one), 0) => Ok(one),
            _ => Err(Trouble::Violated("`fingerprint` put no or several texts".into())),
        }
    }

    /// The embeddings of texts [texts × dim]: whether they are finite is for the case to check.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn encode(&self, mode: Mode, texts: &[Text], dim: usize) -> Result<Vec<f32>, Trouble> {
        let mode = match mode {
            Mode::Inference => abi::MODE_INFERENCE,
            Mode::Training => abi::MODE_TRAINING,
            Mode::Tape => abi::MODE_TAPE,
        };
        self.encode_in(mode, texts, dim)
    }

    /// The same in a mode that need not be one of the contract's.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn encode_in(&self, mode: u32, texts: &[Text], dim: usize) -> Result<Vec<f32>, Trouble> {
        let manners = self.instance.manners();
        let lent = LentTexts::new(texts, manners);
        let raw = lent.lend();
        let out = Room::new("the embeddings", texts.len(), dim, manners.gap);
        // SAFETY: texts and matrix live through the call.
        let made =
            self.instance.call("encode", self.functions.encode, |f, instance, error| unsafe {
                f(instance, mode, raw.pointer(), out.matrix(), error)
            });
        out.check()?;
        raw.check()?;
        lent.check()?;
        made?;
        Ok(out.dense())
    }

    /// Consumes the tape of the last encode with one.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn backward(&self, gradients: &[f32], dim: usize) -> Result<(), Trouble> {
        let lent = LentMatrix::new("the gradients", gradients, dim, self.instance.manners().gap);
        let function = self.functions.backward;
        // SAFETY: the matrix lives through the call.
        let made = self.instance.call("backward", function, |f, instance, error| unsafe {
            f(instance, lent.matrix(), error)
        });
        lent.check()?;
        made
    }

    /// Moves the parameters.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn step(&self, args: StepArgs) -> Result<StepReport, Trouble> {
        let manners = self.instance.manners();
        let args = abi::StepArgs {
            struct_size: abi::StepArgs::SIZE,
            reserved: 0,
            learning_rate: args.learning_rate,
            weight_decay: args.weight_decay,
            clip: args.clip.unwrap_or(0.0),
        };
        let args = Struct::to_read("StepArgs", args, manners);
        let report = abi::StepReport { gradient_norm: f64::NAN, ..abi::StepReport::empty() };
        let report = Struct::to_write("StepReport", report, manners);
        // SAFETY: arguments and report live through the call.
        let made = self.instance.call("step", self.functions.step, |f, instance, error| unsafe {
            f(instance, args.pointer(), report.pointer(), error)
        });
        args.check()?;
        report.check()?;
        made?;
        let report: abi::StepReport = report.read();
        let tokens = (report.tokens > 0).then_some(report.tokens);
        Ok(StepReport { gradient_norm: report.gradient_norm, tokens })
    }

    /// Saves weights and the optimiser's state into an empty folder.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn save(&self, folder: &Path) -> Result<(), Trouble> {
        self.instance.on_folder("save", self.functions.save, folder)
    }

    /// Loads what was saved.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn load(&self, folder: &Path) -> Result<(), Trouble> {
        self.instance.on_folder("load", self.functions.load, folder)
    }

    /// Writes the model for other programs into an empty folder.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn export(&self, folder: &Path) -> Result<(), Trouble> {
        self.instance.on_folder("export_model", self.functions.export_model, folder)
    }

    /// Tells the backend what is encoded next.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn prefetch(&self, texts: &[Text]) -> Result<(), Trouble> {
        let lent = LentTexts::new(texts, self.instance.manners());
        let raw = lent.lend();
        let function = self.functions.prefetch;
        // SAFETY: the texts live through the call.
        let made = self.instance.call("prefetch", function, |f, instance, error| unsafe {
            f(instance, raw.pointer(), error)
        });
        raw.check()?;
        lent.check()?;
        made
    }

    /// Its variables; `None` if it does not show them.
    ///
    /// # Errors
    /// As any call in the laboratory, and if a variable is malformed.
    pub fn variables(&self) -> Result<Option<Vec<Variable>>, Trouble> {
        variables::visit(&self.instance, self.functions.get_extension)
    }

    /// Makes the optimiser a new one.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn reset_optimizer(&self) -> Result<(), Trouble> {
        let function = self.functions.reset_optimizer;
        // SAFETY: the instance is of this table.
        self.instance
            .call("reset_optimizer", function, |f, instance, error| unsafe { f(instance, error) })
    }

    /// The host that the instance knows.
    pub fn watch(&self) -> &'static Watch {
        self.instance.watch()
    }
}

/// Texts for `prepare`, part by part; all parts stay, so that what was written into one is seen in the end.
struct Stream {
    parts: Vec<LentTexts>,
    at: usize,
}

unsafe extern "C" fn next_part(context: *mut c_void, texts: *mut abi::Texts) -> abi::Status {
    // SAFETY: `context` is the stream of the running `prepare`; sources are called one at a time.
    let stream = unsafe { &mut *context.cast::<Stream>() };
    let raw = stream.parts.get(stream.at).map_or_else(abi::Texts::empty, LentTexts::raw);
    stream.at += 1;
    // SAFETY: the component set the size of its struct and lends it for the call.
    match unsafe { raw.write_back(texts) } {
        true => abi::STATUS_OK,
        false => abi::STATUS_INVALID,
    }
}
