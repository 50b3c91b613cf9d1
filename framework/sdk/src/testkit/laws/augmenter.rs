//! Laws of augmenters.

use super::{Result, demand, trying};
use crate::{Augmenter, Text, Texts};

/// Holds that a text becomes the same under its key, whatever the instance rewrote before; returns what the texts
/// became, for what the augmenter promises beyond the law.
///
/// # Errors
/// If a text becomes another, or cannot be rewritten.
pub fn rewrites<A: Augmenter>(
    make: impl Fn() -> crate::Result<A>,
    texts: &Texts<'_>,
) -> Result<Vec<String>> {
    let mut walking = trying("making an instance", make())?;
    let rewritten =
        texts.iter().map(|text| rewrite(&mut walking, text)).collect::<Result<Vec<_>>>()?;
    let mut backwards = trying("making an instance", make())?;
    let pairs: Vec<_> = texts.iter().zip(&rewritten).collect();
    for (text, there) in pairs.into_iter().rev() {
        let back = rewrite(&mut backwards, text)?;
        demand(*there == back, || {
            format!("{:?} becomes {there:?} after some texts and {back:?} after others", text.text)
        })?;
    }
    Ok(rewritten)
}

/// What a text becomes.
///
/// # Errors
/// If it cannot be rewritten.
pub fn rewrite<A: Augmenter>(augmenter: &mut A, text: Text<'_>) -> Result<String> {
    let mut out = String::new();
    trying(format_args!("rewriting {:?}", text.text), augmenter.augment(text, &mut out))?;
    Ok(out)
}
