//! The search against its definition: score everything, sort everything, read the ranks off.

use proptest::prelude::*;

use super::*;
use crate::collection::{Documents, Judgement, Judgements, Queries};
use crate::mapped::{Float, MappedEmbeddings};
use crate::run::{Hit, Judged, QueryRun};
use crate::source::Embeddings;

/// A collection with embeddings so coarse that ties are common, and so small that every product is exact.
#[derive(Debug, Clone)]
struct Case {
    collection: Collection,
    queries: Vec<f32>,
    documents: Vec<f32>,
}

const DIM: usize = 3;
const LANGUAGES: [&str; 3] = ["en", "fi", "sv"];

impl Case {
    fn search(&self, options: &SearchOptions<'_>) -> Result<Vec<SettingRun>> {
        self.search_in_blocks(options, &Cut { queries: 5, tile: 7, slab: 11, pieces: 3 })
    }

    fn search_in_blocks(&self, options: &SearchOptions<'_>, cut: &Cut) -> Result<Vec<SettingRun>> {
        let queries = Embeddings::new(&self.queries, DIM).unwrap();
        let documents = Embeddings::new(&self.documents, DIM).unwrap();
        search_in_blocks(&self.collection, &queries, &documents, options, cut)
    }

    fn score(&self, query: usize, document: usize) -> f32 {
        let row = |data: &[f32], index: usize| data[index * DIM..(index + 1) * DIM].to_vec();
        let pairs = row(&self.queries, query).into_iter().zip(row(&self.documents, document));
        pairs.map(|(q, d)| q * d).sum()
    }

    /// The whole ranking of a pool.
    fn ranking(&self, query: usize, pool: Option<u32>) -> Vec<u32> {
        let Documents { ids, language } = self.collection.documents();
        let mut ranking: Vec<usize> =
            (0..ids.len()).filter(|&d| pool.is_none_or(|pool| language[d] == pool)).collect();
        ranking.sort_by(|&a, &b| {
            let by_score = self.score(query, b).partial_cmp(&self.score(query, a)).unwrap();
            by_score.then_with(|| ids[b].cmp(&ids[a]))
        });
        ranking.into_iter().map(|document| document as u32).collect()
    }

    fn by_brute_force(&self, query: usize, pool: Option<u32>, depth: usize) -> Option<QueryRun> {
        let ranking = self.ranking(query, pool);
        let language = |document: u32| self.collection.documents().language[document as usize];
        let mut judged = Vec::new();
        for (index, &document) in ranking.iter().enumerate() {
            let judgements = self.collection.judgements(query);
            if let Some(found) = judgements.iter().find(|judgement| judgement.document == document)
            {
                let (rank, grade) = (index as u32 + 1, found.grade);
                judged.push(Judged { document, rank, grade, language: language(document) });
            }
        }
        let relevant = judged.iter().filter(|judged| judged.grade > 0).count() as u32;
        let hit = |&document: &u32| {
            let score = self.score(query, document as usize) + 0.0;
            Hit { document, language: language(document), score }
        };
        let top = ranking.iter().take(depth).map(hit).collect();
        (relevant > 0).then_some(QueryRun {
            query: query as u32,
            relevant,
            unretrieved: 0,
            judged,
            top,
        })
    }
}

