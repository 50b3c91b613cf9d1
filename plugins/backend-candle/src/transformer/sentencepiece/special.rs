//! The special tokens of a T5: those of its pieces, and what `tokenizer_config.json` and `special_tokens_map.json` say.
//!
//! Which of these count, and in which order, is a matter of transformers; where it changed over the years, release 5
//! counts. Above all, a list of further tokens in either file takes the place of the pieces that are tokens of their own
//! and of the extra ids, even if it is null.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use triglot_sdk::{Error, Result};

use super::extra_id;
use super::model::{Model, Piece};
use crate::files;

const CONFIG: &str = "tokenizer_config.json";
const MAP: &str = "special_tokens_map.json";
const ADDED: &str = "added_tokens.json";

/// The name of the token after each text.
const END: &str = "eos_token";

/// The special tokens that have names, and what they are where nothing is said.
const NAMED: [(&str, Option<&str>); 7] = [
    ("bos_token", None),
    (END, Some("</s>")),
    ("unk_token", Some("<unk>")),
    ("sep_token", None),
    ("pad_token", Some("<pad>")),
    ("cls_token", None),
    ("mask_token", None),
];

const EXTRA_IDS: u64 = 100;
const MAX_EXTRA_IDS: u64 = 10_000;

/// What a token to mark a gap has in its name.
const EXTRA_ID: &str = "<extra_id_";

/// All that is no piece.
pub(super) struct Special {
    /// The path of tokenizer_config.json, which need not be there.
    pub path: PathBuf,
    /// How many follow on the pieces, the last one first.
    pub extra_ids: usize,
    /// The token after each text.
    pub end: String,
    /// Tokens of their own; of two that are alike the later one counts.
    pub added: Vec<Added>,
}

/// A token that is found in a text before the text is cut.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Added {
    pub content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    normalized: Option<bool>,
    #[serde(default)]
    special: bool,
}

impl Added {
    fn special(content: &str) -> Self {
        Self::new(content, true)
    }

