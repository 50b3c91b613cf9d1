//! What drawing a batch costs, and what an instance holds, at the sizes that large corpora have.
//!
//! `cargo bench --profile dev -p triglot-sampler-language --bench sampling`
//!
//! Ten million examples in eleven languages, once all in all and once each in some; and forty million in two. It wants
//! some 4 GB. Batches of 32 pairs are drawn at ordinals far apart. The memory is what the process grew by, anonymous
//! pages alone, and has to be below 50 MB. `EXAMPLES=100000` divides nothing but the first number, for a quick look.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Instant;

use serde::de::DeserializeOwned;
use triglot_sampler_language::cross_lingual::CrossLingual;
use triglot_sampler_language::monolingual::Monolingual;
use triglot_sampler_language::same_language::SameLanguage;
use triglot_sdk::testkit::CorpusBuilder;
use triglot_sdk::{Batch, Context, Corpus, Sampler, mix};

const PAIRS: usize = 32;
const ROUNDS: u64 = 5000;

fn main() {
    let examples = |default: u32| match std::env::var("EXAMPLES") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => default,
    };
    over("all in all of 11 languages", examples(10_000_000), 11, |_, _| true);
    // Language ℓ has an example with probability 1 − ℓ/12.
    let has = |example, language| mix(&[example, language]) % 12 >= language;
    over("each in some of 11 languages", examples(10_000_000), 11, has);
    over("all in both of 2 languages", examples(40_000_000), 2, |_, _| true);
}

/// A corpus in which examples have the languages that `has` says; tells how all samplers do over it.
fn over(name: &str, examples: u32, languages: u32, has: impl Fn(u64, u64) -> bool) {
    // In one piece: what a growing column leaves behind would be taken for nothing by an instance.
    let most = 2 * examples as usize * languages as usize;
    let (mut example, mut language) = (Vec::with_capacity(most), Vec::with_capacity(most));
    for number in 0..examples {
        for code in (0..languages).filter(|code| has(number.into(), (*code).into())) {
            example.extend([number; 2]);
            language.extend([code; 2]);
        }
    }
    let data_set = vec![0; example.len()];
    let codes: Vec<String> = (0..languages).map(|language| format!("l{language:02}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let builder = CorpusBuilder::new(&codes);
    let mut corpus = builder.view();
    (corpus.example, corpus.language, corpus.data_set) = (&example, &language, &data_set);
    println!("{examples} examples, {name}: {} rows", corpus.rows());
    println!("{:<42} {:>9} {:>9} {:>12} {:>9}", "", "index s", "MB", "batches/s", "µs");
    time::<Monolingual>(&corpus, "{}");
    time::<Monolingual>(&corpus, r#"{ "weight": 0.5 }"#);
    time::<SameLanguage>(&corpus, "{}");
    time::<SameLanguage>(&corpus, r#"{ "over": "pairs" }"#);
    time::<SameLanguage>(&corpus, r#"{ "weight": 0.5 }"#);
    time::<CrossLingual>(&corpus, "{}");
    time::<CrossLingual>(&corpus, r#"{ "over": "pairs" }"#);
    time::<CrossLingual>(&corpus, r#"{ "pairs": "uniform" }"#);
    time::<CrossLingual>(&corpus, r#"{ "pairs": 0.5, "batch": "one-pair" }"#);
}

/// Makes an instance and draws from it; prints a line.
fn time<S: Sampler>(corpus: &Corpus<'_>, options: &str)
where
    S::Options: DeserializeOwned,
{
    let parsed = serde_json::from_str(options).unwrap();
    let (before, began) = (resident(), Instant::now());
    let mut sampler = S::create(parsed, corpus, PAIRS, &Context::detached(0)).unwrap();
    let index = began.elapsed().as_secs_f64();
    let epoch = sampler.epoch_length(corpus);
    let mut draw = |round: u64| {
        let mut batch = Batch::default();
        sampler.sample(corpus, 7, mix(&[round]) % epoch, &mut batch).unwrap();
        std::hint::black_box(&batch);
    };
    // The first rounds warm the caches.
    (0..ROUNDS / 10).for_each(&mut draw);
    let began = Instant::now();
    (0..ROUNDS).for_each(&mut draw);
    let each = began.elapsed().as_secs_f64() / ROUNDS as f64;
    let held = resident().saturating_sub(before) as f64 / 1e6;
    let name = format!("{} {options}", S::ID);
    println!("{name:<42} {index:>9.2} {held:>9.1} {:>12.0} {:>9.1}", 1.0 / each, each * 1e6);
    assert!(held < 50.0, "{name} holds {held} MB");
    // Memory that it gave back would be taken for nothing by the next.
    std::mem::forget(sampler);
}

/// Bytes of anonymous memory in use; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0) * 1000
}
