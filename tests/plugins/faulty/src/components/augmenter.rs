//! Words in another order.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Augmenter, Component, Context, Random, Result, Text, Texts};

use crate::conduct::Conduct;

/// Options of `augmenter`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The probability that a text is turned.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0))]
    share: f64,
}

fn half() -> f64 {
    0.5
}

/// Turns the words of a text round a place that its key draws.
pub struct Turn {
    conduct: Conduct,
    share: f64,
}

impl Component for Turn {
    type Options = Options;
    const ID: &'static str = "augmenter";
    const SUMMARY: &'static str = "Words turned round a random place";
}

impl Augmenter for Turn {
    fn create(options: Options, context: &Context) -> Result<Self> {
        let conduct = Conduct::new(context, ("share", options.share, 1.0))?;
        Ok(Self { conduct, share: options.share })
    }

    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()> {
        self.conduct.call(1);
        let mut words: Vec<&str> = text.text.split_whitespace().collect();
        let mut random = Random::new(&[text.key]);
        if random.unit() < self.share && !words.is_empty() {
            let place = random.below(words.len() as u64);
            words.rotate_left(place as usize);
        }
        out.push_str(&words.join(" "));
        let noise = self.conduct.noise();
        if noise > 0 {
            out.push_str(&noise.to_string());
        }
        Ok(())
    }

    fn counts(&self, texts: &Texts<'_>) -> Vec<(String, u64)> {
        let words = texts.iter().map(|text| text.text.split_whitespace().count() as u64);
        vec![("words".to_owned(), words.sum())]
    }
}
