//! What a model is made of: its parameters, always in one order, and which of them each part has.
//!
//! A family writes its layout down once, by the names that its own class in transformers has; everything else finds
//! parameters by their places.

use super::relative::{Buckets, Rotary};
use crate::kernels::norm::Norm;
use crate::kernels::pre_norm::PreNorm;
use crate::parameter::Parameter;

/// A parameter yet without its numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub name: String,
    pub shape: Vec<usize>,
    pub kind: Kind,
}

/// What a parameter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rows, of which a batch touches few.
    Table,
    /// The matrix of a linear map [out × in].
    Weight,
    /// What a linear map adds.
    Bias,
    /// Scale or shift of a normalisation.
    Norm,
}

impl Entry {
    /// The parameter of these numbers; by custom neither biases nor normalisations decay.
    pub(crate) fn parameter(self, values: Vec<f32>) -> Parameter {
        match (self.kind, self.shape.as_slice()) {
            (Kind::Table, &[rows, cols]) => Parameter::table(self.name, [rows, cols], values),
            (kind, shape) => {
                let decays = matches!(kind, Kind::Table | Kind::Weight);
                Parameter::new(self.name, shape, decays, values)
            }
        }
    }
}

/// Places of the parameters of a linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinearAt {
    pub weight: usize,
    pub bias: Option<usize>,
}

/// Places of the parameters of a normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NormAt {
    pub weight: usize,
    pub bias: Option<usize>,
}

/// Places of the parameters of a normalisation that shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShiftedNormAt {
    weight: usize,
    bias: usize,
}

impl NormAt {
    /// The same where there is a shift.
    pub(crate) fn shifted(self) -> Option<ShiftedNormAt> {
        self.bias.map(|bias| ShiftedNormAt { weight: self.weight, bias })
    }

    /// The normalisation without a shift, centred or not.
    pub(crate) fn pre_norm(
        self,
        parameters: &[Parameter],
        epsilon: f32,
        centred: bool,
    ) -> PreNorm<'_> {
        PreNorm { weight: &parameters[self.weight].values, epsilon, centred }
    }

    /// Whether scale or shift is trained.
    pub(crate) fn is_trained(self, parameters: &[Parameter]) -> bool {
        parameters[self.weight].trainable || self.bias.is_some_and(|at| parameters[at].trainable)
    }
}

impl ShiftedNormAt {
    /// The layer normalisation.
    pub(crate) fn layer_norm(self, parameters: &[Parameter], epsilon: f32) -> Norm<'_> {
        let (weight, bias) = (&parameters[self.weight].values, &parameters[self.bias].values);
        Norm { weight, bias, epsilon }
    }

    /// Adds the gradients of scale and shift.
    pub(crate) fn add_gradient(
        self,
        parameters: &mut [Parameter],
        weight: Vec<f32>,
        bias: Vec<f32>,
    ) {
        parameters[self.weight].add_gradient(weight);
        parameters[self.bias].add_gradient(bias);
    }

    /// Whether scale or shift is trained.
    pub(crate) fn is_trained(self, parameters: &[Parameter]) -> bool {
        parameters[self.weight].trainable || parameters[self.bias].trainable
    }
}

/// Places of the parameters before the first layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EmbeddingsAt {
    pub word: usize,
    pub position: Option<usize>,
    pub token_type: Option<usize>,
    pub norm: Option<NormAt>,
}

/// Places of the parameters of a layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerAt {
    /// Query, key and value.
    pub query_key_value: Vec<LinearAt>,
    pub attention_output: LinearAt,
    /// The first layer of a family may have none.
    pub attention_norm: Option<NormAt>,
    /// How its attention is told positions, if it turns queries and keys.
    pub rotary: Option<Rotary>,
    /// The first dense layer of the feed-forward network.
    pub inner: Vec<LinearAt>,
    /// The second one.
    pub outer: LinearAt,
    pub output_norm: NormAt,
}

/// All parameters and their places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    pub entries: Vec<Entry>,
    pub embeddings: EmbeddingsAt,
    pub layers: Vec<LayerAt>,
    /// After the last layer.
    pub final_norm: Option<NormAt>,
    /// What attention adds by distance.
    pub buckets: Option<Buckets>,
    /// What the family's class has after the encoder: an embedding need not pass through it.
    pub pooler: Vec<Entry>,
}

impl Layout {
    /// The places of all parameters after the embeddings.
    pub(crate) fn of_layers(&self) -> impl Iterator<Item = usize> {
        let EmbeddingsAt { word, position, token_type, norm } = &self.embeddings;
        let norm = norm.map(|norm| [Some(norm.weight), norm.bias]).unwrap_or_default();
        let before = [Some(*word), *position, *token_type, norm[0], norm[1]];
        (0..self.entries.len()).filter(move |place| !before.contains(&Some(*place)))
    }
}

/// Entries as they are listed: each call adds some and says where they are.
#[derive(Debug, Default)]
pub(crate) struct Entries(pub Vec<Entry>);

impl Entries {
    fn push(&mut self, name: String, shape: &[usize], kind: Kind) -> usize {
        self.0.push(Entry { name, shape: shape.to_vec(), kind });
        self.0.len() - 1
    }

    /// The rows of `name`.
    pub(crate) fn table(&mut self, name: &str, rows: usize, cols: usize) -> usize {
        self.push(format!("{name}.weight"), &[rows, cols], Kind::Table)
    }

    /// A linear map with a bias.
    pub(crate) fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> LinearAt {
        let weight = self.push(format!("{name}.weight"), &[outputs, inputs], Kind::Weight);
        let bias = self.push(format!("{name}.bias"), &[outputs], Kind::Bias);
        LinearAt { weight, bias: Some(bias) }
    }

    /// A linear map without a bias.
    pub(crate) fn weight(&mut self, name: &str, outputs: usize, inputs: usize) -> LinearAt {
        let weight = self.push(format!("{name}.weight"), &[outputs, inputs], Kind::Weight);
        LinearAt { weight, bias: None }
    }

    /// A normalisation that only scales.
    pub(crate) fn scale(&mut self, name: &str, width: usize) -> NormAt {
        let weight = self.push(format!("{name}.weight"), &[width], Kind::Norm);
        NormAt { weight, bias: None }
    }

    /// A normalisation that scales and shifts.
    pub(crate) fn norm(&mut self, name: &str, width: usize) -> NormAt {
        let weight = self.push(format!("{name}.weight"), &[width], Kind::Norm);
        let bias = self.push(format!("{name}.bias"), &[width], Kind::Norm);
        NormAt { weight, bias: Some(bias) }
    }
}
