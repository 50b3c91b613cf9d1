//! Searching the islands of a data set, each among its own, into one run a setting.
//!
//! Most data sets are one island. Where there are hundreds (a file of sentences in each of so many languages, beside
//! a file of translations of its own), scores between them would be computed for nothing, and a pool of all English
//! sentences would be another task than the published one.

use std::ops::Range;

use triglot_evaluate::{
    self as evaluate, Collection, Documents, EmbeddingSource, Judgement, Queries, SearchOptions,
    SettingRun,
};

use crate::corpus::{EvaluationData, Island};
use crate::error::{Error, Result};

/// Ranks the documents of every island for its queries; `embeddings` are those of all queries and of all documents.
///
/// # Errors
/// If the search fails, or the user interrupts.
pub(super) fn search(
    data: &EvaluationData,
    embeddings: (&dyn EmbeddingSource, &dyn EmbeddingSource),
    options: &SearchOptions<'_>,
) -> Result<Vec<SettingRun>> {
    each_island(data, options.settings, |own, island| {
        let queries = Part { all: embeddings.0, rows: island.queries.clone() };
        let (rows, windows) = rows(options.windows, &island.documents);
        let documents = Part { all: embeddings.1, rows };
        evaluate::search(own, &queries, &documents, &SearchOptions { windows, ..*options })
    })
}

/// Searches every island by itself.
///
/// # Errors
/// If `find` fails, or the user interrupts.
pub(super) fn each_island(
    data: &EvaluationData,
    settings: &[evaluate::Setting],
    find: impl Fn(&Collection, &Island) -> evaluate::Result<Vec<SettingRun>>,
) -> Result<Vec<SettingRun>> {
    let mut runs: Vec<SettingRun> = settings
        .iter()
        .map(|setting| SettingRun { setting: *setting, groups: Vec::new(), left_out: 0 })
        .collect();
    for island in &data.islands {
        let own = collection(data, island)?;
        let found = find(&own, island).map_err(|error| match error {
            evaluate::Error::Cancelled => Error::interrupted(),
            error => Error::failed(error.to_string()),
        })?;
        for (run, mut own) in runs.iter_mut().zip(found) {
            rebase(&mut own, island);
            run.groups.append(&mut own.groups);
            run.left_out += own.left_out;
        }
    }
    Ok(runs)
}

/// The rows that belong to some documents, and where the windows of those begin.
fn rows<'a>(
    windows: Option<&'a [usize]>,
    documents: &Range<usize>,
) -> (Range<usize>, Option<&'a [usize]>) {
    match windows.and_then(|starts| starts.get(documents.start..=documents.end)) {
        Some(own @ [first, .., last]) => (*first..*last, Some(own)),
        own => (documents.clone(), own),
    }
}

/// The embeddings of an island.
struct Part<'a> {
    all: &'a dyn EmbeddingSource,
    rows: Range<usize>,
}

impl EmbeddingSource for Part<'_> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn dim(&self) -> usize {
        self.all.dim()
    }

    fn read(&self, row: usize, into: &mut [f32]) {
        self.all.read(self.rows.start + row, into);
    }
}

/// An island as a collection of its own, counted from its own first document, query and language.
pub(super) fn collection(data: &EvaluationData, island: &Island) -> Result<Collection> {
    let language = |code: &u32| island.languages.partition_point(|own| own < code) as u32;
    let (documents, queries) = (island.documents.clone(), island.queries.clone());
    let first = documents.start as u32;
    let judgements = data.judgements[queries.clone()].iter().map(|list| {
        let judge = |(document, grade): &(u32, i32)| Judgement {
            document: *document - first,
            grade: *grade,
        };
        list.iter().map(judge).collect::<Vec<_>>()
    });
    let codes = island.languages.iter().map(|code| data.languages[*code as usize].clone());
    let documents = Documents {
        ids: data.document_ids[documents.clone()].to_vec(),
        language: data.document_language[documents].iter().map(language).collect(),
    };
    let judgements = judgements.collect();
    let queries = Queries {
        ids: data.query_ids[queries.clone()].to_vec(),
        language: data.query_language[queries.clone()].iter().map(language).collect(),
        group: data.query_group[queries].to_vec(),
    };
    Collection::new(codes.collect(), documents, queries, judgements)
        .map_err(|error| Error::failed(error.to_string()))
}

