//! What a loss costs: time and memory of one evaluation with all gradients, at small and at large batches.
//!
//! `cargo build --workspace && cargo bench --profile dev -p triglot-tests --bench objectives [LIBRARY]`
//!
//! Embeddings of 384 numbers through the real library, as a run calls it: 128 pairs, and 4096 pairs with as many hard
//! negatives, on one thread and on two. Medians of a few calls; memory is what the largest resident size of the process
//! grew by. Another build of the contrastive library may be named, to compare with.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde_json::Map;
use triglot_host::plugin::{
    FurtherMatrix, Kind, Lists, Objective, ObjectiveBatch, Registry, SearchPath, Services,
};
use triglot_sdk::Random;
use triglot_tests::library;

const DIM: usize = 384;

fn main() {
    let named = std::env::args().skip(1).find(|arg| !arg.starts_with("--")).map(PathBuf::from);
    let contrastive = named.clone().unwrap_or_else(|| library("triglot_objective_contrastive"));
    let mut given = vec![contrastive];
    given.extend(named.is_none().then(|| library("triglot_objective_distillation")));
    let registry = Registry::open(&SearchPath { given, ..SearchPath::default() }).unwrap();
    println!(
        "{:<28} {:>8} {:>12} {:>12} {:>10}",
        "objective", "threads", "128", "4096+4096", "grew by"
    );
    let all = [
        ("contrastive/info-nce", "{}"),
        ("contrastive/info-nce", r#"{ "direction": "both" }"#),
        ("contrastive/additive-margin", "{}"),
        ("distillation/mse", "{}"),
        ("distillation/kl", "{}"),
    ];
    for (name, options) in all {
        for threads in [1, 2] {
            let services = Services::new(threads, Arc::new(AtomicBool::new(false)));
            let Ok(component) = registry.find(Kind::Objective, name) else { continue };
            let options: Map<_, _> = serde_json::from_str(options).unwrap();
            let shown = if options.is_empty() { name.to_owned() } else { format!("{name}, both") };
            let Ok(mut objective) = Objective::create(component, &options, 0, &services) else {
                continue;
            };
            let small = time(&mut objective, 128, 0, 21);
            let before = largest();
            let large = time(&mut objective, 4096, 4096, 1);
            let grew = (largest() - before) / 1024;
            println!("{shown:<28} {threads:>8} {small:>9.2} ms {large:>9.0} ms {grew:>6} MiB");
        }
    }
}

/// The median time of an evaluation in milliseconds.
fn time(objective: &mut Objective, pairs: usize, negatives: usize, rounds: usize) -> f64 {
    let passage_count = pairs + negatives;
    let numbers = |salt: u64, rows: usize| -> Vec<f32> {
        let mut random = Random::new(&[salt]);
        (0..rows * DIM).map(|_| random.unit() as f32 - 0.5).collect()
    };
    let (queries, passages) = (numbers(1, pairs), numbers(2, passage_count));
    let taught = (numbers(3, pairs), numbers(4, passage_count));
    let own: Vec<u32> = (0..passage_count as u32).collect();
    let language = vec![0; passage_count];
    let (mut positives, mut ignored) = (Lists::default(), Lists::default());
    for pair in 0..pairs as u32 {
        positives.push([pair]);
        ignored.push([(pair + 1) % pairs as u32]);
    }
    let further = |name, values| FurtherMatrix { name, values, dim: DIM };
    let batch = ObjectiveBatch {
        training: true,
        step: 0,
        dim: DIM,
        queries: &queries,
        passages: &passages,
        query_language: &language[..pairs],
        passage_language: &language,
        query_example: &own[..pairs],
        passage_example: &own,
        positives: &positives,
        ignored: &ignored,
        hard_negatives: &Lists::default(),
        extra: &[further("teacher.query", &taught.0), further("teacher.passage", &taught.1)],
    };
    let mut gradients = (vec![0.0; queries.len()], vec![0.0; passages.len()]);
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let began = Instant::now();
            let (queries, passages) = &mut gradients;
            objective.evaluate(&batch, Some((queries, passages))).unwrap();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[rounds / 2]
}

/// The largest resident memory of this process so far, in KiB; 0 on systems that do not tell.
fn largest() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok()).unwrap_or(0)
}
