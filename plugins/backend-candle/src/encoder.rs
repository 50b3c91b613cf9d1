//! An encoder as the host sees it: the life of an instance, the same for every kind of network.

use std::cell::OnceCell;
use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use triglot_sdk::{
    Backend, Component, Context, Error, Host, Info, Matrix, MatrixMut, Mode, Result, Step,
    StepReport, TextStream, Texts, Variable,
};

use crate::adamw::{self, AdamW};
use crate::options::OptimizerOptions;
use crate::parameter::Parameter;
use crate::{device, tensors};

/// A kind of network: what differs from encoder to encoder.
pub trait Network: Sized + Send + 'static {
    /// Its options.
    type Options: DeserializeOwned + JsonSchema + Send;
    /// What a forward pass leaves for the backward pass.
    type Tape: Send;
    /// The name of its component.
    const ID: &'static str;
    /// What it is, in a line.
    const SUMMARY: &'static str;

    /// Holds the options against their bounds.
    fn check(options: &Self::Options) -> Result<()>;
    /// Constants of the optimiser.
    fn optimizer(options: &Self::Options) -> OptimizerOptions;
    /// A new model.
    fn prepare(
        options: &Self::Options,
        context: &Context,
        texts: Option<&mut TextStream<'_>>,
    ) -> Result<Self>;
    /// The model that [`Network::save`] wrote, and how many steps it was trained.
    fn load(folder: &Path, options: &Self::Options) -> Result<(Self, u64)>;
    /// Writes the model with the state of its parameters, and how many steps it was trained.
    fn save(&self, folder: &Path, steps: u64) -> Result<()>;
    /// Writes the model for other programs.
    fn export(&self, folder: &Path) -> Result<()>;

    /// Length of an embedding.
    fn dim(&self) -> usize;
    /// Every parameter, trained or frozen, always in this order.
    fn parameters(&self) -> Vec<&Parameter>;
    /// As [`Network::parameters`], to change; [`Network::refresh`] must follow.
    fn parameters_mut(&mut self) -> Vec<&mut Parameter>;
    /// Makes changed parameters count.
    fn refresh(&mut self) -> Result<()>;
    /// Gives everything that an embedding follows from beside the parameters, part by part.
    fn identify(&self, part: &mut dyn FnMut(&[u8])) -> Result<()>;

    /// Makes ready for texts that come next, if it can.
    fn prefetch(&mut self, texts: &Texts<'_>) -> Result<()> {
        let _ = texts;
        Err(Error::unsupported("prefetch"))
    }
    /// Embeddings [texts × dim] without a tape, with the dropout of training or without. The texts may be very many:
    /// the host is asked now and then whether it goes on.
    fn embed(&self, texts: &Texts<'_>, training: bool, host: &Host) -> Result<Vec<f32>>;
    /// Embeddings [texts × dim] as in training, with their tape.
    fn forward(&self, texts: &Texts<'_>) -> Result<(Vec<f32>, Self::Tape)>;
    /// Adds the gradients that follow from those of the embeddings [texts × dim].
    fn backward(&mut self, tape: Self::Tape, gradients: &[f32]) -> Result<()>;
    /// Number of texts and of tokens of a tape.
    fn size(tape: &Self::Tape) -> (usize, u64);
}

/// A backend around a network.
pub struct Encoder<N: Network> {
    options: N::Options,
    context: Context,
    ready: Option<Ready<N>>,
}

/// What there is after `prepare` or `load`.
struct Ready<N: Network> {
    network: N,
    optimizer: AdamW,
    tape: Option<N::Tape>,
    /// Tokens of the tapes since the last step.
    tokens: u64,
    fingerprint: OnceCell<String>,
}

impl<N: Network> Encoder<N> {
    fn ready(&self) -> Result<&Ready<N>> {
        self.ready.as_ref().ok_or_else(not_ready)
    }

    fn ready_mut(&mut self) -> Result<&mut Ready<N>> {
        self.ready.as_mut().ok_or_else(not_ready)
    }

    fn begin(&mut self, network: N, steps: u64) {
        let optimizer = AdamW::new(N::optimizer(&self.options), steps);
        let fingerprint = OnceCell::new();
        self.ready = Some(Ready { network, optimizer, tape: None, tokens: 0, fingerprint });
    }

    /// The parameters of the ready model.
    #[cfg(test)]
    pub(crate) fn parameters(&self) -> Vec<&Parameter> {
        self.ready.as_ref().map(|ready| ready.network.parameters()).unwrap_or_default()
    }

    /// The ready network.
    #[cfg(test)]
    pub(crate) fn network_mut(&mut self) -> &mut N {
        &mut self.ready.as_mut().unwrap().network
    }
}

fn not_ready() -> Error {
    Error::failed("there is no model yet: `prepare` or `load` comes first")
}

/// Hashes all that an embedding follows from; another release may compute other last bits.
fn hash<N: Network>(network: &N) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(N::ID.as_bytes());
    part(env!("CARGO_PKG_VERSION").as_bytes());
    network.identify(&mut part)?;
    for parameter in network.parameters() {
        part(parameter.name.as_bytes());
        part(&tensors::to_bytes(&parameter.values));
    }
    Ok(hasher.finalize().to_hex().to_string())
}

