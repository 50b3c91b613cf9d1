//! A folder that transformers loads, and sentence-transformers too: a `Transformer` module, then what follows on it.
//!
//! Either cuts all texts to one length, whatever their role. That is the longer of the two here, so a query between
//! the two lengths is cut later there. Prefixes become prompts of sentence-transformers; who uses transformers alone
//! puts them before the texts.

use std::path::Path;

use serde_json::{Map, Value, json};
use triglot_sdk::Result;

use super::adapter;
use super::head;
use super::import::TRANSFORMER_CONFIG;
use super::pretrained::{CONFIG, Pretrained, TOKENIZER};
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::sentence_transformers::{write_modules, write_prompts};
use crate::tensors::{self, Precision};

const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

/// The roles that transformers names, and the special tokens that have them in the vocabularies of BERT and XLM-R.
const SPECIAL_TOKENS: [(&str, &[&str]); 5] = [
    ("pad_token", &["[PAD]", "<pad>"]),
    ("unk_token", &["[UNK]", "<unk>"]),
    ("mask_token", &["[MASK]", "<mask>"]),
    ("bos_token", &["<s>"]),
    ("eos_token", &["</s>"]),
];

/// Writes the folder.
pub(crate) fn export(folder: &Path, model: &Pretrained) -> Result<()> {
    let settings = &model.settings;
    let max_tokens = settings.max_query_tokens.max(settings.max_passage_tokens);
    files::write_json(folder, CONFIG, &config(model))?;
    // Releases of transformers before 5 insist on this note.
    let note = Some(("format", "pt".into()));
    tensors::write_as(folder, WEIGHTS, &model.exported(), note, settings.export)?;
    files::write(folder, TOKENIZER, model.tokenizer.json())?;
    files::write_json(folder, TOKENIZER_CONFIG, &tokenizer_config(model, max_tokens))?;

    let transformer = json!({ "max_seq_length": max_tokens, "do_lower_case": false });
    files::write_json(folder, TRANSFORMER_CONFIG, &transformer)?;
    let head = head::export(folder, &model.head, settings.export)?;
    let head = head.iter().map(|(name, class)| (name.as_str(), *class));
    write_modules(folder, &[("", "Transformer")].into_iter().chain(head).collect::<Vec<_>>())?;
    write_prompts(folder, &settings.query_prefix, &settings.passage_prefix)?;
    adapter::export(folder, model)
}

/// The config as it was read; only what it says of the class and the type of numbers must be true of the weights.
fn config(model: &Pretrained) -> Map<String, Value> {
    let mut config = model.config.raw.clone();
    // Whatever class it was read from, heads and decoders are left out.
    config.insert("architectures".into(), json!([model.config.family.class]));
    for key in ["torch_dtype", "dtype"] {
        if let Some(dtype) = config.get_mut(key) {
            *dtype = json!(model.settings.export.torch_name());
        }
    }
    // Nothing said means float32.
    if !config.contains_key("dtype") && model.settings.export != Precision::F32 {
        config.entry("torch_dtype").or_insert_with(|| json!(model.settings.export.torch_name()));
    }
    config
}

/// Names the special tokens. All but the padding are named only if tokenizer.json has them as special tokens already:
/// transformers would add others, and texts would get other tokens.
fn tokenizer_config(model: &Pretrained, max_tokens: usize) -> Map<String, Value> {
    let tokenizer = model.tokenizer.inner();
    let added = tokenizer.get_added_tokens_decoder();
    let special = |id: u32| added.get(&id).filter(|token| token.special).map(|t| t.content.clone());
    let (before, after) = model.tokenizer.specials();
    let mut tokens: Vec<(&str, Option<String>)> = vec![
        ("cls_token", before.first().and_then(|id| special(*id))),
        ("sep_token", after.last().and_then(|id| special(*id))),
    ];
    for (role, names) in SPECIAL_TOKENS {
        let ids = names.iter().filter_map(|name| tokenizer.token_to_id(name));
        tokens.push((role, ids.filter_map(special).next()));
    }

    let mut config = Map::new();
    config.insert("tokenizer_class".into(), json!("PreTrainedTokenizerFast"));
    config.insert("model_max_length".into(), json!(max_tokens));
    // A model without a table of types refuses the types that the class gives by itself.
    if model.config.layout.embeddings.token_type.is_none() {
        config.insert("model_input_names".into(), json!(["input_ids", "attention_mask"]));
    }
    for (role, token) in tokens {
        if let Some(token) = token {
            config.insert(role.into(), token.into());
        }
    }
    // Without a padding there are no batches.
    let padding = model.config.pad_token_id.and_then(|id| tokenizer.id_to_token(id));
    if let (None, Some(padding)) = (config.get("pad_token"), padding) {
        config.insert("pad_token".into(), padding.into());
    }
    config
}
