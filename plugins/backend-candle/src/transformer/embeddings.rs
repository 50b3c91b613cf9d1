//! Tokens to the rows that enter the first layer: norm(word + position + type), then dropout (Devlin et al. 2019,
//! figure 2).

use rayon::prelude::*;
use triglot_sdk::{Error, Result};

use super::config::Config;
use super::dropouts::Dropouts;
use super::layout::{EmbeddingsAt, NormAt};
use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::norm::NormTape;
use crate::kernels::pack::Pack;
use crate::kernels::sums;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// How a family numbers the positions of a text's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Positions {
    /// 0, 1, 2, …
    FromZero,
    /// From the number after this one, the padding's id. Where that token stands in a text it has the id itself for a
    /// position, and is not counted.
    AfterPadding(u32),
}

impl Positions {
    /// The position of every token of a pack.
    fn of(self, pack: &Pack) -> Vec<u32> {
        let tokens = pack.tokens();
        match self {
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
    at: &'a EmbeddingsAt,
    norm: NormAt,
    epsilon: f32,
    cols: usize,
    /// The row of the table of words that has no gradient, as `padding_idx` of `torch.nn.Embedding`.
    padding: Option<u32>,
    pack: &'a Pack,
    positions: Vec<u32>,
    dropout: Option<Dropout<'a>>,
}

/// The type of every token here: texts come alone, never as the pairs that BERT was trained on.
const TOKEN_TYPE: u32 = 0;

impl<'a> Embeddings<'a> {
    /// Those of a model, for the texts of a pass.
    pub(crate) fn new(config: &'a Config, dropouts: &Dropouts<'a>) -> Result<Self> {
        let at = &config.layout.embeddings;
        Ok(Self {
            at,
            norm: at.norm.ok_or_else(|| Error::failed("embeddings without a normalisation"))?,
            epsilon: config.epsilon as f32,
            cols: config.hidden_size,
            padding: config.pad_token_id,
            pack: dropouts.pack,
            positions: config.positions.of(dropouts.pack),
            dropout: dropouts.at(Site::Embeddings, 0),
        })
    }

    /// The rows of a pack [tokens × hidden].
    pub(crate) fn forward(&self, parameters: &[Parameter]) -> Result<(Mat, NormTape)> {
        let tokens = self.pack.tokens();
        let word = &parameters[self.at.word];
        let position = self.at.position.map(|at| &parameters[at]);
        let token_type = self.at.token_type.map(|at| parameters[at].row(TOKEN_TYPE));
        let norm = self.norm.layer_norm(parameters, self.epsilon)?;
        let (mut out, tape) = norm.forward(tokens.len(), |row, z| {
            z.copy_from_slice(word.row(tokens[row]));
            if let Some(position) = position {
                add(z, position.row(self.positions[row]));
            }
            if let Some(token_type) = token_type {
                add(z, token_type);
            }
        });
        self.drop_out(&mut out);
        Ok((Mat::new(out, self.cols)?, tape))
    }

    /// Adds the gradients that follow from that of the rows, of tables those of the rows that the pack touches.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        tape: &NormTape,
        gradient: &[Mat],
    ) -> Result<()> {
        let parts = gradient.iter().map(Mat::values).collect::<Result<Vec<_>>>()?;
        let norm = self.norm.layer_norm(parameters, self.epsilon)?;
        let found = match &self.dropout {
            None => {
                let parts: Vec<&[f32]> = parts.iter().map(|part| &**part).collect();
                norm.backward(tape, &parts, None)
            }
            Some(_) => {
                let mut whole = parts.first().map(|part| part.to_vec()).unwrap_or_default();
                parts.iter().skip(1).for_each(|part| add(&mut whole, part));
                self.drop_out(&mut whole);
                norm.backward(tape, &[&whole], None)
            }
        };
        self.norm.add_gradient(parameters, found.weight, found.bias);
        self.add_to_tables(parameters, &found.sum);
        Ok(())
    }

    fn add_to_tables(&self, parameters: &mut [Parameter], of_rows: &[f32]) {
        let tokens = (0u32..).zip(self.pack.tokens());
        let words: Vec<(u32, u32)> = tokens
            .filter(|(_, token)| self.padding != Some(**token))
            .map(|(row, token)| (*token, row))
            .collect();
        parameters[self.at.word].add_row_gradients(&words, of_rows);
        if let Some(at) = self.at.position {
            let positions: Vec<(u32, u32)> = self.positions.iter().copied().zip(0..).collect();
            parameters[at].add_row_gradients(&positions, of_rows);
        }
        if let Some(at) = self.at.token_type.filter(|_| !of_rows.is_empty()) {
            let sum = sums::of_columns(of_rows, self.cols);
            parameters[at].add_row_gradients(&[(TOKEN_TYPE, 0)], &sum);
        }
    }

    fn drop_out(&self, rows: &mut [f32]) {
        let Some(dropout) = &self.dropout else { return };
        rows.par_chunks_mut(self.cols).enumerate().for_each(|(row, values)| {
            let draws = dropout.token(row);
            for (channel, value) in (0..).zip(values) {
                *value *= draws.factor(channel);
            }
        });
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
