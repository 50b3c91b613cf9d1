//! The parameters of a BERT by the names that Hugging Face's `BertModel` gives them, always in one order.

use super::config::Config;
use crate::parameter::Parameter;

/// Parameters before the first layer.
pub(crate) const EMBEDDING_PARAMETERS: usize = 5;
/// Parameters of each layer.
pub(crate) const LAYER_PARAMETERS: usize = 16;

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
    /// Scale or shift of a layer normalisation.
    Norm,
}

impl Entry {
    fn new(name: String, shape: &[usize], kind: Kind) -> Self {
        Self { name, shape: shape.to_vec(), kind }
    }

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

/// All parameters.
pub(crate) fn layout(config: &Config) -> Vec<Entry> {
    let hidden = config.hidden_size;
    let table = |name: &str, rows| {
        Entry::new(format!("embeddings.{name}.weight"), &[rows, hidden], Kind::Table)
    };
    let mut entries = vec![
        table("word_embeddings", config.vocab_size),
        table("position_embeddings", config.max_position_embeddings),
        table("token_type_embeddings", config.type_vocab_size),
    ];
    entries.extend(norm("embeddings.LayerNorm", hidden));
    for i in 0..config.num_hidden_layers {
        let layer = format!("encoder.layer.{i}");
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            entries.extend(linear(&format!("{layer}.attention.{part}"), hidden, hidden));
        }
        entries.extend(norm(&format!("{layer}.attention.output.LayerNorm"), hidden));
        let intermediate = config.intermediate_size;
        entries.extend(linear(&format!("{layer}.intermediate.dense"), intermediate, hidden));
        entries.extend(linear(&format!("{layer}.output.dense"), hidden, intermediate));
        entries.extend(norm(&format!("{layer}.output.LayerNorm"), hidden));
    }
    entries
}

/// The pooler: `BertModel` has it after the encoder, an embedding does not pass through it.
pub(crate) fn pooler(config: &Config) -> [Entry; 2] {
    linear("pooler.dense", config.hidden_size, config.hidden_size)
}

fn linear(name: &str, outputs: usize, inputs: usize) -> [Entry; 2] {
    [
        Entry::new(format!("{name}.weight"), &[outputs, inputs], Kind::Weight),
        Entry::new(format!("{name}.bias"), &[outputs], Kind::Bias),
    ]
}

fn norm(name: &str, width: usize) -> [Entry; 2] {
    ["weight", "bias"].map(|part| Entry::new(format!("{name}.{part}"), &[width], Kind::Norm))
}
