//! Texts of a data set to measure on that training has nearly the same.
//!
//! Queries are compared with queries, relevant passages with passages. Of more than a bounded number of texts a side
//! those with the lowest hashes stand for all, so that time and memory have a bound whatever the data.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::shingles::Index;
use crate::corpus::{Common, EvaluationData, QUERY, TextTable, beginning};

/// The most texts of a side that are compared: their signatures are some 200 MB.
const COMPARED: usize = 200_000;
/// How many are shown.
const SHOWN: usize = 3;

/// What of a data set to measure on is nearly what is trained on, but not the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearDuplicates {
    /// The data set to measure on.
    pub evaluation: String,
    /// Queries or passages.
    pub common: Common,
    /// The least share of common shingles that counts.
    pub threshold: f64,
    /// How many of its texts have one nearly the same in training.
    pub count: usize,
    /// How many were compared.
    pub of: usize,
    /// How many there are; where these are more, those with the lowest hashes stand for all.
    pub total: usize,
    /// The most similar of them.
    pub examples: Vec<NearExample>,
}

/// Two texts that are nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearExample {
    /// The share of common shingles.
    pub similarity: f64,
    /// The id of the text in the evaluation.
    pub id: String,
    /// The beginning of that text.
    pub evaluation: String,
    /// The beginning of the text in training.
    pub training: String,
}

/// The texts of `data` that `table` has nearly the same.
pub(super) fn near_duplicates(
    table: &TextTable,
    name: &str,
    data: &EvaluationData,
    threshold: f64,
) -> Vec<NearDuplicates> {
    let relevant: BTreeSet<u32> = (data.judgements.iter().flatten())
        .filter(|(_, grade)| *grade > 0)
        .map(|(document, _)| *document)
        .collect();
    let is_relevant = |number: &usize| relevant.contains(&(*number as u32));
    let passages = (0..data.document_texts.len()).filter(is_relevant);
    let column = |ids: &'_ [String], texts: &'_ [String], number: usize| {
        Some((ids.get(number)?.clone(), texts.get(number)?.clone()))
    };
    let queries: Vec<(String, String)> =
        data.query_ids.iter().cloned().zip(data.query_texts.iter().cloned()).collect();
    let passages: Vec<(String, String)> = passages
        .filter_map(|number| column(&data.document_ids, &data.document_texts, number))
        .collect();
    [(Common::Queries, true, queries), (Common::Passages, false, passages)]
        .into_iter()
        .filter_map(|(common, is_query, texts)| {
            let rows =
                (0..table.rows()).filter(|row| (table.role.get(*row) == Some(&QUERY)) == is_query);
            let trained = distinct(rows.map(|row| table.text(row)));
            let found = compared(&texts, &trained, threshold);
            (found.count > 0).then(|| NearDuplicates {
                evaluation: name.to_owned(),
                common,
                ..found
            })
        })
        .collect()
}

/// The distinct texts, at most so many as are compared.
fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let texts: HashSet<&str> = texts.collect();
    let mut keyed: Vec<([u8; 32], &str)> =
        texts.into_iter().map(|text| (*blake3::hash(text.as_bytes()).as_bytes(), text)).collect();
    keyed.sort_unstable();
    keyed.truncate(COMPARED);
    keyed.into_iter().map(|(_, text)| text).collect()
}

fn compared(texts: &[(String, String)], trained: &[&str], threshold: f64) -> NearDuplicates {
    let own = distinct(texts.iter().map(|(_, text)| text.as_str()));
    let index = Index::of(own.iter().copied());
    // For each text the most similar one of training, the first of several.
    let mut best: BTreeMap<u32, (f64, &str)> = BTreeMap::new();
    for text in trained {
        for (number, similarity) in index.similar(text, threshold) {
            if own.get(number as usize) == Some(text) {
                continue;
            }
            let best = best.entry(number).or_insert((similarity, text));
            if similarity > best.0 {
                *best = (similarity, text);
            }
        }
    }
    let mut order: Vec<(&u32, &(f64, &str))> = best.iter().collect();
    order.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.0.cmp(b.0)));
    let id_of =
        |wanted: &str| texts.iter().find(|(_, text)| text == wanted).map(|(id, _)| id.clone());
    let examples = order.into_iter().take(SHOWN).filter_map(|(number, (similarity, training))| {
        let text = own.get(*number as usize)?;
        Some(NearExample {
            similarity: *similarity,
            id: id_of(text)?,
            evaluation: beginning(text),
            training: beginning(training),
        })
    });
    let examples = examples.collect();
    NearDuplicates {
        evaluation: String::new(),
        common: Common::Queries,
        threshold,
        count: best.len(),
        of: own.len(),
        total: texts.iter().map(|(_, text)| text).collect::<HashSet<_>>().len(),
        examples,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_is_not_nearly_so() {
        let texts = ["Who wrote the book about the sea in 1898?", "Where is it?"];
        let texts: Vec<(String, String)> =
            texts.map(|text| (format!("en:{}", text.len()), text.to_owned())).into();
        let near = "Who wrote the book about the seas in 1898";
        let found = compared(&texts, &["Where is it?", near, "who wrote it"], 0.7);
        assert_eq!((found.count, found.of, found.total), (1, 2, 2));
        assert_eq!(found.examples[0].training, near);
        assert_eq!(found.examples[0].id, "en:41");
        assert!(found.examples[0].similarity >= 0.7);
        assert_eq!(compared(&texts, &["Where is it?"], 0.1).count, 0);
    }
}
