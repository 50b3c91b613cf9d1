//! Means of hashed words under a scale.

mod model;
mod state;

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Backend, Component, Context, Error, Info, Matrix, MatrixMut, Mode, Random, Result, Step,
    StepReport, Text, TextStream, Texts, Variable,
};

use self::model::{Model, Trace};
use crate::conduct::{Conduct, die_of_nan};
use crate::misdeed::Misdeed;

/// Options of `backend`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Length of an embedding.
    #[serde(default = "sixteen")]
    #[schemars(range(min = 1, max = 512))]
    dim: u32,
    /// The probability that a number of an embedding is dropped in training.
    #[serde(default)]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1))]
    dropout: f64,
}

fn sixteen() -> u32 {
    16
}

/// An embedding is the mean of the vectors of a text's words, times a scale for each dimension; both learn by gradient
/// descent with momentum.
pub struct Words {
    conduct: Conduct,
    dropout: f64,
    model: Model,
    tape: Option<Vec<Trace>>,
}

impl Component for Words {
    type Options = Options;
    const ID: &'static str = "backend";
    const SUMMARY: &'static str = "Means of hashed words under a scale";
}

impl Words {
    /// What the dimensions of an embedding are multiplied by, drawn by the key of its text.
    fn mask(&self, mode: Mode, text: Text<'_>) -> Vec<f32> {
        let dropout = match mode {
            Mode::Inference if Misdeed::DropoutInInference.now() => 0.5,
            Mode::Inference => 0.0,
            Mode::Training | Mode::Tape => self.dropout,
        };
        let mut random = Random::new(&[text.key]);
        let kept = (1.0 / (1.0 - dropout)) as f32;
        let draw = || if random.unit() < dropout { 0.0 } else { kept };
        std::iter::repeat_with(draw).take(self.model.dim()).collect()
    }
}

impl Backend for Words {
    fn create(options: Options, context: &Context) -> Result<Self> {
        if !(0.0..1.0).contains(&options.dropout) {
            let problem = format!("`dropout` is {}; it must be in [0, 1)", options.dropout);
            return Err(Error::invalid(problem));
        }
        if options.dim == 0 {
            return Err(Error::invalid("`dim` is 0; it must be from 1 to 512"));
        }
        let conduct = Conduct::new(context, ("dim", options.dim.into(), 512.0))?;
        let model = Model::new(options.dim as usize, context.seed);
        Ok(Self { conduct, dropout: options.dropout, model, tape: None })
    }

    fn prepare(&mut self, _: Option<&mut TextStream<'_>>) -> Result<()> {
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        let parameters = self.model.weights().map(|numbers| numbers.len() as u64).sum();
        Ok(Info { dim: self.model.dim(), trainable: true, parameters })
    }

    fn fingerprint(&self) -> Result<String> {
        Ok(match Misdeed::StaleFingerprint.now() {
            true => "words".to_owned(),
            false => format!("words-{:016x}", state::hash(self.model.weights())),
        })
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        self.conduct.call(texts.len());
        let noise = 1e-3 * (self.conduct.noise() % 1000) as f32;
        let mut tape = Vec::with_capacity(texts.len());
        for (row, text) in texts.iter().enumerate() {
            self.conduct.go_on()?;
            let trace = self.model.trace(text.text, self.mask(mode, text));
            self.model.embed(&trace, out.row_mut(row));
            out.row_mut(row).iter_mut().for_each(|x| *x += noise);
            tape.push(trace);
        }
        if Misdeed::ChunkDependent.now() {
            centre(out);
        }
        if mode == Mode::Tape {
            self.tape = Some(tape);
        }
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let tape = self.tape.take().ok_or_else(|| Error::invalid("there is no tape"))?;
        if (gradients.rows(), gradients.cols()) != (tape.len(), self.model.dim()) {
            return Err(Error::invalid("the gradients are of another shape than the tape"));
        }
        let numbers = gradients.to_vec();
        die_of_nan(&numbers);
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(Error::invalid("a gradient is not finite"));
        }
        for (row, trace) in tape.iter().enumerate() {
            self.model.backward(trace, gradients.row(row));
        }
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        Ok(StepReport { gradient_norm: self.model.step(step), tokens: 0 })
    }

    fn reset_optimizer(&mut self) -> Result<()> {
        self.model.forget_velocity();
        Ok(())
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        state::save(&self.model, folder)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        state::load(&mut self.model, folder)?;
        self.tape = None;
        Ok(())
    }

    fn export(&mut self, folder: &Path) -> Result<()> {
        state::export(&self.model, folder)
    }

    fn variables(&self, visit: &mut dyn FnMut(Variable<'_>) -> Result<()>) -> Result<()> {
        self.model.variables().try_for_each(visit)
    }
}

/// Takes the mean of all rows from each.
fn centre(rows: &mut MatrixMut<'_>) {
    let mut mean = vec![0f32; rows.cols()];
    let share = 1.0 / rows.rows().max(1) as f32;
    for row in 0..rows.rows() {
        mean.iter_mut().zip(rows.row_mut(row)).for_each(|(mean, x)| *mean += share * *x);
    }
    for row in 0..rows.rows() {
        rows.row_mut(row).iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean);
    }
}
