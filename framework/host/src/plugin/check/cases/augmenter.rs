//! What holds for augmenters alone: a text becomes one text, which follows from it and its key.

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::Lab;
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