/// Counts what was found on an island from the first document, query and language of the whole.
fn rebase(run: &mut SettingRun, island: &Island) {
    let language = |code: u32| island.languages[code as usize];
    let (documents, queries) = (island.documents.start as u32, island.queries.start as u32);
    for group in &mut run.groups {
        group.query_language = language(group.query_language);
        group.pool_language = group.pool_language.map(language);
        for query in &mut group.queries {
            query.query += queries;
            for judged in &mut query.judged {
                judged.document += documents;
                judged.language = language(judged.language);
            }
            for hit in &mut query.top {
                hit.document += documents;
                hit.language = language(hit.language);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use triglot_evaluate::{Embeddings, Similarity};

    use super::*;

    const DIM: usize = 3;

    /// Islands of a language and the pivot, of so many sentences each.
    fn data(sizes: &[usize]) -> EvaluationData {
        let languages = (0..sizes.len()).map(|n| format!("l{n:02}")).collect();
        let mut data = EvaluationData { languages, ..EvaluationData::default() };
        data.languages.push("pivot".into());
        let pivot = sizes.len() as u32;
        for (own, size) in (0..).zip(sizes) {
            let first = data.document_ids.len() as u32;
            for language in [own, pivot] {
                for sentence in 0..*size as u32 {
                    let number = data.document_ids.len();
                    data.document_ids.push(format!("d{number}"));
                    data.query_ids.push(format!("q{number}"));
                    data.document_language.push(language);
                    data.query_language.push(language);
                    data.query_group.push(first + sentence);
                    let right = [first + sentence, first + *size as u32 + sentence];
                    data.judgements.push(right.map(|document| (document, 1)).to_vec());
                }
            }
            let rows = first as usize..data.document_ids.len();
            let languages = vec![own, pivot];
            data.islands.push(Island { languages, documents: rows.clone(), queries: rows });
        }
        data
    }

    fn options(settings: &[evaluate::Setting]) -> SearchOptions<'_> {
        SearchOptions {
            similarity: Similarity::Dot,
            settings,
            windows: None,
            depth: 4,
            threads: 1,
            cancelled: &|| false,
        }
    }

    /// Embeddings that differ from row to row.
    fn embeddings(rows: usize, seed: u64) -> Vec<f32> {
        let unit = |n: usize| {
            let hash = blake3::hash(&(seed + n as u64).to_le_bytes());
            f32::from(hash.as_bytes()[0]) / 256.0 - 0.5
        };
        (0..rows * DIM).map(unit).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn an_island_is_searched_as_if_it_were_alone(
            sizes in prop::collection::vec(1usize..6, 1..5), seed in 0u64..1000,
        ) {
            let all = data(&sizes);
            let rows = all.query_ids.len();
            let (queries, documents) = (embeddings(rows, seed), embeddings(rows, seed + 7));
            let settings = [evaluate::Setting::CrossLingual];
            let of = |data| Embeddings::new(data, DIM).unwrap();
            let embeddings = (of(&queries), of(&documents));
            let embeddings: (&dyn EmbeddingSource, &dyn EmbeddingSource) = (&embeddings.0, &embeddings.1);
            let run = search(&all, embeddings, &options(&settings)).unwrap();
            let groups = &run[0].groups;
            prop_assert_eq!(groups.len(), 2 * sizes.len());
            for (n, island) in all.islands.iter().enumerate() {
                let mut alone = all.clone();
                alone.islands = vec![island.clone()];
                let alone = search(&alone, embeddings, &options(&settings)).unwrap();
                prop_assert_eq!(&groups[2 * n..2 * n + 2], &alone[0].groups[..]);
                let name = |of: usize| all.languages[of].clone();
                let expected = format!("{}-{}", name(n), name(sizes.len()));
                prop_assert_eq!(&groups[2 * n].name, &expected);
            }
            for group in groups {
                for found in &group.queries {
                    let query = found.query as usize;
                    prop_assert_eq!(all.query_language[query], group.query_language);
                    let island = all.islands.iter().find(|island| island.queries.contains(&query));
                    let island = &island.unwrap().documents;
                    prop_assert!(found.top.iter().all(|hit| island.contains(&(hit.document as usize))));
                    // The only passage that is judged in the other pool, where it comes out by its scores.
                    let score = |document: usize| -> f32 {
                        let at = |all: &[f32], row: usize| all[row * DIM..][..DIM].to_vec();
                        at(&queries, query).iter().zip(at(&documents, document)).map(|(a, b)| a * b).sum()
                    };
                    prop_assert_eq!(found.judged.len(), 1);
                    let judged = found.judged[0].document as usize;
                    prop_assert_eq!(Some(all.document_language[judged]), group.pool_language);
                    let pool = island.clone().filter(|document| {
                        Some(all.document_language[*document]) == group.pool_language
                    });
                    let clear = pool.clone().all(|other| {
                        other == judged || (score(other) - score(judged)).abs() > 1e-4
                    });
                    let above = pool.filter(|other| score(*other) > score(judged)).count();
                    prop_assert!(!clear || found.judged[0].rank as usize == above + 1);
                }
            }
        }
    }

    #[test]
    fn one_island_is_searched_as_the_whole() {
        let mut all = data(&[3, 4]);
        all.islands = vec![all.whole()];
        let rows = all.query_ids.len();
        let (queries, documents) = (embeddings(rows, 1), embeddings(rows, 2));
        let whole = collection(&all, &all.whole()).unwrap();
        let of = |data| Embeddings::new(data, DIM).unwrap();
        let options = options(&evaluate::Setting::ALL);
        let expected = evaluate::search(&whole, &of(&queries), &of(&documents), &options).unwrap();
        let found = search(&all, (&of(&queries), &of(&documents)), &options).unwrap();
        assert_eq!(found, expected);
    }
}
