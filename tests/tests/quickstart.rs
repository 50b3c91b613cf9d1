//! The quickstart, with fewer steps: what a run and a sweep leave behind.

use std::io::Read;
use std::path::Path;

use serde_json::Value;
use triglot_tests::{Bench, Run, experiment, repository};
use triglot_track::{Artifact, State};

use crate::journal;

const LANGUAGES: [&str; 5] = ["de", "en", "es", "ru", "zh"];

fn quickstart(bench: &Bench, steps: u64) -> Run {
    let steps = format!("train.stage.main.steps={steps}");
    bench.run(&experiment("quickstart.toml"), &["--set", &steps])
}

/// The groups of a setting over languages.
fn groups(setting: &str) -> Vec<String> {
    let pairs = LANGUAGES.iter().flat_map(|a| LANGUAGES.iter().map(move |b| (a, b)));
    match setting {
        "cross-lingual" => pairs.filter(|(a, b)| a != b).map(|(a, b)| format!("{a}-{b}")).collect(),
        _ => LANGUAGES.map(str::to_owned).into(),
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_run_prints_one_json_document_which_is_its_record() {
    let bench = Bench::new();
    let run = quickstart(&bench, 2);
    let written: Value = serde_json::from_str(&text(&run.path("run.json"))).unwrap();
    assert_eq!(run.record, written);
    assert_eq!(run.record["status"], "finished");
}

#[test]
fn the_record_of_a_run_keeps_to_its_published_schema() {
    let bench = Bench::new();
    let run = quickstart(&bench, 2);
    let schema = text(&repository().join("schemas/run.schema.json"));
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mistakes: Vec<String> =
        validator.iter_errors(&run.record).map(|mistake| mistake.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn the_record_names_what_the_run_was_made_from() {
    let bench = Bench::new();
    let run = quickstart(&bench, 2);
    let from = &run.record["provenance"];
    let plugins: Vec<&str> =
        from["plugins"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    for name in ["candle/static", "language/monolingual", "contrastive/info-nce", "ranking/map"] {
        assert!(plugins.contains(&name), "{name} is not among {plugins:?}");
    }
    for plugin in from["plugins"].as_array().unwrap() {
        assert_eq!(plugin["version"], env!("CARGO_PKG_VERSION"), "{plugin}");
        assert!(Path::new(plugin["file"].as_str().unwrap()).is_file(), "{plugin}");
    }
    let hashes = from["plugins"].as_array().unwrap().iter().map(|plugin| &plugin["hash"]);
    for hash in hashes.chain([&from["manifest"]]) {
        let hash = hash.as_str().unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    }
    assert_eq!(run.record["trained_languages"], serde_json::json!(LANGUAGES));
}

#[test]
fn the_resolved_manifest_of_a_run_is_that_same_experiment_again() {
    let bench = Bench::new();
    let run = quickstart(&bench, 2);
    let manifest = run.path("manifest.toml");
    let plan = ["plan".as_ref(), manifest.as_os_str(), "--json".as_ref()];
    let plan = bench.triglot(plan).succeeded().json();
    assert_eq!(plan["hash"], run.record["provenance"]["manifest"]);
    assert_eq!(plan["experiment"]["train"]["stage"][0]["steps"], 2);
}

#[test]
fn the_journal_holds_the_loss_of_every_step_and_the_final_metrics() {
    let bench = Bench::new();
    let run = quickstart(&bench, 4);
    let events = journal::events(&run.folder);
    assert_eq!(events[0].kind, "run-started");
    let losses = journal::values(&events, "train/loss");
    assert_eq!(losses.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(losses.iter().all(|(_, loss)| loss.is_finite()));
    assert_eq!(journal::values(&events, "validation/loss").len(), 1);
    let key = "eval/facts/multilingual/map";
    assert_eq!(journal::values(&events, key), [(4, run.metric(key))]);
    assert_eq!(journal::status(&events).status, State::Finished);
    let artifacts = journal::all::<Artifact>(&events);
    let artifacts: Vec<&str> = artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    assert_eq!(artifacts, ["checkpoints/step-000004", "model", "eval/facts", "bm25/facts"]);
}

#[test]
fn checkpoints_lie_where_the_manifest_asks_for_them_and_at_the_end_and_as_many_as_it_keeps() {
    let bench = Bench::new();
    let found = |keep: &str| {
        let every = "train.stage.main.checkpoint_every=2";
        let args = ["--set", "train.stage.main.steps=5", "--set", every, "--set", keep];
        let run = bench.run(&experiment("quickstart.toml"), &args);
        let found = std::fs::read_dir(run.path("checkpoints")).unwrap();
        let mut found: Vec<_> = found.map(|entry| entry.unwrap().file_name()).collect();
        found.sort();
        found
    };
    let all = ["step-000002", "step-000004", "step-000005"];
    assert_eq!(found("train.keep_checkpoints=3"), all);
    assert_eq!(found("train.keep_checkpoints=2"), all[1..]);
}

#[test]
fn the_model_is_a_folder_that_other_programs_know() {
    let bench = Bench::new();
    let model = quickstart(&bench, 2).path("model");
    let modules: Value = serde_json::from_str(&text(&model.join("modules.json"))).unwrap();
    let first = model.join(modules[0]["path"].as_str().unwrap());
    assert!(first.join("tokenizer.json").is_file());
    assert!(first.join("model.safetensors").is_file());
    assert!(model.join("config_sentence_transformers.json").is_file());
}

#[test]
fn every_group_of_every_setting_has_its_ranking_its_judgements_and_its_values() {
    let bench = Bench::new();
    let run = quickstart(&bench, 2);
    for setting in ["monolingual", "cross-lingual", "multilingual"] {
        let folder = run.path(&format!("eval/facts/{setting}"));
        let groups = groups(setting);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3 * groups.len());
        for group in groups {
            let values = text(&folder.join(format!("{group}.csv")));
            let queries = values.lines().count() - 1;
            assert!(values.starts_with("query,map,"), "{values}");

            let qrels = text(&folder.join(format!("{group}.qrels")));
            let judged = if setting == "multilingual" { LANGUAGES.len() } else { 1 };
            assert_eq!(qrels.lines().count(), queries * judged);
            assert!(qrels.lines().all(|line| line.split(' ').count() == 4), "{qrels}");

            let mut ranking = String::new();
            let file = std::fs::File::open(folder.join(format!("{group}.trec.gz"))).unwrap();
            flate2::read::GzDecoder::new(file).read_to_string(&mut ranking).unwrap();
            let pool = if setting == "multilingual" { 410 } else { 82 };
            assert_eq!(ranking.lines().count(), queries * pool.min(100));
            assert!(ranking.lines().all(|line| line.split(' ').count() == 6));
        }
    }
}

#[test]
fn means_in_the_record_are_the_means_of_the_values_per_query() {
    let bench = Bench::new();
    let run = quickstart(&bench, 2);
    let mut of_groups = Vec::new();
    for group in groups("cross-lingual") {
        let values = text(&run.path(&format!("eval/facts/cross-lingual/{group}.csv")));
        let map = values.lines().skip(1).map(|line| line.split(',').nth(1).unwrap());
        let map: Vec<f64> = map.map(|value| value.parse().unwrap()).collect();
        let mean = map.iter().sum::<f64>() / map.len() as f64;
        let recorded = run.metric(&format!("eval/facts/cross-lingual/{group}/map"));
        assert!((mean - recorded).abs() < 1e-12, "{group}: {mean} is recorded as {recorded}");
        of_groups.push(mean);
    }
    let mean = of_groups.iter().sum::<f64>() / of_groups.len() as f64;
    assert!((mean - run.metric("eval/facts/cross-lingual/map")).abs() < 1e-12);
}

#[test]
fn a_sweep_runs_every_trial_and_ends_with_one_table() {
    let bench = Bench::new();
    let manifest = experiment("quickstart.toml");
    let steps = ["--set", "train.stage.main.steps=2", "--set", "model.options.dim=16"];
    let sweep = ["sweep".as_ref(), manifest.as_os_str()];
    let output = bench.triglot(sweep.into_iter().chain(steps.iter().map(AsRef::as_ref)));
    let table = output.succeeded().stdout;
    for variant in ["monolingual", "cross-lingual", "hybrid"] {
        let rows = table.lines().filter(|line| line.trim_start().starts_with(variant));
        assert!(rows.clone().any(|row| row.contains('±')), "{table}");
    }
    let listed = bench.triglot(["runs", "list", "--json"]).succeeded().json();
    let trials = listed.as_array().unwrap().iter();
    let mut trials: Vec<_> = trials.map(|r| r["trial"]["name"].as_str().unwrap()).collect();
    trials.sort_unstable();
    let expected = ["cross-lingual/seed=1", "cross-lingual/seed=2", "hybrid/seed=1"];
    assert_eq!(trials[..3], expected);
    assert_eq!(trials[3..], ["hybrid/seed=2", "monolingual/seed=1", "monolingual/seed=2"]);
}