impl<N: Network> Component for Encoder<N> {
    type Options = N::Options;
    const ID: &'static str = N::ID;
    const SUMMARY: &'static str = N::SUMMARY;
}

impl<N: Network> Backend for Encoder<N> {
    fn create(options: N::Options, context: &Context) -> Result<Self> {
        N::check(&options)?;
        device::limit_threads(&context.host);
        Ok(Self { options, context: context.clone(), ready: None })
    }

    fn prepare(&mut self, texts: Option<&mut TextStream<'_>>) -> Result<()> {
        let network = N::prepare(&self.options, &self.context, texts)?;
        self.begin(network, 0);
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        let network = &self.ready()?.network;
        let parameters = network.parameters().into_iter().filter(|p| p.trainable);
        Ok(Info {
            dim: network.dim(),
            trainable: true,
            parameters: parameters.map(|p| p.values.len() as u64).sum(),
        })
    }

    fn fingerprint(&self) -> Result<String> {
        let ready = self.ready()?;
        if let Some(fingerprint) = ready.fingerprint.get() {
            return Ok(fingerprint.clone());
        }
        let fingerprint = hash(&ready.network)?;
        Ok(ready.fingerprint.get_or_init(|| fingerprint).clone())
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        let host = self.context.host.clone();
        let ready = self.ready_mut()?;
        let (rows, cols) = (texts.len(), ready.network.dim());
        if (out.rows(), out.cols()) != (rows, cols) {
            return Err(Error::invalid(format!(
                "the matrix for embeddings is {} x {}, needed is {rows} x {cols}",
                out.rows(),
                out.cols()
            )));
        }
        let embeddings = match mode {
            Mode::Inference => ready.network.embed(texts, false, &host)?,
            Mode::Training => ready.network.embed(texts, true, &host)?,
            Mode::Tape => {
                // A tape may be large: the last one goes before the next is made.
                ready.tape = None;
                let (embeddings, tape) = ready.network.forward(texts)?;
                ready.tokens += N::size(&tape).1;
                ready.tape = Some(tape);
                embeddings
            }
        };
        out.copy_from(&embeddings)?;
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let ready = self.ready_mut()?;
        let tape = ready.tape.take().ok_or_else(|| {
            Error::failed("there is no tape: each `backward` needs an encode with a tape before it")
        })?;
        let needed = (N::size(&tape).0, ready.network.dim());
        if (gradients.rows(), gradients.cols()) != needed {
            return Err(Error::invalid(format!(
                "the gradients are {} x {}, the embeddings of the tape are {} x {}",
                gradients.rows(),
                gradients.cols(),
                needed.0,
                needed.1
            )));
        }
        ready.network.backward(tape, &gradients.to_vec())
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        let ready = self.ready_mut()?;
        let gradient_norm = ready.optimizer.step(ready.network.parameters_mut(), step)?;
        ready.tape = None;
        ready.fingerprint = OnceCell::new();
        ready.network.refresh()?;
        Ok(StepReport { gradient_norm, tokens: std::mem::take(&mut ready.tokens) })
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        let ready = self.ready()?;
        for parameter in ready.network.parameters() {
            // What cannot be loaded again is not saved.
            if !parameter.values.iter().all(|value| value.is_finite()) {
                return Err(Error::failed(format!(
                    "`{}` holds numbers that are not finite; nothing was saved",
                    parameter.name
                )));
            }
        }
        ready.network.save(folder, ready.optimizer.steps)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        let (network, steps) = N::load(folder, &self.options)?;
        self.begin(network, steps);
        Ok(())
    }

    fn export(&mut self, folder: &Path) -> Result<()> {
        self.ready()?.network.export(folder)
    }

    fn prefetch(&mut self, texts: &Texts<'_>) -> Result<()> {
        self.ready_mut()?.network.prefetch(texts)
    }

    fn reset_optimizer(&mut self) -> Result<()> {
        let ready = self.ready_mut()?;
        ready.optimizer.steps = 0;
        ready.network.parameters_mut().into_iter().for_each(Parameter::forget_moments);
        ready.network.refresh()
    }

    fn variables(&self, visit: &mut dyn FnMut(Variable<'_>) -> Result<()>) -> Result<()> {
        let parameters = self.ready()?.network.parameters().into_iter().filter(|p| p.trainable);
        let mut show = |parameter: &Parameter| {
            let (name, values) = (&*parameter.name, &*parameter.values);
            visit(Variable { name, values, gradient_norm: adamw::gradient_norm_of(parameter) })
        };
        parameters.into_iter().try_for_each(&mut show)
    }
}
