//! The one option: which languages to draw from.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Corpus, Error, Result};

/// Options of every sampler of this library.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Codes of the languages to draw from. Left out: every language of the training data.
    #[schemars(length(min = 1))]
    pub languages: Option<Vec<String>>,
}

/// The languages to draw from, looked up in a corpus.
#[derive(Debug, Clone)]
pub struct Languages {
    selected: Vec<bool>,
}

impl Languages {
    /// Looks up the option's codes.
    pub fn new(options: &Options, corpus: &Corpus<'_>) -> Result<Self> {
        let Some(codes) = &options.languages else {
            return Ok(Self { selected: vec![true; corpus.languages.len()] });
        };
        let there = corpus.languages.join(", ");
        if codes.is_empty() {
            return Err(Error::invalid(format!(
                "`languages` is empty; the training data has {there}"
            )));
        }
        let mut selected = vec![false; corpus.languages.len()];
        for code in codes {
            let index = corpus.languages.iter().position(|known| known == code);
            match index.and_then(|index| selected.get_mut(index)) {
                Some(selected) => *selected = true,
                None => {
                    return Err(Error::invalid(format!(
                        "`languages` names `{code}`; the training data has {there}"
                    )));
                }
            }
        }
        Ok(Self { selected })
    }

    /// Whether rows of this language may be drawn.
    pub fn contains(&self, language: u32) -> bool {
        self.selected.get(language as usize) == Some(&true)
    }

    /// The codes of the languages to draw from, for a message.
    pub fn codes(&self, corpus: &Corpus<'_>) -> String {
        let codes: Vec<&str> = corpus
            .languages
            .iter()
            .zip(&self.selected)
            .filter_map(|(code, selected)| selected.then_some(*code))
            .collect();
        codes.join(", ")
    }
}
