//! Tokens to the rows that enter the first layer: norm(word + position + type), then dropout (Devlin et al. 2019,
//! figure 2).

use rayon::prelude::*;
use triglot_sdk::{Error, Result};

use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::norm::{Norm, NormTape};
use crate::kernels::pack::Pack;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// The tables and the normalisation.
pub(crate) struct Embeddings<'a> {
    word: &'a Parameter,
    position: &'a Parameter,
    token_type: &'a Parameter,
    norm: Norm<'a>,
    dropout: Option<Dropout<'a>>,
}

/// The type of every token here: texts come alone, never as the pairs that BERT was trained on.
const TOKEN_TYPE: u32 = 0;

impl<'a> Embeddings<'a> {
    /// From the first parameters of the model.
    pub(crate) fn new(
        parameters: &'a [Parameter],
        epsilon: f32,
        pack: &'a Pack,
        dropout: f64,
    ) -> Result<Self> {
        let [word, position, token_type, weight, bias] = parameters else {
            return Err(Error::failed(format!("embeddings of {} parameters", parameters.len())));
        };
        Ok(Self {
            word,
            position,
            token_type,
            norm: Norm { weight: &weight.values, bias: &bias.values, epsilon },
            dropout: Dropout::new(pack, Site::Embeddings, 0, dropout),
        })
    }

    /// The rows of a pack [tokens × hidden].
    pub(crate) fn forward(&self, pack: &Pack) -> Result<(Mat, NormTape)> {
        let tokens = pack.tokens();
        let token_type = self.token_type.row(TOKEN_TYPE);
        let (mut out, tape) = self.norm.forward(tokens.len(), |row, z| {
            let parts =
                self.word.row(tokens[row]).iter().zip(self.position.row(pack.position(row)));
            for (z, ((word, position), token_type)) in z.iter_mut().zip(parts.zip(token_type)) {
                *z = word + position + token_type;
            }
        });
        self.drop_out(&mut out);
        Ok((Mat::new(out, self.word.cols())?, tape))
    }

    /// The gradients of the normalisation's parameters, and that of every row's sum [tokens × hidden].
    pub(crate) fn backward(&self, tape: &NormTape, gradient: &[Mat]) -> Result<EmbeddingGradients> {
        let parts = gradient.iter().map(Mat::values).collect::<Result<Vec<_>>>()?;
        let found = match &self.dropout {
            None => {
                let parts: Vec<&[f32]> = parts.iter().map(|part| &**part).collect();
                self.norm.backward(tape, &parts, None)
            }
            Some(_) => {
                let mut whole = parts.first().map(|part| part.to_vec()).unwrap_or_default();
                for part in parts.iter().skip(1) {
                    whole.iter_mut().zip(&**part).for_each(|(sum, value)| *sum += value);
                }
                self.drop_out(&mut whole);
                self.norm.backward(tape, &[&whole], None)
            }
        };
        Ok(EmbeddingGradients { rows: found.sum, weight: found.weight, bias: found.bias })
    }

    fn drop_out(&self, rows: &mut [f32]) {
        let Some(dropout) = &self.dropout else { return };
        rows.par_chunks_mut(self.word.cols()).enumerate().for_each(|(row, values)| {
            let draws = dropout.token(row);
            for (channel, value) in (0..).zip(values) {
                *value *= draws.factor(channel);
            }
        });
    }
}

/// What follows for the embeddings' parameters.
pub(crate) struct EmbeddingGradients {
    rows: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl EmbeddingGradients {
    /// Adds them to the parameters, tables by the rows that the pack touches.
    pub(crate) fn add_to(self, parameters: &mut [Parameter], pack: &Pack) -> Result<()> {
        let [word, position, token_type, weight, bias] = parameters else {
            return Err(Error::failed(format!("embeddings of {} parameters", parameters.len())));
        };
        for (row, (token, gradient)) in
            pack.tokens().iter().zip(self.rows.chunks_exact(word.cols())).enumerate()
        {
            word.add_row_gradient(*token, 1.0, gradient);
            position.add_row_gradient(pack.position(row), 1.0, gradient);
            token_type.add_row_gradient(TOKEN_TYPE, 1.0, gradient);
        }
        weight.add_gradient(self.weight);
        bias.add_gradient(self.bias);
        Ok(())
    }
}
