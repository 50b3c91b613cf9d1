//! Augmenters rewrite the texts of a training batch.

use crate::Component;
use crate::error::Result;
use crate::host::Context;
use crate::views::{Text, Texts};

/// Rewrites training texts, one by one. The same text under the same key always becomes the same text.
pub trait Augmenter: Component {
    /// Makes an instance.
    ///
    /// # Errors
    /// If the options cannot be used.
    fn create(options: Self::Options, context: &Context) -> Result<Self>;

    /// Appends what `text` becomes to the empty `out`.
    ///
    /// # Errors
    /// If the text cannot be rewritten.
    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()>;

    /// What there is to count of texts before they are augmented, for the run's record: tokens, say, and how many of
    /// them are replaced. Names are of `[a-z0-9._-]+`, each once. The counts of two lists of texts add up to those of both
    /// together.
    fn counts(&self, texts: &Texts<'_>) -> Vec<(String, u64)> {
        let _ = texts;
        Vec::new()
    }
}