fn case() -> impl Strategy<Value = Case> {
    let language = 0..LANGUAGES.len() as u32;
    let values =
        || prop::array::uniform3(prop::sample::select(vec![-1.0_f32, -0.0, 0.0, 1.0, 2.0]));
    // Scattered numbers, so that neither the order of the rows nor of the numbers is that of the ids.
    let document = (language.clone(), 0..1000_u32, values());
    let query = (language, values(), prop::collection::btree_map(0..40_u32, -1..3_i32, 0..6));
    let documents = prop::collection::vec(document, 0..40);
    let queries = prop::collection::vec(query, 0..12);
    (documents, queries).prop_map(|(documents, queries)| {
        let id = |language: u32, number| format!("{}:{number}", LANGUAGES[language as usize]);
        let mut table = Documents::default();
        let mut document_values = Vec::new();
        for (language, number, values) in documents {
            let id = id(language, number);
            if !table.ids.contains(&id) {
                table.ids.push(id);
                table.language.push(language);
                document_values.extend(values);
            }
        }
        let count = table.ids.len() as u32;
        let judgements: Judgements = queries
            .iter()
            .map(|(_, _, grades)| {
                let known = grades.iter().filter(|&(&document, _)| document < count);
                known.map(|(&document, &grade)| Judgement { document, grade }).collect::<Vec<_>>()
            })
            .collect();
        let asked = Queries {
            ids: (0..).zip(&queries).map(|(number, query)| id(query.0, number)).collect(),
            language: queries.iter().map(|query| query.0).collect(),
            group: (0..queries.len() as u32).collect(),
        };
        let languages = LANGUAGES.map(String::from).to_vec();
        Case {
            collection: Collection::new(languages, table, asked, judgements).unwrap(),
            queries: queries.iter().flat_map(|query| query.1).collect(),
            documents: document_values,
        }
    })
}

fn options(threads: usize) -> SearchOptions<'static> {
    SearchOptions {
        similarity: Similarity::Dot,
        settings: &Setting::ALL,
        windows: None,
        depth: 5,
        threads,
        cancelled: &|| false,
    }
}

fn cut() -> impl Strategy<Value = Cut> {
    let sizes = (1..15_usize, 1..50_usize, 1..50_usize, 1..5_usize);
    sizes.prop_map(|(queries, tile, slab, pieces)| Cut { queries, tile, slab, pieces })
}

proptest! {
    #[test]
    fn ranks_and_hits_are_those_of_a_full_sort_however_the_work_is_cut(
        case in case(), depth in 0..50_usize, cut in cut(), threads in 1..3_usize,
    ) {
        let options = SearchOptions { depth, ..options(threads) };
        let runs = case.search_in_blocks(&options, &cut).unwrap();
        prop_assert_eq!(runs.iter().map(|run| run.setting).collect::<Vec<_>>(), Setting::ALL);
        for group in runs.iter().flat_map(|run| &run.groups) {
            let language = &case.collection.queries().language;
            let asked: Vec<usize> =
                (0..language.len()).filter(|&query| language[query] == group.query_language).collect();
            let expected: Vec<QueryRun> = asked
                .iter()
                .filter_map(|&query| case.by_brute_force(query, group.pool_language, depth))
                .collect();
            prop_assert_eq!(group.left_out, asked.len() - expected.len());
            prop_assert_eq!(&group.queries, &expected, "{}", group.name);
            prop_assert_eq!(group.pool_size, match group.pool_language {
                Some(pool) => case.collection.documents().language.iter().filter(|&&l| l == pool).count(),
                None => case.collection.documents().ids.len(),
            });
        }
        for run in &runs {
            prop_assert_eq!(run.left_out, run.groups.iter().map(|group| group.left_out).sum::<usize>());
        }
    }

    #[test]
    fn a_document_ranks_by_the_best_of_its_windows(
        case in case(), cut in cut(), counts in prop::collection::vec(1..4_usize, 40), first in 0..9_usize,
    ) {
        // The windows of a document are its embedding and copies that are worse in every column for these queries.
        let mut case = case;
        case.queries.iter_mut().for_each(|value| *value = value.abs());
        let (mut starts, mut rows) = (vec![first], Vec::new());
        for (index, row) in case.documents.chunks(DIM).enumerate() {
            let count = counts[index];
            let best = (index * 7) % count;
            for window in 0..count {
                rows.extend(row.iter().map(|value| if window == best { *value } else { value - 1.0 }));
            }
            starts.push(starts.last().unwrap() + count);
        }
        let queries = Embeddings::new(&case.queries, DIM).unwrap();
        let cut_up = Embeddings::new(&rows, DIM).unwrap();
        let windowed = SearchOptions { windows: Some(&starts), ..options(2) };
        let found = search_in_blocks(&case.collection, &queries, &cut_up, &windowed, &cut).unwrap();
        prop_assert_eq!(found, case.search_in_blocks(&options(1), &cut).unwrap());
    }

    #[test]
    fn one_window_a_document_is_none(case in case(), cut in cut()) {
        let starts: Vec<usize> = (0..=case.documents.len() / DIM).collect();
        let windowed = SearchOptions { windows: Some(&starts), ..options(2) };
        let expected = case.search_in_blocks(&options(1), &cut).unwrap();
        prop_assert_eq!(case.search_in_blocks(&windowed, &cut).unwrap(), expected);
    }

    #[test]
    fn a_setting_alone_is_searched_as_beside_the_others(case in case(), cut in cut()) {
        let all = case.search_in_blocks(&options(1), &cut).unwrap();
        for (setting, expected) in Setting::ALL.into_iter().zip(all) {
            let alone = SearchOptions { settings: &[setting], ..options(1) };
            prop_assert_eq!(&case.search_in_blocks(&alone, &cut).unwrap(), &[expected]);
        }
    }
}