    fn new(content: &str, special: bool) -> Self {
        Self {
            content: content.to_owned(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: Some(false),
            special,
        }
    }

    fn of(piece: &Piece) -> Self {
        Self::new(&piece.piece, piece.control)
    }

    /// As a tokenizer.json lists it.
    pub(super) fn json(&self, id: usize) -> Value {
        json!({
            "id": id, "content": self.content, "single_word": self.single_word, "lstrip": self.lstrip,
            "rstrip": self.rstrip, "normalized": self.normalized.unwrap_or(!self.special),
            "special": self.special,
        })
    }
}

impl Special {
    /// Reads the folder's files, each of which may be missing.
    pub(super) fn read(folder: &Path, model: &Model) -> Result<Self> {
        let (path, mut config) = read_optional(folder, CONFIG)?;
        let refused = |key: &str, found: &dyn Display, allowed: &str| {
            Error::invalid(format!(
                "{}: `{key}`: found {found}, allowed is {allowed}",
                path.display()
            ))
        };
        // The list of further tokens has an older name too.
        if config.get("extra_special_tokens").is_none_or(is_nothing)
            && let Some(list) = config.shift_remove("additional_special_tokens")
        {
            config.insert("extra_special_tokens".into(), list);
        }
        let mut added = Vec::new();
        if let Some(decoder) = config.get("added_tokens_decoder") {
            added = by_id(decoder).ok_or_else(|| {
                refused("added_tokens_decoder", decoder, "a table of tokens by their ids")
            })?;
        } else {
            merge(&mut config, read_optional(folder, MAP)?.1);
            let path = folder.join(ADDED);
            if path.exists() {
                return Err(Error::invalid(format!(
                    "{}: with {}, it is not read; transformers writes both as a tokenizer.json",
                    path.display(),
                    super::SPIECE
                )));
            }
        }

        let extra_ids = match config.get("extra_ids") {
            None => EXTRA_IDS,
            Some(found) => found
                .as_u64()
                .filter(|ids| *ids <= MAX_EXTRA_IDS)
                .ok_or_else(|| refused("extra_ids", found, &format!("0 to {MAX_EXTRA_IDS}")))?,
        };
        let own =
            own(&model.pieces, extra_ids).map_err(|allowed| match config.get("extra_ids") {
                Some(found) => refused("extra_ids", found, &allowed),
                None => refused(
                    "extra_ids",
                    &format!("nothing, which stands for {extra_ids}"),
                    &allowed,
                ),
            })?;
        let further = match config.get("extra_special_tokens") {
            None => own,
            Some(Value::Null) => Vec::new(),
            Some(found) => {
                let list = found.as_array().and_then(|list| list.iter().map(token).collect());
                list.ok_or_else(|| refused("extra_special_tokens", found, "a list of tokens"))?
            }
        };
        let names = named(&config).map_err(|(key, allowed)| refused(key, &config[key], allowed))?;
        let end = names.iter().find(|(name, _)| *name == END).map(|(_, end)| end.content.clone());
        let end = end.ok_or_else(|| refused(END, &Value::Null, "a token"))?;
        let names = names.into_iter().map(|(_, token)| token).collect();
        let added = in_order(added, names, further);
        Ok(Self { path, extra_ids: extra_ids as usize, end, added })
    }
}

/// The pieces that are tokens of their own, and where no gaps are among them, the extra ids; else how many of those are
/// allowed.
fn own(pieces: &[Piece], extra_ids: u64) -> std::result::Result<Vec<Added>, String> {
    let mut own: Vec<Added> = pieces.iter().filter(|piece| piece.added).map(Added::of).collect();
    match own.iter().filter(|token| token.content.contains(EXTRA_ID)).count() {
        0 => own.extend((0..extra_ids as usize).map(|i| Added::special(&extra_id(i)))),
        found if extra_ids > 0 && found as u64 != extra_ids => {
            return Err(format!("0 or {found}, the number of pieces that have such names"));
        }
        _ => (),
    }
    Ok(own)
}

/// The tokens that have names; else which key is not as it must be, and what is allowed.
fn named(
    config: &Map<String, Value>,
) -> std::result::Result<Vec<(&'static str, Added)>, (&str, &'static str)> {
    let mut named = Vec::new();
    for (name, default) in NAMED {
        let found = match config.get(name) {
            None => default.map(Added::special),
            Some(Value::Null) => None,
            Some(found) => Some(token(found).ok_or((name, "a token or null"))?),
        };
        named.extend(found.map(|token| (name, token)));
    }
    let other = config.iter().find(|(key, value)| {
        key.ends_with("_token") && value.is_string() && NAMED.iter().all(|(name, _)| key != name)
    });
    match other {
        Some((key, _)) => Err((key, "nothing: a T5 has no such token")),
        None => Ok(named),
    }
}

/// Those by id, then those that have names, then the further ones; the earlier ones count, and what has a name is special.
fn in_order(by_id: Vec<Added>, names: Vec<Added>, further: Vec<Added>) -> Vec<Added> {
    let mut all = by_id;
    let named: Vec<String> = names.iter().map(|token| token.content.clone()).collect();
    let first: HashSet<String> = all.iter().map(|token| token.content.clone()).collect();
    all.extend(names.into_iter().chain(further).filter(|token| !first.contains(&token.content)));
    for token in &mut all {
        token.normalized.get_or_insert(!token.special);
        token.special |= named.contains(&token.content);
    }
    all.retain(|token| !token.content.is_empty());
    all
}

/// What special_tokens_map.json says goes before what tokenizer_config.json says; lists of further tokens are joined.
fn merge(config: &mut Map<String, Value>, map: Map<String, Value>) {
    for (key, mut value) in map {
        if key == "additional_special_tokens" {
            continue;
        }
        if let (Value::Array(more), true) = (&mut value, key == "extra_special_tokens") {
            let mut list = config.get(&key).and_then(Value::as_array).cloned().unwrap_or_default();
            more.retain(|token| !list.contains(token));
            list.append(more);
            value = list.into();
        } else if let Some(token) = value.as_object_mut() {
            token.insert("special".into(), true.into());
        }
        config.insert(key, value);
    }
}

/// A token by its content alone, which is special then, or with all that is said of it.
fn token(value: &Value) -> Option<Added> {
    match value {
        Value::String(content) => Some(Added::special(content)),
        Value::Object(_) => Added::deserialize(value).ok(),
        _ => None,
    }
}

fn by_id(decoder: &Value) -> Option<Vec<Added>> {
    let tokens = decoder
        .as_object()?
        .iter()
        .map(|(id, token)| Some((id.parse::<u32>().ok()?, Added::deserialize(token).ok()?)));
    let mut tokens: Vec<(u32, Added)> = tokens.collect::<Option<_>>()?;
    tokens.sort_by_key(|(id, _)| *id);
    Some(tokens.into_iter().map(|(_, token)| token).collect())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(table) => table.is_empty(),
        _ => false,
    }
}

fn read_optional(folder: &Path, name: &str) -> Result<(PathBuf, Map<String, Value>)> {
    match folder.join(name) {
        path if path.exists() => files::read_json(folder, name),
        path => Ok((path, Map::new())),
    }
}
