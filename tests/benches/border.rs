//! What the plugin border costs: the same sampler, objective and metric called directly and through the ABI.
//!
//! `cargo build --workspace && cargo bench --profile dev -p triglot-tests --bench border`
//!
//! The component is the same code both ways: the specimen, linked into this program and opened as a library. The host's
//! side is what a run calls, with every check that it makes of what comes back. The two take turns, so that whatever
//! else the machine does falls on both; the table shows medians of the calls, and the mean of the differences as the cost
//! of the border, since some checks are made once in many calls. The sizes are those of an experiment on XQuAD-R: 26,180 rows, batches of 32 pairs, embeddings of 384
//! numbers, 13,090 queries. It ends with the cost as a share of a training step of multilingual-e5-small, as
//! `triglot plan --estimate` measures it on this machine, where data and encoder are at hand.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use specimen::{InOrder, Margin, TopLanguage};
use triglot_host::corpus::TextTable;
use triglot_host::manifest::types::Setting;
use triglot_host::plugin::{self as host, CorpusView, Kind, Registry, SearchPath, Services};
use triglot_sdk::testkit::{CorpusBuilder, RankingBuilder};
use triglot_sdk::{self as sdk, Context, Lists, Matrix, MatrixMut, Metric, Objective, Sampler};
use triglot_tests::{Bench, experiment, library, shared_data, shared_models};

const LANGUAGES: u32 = 11;
const EXAMPLES: u32 = 1190;
const PAIRS: usize = 32;
const DIM: usize = 384;

fn main() {
    let path = SearchPath { given: vec![library("specimen")], ..SearchPath::default() };
    let registry = Registry::open(&path).unwrap();
    let services = Services::new(1, Arc::new(AtomicBool::new(false)));
    println!("{:<10} {:>12} {:>12} {:>12}", "call", "direct", "over ABI", "border");
    let sampler = sampler(&registry, &services);
    let objective = objective(&registry, &services);
    let metric = metric(&registry, &services);
    println!("one call a step of sampler and objective, one a data set and setting of a metric");
    let Some(step) = step_of_e5_small() else { return };
    let share = |cost: Duration| 100.0 * cost.as_secs_f64() / step.as_secs_f64();
    println!("a training step of e5-small: {:.0} ms", step.as_secs_f64() * 1e3);
    println!("border of a step: {:.4}% of it", share(sampler + objective));
    println!("border of a metric's call: {:.4}% of it", share(metric));
}

/// Times both ways in turns; prints a line, and returns what the border costs.
fn compare(
    name: &str,
    rounds: usize,
    mut direct: impl FnMut(),
    mut over: impl FnMut(),
) -> Duration {
    let timed = |call: &mut dyn FnMut()| {
        let began = Instant::now();
        call();
        began.elapsed().as_secs_f64()
    };
    let mut pairs = Vec::with_capacity(rounds);
    for round in 0..rounds + rounds / 10 {
        let pair = match round % 2 {
            0 => (timed(&mut direct), timed(&mut over)),
            _ => {
                let over = timed(&mut over);
                (timed(&mut direct), over)
            }
        };
        // The first rounds warm the caches.
        if round >= rounds / 10 {
            pairs.push(pair);
        }
    }
    let median = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = pairs.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let border = pairs.iter().map(|(direct, over)| over - direct).sum::<f64>() / pairs.len() as f64;
    let us = |seconds: f64| format!("{:.1} µs", seconds * 1e6);
    let (direct, over) = (median(&|pair| pair.0), median(&|pair| pair.1));
    println!("{name:<10} {:>12} {:>12} {:>12}", us(direct), us(over), us(border));
    Duration::from_secs_f64(border.max(0.0))
}

