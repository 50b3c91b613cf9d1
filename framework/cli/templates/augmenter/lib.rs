//! A plugin library for triglot with one augmenter: training texts lose some of their words.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Augmenter, Component, Context, Error, Random, Result, Text};

#[cfg(test)]
mod tests;

triglot_sdk::plugin! { name: "{{name}}", components: [augmenter DropWords] }

/// The options, as a manifest writes them. What their comments say is what `triglot plugins show` prints.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Probability of each word to be left out.
    #[schemars(range(min = 0.0, max = 1.0))]
    probability: f64,
    /// Codes of the languages whose texts lose words. Left out: every language.
    #[schemars(length(min = 1))]
    languages: Option<Vec<String>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            probability: 0.1,
            languages: None,
        }
    }
}

/// Leaves out words, each with the same probability, but never all of a text.
struct DropWords {
    options: Options,
}

impl Component for DropWords {
    type Options = Options;
    const ID: &'static str = "drop-words";
    const SUMMARY: &'static str = "Leaves out words, each with the same probability";
}

impl Augmenter for DropWords {
    fn create(options: Options, _: &Context) -> Result<Self> {
        let probability = options.probability;
        if !(0.0..=1.0).contains(&probability) {
            return Err(Error::invalid(format!(
                "`probability` is {probability}; it must be from 0 to 1"
            )));
        }
        Ok(Self { options })
    }

    /// A pure function of text and key: every draw follows from the key.
    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()> {
        let languages = self.options.languages.as_deref();
        let meant = languages.is_none_or(|codes| codes.iter().any(|code| code == text.language));
        let mut random = Random::new(&[text.key]);
        let mut is_kept = || random.unit() >= self.options.probability;
        let kept: Vec<&str> = text
            .text
            .split(' ')
            .filter(|_| !meant || is_kept())
            .collect();
        match kept.is_empty() {
            true => out.push_str(text.text),
            false => out.push_str(&kept.join(" ")),
        }
        Ok(())
    }
}
