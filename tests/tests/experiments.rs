//! The manifests that come with triglot.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use triglot_tests::{Bench, files_under, repository};

/// The plan of a manifest, and how long it took.
fn plan(bench: &Bench, manifest: &Path) -> (Value, Duration) {
    let began = Instant::now();
    let args = ["plan".as_ref(), manifest.as_os_str(), "--json".as_ref()];
    let output = bench.triglot(args);
    let took = began.elapsed();
    (output.succeeded().json(), took)
}

#[test]
fn every_experiment_can_be_planned_in_under_a_tenth_of_a_second() {
    let bench = Bench::new();
    let folder = repository().join("experiments");
    let files = files_under(&folder);
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(file.extension(), Some("toml".as_ref()), "{}", file.display());
        let (planned, first) = plan(&bench, &folder.join(&file));
        assert!(planned["experiment"]["description"].is_string(), "{}", file.display());
        // Other tests have the processors too: what counts is what it can do.
        let tries = (0..20).map(|_| plan(&bench, &folder.join(&file)).1);
        let fast = |took: Duration| took < Duration::from_millis(100);
        assert!(fast(first) || tries.into_iter().any(fast), "{} is slow to plan", file.display());
    }
}
