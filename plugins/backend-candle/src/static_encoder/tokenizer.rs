//! Texts to token ids.
//!
//! A tokenizer that is trained here is byte-level byte-pair encoding after NFKC and, unless told otherwise, lower
//! case: it spells every text of every language, so it has no unknown token. A space goes before the text, so that
//! its first word is the same token as within a sentence.
//!
//! Training follows from the words and their counts alone, neither from hash seeds nor from threads: every pair stands
//! once in the trainer's queue, ordered by count and then by the smaller pair. A test holds it to that.
//!
//! The truncation is written into the tokenizer itself. Whoever loads the exported tokenizer.json then cuts texts
//! where training cut them.

use std::collections::HashMap;

use rayon::prelude::*;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::normalizers::{Lowercase, NFKC, NormalizerWrapper, Sequence};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PostProcessorWrapper,
    PreTokenizedString, PreTokenizer, Tokenizer, TruncationParams,
};
use triglot_sdk::{Error, Host, Result, Text, TextStream};

use super::options::Options;
use crate::options::MAX_VOCABULARY;

/// Texts whose words are counted at once, so that memory does not grow with the part that the host gives.
const COUNTED_AT_ONCE: usize = 4096;
/// A pair seen once is an accident of the corpus and is not merged.
const MIN_COUNT: u64 = 2;

/// A tokenizer, ready.
pub(crate) struct TextTokenizer {
    tokenizer: Tokenizer,
    json: String,
    rows: usize,
}

impl TextTokenizer {
    /// Trains one on `texts`, prefixes included.
    pub(crate) fn train(
        texts: &mut TextStream<'_>,
        options: &Options,
        host: &Host,
    ) -> Result<Self> {
        let mut normalizers = vec![NormalizerWrapper::NFKC(NFKC)];
        if options.lowercase {
            normalizers.push(NormalizerWrapper::Lowercase(Lowercase));
        }
        let normalizer = Sequence::new(normalizers);
        let byte_level = ByteLevel::new(true, true, true);

        let mut counts: HashMap<String, u64> = HashMap::new();
        while let Some(part) = texts.next_part()? {
            let part: Vec<Text<'_>> = part.iter().collect();
            for texts in part.chunks(COUNTED_AT_ONCE) {
                if host.cancelled() {
                    return Err(Error::cancelled());
                }
                let words: Vec<Vec<String>> = texts
                    .par_iter()
                    .map(|text| words(&with_prefix(options, text), &normalizer, &byte_level))
                    .collect::<Result<_>>()?;
                for word in words.into_iter().flatten() {
                    *counts.entry(word).or_default() += 1;
                }
            }
        }
        if counts.is_empty() {
            return Err(no_texts());
        }
        let words = counts.len();
        let trainer = BpeTrainer::builder()
            .vocab_size(options.vocab_size)
            .min_frequency(MIN_COUNT)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .show_progress(false)
            .build();
        let counts = counts.into_iter().map(|(word, n)| (word.into(), n));
        let mut model = BPE::default();
        trainer.do_train(&counts.collect(), &mut model).map_err(failed)?;
        host.info(format_args!(
            "trained a tokenizer of {} tokens on {words} different words",
            model.get_vocab_size()
        ));

        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(normalizer))
            .map_err(failed)?
            .with_pre_tokenizer(Some(byte_level))
            .with_decoder(Some(DecoderWrapper::ByteLevel(byte_level)));
        Self::new(tokenizer, options.max_tokens)
    }

    /// One from the content of a tokenizer.json, with a truncation of `max_tokens` in place of its own.
    pub(crate) fn from_json(json: &[u8], max_tokens: usize) -> Result<Self> {
        let tokenizer = Tokenizer::from_bytes(json)
            .map_err(|error| Error::invalid(format!("not a tokenizer.json: {error}")))?;
        if let ModelWrapper::BPE(model) = tokenizer.get_model()
            && model.dropout.is_some_and(|dropout| dropout > 0.0)
        {
            return Err(Error::invalid(
                "its model has a dropout, so the same text would get other tokens each time; set it to null",
            ));
        }
        Self::new(tokenizer, max_tokens)
    }

    fn new(mut tokenizer: Tokenizer, max_tokens: usize) -> Result<Self> {
        let rows = tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1);
        if rows == 0 || rows > MAX_VOCABULARY {
            return Err(Error::invalid(format!(
                "its ids need a table of {rows} rows, allowed are 1 to {MAX_VOCABULARY}"
            )));
        }
        // A mean has no use for special tokens or padding.
        tokenizer
            .with_post_processor(None::<PostProcessorWrapper>)
            .with_padding(None)
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                ..TruncationParams::default()
            }))
            .map_err(failed)?;
        let json = tokenizer.to_string(false).map_err(failed)?;
        Ok(Self { tokenizer, json, rows })
    }

    /// Rows of a table that has one for every id.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The content of its tokenizer.json.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// The tokens of every text.
    pub(crate) fn encode(&self, texts: Vec<String>) -> Result<Vec<Vec<u32>>> {
        let encodings = self.tokenizer.encode_batch_fast(texts, false).map_err(failed)?;
        Ok(encodings.iter().map(|encoding| encoding.get_ids().to_vec()).collect())
    }
}

/// What is tokenised of a text.
pub(crate) fn with_prefix(options: &Options, text: &Text<'_>) -> String {
    [options.prefix(text.role), text.text].concat()
}

/// The error of a model that has nothing to make a tokenizer of.
pub(crate) fn no_texts() -> Error {
    Error::invalid(
        "there are no training texts to train a tokenizer on; give some, or name a tokenizer.json in the option \
         `tokenizer`",
    )
}

fn words(text: &str, normalizer: &Sequence, byte_level: &ByteLevel) -> Result<Vec<String>> {
    let mut text = NormalizedString::from(text);
    normalizer.normalize(&mut text).map_err(failed)?;
    let mut text = PreTokenizedString::from(text);
    byte_level.pre_tokenize(&mut text).map_err(failed)?;
    Ok(text
        .get_splits(OffsetReferential::Normalized, OffsetType::None)
        .into_iter()
        .map(|(word, ..)| word.to_owned())
        .collect())
}

fn failed(error: tokenizers::Error) -> Error {
    Error::failed(format!("tokenizer: {error}"))
}
