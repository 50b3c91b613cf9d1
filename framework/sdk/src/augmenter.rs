//! Augmenters rewrite the texts of a training batch.

use crate::Component;
use crate::error::Result;
use crate::host::Context;
use crate::views::Text;

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
}
