//! How long it takes to score a run that is in memory: `RUN QRELS METRICS REPETITIONS`, seconds on standard output.
//!
//! tests/speed/score.py calls it, and says with what it is compared. Files are read and parsed before the clock starts; what
//! it times is all that follows: the order of every query, the ranks of judged passages, and the calls of the metric
//! plugins over the border.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use triglot_evaluate::TrecFile;
use triglot_host::plugin::{Registry, SearchPath, Services};
use triglot_host::score::Scorer;
use triglot_tests::library;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [run, qrels, metrics, repetitions] = args.as_slice() else {
        println!("skipped: wants RUN QRELS METRICS REPETITIONS");
        return;
    };
    let (run, qrels) = (TrecFile::read(run).unwrap(), TrecFile::read(qrels).unwrap());
    let (run, qrels) = (run.run().unwrap(), qrels.qrels().unwrap());
    let given: Vec<PathBuf> = vec![library("triglot_metric_ranking")];
    let registry = Registry::open(&SearchPath { given, ..SearchPath::default() }).unwrap();
    let services = Services::new(1, Arc::new(AtomicBool::new(false)));
    let metrics: Vec<String> = metrics.split(',').map(str::to_owned).collect();
    let mut scorer = Scorer::new(&metrics, false, &registry, &services).unwrap();
    for _ in 0..repetitions.parse::<usize>().unwrap() {
        let began = Instant::now();
        let scores = scorer.score(&run, &qrels).unwrap();
        let means: Vec<_> = scores.means().map(|(_, mean, _)| mean).collect();
        let seconds = began.elapsed().as_secs_f64();
        println!("{seconds} {means:?}");
    }
}
