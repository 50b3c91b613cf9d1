//! Laws of augmenters.

use std::collections::BTreeMap;

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

/// Holds that counts are the same whenever they are asked for, whole numbers of these texts that add up over them;
/// returns them, for what the augmenter promises beyond the law.
///
/// # Errors
/// If they are not, or a name stands there twice.
pub fn counts<A: Augmenter>(
    make: impl Fn() -> crate::Result<A>,
    texts: &Texts<'_>,
) -> Result<BTreeMap<String, u64>> {
    let mut augmenter = trying("making an instance", make())?;
    let whole = named(augmenter.counts(texts))?;
    let mut sum = BTreeMap::new();
    for text in texts.iter() {
        for (name, count) in named(augmenter.counts(&Texts::new(vec![text])))? {
            *sum.entry(name).or_default() += count;
        }
        rewrite(&mut augmenter, text)?;
    }
    let without_zeros = |counts: &BTreeMap<String, u64>| -> BTreeMap<String, u64> {
        counts.iter().filter(|(_, count)| **count > 0).map(|(name, n)| (name.clone(), *n)).collect()
    };
    demand(without_zeros(&sum) == without_zeros(&whole), || {
        format!("of all texts {whole:?} is counted, of one after another {sum:?}")
    })?;
    let again = named(augmenter.counts(texts))?;
    demand(again == whole, || format!("first {whole:?} is counted, later {again:?}"))?;
    Ok(whole)
}

fn named(counts: Vec<(String, u64)>) -> Result<BTreeMap<String, u64>> {
    let given = counts.len();
    let counts: BTreeMap<String, u64> = counts.into_iter().collect();
    demand(counts.len() == given, || format!("a name stands twice beside {counts:?}"))?;
    Ok(counts)
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
