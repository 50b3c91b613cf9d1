//! A sampler and a metric that a stranger wrote in C, against the header alone, in a whole experiment.

use std::path::PathBuf;

use triglot_tests::{Bench, c_library, library, repository};

use crate::journal;

const MANIFEST: &str = r#"
name = "in-c"
seed = 5

[model]
use = "candle/static"
options = { dim = 16, vocab_size = 500 }

[[train.data]]
name = "facts"
reader = "embedded"
path = "facts/train"
limit = 24

[[train.stage]]
name = "main"
steps = 9
batch_size = 8
learning_rate = 0.01
objective = [{ use = "contrastive/info-nce", options = { temperature = 0.05 } }]
mix = [{ name = "buckets", use = "length-buckets/pairs", options = { window = 3 } }]

[[evaluate]]
name = "facts"
reader = "embedded"
path = "facts/test"
metrics = ["first-hit@10", "mrr@10", "specimen/top-language@10"]
"#;

/// A folder with both libraries, and that of the specimen to compare with; `None` where there is no C compiler.
fn plugin_folder(bench: &Bench) -> Option<PathBuf> {
    let folder = bench.path("plugins");
    for (source, name) in [("length_buckets.c", "length_buckets"), ("first_hit.c", "first_hit")] {
        c_library(&repository().join("tests/plugins/in-c").join(source), name, &[], &folder)?;
    }
    let specimen = library("specimen");
    std::fs::copy(&specimen, folder.join(specimen.file_name().unwrap())).unwrap();
    Some(folder)
}

#[test]
fn a_sampler_and_a_metric_in_c_train_and_measure() {
    let bench = Bench::new();
    let Some(folder) = plugin_folder(&bench) else { return };
    let manifest = bench.write("m.toml", MANIFEST);
    let plugins = ["--plugin-dir", folder.to_str().unwrap()];
    let run = bench.run(&manifest, &plugins);
    let losses = journal::values(&journal::events(&run.folder), "train/loss");
    assert_eq!(losses.len(), 9);
    for setting in ["monolingual", "cross-lingual", "multilingual"] {
        let of = |column: &str| run.metric(&format!("eval/facts/{setting}/{column}"));
        assert_eq!(of("reciprocal-rank@10"), of("mrr@10"), "{setting}");
        assert_eq!(of("own-language@10"), of("top-language@10"), "{setting}");
    }
    let of = |setting: &str| run.metric(&format!("eval/facts/{setting}/own-language@10"));
    assert_eq!((of("monolingual"), of("cross-lingual")), (1.0, 0.0));
    assert!(of("multilingual") > 0.0 && of("multilingual") < 1.0);

    // The sampler is a pure function of seed and ordinal: the same run again, and another under another seed.
    let losses_of = |seed: &str| {
        let run = bench.run(&manifest, &[&plugins[..], &["--set", seed]].concat());
        journal::values(&journal::events(&run.folder), "train/loss")
    };
    assert_eq!(losses_of("seed=5"), losses);
    assert_ne!(losses_of("seed=6"), losses);
}

#[test]
fn options_that_the_schema_in_c_does_not_know_are_mistakes_of_the_manifest() {
    let bench = Bench::new();
    let Some(folder) = plugin_folder(&bench) else { return };
    for wrong in ["window = 0", "window = 100001", "window = \"3\"", "windows = 3"] {
        let manifest = bench.write("m.toml", MANIFEST.replace("window = 3", wrong));
        let plan = ["plan", manifest.to_str().unwrap(), "--plugin-dir", folder.to_str().unwrap()];
        let refused = bench.triglot(plan);
        assert_eq!(refused.code, Some(2), "{wrong}: {}", refused.stderr);
        assert!(refused.stderr.contains("window"), "{wrong}: {}", refused.stderr);
    }
}

#[test]
fn a_corpus_without_a_whole_batch_is_refused_in_the_words_of_the_sampler() {
    let bench = Bench::new();
    let Some(folder) = plugin_folder(&bench) else { return };
    let manifest = bench.write("m.toml", MANIFEST.replace("batch_size = 8", "batch_size = 5000"));
    let plugins = ["--plugin-dir", folder.to_str().unwrap()];
    let refused = bench.triglot([&["run", manifest.to_str().unwrap()], &plugins[..]].concat());
    let words = "a batch of 5000 pairs cannot be drawn from 120";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
}
