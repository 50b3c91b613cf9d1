//! What holds for samplers alone: batches are of the corpus, follow from seed and ordinal alone, and an epoch is as long
//! as it is said to be.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use triglot_abi as abi;

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusable, Sampler, Trouble};
use crate::plugin::check::material::Corpus;
use crate::plugin::sampler::Batch;

/// The cases of samplers.
pub(super) const CASES: &[Case] = &[
    Case::of(
        Kind::Sampler,
        "sampler-rows",
        "A batch has as many pairs as asked for, each of a query row and a passage row of one example, and passage \
         rows for negatives",
        rows,
    ),
    Case::of(
        Kind::Sampler,
        "sampler-walk",
        "A batch follows from seed and ordinal alone: a fresh instance draws what one draws that walked there, on \
         whatever way",
        walk,
    ),
    Case::of(
        Kind::Sampler,
        "sampler-epoch",
        "An epoch has at least 1 batch, the same number for every instance and at any time; and where batches without \
         end come round to every pair once, after that number of them",
        epoch,
    ),
];

/// Corpora and batch sizes that most samplers can draw from.
fn grounds() -> [(Corpus, usize); 4] {
    [
        (Corpus::small(), 1),
        (Corpus::small(), 4),
        (Corpus::parallel(30), 7),
        (Corpus::parallel(3), 2),
    ]
}

/// A sampler for each ground on which the component makes one; `ask` is to say what is wrong.
pub(super) fn on_each_ground(
    lab: &Lab,
    ask: impl Fn(&Corpus, usize, Sampler) -> Result<Option<String>, Trouble>,
) -> Outcome {
    let mut refused = None;
    let mut made = 0;
    for (corpus, batch_size) in grounds() {
        match lab.sampler(&corpus, batch_size).or_refusal()? {
            Ok(sampler) => {
                made += 1;
                if let Some(wrong) = ask(&corpus, batch_size, sampler)? {
                    return Ok(Verdict::Fail(wrong));
                }
            }
            Err(refusal) if refusal.is_invalid() => refused = Some(refusal),
            Err(refusal) => return Err(Trouble::Refused(refusal)),
        }
    }
    Ok(match (made, refused) {
        (0, Some(refusal)) => {
            Verdict::Skip(format!("it draws from none of the corpora here: {refusal}"))
        }
        _ => Verdict::PASS,
    })
}

fn rows(lab: &Lab) -> Outcome {
    on_each_ground(lab, |corpus, batch_size, sampler| {
        for seed in [1, u64::MAX] {
            for ordinal in [0, 1, 2, 3, 50, 1 << 40, u64::MAX] {
                let batch = sampler.sample(seed, ordinal)?;
                if let Some(wrong) = wrong_with(&batch, corpus, batch_size) {
                    return Ok(Some(format!("batch {ordinal} under seed {seed}: {wrong}")));
                }
            }
        }
        Ok(None)
    })
}

/// What is wrong with a batch of a corpus.
pub(super) fn wrong_with(batch: &Batch, corpus: &Corpus, batch_size: usize) -> Option<String> {
    let pairs = batch.queries.len();
    if pairs != batch_size {
        return Some(format!("{pairs} pairs, {batch_size} are wanted"));
    }
    let listed = (batch.queries.iter().map(|row| (*row, abi::ROLE_QUERY, "a query")))
        .chain(batch.passages.iter().map(|row| (*row, abi::ROLE_PASSAGE, "a passage")))
        .chain(batch.negatives.items().iter().map(|row| (*row, abi::ROLE_PASSAGE, "a passage")));
    for (row, role, wanted) in listed {
        match corpus.role.get(row as usize) {
            None => return Some(format!("row {row} of a corpus with {} rows", corpus.all_rows())),
            Some(found) if *found != role => return Some(format!("row {row} is not {wanted}")),
            Some(_) => {}
        }
    }
    if let Some(row) = batch.passages.iter().find(|row| **row as usize >= corpus.rows()) {
        return Some(format!("row {row}, a further passage, is the passage of a pair"));
    }
    let example = |row: &u32| corpus.example.get(*row as usize);
    let parted =
        batch.queries.iter().zip(&batch.passages).find(|(q, p)| example(q) != example(p))?;
    Some(format!("rows {} and {} of one pair are of two examples", parted.0, parted.1))
}

