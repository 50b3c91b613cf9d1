//! Hard negatives: ragged, of the query's own list and in its order, drawn anew each time.

use super::*;

/// Six examples in two languages, of which query i has i further passages as negatives, and one has none twice.
fn data() -> CorpusBuilder {
    let empty = CorpusBuilder::new(&CODES[..2]);
    let examples = (0..6).fold(empty, |builder, _| builder.example(&[0, 1]));
    let builder = (0..12).fold(examples, |builder, _| builder.further_passage(0));
    // Descending, so that the order of the list is not that of the rows.
    let lists: Vec<Vec<u32>> =
        (0..12).map(|pair| (0..pair).rev().map(|n| 24 + n).collect()).collect();
    builder.negatives(&lists)
}

#[test]
fn a_query_gets_its_own_negatives_in_order_all_of_them_where_there_are_no_more_than_asked_for() {
    let builder = data();
    let corpus = builder.view();
    for options in [json!({ "negatives": 4 }), json!({ "negatives": 4, "over": "pairs" })] {
        let mut sampler: CrossLingual = create(&options, &corpus, 3).unwrap();
        let mut met = BTreeSet::new();
        for ordinal in 0..200 {
            let batch = draw(&mut sampler, &corpus, 3, ordinal);
            assert_eq!(batch, draw(&mut sampler, &corpus, 3, ordinal));
            for (pair, query) in batch.queries().iter().enumerate() {
                let (own, drawn) = (corpus.negatives(*query as usize / 2), batch.negatives(pair));
                assert_eq!(drawn.len(), own.len().min(4));
                let mut rest = own.iter();
                assert!(drawn.iter().all(|negative| rest.any(|own| own == negative)), "{drawn:?}");
                met.insert((*query, drawn.to_vec()));
            }
        }
        assert!(met.len() > 100, "another choice each time");
    }
}

#[test]
fn every_negative_of_a_list_is_drawn_equally_often() {
    let list: Vec<u32> = (0..10).collect();
    let (mut counts, mut drawn) = ([0u64; 10], vec![]);
    for ordinal in 0..10_000 {
        crate::negatives::draw(&list, 3, [1, ordinal, 0], &mut drawn);
        assert_eq!(drawn.len(), 3);
        drawn.iter().for_each(|negative| counts[*negative as usize] += 1);
    }
    // Drawing without replacement only narrows the statistic; 9 degrees of freedom, the 99.99% quantile.
    let chi: f64 = counts.iter().map(|n| (*n as f64 - 3000.0).powi(2) / 3000.0).sum();
    assert!(chi < 33.72, "chi-square {chi}: {counts:?}");
}

#[test]
fn negatives_of_data_without_any_are_refused() {
    let data = Data::new(&CODES[..2], &[(0b11, 0); 9]);
    let error = create::<CrossLingual>(&json!({ "negatives": 2 }), &data.view(), 3).err().unwrap();
    assert_eq!(
        error.message(),
        "negatives: found 2; the training data has no hard negatives, only 0 is allowed"
    );
}

#[test]
fn negatives_of_queries_that_are_not_drawn_are_refused() {
    let mut data = Data::new(&CODES[..3], &[(0b111, 0), (0b111, 0), (0b111, 1), (0b111, 1)]);
    // Of the twelve queries, only that of the first example in `en` has a hard negative.
    data.builder = data.builder.negatives(&[vec![], vec![7]]);
    let corpus = data.view();
    fn refused<S: Ours>(corpus: &Corpus<'_>, options: Value) -> Option<String> {
        let error = create::<S>(&options, corpus, 2).err()?;
        Some(error.message().to_owned())
    }
    let nothing = Some(
        "negatives: found 1; no query of the languages and data sets to draw from has hard negatives, only 0 is allowed"
            .to_owned(),
    );
    let en = json!({ "negatives": 1, "languages": ["en"] });
    assert_eq!(refused::<Monolingual>(&corpus, en), None);
    let es = json!({ "negatives": 1, "languages": ["es"] });
    assert_eq!(refused::<Monolingual>(&corpus, es.clone()), nothing);
    assert_eq!(refused::<SameLanguage>(&corpus, es), nothing);
    let second = json!({ "negatives": 1, "data_sets": ["second"] });
    assert_eq!(refused::<SameLanguage>(&corpus, second), nothing);
    let queries = |code: &str| json!({ "negatives": 1, "query_languages": [code] });
    assert_eq!(refused::<CrossLingual>(&corpus, queries("en")), None);
    assert_eq!(refused::<CrossLingual>(&corpus, queries("de")), nothing);
}
