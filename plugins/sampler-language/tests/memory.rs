//! What an instance holds beyond the corpus view, measured as the anonymous memory of this process: the tests of this
//! file are the only ones in it, and take turns.
#![allow(clippy::unwrap_used)]

use triglot_sampler_language::monolingual::Monolingual;
use triglot_sampler_language::same_language::SameLanguage;
use triglot_sdk::testkit::CorpusBuilder;
use triglot_sdk::{Batch, Context, Corpus, Sampler};

const EXAMPLES: usize = 40_000_000;
const MOST: u64 = 50_000_000;

/// Bytes of anonymous memory in use.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1000)
}

/// Holds instances by these options against the limit, after a hundred batches each. They are returned: memory that one
/// gives back would be taken for nothing by the next.
fn hold_little<S: Sampler>(corpus: &Corpus<'_>, options: &[&str]) -> Vec<S>
where
    S::Options: serde::de::DeserializeOwned,
{
    let measured = |options: &&str| {
        let before = resident().unwrap();
        let parsed = serde_json::from_str(options).unwrap();
        let mut sampler = S::create(parsed, corpus, 32, &Context::detached(0)).unwrap();
        for ordinal in 0..100 {
            let mut batch = Batch::default();
            sampler.sample(corpus, 7, ordinal * 1_000_003, &mut batch).unwrap();
            assert_eq!(batch.queries().len(), 32);
        }
        let held = resident().unwrap().saturating_sub(before);
        assert!(held > 0, "{} {options}: an instance of nothing", S::ID);
        assert!(held < MOST, "{} {options}: {held} bytes", S::ID);
        sampler
    };
    options.iter().map(measured).collect()
}

#[test]
fn an_instance_over_40_million_examples_holds_less_than_50_mb_beyond_the_corpus() {
    if resident().is_none() {
        eprintln!("skipped: there is no /proc/self/status to measure memory by");
        return;
    }
    // Columns of zeros are not resident until they are written to.
    let zeros = vec![0; 2 * EXAMPLES];
    let example: Vec<u32> = (0..2 * EXAMPLES as u32).map(|row| row / 2).collect();
    let builder = CorpusBuilder::new(&["en"]);
    let mut corpus = builder.view();
    (corpus.example, corpus.language, corpus.data_set) = (&example, &zeros, &zeros);
    let by_data_set = r#"{ "data_set_weight": "size" }"#;
    let _first = hold_little::<Monolingual>(&corpus, &["{}", by_data_set]);
    let (over, weight) = (r#"{ "over": "pairs" }"#, r#"{ "weight": 0.5 }"#);
    let _second = hold_little::<SameLanguage>(&corpus, &["{}", over, weight]);
}
