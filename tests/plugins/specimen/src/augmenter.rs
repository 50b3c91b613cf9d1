//! Upper case.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Augmenter, Component, Context, Error, Random, Result, Text};

/// Options of `shout`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The probability that a text is rewritten.
    #[serde(default = "always")]
    #[schemars(range(min = 0.0, max = 1.0))]
    share: f64,
}

fn always() -> f64 {
    1.0
}

/// Puts a share of the texts in upper case, each drawn by its own key.
pub struct Shout {
    share: f64,
}

impl Component for Shout {
    type Options = Options;
    const ID: &'static str = "shout";
    const SUMMARY: &'static str = "Texts in upper case";
}

impl Augmenter for Shout {
    fn create(options: Options, _: &Context) -> Result<Self> {
        if !(0.0..=1.0).contains(&options.share) {
            return Err(Error::invalid(format!(
                "`share` is {}; it must be from 0 to 1",
                options.share
            )));
        }
        Ok(Self { share: options.share })
    }

    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()> {
        if Random::new(&[text.key]).unit() < self.share {
            out.extend(text.text.chars().flat_map(char::to_uppercase));
        } else {
            out.push_str(text.text);
        }
        Ok(())
    }
}