/// Two languages, one passage and one question each, parallel; the Finnish question has no judged English passage.
fn pair() -> Case {
    let ids = |ids: [&str; 2]| ids.map(String::from).to_vec();
    let documents = Documents { ids: ids(["en:1", "fi:1"]), language: vec![0, 1] };
    let queries = Queries { ids: ids(["en:a", "fi:a"]), language: vec![0, 1], group: vec![0, 0] };
    let judge = |documents: &[u32]| {
        documents.iter().map(|&document| Judgement { document, grade: 1 }).collect::<Vec<_>>()
    };
    let judgements = [judge(&[0, 1]), judge(&[1])].into_iter().collect();
    Case {
        collection: Collection::new(ids(["en", "fi"]), documents, queries, judgements).unwrap(),
        queries: vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0],
        documents: vec![3.0, 1.0, 0.0, 1.0, 3.0, 0.0],
    }
}

#[test]
fn groups_are_named_by_language_and_by_pair() {
    let runs = pair().search(&options(1)).unwrap();
    let names =
        |run: &SettingRun| run.groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&runs[0]), ["en", "fi"]);
    assert_eq!(names(&runs[1]), ["en-fi", "fi-en"]);
    assert_eq!(names(&runs[2]), ["en", "fi"]);
}

#[test]
fn a_query_without_a_relevant_passage_in_the_pool_is_left_out_and_counted() {
    let runs = pair().search(&options(1)).unwrap();
    assert_eq!(runs.iter().map(|run| run.left_out).collect::<Vec<_>>(), [0, 1, 0]);
    let lost = &runs[1].groups[1];
    assert_eq!((lost.name.as_str(), lost.left_out, lost.queries.len()), ("fi-en", 1, 0));
    assert_eq!(runs[2].groups[0].queries[0].relevant, 2);
}

#[test]
fn cosine_does_not_see_the_length_of_a_row() {
    let options = SearchOptions { similarity: Similarity::Cosine, ..options(1) };
    let case = pair();
    let mut scaled = case.clone();
    scaled.documents.iter_mut().for_each(|value| *value *= 4.0);
    assert_eq!(case.search(&options).unwrap(), scaled.search(&options).unwrap());
    let mut silent = case.clone();
    silent.queries.fill(0.0);
    let runs = silent.search(&options).unwrap();
    let top = &runs[2].groups[0].queries[0].top;
    assert_eq!(
        top.iter().map(|hit| (hit.document, hit.score)).collect::<Vec<_>>(),
        [(1, 0.0), (0, 0.0)]
    );
}

