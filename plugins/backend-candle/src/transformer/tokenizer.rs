//! Texts to token ids.
//!
//! The special tokens are those that the folder's post-processor puts around a text. What they are is found out once;
//! then a text is tokenised alone, cut from the right, and put between them, so that no cut ever takes one away. This
//! gives the ids that transformers gives when it truncates. Texts are not filled up to one length: here they are
//! packed.
//!
//! The file is kept as it was read, to be saved and exported byte for byte.

use std::path::Path;

use rayon::prelude::*;
use tokenizers::models::ModelWrapper;
use tokenizers::{Encoding, PostProcessor, PostProcessorWrapper, Token, Tokenizer};
use triglot_sdk::{Error, Result};

/// A tokenizer, ready.
pub(crate) struct TextTokenizer {
    tokenizer: Tokenizer,
    json: Vec<u8>,
    before: Vec<u32>,
    after: Vec<u32>,
    rows: usize,
}

impl TextTokenizer {
    /// One from the content of the tokenizer.json at `path`.
    pub(crate) fn from_json(path: &Path, json: Vec<u8>) -> Result<Self> {
        let refused = |why: &str| Error::invalid(format!("{}: {why}", path.display()));
        // The library panics at some files.
        let mut tokenizer = std::panic::catch_unwind(|| Tokenizer::from_bytes(&json))
            .map_err(|_| refused("not a tokenizer.json: the library panics at it"))?
            .map_err(|error| refused(&format!("not a tokenizer.json: {error}")))?;
        if let ModelWrapper::BPE(model) = tokenizer.get_model()
            && model.dropout.is_some_and(|dropout| dropout > 0.0)
        {
            return Err(refused(
                "its model has a dropout, so the same text would get other tokens each time; set it to null",
            ));
        }
        let (before, after) = specials(&tokenizer).map_err(|why| refused(&why))?;
        let ids = tokenizer.get_vocab(true).into_values();
        let largest = ids.chain(before.iter().chain(&after).copied()).max().unwrap_or(0);

        tokenizer.with_post_processor(None::<PostProcessorWrapper>).with_padding(None);
        tokenizer.with_truncation(None).map_err(failed)?;
        Ok(Self { tokenizer, json, before, after, rows: largest as usize + 1 })
    }

    /// Rows of a table that has one for every id.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The content of its tokenizer.json, as it was read.
    pub(crate) fn json(&self) -> &[u8] {
        &self.json
    }

    /// The special tokens that stand before every text and those that stand after it.
    pub(crate) fn specials(&self) -> (&[u32], &[u32]) {
        (&self.before, &self.after)
    }

    /// The tokenizer itself, without special tokens.
    pub(crate) fn inner(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The token ids of every text, special tokens included, cut to the number beside it.
    pub(crate) fn encode(&self, texts: &[(String, usize)]) -> Result<Vec<Vec<u32>>> {
        texts.par_iter().map(|(text, max_tokens)| self.encode_one(text, *max_tokens)).collect()
    }

    /// The token ids of one text.
    pub(crate) fn encode_one(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(failed)?;
        let room = max_tokens.saturating_sub(self.before.len() + self.after.len());
        let ids = encoding.get_ids();
        Ok([&self.before, &ids[..ids.len().min(room)], &self.after].concat())
    }
}

/// What the post-processor puts before and after a text, found out with a text of one token.
fn specials(tokenizer: &Tokenizer) -> std::result::Result<(Vec<u32>, Vec<u32>), String> {
    let text = Encoding::from_tokens(vec![Token::new(0, "a".into(), (0, 1))], 0);
    let processed = match tokenizer.get_post_processor() {
        Some(processor) => processor
            .process(text, None, true)
            .map_err(|error| format!("its `post_processor` fails: {error}"))?,
        None => text,
    };
    if processed.get_type_ids().iter().any(|type_id| *type_id != 0) {
        return Err("its `post_processor` gives tokens of a text a type other than 0".into());
    }
    let special = processed.get_special_tokens_mask();
    let ids: Vec<(u32, bool)> =
        processed.get_ids().iter().zip(special).map(|(id, special)| (*id, *special == 1)).collect();
    let mut parts = ids.split(|(_, special)| !special).map(|part| part.iter().map(|(id, _)| *id));
    match (parts.next(), parts.next(), parts.next()) {
        // So that even an empty text has a token.
        (Some(before), Some(after), None) if before.len() + after.len() > 0 => {
            Ok((before.collect(), after.collect()))
        }
        _ => Err("its `post_processor` must put a special token before or after each text, which must stand there once"
            .into()),
    }
}

fn failed(error: tokenizers::Error) -> Error {
    Error::failed(format!("tokenizer: {error}"))
}
