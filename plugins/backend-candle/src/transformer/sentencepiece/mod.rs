//! `spiece.model`, the file of SentencePiece that a T5 is published with, as a tokenizer.json.
//!
//! What is made is what `T5Tokenizer` of transformers 5 makes of such a folder: a unigram model of the file's pieces,
//! the extra ids after them; the file's rules of normalisation; words cut at blanks, each with `▁` before it; `</s>`
//! after each text. Two things follow from that. The unknown token is the third piece, whatever the file says, so a file
//! that says otherwise is refused. And pieces for bytes, as mT5 has them, spell nothing: what no other piece spells is
//! unknown.

mod charsmap;
mod model;
mod special;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokenizers::normalizers::precompiled::Precompiled;
use triglot_sdk::{Error, Result};

use super::pretrained::TOKENIZER;

use model::Model;
use special::{Added, Special};

/// The file.
pub(crate) const SPIECE: &str = "spiece.model";

/// The id that transformers takes for the unknown token of every T5.
const UNKNOWN: usize = 2;

/// The tokenizer.json that the folder's spiece.model stands for, and the path of that.
pub(crate) fn read(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
    if !folder.join(SPIECE).exists() {
        return Err(Error::invalid(format!(
            "{}: found neither {TOKENIZER} nor {SPIECE}, one of which is the tokenizer",
            folder.display()
        )));
    }
    let (path, model) = Model::read(folder)?;
    let special = Special::read(folder, &model)?;
    let json = convert(&path, model, special)?;
    Ok((path, serde_json::to_vec(&json)?))
}

fn convert(path: &Path, model: Model, special: Special) -> Result<Value> {
    let pieces = model.pieces.into_iter().map(|piece| (piece.piece, f64::from(piece.score)));
    let extra = (0..special.extra_ids).rev().map(|i| (extra_id(i), 0.0));
    let vocabulary: Vec<(String, f64)> = pieces.chain(extra).collect();
    let (added, ids) = number(special.added, &vocabulary);
    let Some(end) = ids.get(&special.end) else {
        return Err(Error::invalid(format!(
            "{}: `eos_token`: found {:?}, which is no token",
            special.path.display(),
            special.end
        )));
    };

    let normalizer = match &*model.charsmap {
        [] => Value::Null,
        charsmap => serde_json::to_value(Precompiled::from(charsmap).map_err(|error| {
            Error::invalid(format!("{}: `precompiled_charsmap`: {error}", path.display()))
        })?)?,
    };
    let metaspace = json!({
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true,
    });
    let text = |id: &str| json!({ "Sequence": { "id": id, "type_id": 0 } });
    let last = json!({ "SpecialToken": { "id": "</s>", "type_id": 0 } });
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": {
            "type": "Sequence", "pretokenizers": [{ "type": "WhitespaceSplit" }, &metaspace],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [text("A"), &last],
            "pair": [text("A"), &last, text("B"), &last],
            "special_tokens": { "</s>": { "id": "</s>", "ids": [end], "tokens": ["</s>"] } },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram", "unk_id": UNKNOWN, "vocab": vocabulary, "byte_fallback": false,
        },
    }))
}

/// The added tokens by their ids, and the ids of all tokens. A token that the vocabulary lacks gets the next id; of two
/// that are alike the later one counts.
fn number(added: Vec<Added>, vocabulary: &[(String, f64)]) -> (Vec<Value>, HashMap<String, usize>) {
    let mut ids: HashMap<String, usize> =
        vocabulary.iter().enumerate().map(|(id, (piece, _))| (piece.clone(), id)).collect();
    let mut next = vocabulary.len();
    let mut numbered = BTreeMap::new();
    for token in added {
        let id = *ids.entry(token.content.clone()).or_insert_with(|| {
            next += 1;
            next - 1
        });
        numbered.insert(id, token);
    }
    let added = numbered.into_iter().map(|(id, token)| token.json(id)).collect();
    (added, ids)
}

/// The name of a token that marks a gap in a text.
fn extra_id(number: usize) -> String {
    format!("<extra_id_{number}>")
}