fn walk(lab: &Lab) -> Outcome {
    const SEED: u64 = 5;
    const FAR: u64 = 12;
    on_each_ground(lab, |corpus, batch_size, walking| {
        let walked: Vec<Batch> =
            (0..FAR).map(|ordinal| walking.sample(SEED, ordinal)).collect::<Result<_, _>>()?;
        let backwards = lab.sampler(corpus, batch_size)?;
        let there_and_back: Vec<(u64, &Batch)> = (0..FAR).zip(&walked).collect();
        for (ordinal, there) in there_and_back.into_iter().rev() {
            backwards.sample(SEED + 1, ordinal)?;
            if backwards.sample(SEED, ordinal)? != *there {
                return Ok(Some(format!(
                    "batch {ordinal} is another for an instance that drew forwards than for one that drew \
                     backwards, under two seeds"
                )));
            }
        }
        for (ordinal, there) in (0..FAR).zip(&walked) {
            if lab.sampler(corpus, batch_size)?.sample(SEED, ordinal)? != *there {
                return Ok(Some(format!(
                    "a fresh instance draws another batch {ordinal} than one that drew those before it"
                )));
            }
        }
        Ok(None)
    })
}

/// Most batches that are drawn to see how long an epoch is.
const MOST_BATCHES: u64 = 1000;

fn epoch(lab: &Lab) -> Outcome {
    on_each_ground(lab, |corpus, batch_size, sampler| {
        let said = sampler.epoch_length()?;
        if said == 0 {
            return Ok(Some(format!(
                "an epoch of 0 batches, of {} rows in batches of {batch_size}",
                corpus.rows()
            )));
        }
        // Three rounds of all pairs, or four of what is said.
        let of_pairs = 3 * (corpus.rows() / 2).div_ceil(batch_size) as u64;
        let drawn = said.saturating_mul(4).max(of_pairs).clamp(8, MOST_BATCHES);
        let batches: Vec<Batch> =
            (0..drawn).map(|ordinal| sampler.sample(3, ordinal)).collect::<Result<_, _>>()?;
        for (who, length) in [
            ("a fresh instance", lab.sampler(corpus, batch_size)?.epoch_length()?),
            ("the same instance after some batches", sampler.epoch_length()?),
        ] {
            if length != said {
                return Ok(Some(format!("an epoch of {said} batches; {who} says {length}")));
            }
        }
        let of_pairs = round(&batches, batch_size, |query, passage| (query, passage));
        let of_examples = round(&batches, batch_size, |query, _| corpus.example.get(query));
        let found: Vec<_> = [of_pairs, of_examples].into_iter().flatten().collect();
        Ok(contradicted(said, &found).map(|round| {
            let length = round.start();
            match said < *length {
                true => format!(
                    "an epoch of {said} batches, where it takes {length} until everything was drawn once"
                ),
                false => format!(
                    "an epoch of {said} batches, where {length} hold everything once and the next begin again"
                ),
            }
        }))
    })
}

/// The round that what is said of an epoch contradicts, of those that were seen.
///
/// Where pairs come round and examples too, after different numbers of batches, a shorter epoch may be a part of either.
fn contradicted(said: u64, found: &[RangeInclusive<u64>]) -> Option<&RangeInclusive<u64>> {
    if found.iter().any(|round| round.contains(&said)) {
        return None;
    }
    match found {
        [round] => Some(round),
        rounds => rounds
            .iter()
            .find(|round| *round.start() < said || rounds.iter().all(|other| other == *round)),
    }
}