fn sampler(registry: &Registry, services: &Services) -> Duration {
    let all: Vec<u32> = (0..LANGUAGES).collect();
    let codes: Vec<String> = all.iter().map(|language| format!("l{language:02}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let corpus = (0..EXAMPLES).fold(CorpusBuilder::new(&codes), |corpus, _| corpus.example(&all));
    let corpus = corpus.view();
    let mut table = TextTable::default();
    table.data_set = corpus.data_set.to_vec();
    table.language = corpus.language.to_vec();
    table.role = corpus.role.to_vec();
    table.example = corpus.example.to_vec();
    table.group = corpus.group.to_vec();
    table.length = corpus.length.to_vec();
    table.text_hash = corpus.text_hash.to_vec();
    table.languages = corpus.languages.iter().map(|code| (*code).to_owned()).collect();
    table.data_sets = vec!["test".to_owned()];

    let none = serde_json::from_str("{}").unwrap();
    let context = Context::detached(0);
    let mut direct = <InOrder as Sampler>::create(none, &corpus, PAIRS, &context).unwrap();
    let component = registry.find(Kind::Sampler, "specimen/in-order").unwrap();
    let view = CorpusView::new(&table);
    let options = serde_json::Map::new();
    let mut over = host::Sampler::create(component, &options, &view, PAIRS, services).unwrap();
    let mut drawn = sdk::Batch::default();
    direct.sample(&corpus, 7, 3, &mut drawn).unwrap();
    assert_eq!(drawn.queries(), over.sample(7, 3).unwrap().queries);

    let (mut ordinal, mut other) = (0, 0);
    compare(
        "sampler",
        10_000,
        || {
            let mut batch = sdk::Batch::default();
            direct.sample(&corpus, 7, ordinal, &mut batch).unwrap();
            std::hint::black_box(&batch);
            ordinal += 1;
        },
        || {
            std::hint::black_box(over.sample(7, other).unwrap());
            other += 1;
        },
    )
}

fn objective(registry: &Registry, services: &Services) -> Duration {
    let numbers = |salt: u64| -> Vec<f32> {
        let mut random = sdk::Random::new(&[salt]);
        (0..PAIRS * DIM).map(|_| random.below(2001) as f32 / 1000.0 - 1.0).collect()
    };
    let (queries, passages) = (numbers(1), numbers(2));
    let own: Vec<u32> = (0..PAIRS as u32).collect();
    let language = vec![0; PAIRS];
    let offsets: Vec<u32> = (0..=PAIRS as u32).collect();
    let none = vec![0; PAIRS + 1];
    let batch = sdk::ObjectiveBatch {
        training: true,
        step: 0,
        queries: Matrix::new(&queries, PAIRS, DIM).unwrap(),
        passages: Matrix::new(&passages, PAIRS, DIM).unwrap(),
        query_language: &language,
        passage_language: &language,
        query_example: &own,
        passage_example: &own,
        positives: Lists::new(&offsets, &own).unwrap(),
        ignored: Lists::new(&none, &[]).unwrap(),
        extra: vec![],
        hard_negatives: Lists::new(&[0], &[]).unwrap(),
    };
    let (mut positives, mut ignored) = (host::Lists::default(), host::Lists::default());
    own.iter().for_each(|passage| {
        positives.push([*passage]);
        ignored.push([]);
    });
    let none_of_its_own = host::Lists::default();
    let lent = host::ObjectiveBatch {
        training: true,
        step: 0,
        dim: DIM,
        queries: &queries,
        passages: &passages,
        query_language: &language,
        passage_language: &language,
        query_example: &own,
        passage_example: &own,
        positives: &positives,
        ignored: &ignored,
        hard_negatives: &none_of_its_own,
        extra: &[],
    };
    let options = serde_json::from_str("{}").unwrap();
    let mut direct = <Margin as Objective>::create(options, &Context::detached(0)).unwrap();
    let component = registry.find(Kind::Objective, "specimen/margin").unwrap();
    let options = serde_json::Map::new();
    let mut over = host::Objective::create(component, &options, 0, services).unwrap();
    let mut gradients = [vec![0f32; PAIRS * DIM], vec![0f32; PAIRS * DIM]];
    let mut others = gradients.clone();
    let mut evaluate = || {
        let [queries, passages] = &mut gradients;
        let mut output = sdk::ObjectiveOutput {
            query_gradients: MatrixMut::new(queries, PAIRS, DIM),
            passage_gradients: MatrixMut::new(passages, PAIRS, DIM),
            scalars: vec![],
        };
        direct.evaluate(&batch, &mut output).unwrap()
    };
    let mut evaluate_over = || {
        let [queries, passages] = &mut others;
        over.evaluate(&lent, Some((queries, passages))).unwrap().loss
    };
    assert_eq!(evaluate(), evaluate_over());
    compare(
        "objective",
        400,
        || {
            std::hint::black_box(evaluate());
        },
        || {
            std::hint::black_box(evaluate_over());
        },
    )
}

fn metric(registry: &Registry, services: &Services) -> Duration {
    const JUDGED: [(u32, i32, u32); 3] = [(1, 1, 0), (40, 1, 1), (900, 1, 2)];
    let top: Vec<(u32, u32, f32)> = (0..10).map(|rank| (rank, rank % 3, -(rank as f32))).collect();
    let ranking = (0..EXAMPLES * LANGUAGES)
        .fold(RankingBuilder::new(0), |ranking, _| ranking.query(13_014, &JUDGED).top(&top));
    let queries = (EXAMPLES * LANGUAGES) as usize;
    let repeated = |of: &dyn Fn(usize) -> u32, each: usize| -> Vec<u32> {
        (0..queries * each).map(|at| of(at % each)).collect()
    };
    let lent = host::Ranking {
        data_set: "test".to_owned(),
        languages: ["aa", "bb", "cc", "dd"].map(str::to_owned).to_vec(),
        query_language: vec![0; queries],
        query_group: (0..queries as u32).collect(),
        pool_size: vec![13_014; queries],
        relevant: vec![3; queries],
        judged_offsets: (0..=queries).map(|query| query * JUDGED.len()).collect(),
        judged_rank: repeated(&|at| JUDGED[at].0, JUDGED.len()),
        judged_grade: vec![1; queries * JUDGED.len()],
        judged_language: repeated(&|at| JUDGED[at].2, JUDGED.len()),
        top_offsets: (0..=queries).map(|query| query * top.len()).collect(),
        top_document: repeated(&|at| top[at].0, top.len()),
        top_language: repeated(&|at| top[at].1, top.len()),
        top_score: (0..queries * top.len()).map(|at| top[at % top.len()].2).collect(),
    };
    let options = serde_json::from_str("{}").unwrap();
    let mut direct = <TopLanguage as Metric>::create(options, &Context::detached(0)).unwrap();
    let component = registry.find(Kind::Metric, "specimen/top-language").unwrap();
    let mut over = host::Metric::create(component, &serde_json::Map::new(), services).unwrap();
    let view = ranking.view();
    let mut compute = || {
        let mut values = vec![f64::NAN; queries];
        direct.compute(&view, &mut values).unwrap();
        values
    };
    let mut compute_over = || over.compute(Setting::Monolingual, &lent).unwrap();
    assert_eq!(compute(), compute_over());
    compare(
        "metric",
        400,
        || {
            std::hint::black_box(compute());
        },
        || {
            std::hint::black_box(compute_over());
        },
    )
}

/// A step of `experiments/xquad/hybrid.toml`, 32 pairs.
fn step_of_e5_small() -> Option<Duration> {
    let (data, models): (PathBuf, PathBuf) = (shared_data()?, shared_models("e5-small")?);
    let manifest = experiment("xquad/hybrid.toml");
    let [manifest, data, models] = [&manifest, &data, &models].map(|path| path.to_str().unwrap());
    let plan =
        ["plan", manifest, "--estimate", "--json", "--data-dir", data, "--model-dir", models];
    let output = Bench::new().triglot(plan).succeeded().json();
    let seconds = &output["estimate"]["stages"][0]["step_seconds"];
    Some(Duration::from_secs_f64(seconds.as_f64().unwrap_or_else(|| panic!("{output}"))))
}
