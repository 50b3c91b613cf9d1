//! Stages, mixes and their shares: what a manifest composes is what a run draws.

use std::path::PathBuf;

use serde_json::Value;
use triglot_tests::{Bench, Run, SMALL, library};

use crate::journal;

/// The small experiment with other stages.
fn with_stages(bench: &Bench, name: &str, stages: &str) -> PathBuf {
    let (before, stage) = SMALL.split_once("[[train.stage]]").unwrap();
    let after = &stage[stage.find("[[evaluate]]").unwrap()..];
    bench.write(name, format!("{before}{stages}\n{after}"))
}

const STAGE: &str = r#"
[[train.stage]]
name = "NAME"
steps = 20
batch_size = 8
learning_rate = 0.01
objective = [{ use = "contrastive/info-nce" }]
"#;

fn stage(name: &str, further: &str) -> String {
    format!("{}{further}\n", STAGE.replace("NAME", name))
}

const MONO: &str = r#"mix = [{ name = "mono", use = "language/monolingual" }]"#;
const BOTH: &str = r#"mix = [
  { name = "mono", use = "language/monolingual", share = SHARE },
  { name = "cross", use = "language/cross-lingual" },
]"#;

fn losses(run: &Run) -> Vec<f64> {
    let events = journal::events(&run.folder);
    journal::values(&events, "train/loss").into_iter().map(|(_, loss)| loss).collect()
}

fn batches(run: &Run, member: &str) -> Value {
    run.record["training"]["batches"][member]["batches"].clone()
}

#[test]
fn shares_are_dealt_exactly_and_followed_where_they_change() {
    let bench = Bench::new();
    let dealt = |share: &str| {
        let both = BOTH.replace("SHARE", share);
        let stage = stage("main", &format!("draw = \"exact\"\n{both}"));
        let run = bench.run(&with_stages(&bench, "m.toml", &stage), &[]);
        let (mono, cross) = (batches(&run, "main/mono"), batches(&run, "main/cross"));
        (mono.as_u64().unwrap(), cross.as_u64().unwrap())
    };
    assert_eq!(dealt("0.25"), (5, 15));
    // From all to none over half of the steps: 1 + 0.9 + … + 0.1 = 5.5 of the first ten, none of the others.
    let (mono, cross) = dealt("{ from = 1.0, to = 0.0, over = 0.5 }");
    assert!(mono == 5 || mono == 6, "{mono}");
    assert_eq!(mono + cross, 20);
}

#[test]
fn a_stage_draws_from_its_own_languages_and_the_next_from_all() {
    let bench = Bench::new();
    let english = format!("languages = [\"en\"]\n{MONO}");
    let stages = stage("english", &english) + &stage("both", &BOTH.replace("SHARE", "0.0"));
    let run = bench.run(&with_stages(&bench, "m.toml", &stages), &[]);
    let pairs = &run.record["training"]["language_pairs"];
    assert_eq!(pairs["english"], serde_json::json!({ "en-en": 160 }));
    let both = pairs["both"].as_object().unwrap();
    assert_eq!(both.keys().collect::<Vec<_>>(), ["en-es", "es-en"]);
    assert_eq!(both.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 160);
}

#[test]
fn a_stage_may_forget_what_the_optimiser_of_the_one_before_learnt() {
    let bench = Bench::new();
    let run = |reset: &str| {
        let second = format!("reset_optimizer = {reset}\n{MONO}");
        let stages = stage("first", MONO) + &stage("second", &second);
        losses(&bench.run(&with_stages(&bench, "m.toml", &stages), &[]))
    };
    let (kept, forgotten) = (run("false"), run("true"));
    // The first step after it is taken by the same parameters, those that follow are not.
    assert_eq!(kept[..21], forgotten[..21]);
    assert_ne!(kept[21..], forgotten[21..]);
}

#[test]
fn an_optimiser_that_cannot_forget_is_refused_before_training() {
    let bench = Bench::new();
    let stage = stage("main", &format!("reset_optimizer = true\n{MONO}"));
    let manifest = with_stages(&bench, "m.toml", &stage);
    let text = std::fs::read_to_string(&manifest).unwrap();
    let text = text.replace("candle/static", "specimen/hashing");
    let options = r#"options = { dim = 16, vocab_size = 600 }"#;
    std::fs::write(&manifest, text.replace(options, "options = { dim = 16 }")).unwrap();
    let library = library("specimen");
    let args = ["run", "m.toml", "--plugin-dir", library.to_str().unwrap()];
    let refused = bench.triglot(args).failure();
    let said = "`train.stage.main.reset_optimizer`: specimen/hashing cannot forget its optimiser";
    assert!(refused.starts_with("exit code 2\n") && refused.contains(said), "{refused}");
}
