//! What holds for samplers that state what they draw.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::sampler::on_each_ground;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::Lab;
use crate::plugin::check::material::Corpus;
use crate::plugin::sampler::Batch;
use crate::plugin::{Kind, Law, Unit};

/// The cases.
pub(super) const CASES: &[Case] = &[Case::of(
    Kind::Sampler,
    "sampler-law",
    "A law that is stated has languages of the corpus, each two once, with probabilities that add up to 1; it is the same \
     before and after batches are drawn, and they keep it",
    law,
)];

fn law(lab: &Lab) -> Outcome {
    let stated = Cell::new(false);
    let answer = on_each_ground(lab, |corpus, batch_size, sampler| {
        let Some(law) = sampler.law(corpus)? else { return Ok(None) };
        stated.set(true);
        for ordinal in 0..12 {
            let drawn = languages(&sampler.sample(5, ordinal)?, corpus);
            if let Some(wrong) = unstated(&drawn, &law) {
                return Ok(Some(format!("batch {ordinal} {wrong}")));
            }
        }
        for (who, other) in [
            ("after some batches", sampler.law(corpus)?),
            ("of a fresh instance", lab.sampler(corpus, batch_size)?.law(corpus)?),
        ] {
            if other.as_ref() != Some(&law) {
                return Ok(Some(format!("the law is {law:?}, and {other:?} {who}")));
            }
        }
        Ok(None)
    })?;
    Ok(match answer {
        Verdict::Pass(_) if !stated.get() => Verdict::Skip("it states no law".into()),
        answer => answer,
    })
}

/// The languages of query and passage that a batch has. Rows that are none are another case's.
fn languages(batch: &Batch, corpus: &Corpus) -> BTreeSet<(u32, u32)> {
    let language = |row: &u32| corpus.language.get(*row as usize).copied();
    let pairs = batch.queries.iter().zip(&batch.passages);
    pairs.filter_map(|(query, passage)| language(query).zip(language(passage))).collect()
}

/// How the languages of a batch break the law.
fn unstated(drawn: &BTreeSet<(u32, u32)>, law: &Law) -> Option<String> {
    let stated = |languages: &(u32, u32)| law.pairs.iter().any(|(q, p, _)| (*q, *p) == *languages);
    if let Some((query, passage)) = drawn.iter().find(|languages| !stated(languages)) {
        return Some(format!("has the languages {query} and {passage}, which the law lacks"));
    }
    (law.unit == Unit::Batch && drawn.len() > 1).then(|| {
        format!("has {} pairs of languages, and the law is one of whole batches", drawn.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_breaks_a_law_by_languages_that_it_lacks_and_by_mixing_those_of_whole_batches() {
        let law = |unit| Law { unit, pairs: vec![(0, 0, 0.5), (1, 1, 0.5)] };
        let broken = |drawn: &[(u32, u32)], unit| {
            unstated(&drawn.iter().copied().collect(), &law(unit)).is_some()
        };
        assert!(!broken(&[(0, 0), (1, 1)], Unit::Pair));
        assert!(broken(&[(0, 0), (1, 1)], Unit::Batch));
        assert!(!broken(&[(1, 1)], Unit::Batch));
        assert!(broken(&[(0, 1)], Unit::Pair));
    }
}
