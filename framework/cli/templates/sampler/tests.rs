use proptest::prelude::*;
use triglot_sdk::testkit::strategies::corpora;
use triglot_sdk::testkit::{CorpusBuilder, laws};

use super::*;

fn make(options: &Options, corpus: &Corpus<'_>, batch_size: usize) -> Result<Directed> {
    Directed::create(options.clone(), corpus, batch_size, &Context::detached(0))
}

#[test]
fn queries_and_passages_keep_to_their_languages() {
    let builder = CorpusBuilder::new(&["de", "en", "fi"]);
    let builder = builder
        .example(&[0, 1, 2])
        .example(&[0, 1])
        .example(&[0, 2])
        .example(&[1]);
    let corpus = builder.view();
    let options: Options = serde_json::from_value(serde_json::json!({
        "query_languages": ["en"],
        "passage_languages": ["de", "fi"],
    }))
    .unwrap();
    // The first two examples exist in both; the third has no English, the fourth nothing else.
    assert!(make(&options, &corpus, 3).is_err());
    let batches = laws::sampler::draws(|| make(&options, &corpus, 2), &corpus, 2, 7, 20).unwrap();
    for batch in batches {
        let language = |row: &u32| corpus.languages[corpus.language[*row as usize] as usize];
        assert!(batch.queries().iter().all(|row| language(row) == "en"));
        assert!(batch.passages().iter().all(|row| language(row) != "en"));
    }
}

#[test]
fn an_unknown_language_is_named() {
    let builder = CorpusBuilder::new(&["de"]).example(&[0]);
    let options = Options {
        query_languages: Some(vec!["xx".into()]),
        ..Options::default()
    };
    let error = make(&options, &builder.view(), 1).err().unwrap();
    assert!(error.message().contains("`xx`"), "{}", error.message());
}

proptest! {
    #[test]
    fn an_epoch_draws_no_example_twice(
        builder in corpora(), batch_size in 1usize..6, seed in any::<u64>(),
    ) {
        let corpus = builder.view();
        let make = || make(&Options::default(), &corpus, batch_size);
        prop_assert_eq!(make().is_ok(), corpus.examples() >= batch_size);
        prop_assume!(make().is_ok());
        let length = make().map(|sampler| sampler.epoch_length(&corpus)).unwrap_or(0);
        let batches = laws::sampler::draws(make, &corpus, batch_size, seed, 2 * length)?;
        for epoch in batches.chunks(length as usize) {
            let rows = epoch.iter().flat_map(Batch::queries);
            let mut examples: Vec<u32> = rows.map(|row| corpus.example[*row as usize]).collect();
            let drawn = examples.len();
            examples.sort_unstable();
            examples.dedup();
            prop_assert_eq!(examples.len(), drawn);
        }
    }
}
