//! What holds for augmenters alone: a text becomes one text, which follows from it and its key.

use std::collections::BTreeMap;

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Augmenter, Lab, Trouble};
use crate::plugin::check::material::{Material, Text};

/// The cases of augmenters.
pub(super) const CASES: &[Case] = &[
    Case::of(Kind::Augmenter, "augmenter-count", "As many texts come back as were given", count),
    Case::of(
        Kind::Augmenter,
        "augmenter-key",
        "A text becomes the same under its key, alone and among others, whatever was augmented before",
        key,
    ),
    Case::of(
        Kind::Augmenter,
        "augmenter-counts",
        "What is counted of texts adds up over them, is the same when asked again, and changes nothing of what they become",
        counts,
    ),
];

fn count(lab: &Lab) -> Outcome {
    let texts = Material::usual().texts;
    let augmenter = lab.augmenter()?;
    for given in [texts.len(), 1, 2, 0] {
        let back = augmenter.augment(texts.get(..given).unwrap_or(&texts))?.len();
        if back != given {
            return Ok(Verdict::Fail(format!("{back} texts for {given}")));
        }
    }
    Ok(Verdict::PASS)
}

fn key(lab: &Lab) -> Outcome {
    let mut texts = Material::usual().training_texts;
    texts.truncate(24);
    let augmenter = lab.augmenter()?;
    let among_others = augmenter.augment(&texts)?;
    let alone = |text: &Text| augmenter.augment(std::slice::from_ref(text));
    let one_by_one = texts.iter().rev().map(alone).collect::<Result<Vec<_>, _>>()?;
    let backwards: Vec<Text> = texts.iter().rev().cloned().collect();
    let backwards = lab.augmenter()?.augment(&backwards)?;
    for (place, text) in texts.iter().enumerate() {
        let mirrored = texts.len() - 1 - place;
        let among = among_others.get(place);
        let others = [
            ("alone", one_by_one.get(mirrored).and_then(|texts| texts.first())),
            ("in another order", backwards.get(mirrored)),
        ];
        for (how, other) in others {
            if among != other {
                let shown = |text: Option<&String>| match text {
                    Some(text) => format!("{text:?}"),
                    None => "nothing".to_owned(),
                };
                return Ok(Verdict::Fail(format!(
                    "{:?} becomes {} among others and {} {how}",
                    text.text,
                    shown(among),
                    shown(other)
                )));
            }
        }
    }
    Ok(Verdict::PASS)
}

/// What is counted, without what is counted 0 times: not to name it says the same.
type Counted = BTreeMap<String, u64>;

fn counted(augmenter: &Augmenter, texts: &[Text]) -> Result<Counted, Trouble> {
    let none = || Trouble::Skipped("it counts nothing".into());
    let counts = augmenter.counts(texts)?.ok_or_else(none)?;
    Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
}

fn counts(lab: &Lab) -> Outcome {
    let texts = Material::usual().texts;
    let augmenter = lab.augmenter()?;
    let whole = counted(&augmenter, &texts)?;
    for at in [0, 1, texts.len() / 2, texts.len()] {
        let (first, rest) = texts.split_at(at);
        let mut sum = counted(&augmenter, first)?;
        for (name, count) in counted(&augmenter, rest)? {
            let both = sum.entry(name).or_default();
            *both = both.saturating_add(count);
        }
        if sum != whole {
            return Ok(Verdict::Fail(format!(
                "it counts {whole:?} of {} texts, and {sum:?} of {at} of them and the rest together",
                texts.len()
            )));
        }
    }
    if whole.is_empty() {
        return Ok(Verdict::Skip("it counts nothing".into()));
    }
    let (became, would_become) = (augmenter.augment(&texts)?, lab.augmenter()?.augment(&texts)?);
    if became != would_become {
        return Ok(Verdict::Fail("texts become something else once they were counted".into()));
    }
    let again = counted(&augmenter, &texts)?;
    Ok(match again == whole {
        true => Verdict::PASS,
        false => Verdict::Fail(format!(
            "it counts {whole:?}, and {again:?} of the same texts once they were augmented"
        )),
    })
}
