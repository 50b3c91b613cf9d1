//! A tiny pretrained encoder, in the layout of Hugging Face, for tests that need one everywhere.

use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize_to_file};
use serde_json::{Map, Value, json};

/// The special tokens; their numbers are their places.
const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

/// A BERT of random weights whose vocabulary is `w0`, `w1` and so on.
#[derive(Debug, Clone, Copy)]
pub struct TinyEncoder {
    /// Length of a hidden row, and of an embedding.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Words.
    pub words: usize,
    /// Positions.
    pub positions: usize,
    /// Both probabilities of dropout.
    pub dropout: f64,
}

impl TinyEncoder {
    /// Writes its folder, the same each time.
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        let file = |name: &str, value: Value| {
            std::fs::write(folder.join(name), value.to_string()).unwrap();
        };
        file("config.json", self.config());
        file("tokenizer.json", self.tokenizer());
        let tensors = self.tensors();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
    }

    fn vocabulary(&self) -> usize {
        SPECIAL.len() + self.words
    }

    fn config(&self) -> Value {
        json!({
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": 2,
            "intermediate_size": 2 * self.hidden,
            "vocab_size": self.vocabulary(),
            "max_position_embeddings": self.positions,
            "type_vocab_size": 2,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12,
            "hidden_dropout_prob": self.dropout,
            "attention_probs_dropout_prob": self.dropout,
            "pad_token_id": 0,
        })
    }

    fn tokenizer(&self) -> Value {
        let words = (0..self.words).map(|word| format!("w{word}"));
        let tokens = SPECIAL.iter().map(|token| (*token).to_owned()).chain(words);
        let vocabulary: Map<String, Value> =
            tokens.zip(0..).map(|(t, id)| (t, json!(id))).collect();
        let added = SPECIAL.iter().zip(0..).map(|(token, id)| {
            json!({
                "id": id, "content": token, "special": true, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false,
            })
        });
        let around = |token: &str, id: usize| json!([token, id]);
        json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": added.collect::<Vec<_>>(),
            "normalizer": null,
            "pre_tokenizer": { "type": "WhitespaceSplit" },
            "post_processor": {
                "type": "BertProcessing", "sep": around("[SEP]", 3), "cls": around("[CLS]", 2),
            },
            "decoder": null,
            "model": { "type": "WordLevel", "unk_token": "[UNK]", "vocab": vocabulary },
        })
    }

    /// Every tensor by name and shape, as bytes: what multiplies a normalised value lies around 1, all else around 0.
    fn tensors(&self) -> Vec<(String, Vec<usize>, Vec<u8>)> {
        let (hidden, inner) = (self.hidden, 2 * self.hidden);
        let mut shapes: Vec<(String, Vec<usize>)> = Vec::new();
        let rows = [("word", self.vocabulary()), ("position", self.positions), ("token_type", 2)];
        for (table, rows) in rows {
            shapes.push((format!("embeddings.{table}_embeddings.weight"), vec![rows, hidden]));
        }
        let mut norms = vec!["embeddings.LayerNorm".to_owned()];
        for layer in (0..self.layers).map(|layer| format!("encoder.layer.{layer}")) {
            for (name, to, from) in [
                ("attention.self.query", hidden, hidden),
                ("attention.self.key", hidden, hidden),
                ("attention.self.value", hidden, hidden),
                ("attention.output.dense", hidden, hidden),
                ("intermediate.dense", inner, hidden),
                ("output.dense", hidden, inner),
            ] {
                shapes.push((format!("{layer}.{name}.weight"), vec![to, from]));
                shapes.push((format!("{layer}.{name}.bias"), vec![to]));
            }
            norms
                .extend(["attention.output", "output"].map(|of| format!("{layer}.{of}.LayerNorm")));
        }
        for norm in norms {
            shapes.extend(["weight", "bias"].map(|of| (format!("{norm}.{of}"), vec![hidden])));
        }
        let mut noise = Noise(1);
        let tensor = |(name, shape): (String, Vec<usize>)| {
            let centre = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
            let count = shape.iter().product();
            let values = (0..count).flat_map(|_| (centre + 0.3 * noise.next()).to_le_bytes());
            let bytes = values.collect();
            (name, shape, bytes)
        };
        shapes.into_iter().map(tensor).collect()
    }
}

/// Numbers between -1 and 1 (Knuth's MMIX generator, The Art of Computer Programming 2, 3.3.4).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}
