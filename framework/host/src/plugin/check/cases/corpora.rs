//! Samplers on corpora as people have them: without a user column, in one language, with texts that are empty or equal.
//!
//! A sampler may refuse any of them, in words; what it may not do is crash on one, or draw what is no batch of it.

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusal, Trouble};
use crate::plugin::check::material::Corpus;

use super::sampler::wrong_with;

/// The case of samplers that is about what they are made over.
pub(super) const CASES: &[Case] = &[Case::of(
    Kind::Sampler,
    "sampler-corpora",
    "Over any corpus, however small, uniform or gappy, valid batches are drawn, or it is refused in words",
    corpora,
)];

const LANGUAGES: [&str; 4] = ["de", "en", "fi", "zh"];

/// Corpora that differ from the usual one in a single thing, which their names say.
fn unusual() -> Vec<(&'static str, Corpus)> {
    let one_each: Vec<Vec<u32>> = (0..40).map(|example| vec![example % 4]).collect();
    let usual = Corpus::small;
    vec![
        ("a corpus without a user column", Corpus { user: None, ..usual() }),
        (
            "a corpus whose user column holds nothing but NaN",
            Corpus { user: Some(vec![f64::NAN; usual().all_rows()]), ..usual() },
        ),
        ("a corpus whose user column has gaps", {
            let gap = |example: &u32| if example % 4 == 3 { f64::NAN } else { f64::from(*example) };
            let user = usual().example.iter().map(gap).collect();
            Corpus { user: Some(user), ..usual() }
        }),
        ("a corpus without hard negatives", usual().without_negatives()),
        ("a corpus of one language", Corpus::of(&["en"], &vec![vec![0]; 40])),
        (
            "a corpus in which every example exists in one language only",
            Corpus::of(&LANGUAGES, &one_each),
        ),
        ("a corpus with a language that no row has", Corpus::of(&LANGUAGES, &vec![vec![0, 2]; 40])),
        ("a corpus of empty texts", {
            let rows = usual().all_rows();
            Corpus { length: vec![0; rows], text_hash: vec![1; rows], ..usual() }
        }),
        ("a corpus of one group", Corpus { group: vec![0; usual().all_rows()], ..usual() }),
        ("a corpus of one example in all languages", Corpus::parallel(1)),
        ("a corpus of one pair", Corpus::of(&["en"], &[vec![0]])),
    ]
}

fn corpora(lab: &Lab) -> Outcome {
    // Options that suit no corpus at all are not this case's to complain of.
    lab.options()?;
    for (name, corpus) in unusual() {
        for batch_size in [1, 2, 32] {
            let where_ = format!("over {name}, in batches of {batch_size}");
            // The last line that a crash leaves behind.
            eprintln!("{where_}");
            match draw(lab, &corpus, batch_size) {
                Ok(None) => {}
                Ok(Some(wrong)) => return Ok(Verdict::Fail(format!("{where_}: {wrong}"))),
                Err(Trouble::Refused(refusal)) if is_lawful(&refusal) => {}
                Err(Trouble::Refused(refusal)) => {
                    return Ok(Verdict::Fail(format!("{where_}: {refusal}")));
                }
                Err(other) => return Err(other.when(&where_)),
            }
        }
    }
    Ok(Verdict::PASS)
}

/// Whether this is how a corpus is refused.
fn is_lawful(refusal: &Refusal) -> bool {
    refusal.call == "create" && refusal.is_invalid() && !refusal.message.is_empty()
}

/// What is wrong with the first batches, and with one far off.
fn draw(lab: &Lab, corpus: &Corpus, batch_size: usize) -> Result<Option<String>, Trouble> {
    let sampler = lab.sampler(corpus, batch_size)?;
    if sampler.epoch_length()? == 0 {
        return Ok(Some("an epoch of 0 batches".to_owned()));
    }
    for ordinal in [0, 1, 2, 3, 1 << 33] {
        let batch = sampler.sample(11, ordinal)?;
        if let Some(wrong) = wrong_with(&batch, corpus, batch_size) {
            return Ok(Some(format!("batch {ordinal}: {wrong}")));
        }
    }
    Ok(None)
}
