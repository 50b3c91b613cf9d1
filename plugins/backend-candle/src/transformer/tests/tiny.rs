//! A small but whole model folder, in the layout of Hugging Face, with a BERT's own kinds of special tokens.

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use triglot_sdk::Random;

use super::super::config::Config;
use super::super::layout::Kind;
use super::super::pretrained::{CONFIG, TOKENIZER};
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::tensors::{self, Named};

const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const WORDS: [&str; 12] = [
    "the",
    "river",
    "flows",
    "through",
    "three",
    "countries",
    "before",
    "it",
    "reaches",
    "sea",
    "which",
    "does",
];
/// Every other word is spelled by these.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789.,?!:";

/// A BERT's folder whose config.json has these changes; the weights follow from it, and are the same each time.
pub(crate) fn folder(changes: Value) -> TempDir {
    let mut config = json!({
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 32,
        "vocab_size": vocabulary().len() + 3,
        "max_position_embeddings": 40,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "pad_token_id": 0,
    });
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    of(&config)
}

/// The folder of any config.
pub(crate) fn of(config: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bytes = serde_json::to_vec(config).unwrap();
    files::write(folder.path(), CONFIG, &bytes).unwrap();
    files::write(folder.path(), TOKENIZER, tokenizer().to_string().as_bytes()).unwrap();
    let path = folder.path().join(CONFIG);
    if let Ok(config) = Config::from_json(&path, &bytes) {
        let weights = weights(&config);
        tensors::write(folder.path(), WEIGHTS, &named(&weights), None).unwrap();
    }
    folder
}

/// A tensor by name, shape and numbers.
pub(crate) type Weight = (String, Vec<usize>, Vec<f32>);

/// Random weights: what multiplies a normalised value lies around 1, all else around 0, and nothing is exactly either.
pub(crate) fn weights(config: &Config) -> Vec<Weight> {
    let mut random = Random::new(&[20]);
    let mut weights = Vec::new();
    for entry in config.layout.entries.iter().chain(&config.layout.pooler).cloned() {
        let (centre, width) = match entry.kind {
            Kind::Norm if entry.name.ends_with("weight") => (1.0, 0.3),
            Kind::Norm | Kind::Bias => (0.0, 0.3),
            Kind::Table => (0.0, 1.0),
            Kind::Weight => (0.0, 0.5),
        };
        let count = entry.shape.iter().product();
        let values =
            (0..count).map(|_| (centre + width * (2.0 * random.unit() - 1.0)) as f32).collect();
        weights.push((entry.name, entry.shape, values));
    }
    weights
}

/// As [`tensors::write`] takes them.
pub(crate) fn named(weights: &[Weight]) -> Vec<Named<'_>> {
    weights.iter().map(|(name, shape, values)| Named::new(name, shape, values)).collect()
}

fn vocabulary() -> Vec<String> {
    let letters = LETTERS.chars().flat_map(|letter| [letter.to_string(), format!("##{letter}")]);
    let words = SPECIAL.iter().chain(&WORDS).map(|word| (*word).to_owned());
    words.chain(letters).collect()
}

/// The tokenizer.json: word pieces in lower case, between `[CLS]` and `[SEP]`.
pub(crate) fn tokenizer() -> Value {
    let vocabulary: Map<String, Value> =
        vocabulary().into_iter().zip(0..).map(|(token, id)| (token, json!(id))).collect();
    let added: Vec<Value> = SPECIAL
        .iter()
        .map(|token| {
            json!({
                "id": vocabulary[*token], "content": token, "special": true, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false,
            })
        })
        .collect();
    let special =
        |token: &str| json!({ "id": token, "ids": [vocabulary[token]], "tokens": [token] });
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                { "SpecialToken": { "id": "[CLS]", "type_id": 0 } },
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "[SEP]", "type_id": 0 } },
            ],
            "pair": [],
            "special_tokens": { "[CLS]": special("[CLS]"), "[SEP]": special("[SEP]") },
        },
        "decoder": null,
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    })
}
