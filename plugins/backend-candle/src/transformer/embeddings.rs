//! Tokens to the rows that enter the first layer: norm(word + position + type), then dropout (Devlin et al. 2019,
//! figure 2).

use rayon::prelude::*;

use super::config::Config;
use super::layer::sum;
use super::layout::{EmbeddingsAt, NormAt, ShiftedNormAt};
use super::pass::Pass;
use crate::buffers::Buffer;
use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::norm::NormTape;
use crate::kernels::pack::Pack;
use crate::kernels::pre_norm::PreNormTape;
use crate::kernels::residual::drop_out;
use crate::kernels::sums;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// How a family numbers the positions of a text's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Positions {
    /// Not here, but in attention.
    None,
    /// 0, 1, 2, …
    FromZero,
    /// From the number after this one, the padding's id. Where that token stands in a text it has the id itself for a
    /// position, whose row has no gradient, and is not counted.
    AfterPadding(u32),
}

impl Positions {
    /// The position of every token of a pack.
    fn of(self, pack: &Pack) -> Vec<u32> {
        let tokens = pack.tokens();
        match self {
            Self::None => Vec::new(),
            Self::FromZero => (0..tokens.len()).map(|row| pack.position(row)).collect(),
            Self::AfterPadding(padding) => {
                let mut positions = Vec::with_capacity(tokens.len());
                for rows in pack.rows() {
                    let mut last = padding;
                    positions.extend(tokens[rows].iter().map(|token| {
                        if *token == padding {
                            return padding;
                        }
                        last += 1;
                        last
                    }));
                }
                positions
            }
        }
    }
}

/// The tables and the normalisation.
pub(crate) struct Embeddings<'a> {
    config: &'a Config,
    at: &'a EmbeddingsAt,
    pack: &'a Pack,
    positions: Vec<u32>,
    dropout: Option<Dropout<'a>>,
}

/// What the backward pass needs: of the normalisation, where there is one.
pub(crate) enum EmbeddingsTape {
    Shifted(ShiftedNormAt, NormTape),
    Scaled(NormAt, PreNormTape),
    Plain,
}

/// The type of every token here: texts come alone, never as the pairs that BERT was trained on.
const TOKEN_TYPE: u32 = 0;

impl<'a> Embeddings<'a> {
    /// Those of a model, for the texts of a pass.
    pub(crate) fn new(config: &'a Config, pass: &Pass<'a>) -> Self {
        Self {
            config,
            at: &config.layout.embeddings,
            pack: pass.pack,
            positions: config.positions.of(pass.pack),
            dropout: pass.dropout(Site::Embeddings, 0),
        }
    }

    /// The rows of a pack [tokens × hidden].
    pub(crate) fn forward(&self, parameters: &[Parameter]) -> (Mat, EmbeddingsTape) {
        let tokens = self.pack.tokens();
        let (cols, epsilon) = (self.config.hidden_size, self.config.epsilon as f32);
        let word = &parameters[self.at.word];
        let position = self.at.position.map(|at| &parameters[at]);
        let token_type = self.at.token_type.map(|at| parameters[at].row(TOKEN_TYPE));
        let fill = |row: usize, z: &mut [f32]| {
            z.copy_from_slice(word.row(tokens[row]));
            if let Some(position) = position {
                add(z, position.row(self.positions[row]));
            }
            if let Some(token_type) = token_type {
                add(z, token_type);
            }
        };
        let gather = || {
            let mut rows = Buffer::room(tokens.len() * cols);
            rows.par_chunks_exact_mut(cols).enumerate().for_each(|(row, z)| fill(row, z));
            rows
        };
        let (mut out, tape) = match (self.at.norm, self.at.norm.and_then(NormAt::shifted)) {
            (_, Some(at)) => {
                let norm = at.layer_norm(parameters, epsilon);
                let (out, tape) = norm.forward(tokens.len(), fill);
                (out, EmbeddingsTape::Shifted(at, tape))
            }
            (Some(at), None) => {
                let norm = at.pre_norm(parameters, epsilon, self.config.centred());
                let (out, tape) = norm.forward(&gather());
                (out, EmbeddingsTape::Scaled(at, tape))
            }
            (None, None) => (gather(), EmbeddingsTape::Plain),
        };
        drop_out(&mut out, cols, self.dropout.as_ref());
        (Mat::new(out, cols), tape)
    }

    /// Adds the gradients that follow from that of the rows, of tables those of the rows that the pack touches.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        tape: &EmbeddingsTape,
        gradient: &[Mat],
    ) {
        let (cols, epsilon) = (self.config.hidden_size, self.config.epsilon as f32);
        let whole = || {
            let mut whole = sum(gradient).into_values();
            drop_out(&mut whole, cols, self.dropout.as_ref());
            whole
        };
        let of_rows = match tape {
            EmbeddingsTape::Shifted(at, tape) => {
                let norm = at.layer_norm(parameters, epsilon);
                let found = match self.dropout {
                    None => {
                        let parts: Vec<&[f32]> = gradient.iter().map(Mat::values).collect();
                        norm.backward(tape, &parts, None)
                    }
                    Some(_) => norm.backward(tape, &[&whole()], None),
                };
                at.add_gradient(parameters, found.weight, found.bias);
                found.sum
            }
            EmbeddingsTape::Scaled(at, tape) => {
                let norm = at.pre_norm(parameters, epsilon, self.config.centred());
                let found = norm.backward(tape, &whole(), &[], None);
                parameters[at.weight].add_gradient(found.weight);
                found.sum
            }
            EmbeddingsTape::Plain => whole(),
        };
        self.add_to_tables(parameters, &of_rows);
    }

    fn add_to_tables(&self, parameters: &mut [Parameter], of_rows: &[f32]) {
        let tokens = (0u32..).zip(self.pack.tokens());
        let words: Vec<(u32, u32)> = tokens
            .filter(|(_, token)| self.config.still_word != Some(**token))
            .map(|(row, token)| (*token, row))
            .collect();
        parameters[self.at.word].add_row_gradients(&words, of_rows);
        if let Some(at) = self.at.position {
            let moved = |position| self.config.positions != Positions::AfterPadding(position);
            let positions = self.positions.iter().copied().zip(0..);
            let positions: Vec<(u32, u32)> =
                positions.filter(|(position, _)| moved(*position)).collect();
            parameters[at].add_row_gradients(&positions, of_rows);
        }
        if let Some(at) = self.at.token_type.filter(|_| !of_rows.is_empty()) {
            let sum = sums::of_columns(of_rows, self.config.hidden_size);
            parameters[at].add_row_gradients(&[(TOKEN_TYPE, 0)], &sum);
        }
    }
}

/// Whether any parameter before the first layer is trained.
pub(crate) fn is_trained(at: &EmbeddingsAt, parameters: &[Parameter]) -> bool {
    let tables = [Some(at.word), at.position, at.token_type];
    tables.into_iter().flatten().any(|table| parameters[table].trainable)
        || at.norm.is_some_and(|norm| norm.is_trained(parameters))
}

#[inline(always)]
fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}