#[test]
fn real_valued_runs_are_equal_bit_by_bit_however_the_work_is_cut() {
    let base = pair();
    let (queries, documents, dim) = (700_usize, 997_usize, 33);
    let language = |count: usize| (0..count).map(|i| (i % 2) as u32).collect::<Vec<_>>();
    let ids = |count: usize| (0..count).map(|i| format!("x:{i}")).collect::<Vec<_>>();
    let judgements = (0..queries)
        .map(|q| vec![Judgement { document: (q % documents) as u32, grade: 1 }])
        .collect();
    let collection = Collection::new(
        base.collection.languages().to_vec(),
        Documents { ids: ids(documents), language: language(documents) },
        Queries { ids: ids(queries), language: language(queries), group: vec![0; queries] },
        judgements,
    )
    .unwrap();
    // Every passage stands there twice, so that a difference of one bit would change a rank.
    let value = |i: usize, salt: usize| ((i * 7919 + salt) % 10007) as f32 / 10007.0 - 0.5;
    let q: Vec<f32> = (0..queries * dim).map(|i| value(i, 1)).collect();
    let d: Vec<f32> =
        (0..documents * dim).map(|i| value((i / dim % 499) * dim + i % dim, 5)).collect();
    let run = |threads, cut: Option<Cut>| {
        let options = SearchOptions { similarity: Similarity::Cosine, ..options(threads) };
        let queries = Embeddings::new(&q, dim).unwrap();
        let documents = Embeddings::new(&d, dim).unwrap();
        let cut = cut.unwrap_or_else(|| Cut::of(&documents));
        search_in_blocks(&collection, &queries, &documents, &options, &cut).unwrap()
    };
    let alone = run(1, None);
    for threads in [0, 2, 3] {
        assert_eq!(alone, run(threads, None));
    }
    for (queries, tile, slab, pieces) in
        [(1, 1000, 1000, 1), (7, 3, 64, 9), (700, 1, 997, 2), (64, 100, 333, 5)]
    {
        assert_eq!(alone, run(2, Some(Cut { queries, tile, slab, pieces })));
    }
}

#[test]
fn a_mapped_file_is_searched_as_what_it_holds() {
    let (rows, dim) = (5000_usize, 24);
    let ids = |name: &str, count: usize| (0..count).map(|i| format!("{name}{i}")).collect();
    let documents = Documents { ids: ids("d", rows), language: vec![0; rows] };
    let queries = Queries { ids: ids("q", 40), language: vec![0; 40], group: (0..40).collect() };
    let judgements = (0..40).map(|q| vec![Judgement { document: q * 99, grade: 1 }]).collect();
    let collection = Collection::new(vec!["en".into()], documents, queries, judgements).unwrap();
    let value = |i: usize| ((i * 7919) % 10007) as f32 / 10007.0 - 0.5;
    let values: Vec<f32> = (0..rows * dim).map(value).collect();
    let asked: Vec<f32> = (0..40).flat_map(|q| values[q * 99 * dim..][..dim].to_vec()).collect();
    let asked = Embeddings::new(&asked, dim).unwrap();
    let options = SearchOptions { similarity: Similarity::Cosine, ..options(2) };
    // Far smaller than the collection, as the usual slab is beside one of millions.
    let cut = Cut { queries: 16, tile: 100, slab: 700, pieces: 8 };
    for float in [Float::F32, Float::F16] {
        let mut bytes = Vec::new();
        float.encode(&values, &mut bytes);
        let mut held = vec![0.0; values.len()];
        float.decode(&bytes, &mut held);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let map = MappedEmbeddings::open(file.path(), 0, rows, dim, float).unwrap();
        let found = search_in_blocks(&collection, &asked, &map, &options, &cut).unwrap();
        let held = Embeddings::new(&held, dim).unwrap();
        assert_eq!(found, search(&collection, &asked, &held, &options).unwrap());
    }
}

