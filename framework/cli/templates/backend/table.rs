//! The model: one table of embeddings, learnt by gradient descent.

use std::path::Path;

use triglot_sdk::{
    Backend, Component, Context, Error, Info, Matrix, MatrixMut, Mode, Random, Result, Step,
    StepReport, TextStream, Texts, Variable, mix,
};

use crate::{Options, state, trigrams};

/// The mean of the table's rows for the trigrams of a text, as in fastText (Bojanowski et al. 2017, arXiv 1607.04606).
pub struct Trigrams {
    options: Options,
    seed: u64,
    /// The weights, row by row; empty until the model is ready.
    table: Vec<f32>,
    /// The gradients held, in the shape of the table.
    gradients: Vec<f32>,
    /// The rows of each text of the last encode that kept them.
    tape: Option<Vec<Vec<usize>>>,
    /// Trigrams of the taped encodes since the last step.
    tokens: u64,
}

impl Component for Trigrams {
    type Options = Options;
    const ID: &'static str = "trigrams";
    const SUMMARY: &'static str = "The mean of learnt embeddings of hashed character trigrams";
}

impl Trigrams {
    /// Begins with these weights, and without a memory.
    fn begin(&mut self, table: Vec<f32>) {
        self.gradients = vec![0.0; table.len()];
        self.table = table;
        (self.tape, self.tokens) = (None, 0);
    }

    fn ready(&self) -> Result<()> {
        match self.table.is_empty() {
            true => Err(Error::invalid(
                "the model is not ready: `prepare` or `load` comes first",
            )),
            false => Ok(()),
        }
    }

    /// The part of a table for one row.
    fn range(&self, row: usize) -> std::ops::Range<usize> {
        row * self.options.dim..(row + 1) * self.options.dim
    }

    fn gradient_norm(&self) -> f64 {
        self.gradients
            .iter()
            .map(|g| f64::from(*g).powi(2))
            .sum::<f64>()
            .sqrt()
    }
}

impl Backend for Trigrams {
    fn create(options: Options, context: &Context) -> Result<Self> {
        let Options { dim, rows } = options;
        if !(1..=4096).contains(&dim) || !(1..=1_048_576).contains(&rows) {
            return Err(Error::invalid(format!(
                "a table of {rows} rows of {dim} cannot be made"
            )));
        }
        let (table, gradients) = (Vec::new(), Vec::new());
        Ok(Self {
            options,
            seed: context.seed,
            table,
            gradients,
            tape: None,
            tokens: 0,
        })
    }

    /// The training texts are not needed: trigrams are hashed, so that there is no vocabulary.
    fn prepare(&mut self, _: Option<&mut TextStream<'_>>) -> Result<()> {
        let mut random = Random::new(&[self.seed]);
        let numbers = self.options.rows * self.options.dim;
        self.begin((0..numbers).map(|_| random.unit() as f32 - 0.5).collect());
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        self.ready()?;
        let parameters = self.table.len() as u64;
        Ok(Info {
            dim: self.options.dim,
            trainable: true,
            parameters,
        })
    }

    fn fingerprint(&self) -> Result<String> {
        self.ready()?;
        let words: Vec<u64> = self
            .table
            .iter()
            .map(|weight| u64::from(weight.to_bits()))
            .collect();
        Ok(format!(
            "trigrams-{}-{:016x}",
            self.options.dim,
            mix(&words)
        ))
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        self.ready()?;
        if (out.rows(), out.cols()) != (texts.len(), self.options.dim) {
            return Err(Error::invalid(
                "the place for the embeddings has another shape",
            ));
        }
        let texts: Vec<Vec<usize>> = texts
            .iter()
            .map(|text| trigrams::rows(text.text, self.options.rows))
            .collect();
        for (text, rows) in texts.iter().enumerate() {
            let embedding = out.row_mut(text);
            embedding.fill(0.0);
            for row in rows {
                for (sum, weight) in embedding.iter_mut().zip(&self.table[self.range(*row)]) {
                    *sum += weight / rows.len() as f32;
                }
            }
        }
        if mode == Mode::Tape {
            self.tokens += texts.iter().map(|rows| rows.len() as u64).sum::<u64>();
            self.tape = Some(texts);
        }
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        let tape = self
            .tape
            .take()
            .ok_or_else(|| Error::invalid("there is no tape"))?;
        if (gradients.rows(), gradients.cols()) != (tape.len(), self.options.dim) {
            return Err(Error::invalid(
                "the gradients have another shape than the tape",
            ));
        }
        for (text, rows) in tape.iter().enumerate() {
            for row in rows {
                let range = self.range(*row);
                for (sum, g) in self.gradients[range].iter_mut().zip(gradients.row(text)) {
                    *sum += g / rows.len() as f32;
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        self.ready()?;
        let norm = self.gradient_norm();
        if !norm.is_finite() {
            return Err(Error::failed(format!("the gradient has a norm of {norm}")));
        }
        let clipped = step
            .clip
            .filter(|clip| norm > *clip)
            .map_or(1.0, |clip| clip / norm);
        for (weight, gradient) in self.table.iter_mut().zip(&mut self.gradients) {
            let slope = clipped * f64::from(*gradient) + step.weight_decay * f64::from(*weight);
            *weight -= (step.learning_rate * slope) as f32;
            *gradient = 0.0;
        }
        Ok(StepReport {
            gradient_norm: norm,
            tokens: std::mem::take(&mut self.tokens),
        })
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        self.ready()?;
        state::write(folder, self.options, &self.table)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        let table = state::read(folder, self.options)?;
        self.begin(table);
        Ok(())
    }

    fn export(&mut self, folder: &Path) -> Result<()> {
        self.save(folder)
    }

    fn variables(&self, visit: &mut dyn FnMut(Variable<'_>) -> Result<()>) -> Result<()> {
        self.ready()?;
        let gradient_norm = self.gradient_norm();
        visit(Variable {
            name: "table",
            values: &self.table,
            gradient_norm,
        })
    }
}