/// After how many batches they begin again, where those before hold everything once: what a pair stands for, `unit`
/// says. What is left over at the end, too little for a batch, may be left out. Where it rather begins the next round,
/// whose batches then lie across the border, one batch more is a round as well.
fn round<U: Ord>(
    batches: &[Batch],
    batch_size: usize,
    unit: impl Fn(usize, usize) -> U,
) -> Option<RangeInclusive<u64>> {
    let units = |batches: &[Batch]| -> Vec<U> {
        let pairs = batches.iter().flat_map(|batch| batch.queries.iter().zip(&batch.passages));
        pairs.map(|(query, passage)| unit(*query as usize, *passage as usize)).collect()
    };
    let all: BTreeSet<U> = units(batches).into_iter().collect();
    let length = all.len() / batch_size;
    let each_once = |round: &[Batch]| {
        let drawn = units(round);
        drawn.len() == drawn.into_iter().collect::<BTreeSet<U>>().len()
    };
    // Of one round alone it cannot be told that there are rounds, and one batch may hold anything once.
    if length < 2 || batches.len() < 2 * length || !batches.chunks_exact(length).all(each_once) {
        return None;
    }
    let across = !all.len().is_multiple_of(batch_size) && batches.windows(length).all(each_once);
    Some(length as u64..=(length + usize::from(across)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::Lists;

    fn batches(rows: &[[u32; 2]]) -> Vec<Batch> {
        let batch = |rows: &[u32; 2]| Batch {
            queries: rows.to_vec(),
            passages: rows.map(|row| row + 1).to_vec(),
            negatives: Lists::default(),
        };
        rows.iter().map(batch).collect()
    }

    fn found(rows: &[[u32; 2]]) -> Option<RangeInclusive<u64>> {
        round(&batches(rows), 2, |query, passage| (query, passage))
    }

    #[test]
    fn the_length_of_rounds_is_seen_though_something_is_left_over() {
        // Five pairs, of which each round of two batches leaves one out.
        assert_eq!(found(&[[0, 2], [4, 6], [8, 0], [2, 4], [4, 8], [6, 2]]), Some(2..=2));
    }

    #[test]
    fn where_the_rest_begins_the_next_round_either_number_of_batches_is_one() {
        let walk = [[0, 2], [4, 6], [8, 0], [2, 4], [6, 8], [0, 2], [4, 6]];
        assert_eq!(found(&walk), Some(2..=3));
    }

    #[test]
    fn an_epoch_is_contradicted_from_either_side_and_not_where_it_may_be_a_part() {
        assert_eq!(contradicted(4, &[4..=4]), None);
        assert_eq!(contradicted(3, &[4..=4]), Some(&(4..=4)));
        assert_eq!(contradicted(5, &[4..=4]), Some(&(4..=4)));
        assert_eq!(contradicted(5, &[4..=5]), None);
        assert_eq!(contradicted(1, &[]), None, "nothing comes round");
        assert_eq!(contradicted(4, &[17..=17, 4..=4]), None);
        assert_eq!(contradicted(3, &[17..=17, 4..=4]), None);
        assert_eq!(contradicted(5, &[17..=17, 4..=4]), Some(&(4..=4)));
        assert_eq!(contradicted(1, &[4..=4, 4..=4]), Some(&(4..=4)));
    }

    #[test]
    fn draws_with_replacement_have_no_rounds() {
        assert_eq!(found(&[[0, 2], [2, 4], [6, 8], [0, 0], [4, 8], [2, 6]]), None);
        assert_eq!(found(&[[0, 2], [4, 6]]), None, "one round alone tells nothing");
    }

    #[test]
    fn a_batch_that_is_none_of_the_corpus_is_named() {
        let corpus = Corpus::parallel(2);
        let batch = |queries: [u32; 2], passages: [u32; 2], negatives: &[u32]| Batch {
            queries: queries.to_vec(),
            passages: passages.to_vec(),
            negatives: [negatives.to_vec(), vec![]].into_iter().collect(),
        };
        let wrong = |batch: &Batch| wrong_with(batch, &corpus, 2);
        assert_eq!(wrong(&batch([0, 2], [3, 1], &[9])), None);
        let said = |batch| wrong(&batch).unwrap_or_default();
        assert_eq!(wrong(&batch([0, 2], [3, 1], &[17])), None);
        assert_eq!(said(batch([0, 18], [1, 1], &[])), "row 18 of a corpus with 18 rows");
        assert_eq!(said(batch([0, 16], [1, 1], &[])), "row 16 is not a query");
        assert_eq!(
            said(batch([0, 2], [1, 16], &[])),
            "row 16, a further passage, is the passage of a pair"
        );
        assert_eq!(said(batch([0, 1], [1, 3], &[])), "row 1 is not a query");
        assert_eq!(said(batch([0, 2], [1, 3], &[4])), "row 4 is not a passage");
        assert_eq!(
            said(batch([0, 2], [1, 9], &[])),
            "rows 2 and 9 of one pair are of two examples"
        );
        assert_eq!(
            wrong_with(&batches(&[[0, 2]])[0], &corpus, 3).as_deref(),
            Some("2 pairs, 3 are wanted")
        );
    }
}