#[test]
fn a_nan_score_is_refused_with_the_ids_at_fault() {
    let mut case = pair();
    case.documents[4] = f32::NAN;
    for threads in 1..=3 {
        let error = case.search(&options(threads)).unwrap_err();
        assert!(
            matches!(&error, Error::NanScore { query, document } if query == "en:a" && document == "fi:1"),
            "{error}"
        );
    }
}

#[test]
fn of_several_nan_scores_the_first_query_and_document_are_named() {
    let mut case = pair();
    case.queries[5] = f32::NAN;
    for threads in 1..=3 {
        let error = case.search(&options(threads)).unwrap_err();
        assert!(
            matches!(&error, Error::NanScore { query, document } if query == "fi:a" && document == "en:1"),
            "{error}"
        );
    }
}

#[test]
fn without_documents_every_query_is_left_out() {
    let base = pair();
    let queries = base.collection.queries().clone();
    let judgements = vec![Vec::new(); 2].into_iter().collect();
    let languages = base.collection.languages().to_vec();
    let collection = Collection::new(languages, Documents::default(), queries, judgements).unwrap();
    let case = Case { collection, documents: Vec::new(), ..base };
    let runs = case.search(&options(2)).unwrap();
    assert_eq!(runs.iter().map(|run| run.left_out).collect::<Vec<_>>(), [2, 2, 2]);
}

#[test]
fn without_queries_there_are_no_groups() {
    let base = pair();
    let documents = base.collection.documents().clone();
    let languages = base.collection.languages().to_vec();
    let judgements = std::iter::empty().collect();
    let collection = Collection::new(languages, documents, Queries::default(), judgements).unwrap();
    let case = Case { collection, queries: Vec::new(), ..base };
    let runs = case.search(&options(2)).unwrap();
    assert!(runs.iter().all(|run| run.groups.is_empty() && run.left_out == 0));
}

#[test]
fn embeddings_that_do_not_fit_are_refused() {
    let case = pair();
    let queries = Embeddings::new(&case.queries, 3).unwrap();
    let run = |data, dim| {
        let documents = Embeddings::new(data, dim).unwrap();
        search(&case.collection, &queries, &documents, &options(1))
    };
    let narrow = run(&[0.0; 4], 2).unwrap_err();
    assert_eq!(narrow.to_string(), "document embeddings: the dimension is 2, expected 3");
    assert!(run(&[0.0; 3], 3).is_err());
}

#[test]
fn windows_that_do_not_fit_are_refused() {
    let case = pair();
    let run = |starts: &[usize]| {
        let options = SearchOptions { windows: Some(starts), ..options(1) };
        case.search(&options).map_err(|error| error.to_string())
    };
    assert!(run(&[0, 1, 2]).is_ok());
    assert_eq!(run(&[0, 1]).unwrap_err(), "windows: starts has 2 entries, expected 3");
    assert_eq!(
        run(&[0, 0, 2]).unwrap_err(),
        "windows: document index 0 has none; every document must have at least one"
    );
    assert_eq!(
        run(&[0, 1, 3]).unwrap_err(),
        "document embeddings: the number of rows is 2, expected 3"
    );
}

#[test]
fn a_cancelled_search_ends_without_a_result() {
    let embeddings = Embeddings::new(&[1.0], 1).unwrap();
    let (documents, queries) = (
        Documents { ids: vec!["en:0".into()], language: vec![0] },
        Queries { ids: vec!["en:q".into()], language: vec![0], group: vec![0] },
    );
    let judgements = [vec![Judgement { document: 0, grade: 1 }]].into_iter().collect();
    let collection = Collection::new(vec!["en".into()], documents, queries, judgements).unwrap();
    for threads in [1, 2] {
        let options = SearchOptions { cancelled: &|| true, ..options(threads) };
        let outcome = search(&collection, &embeddings, &embeddings, &options);
        assert!(matches!(outcome, Err(Error::Cancelled)));
    }
}
