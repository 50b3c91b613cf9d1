//! A pretrained encoder through the whole command: the quick manifest of `experiments/xquad`, on real texts.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use triglot_tests::{
    Bench, Output, Run, SMALL, assert_same_files, check_python, experiment, files_under,
    repository, shared_data, shared_models,
};

use crate::failure::snapshot;
use crate::journal::{events, values};
use crate::model::npy;

const ENCODER: &str = "e5-small-32k";

/// The manifest, and where its data and its encoder lie.
struct Quick {
    manifest: PathBuf,
    data: PathBuf,
    models: PathBuf,
}

impl Quick {
    /// Where either is absent this says so on standard error.
    fn find() -> Option<Self> {
        let (data, models) = (shared_data()?, shared_models(ENCODER)?);
        Some(Self { manifest: experiment("xquad/quick.toml"), data, models })
    }

    /// The arguments that say where data and encoder lie.
    fn places(&self) -> [&OsStr; 4] {
        let [data, models] = ["--data-dir", "--model-dir"].map(OsStr::new);
        [data, self.data.as_os_str(), models, self.models.as_os_str()]
    }

    /// Runs the manifest.
    fn run(&self, bench: &Bench, further: &[&str]) -> Run {
        let run = ["run", "--json"].map(OsStr::new);
        let args = run.into_iter().chain([self.manifest.as_os_str()]).chain(self.places());
        bench.finished(args.chain(further.iter().map(OsStr::new)))
    }

    /// Measures a model on the data of the manifest.
    fn evaluate(&self, bench: &Bench, named: &OsStr) -> Run {
        let evaluate = [OsStr::new("evaluate"), named, OsStr::new("--json"), OsStr::new("--on")];
        bench.finished(evaluate.into_iter().chain([self.manifest.as_os_str()]).chain(self.places()))
    }
}

#[test]
fn a_pretrained_encoder_is_trained_measured_exported_and_used_again() {
    let Some(quick) = Quick::find() else { return };
    let bench = Bench::new();
    let run = quick.run(&bench, &[]);
    assert_values_are_sound(&run);

    assert_any_text_is_encoded(&bench, &run);
    assert_export_is_what_others_load(&bench, &run);

    // Its checkpoint, then what it exported, where there is no checkpoint any more.
    let (id, folder) = (run.record["id"].as_str().unwrap(), run.path("model"));
    let of_checkpoint = quick.evaluate(&bench, OsStr::new(id));
    std::fs::remove_dir_all(run.path("checkpoints")).unwrap();
    let of_export = quick.evaluate(&bench, folder.as_os_str());
    for again in [of_checkpoint, of_export] {
        assert_eq!(again.record["metrics"], run.record["metrics"]);
        assert_same_files(&again.path("eval"), &run.path("eval"));
    }
    std::fs::remove_file(folder.join("config.json")).unwrap();
    let evaluate = ["evaluate".as_ref(), folder.as_os_str(), "--on".as_ref()];
    let args = evaluate.into_iter().chain([quick.manifest.as_os_str()]).chain(quick.places());
    let output = bench.triglot(args);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    assert!(output.stderr.contains("config.json"), "{}", output.stderr);
}

/// Losses, norms, metrics and counts of the quick run.
fn assert_values_are_sound(run: &Run) {
    let events = events(&run.folder);
    for key in ["train/loss", "train/gradient-norm"] {
        let values = values(&events, key);
        assert_eq!(values.len(), 6, "{key}");
        assert!(values.iter().all(|(_, value)| value.is_finite() && *value > 0.0), "{values:?}");
    }
    // Six batches of eight pairs; every text has its special tokens and its prefix, and is cut to its limit.
    let tokens = run.record["training"]["tokens"].as_u64().unwrap();
    assert!((6 * 16 * 5..=6 * 8 * (32 + 64)).contains(&tokens), "{tokens}");

    let metrics = run.record["metrics"].as_object().unwrap();
    for (name, value) in metrics {
        let value = value.as_f64().unwrap();
        // The pool of all three languages has fewer sentences than that.
        let bounds = match name {
            name if name.ends_with("rank-distance") => 0.0..=150.0,
            name if name.starts_with("gap/") => -1.0..=1.0,
            _ => 0.0..=1.0,
        };
        assert!(bounds.contains(&value), "{name}: {value}");
    }
    for setting in ["monolingual", "cross-lingual", "multilingual"] {
        // A language has some 35 sentences: by chance it would be far below.
        let map = run.metric(&format!("eval/xquad-r/{setting}/map"));
        assert!(map > 0.3, "{setting}: {map}");
    }
}

/// The embeddings of the lines of a text in a role.
fn encode(bench: &Bench, run: &Run, role: &str, text: &str) -> Vec<Vec<f32>> {
    bench.write("texts.txt", text);
    let id = run.record["id"].as_str().unwrap();
    let output = ["--input", "texts.txt", "--output", "texts.npy"];
    bench.triglot(["encode", id, "--role", role].into_iter().chain(output)).succeeded();
    let (_, values) = npy(&std::fs::read(bench.path("texts.npy")).unwrap());
    values.chunks(384).map(<[f32]>::to_vec).collect()
}

/// A text of any length, and none at all, has an embedding of unit length.
fn assert_any_text_is_encoded(bench: &Bench, run: &Run) {
    let long = "señal ".repeat(100_000 / 6 + 1);
    let cut = "señal ".repeat(100);
    let lines = format!("{long}\n\n{cut}\n{}\n", "x".repeat(100_000));
    let embeddings = encode(bench, run, "passage", &lines);
    assert_eq!(embeddings.len(), 4);
    for embedding in &embeddings {
        let square: f64 = embedding.iter().map(|value| f64::from(*value).powi(2)).sum();
        assert!((square - 1.0).abs() < 1e-5, "{square}");
    }
    assert_eq!(embeddings[0], embeddings[2], "what is past the limit does not count");
    assert_ne!(embeddings[0], embeddings[1]);
}

/// Other programs read the exported folder and give the same embeddings.
fn assert_export_is_what_others_load(bench: &Bench, run: &Run) {
    let Some(python) = check_python("sentence_transformers") else { return };
    let lines = [
        "Which river flows past the old salt works?",
        "Мост открыли осенью.",
        "¿Cuándo se abrió la escuela?",
        "灯台",
    ];
    let (mut texts, mut expected): (Vec<Value>, Vec<Vec<f32>>) = Default::default();
    for role in ["query", "passage"] {
        texts.extend(lines.map(|text| json!({ "role": role, "text": text })));
        expected.extend(encode(bench, run, role, &lines.join("\n")));
    }
    let texts = bench.write("texts.json", json!(texts).to_string());
    let expected = bench.write("expected.json", json!(expected).to_string());
    let script = repository().join("plugins/backend-candle/tests/check_export.py");
    let mut check = Command::new(python);
    check.arg(script).arg(run.path("model")).arg(texts).arg(expected);
    Output::of(check.env("HF_HUB_OFFLINE", "1")).succeeded();
}

#[test]
fn an_encoder_is_trained_to_the_same_bytes_on_one_thread_and_on_two() {
    let Some(quick) = Quick::find() else { return };
    let few = [
        "train.stage.main.steps=2",
        "train.data.squad.limit=60",
        "evaluate.xquad-r.limit=4",
        "evaluate.xquad-r.languages=['en', 'es']",
    ];
    let few: Vec<&str> = few.into_iter().flat_map(|set| ["--set", set]).collect();
    let benches = [Bench::new(), Bench::new()];
    let [one, two] = ["1", "2"].map(|threads| [few.as_slice(), &["--threads", threads]].concat());
    let (one, two) = (quick.run(&benches[0], &one), quick.run(&benches[1], &two));
    assert_eq!(one.record["metrics"].to_string(), two.record["metrics"].to_string());
    assert_eq!(one.record["training"], two.record["training"]);
    for folder in ["model", "checkpoints", "eval"] {
        assert_same_files(&one.path(folder), &two.path(folder));
    }
}

/// The small experiment with an encoder of these options.
fn small(options: &str) -> String {
    let model = "use = \"candle/static\"\noptions = { dim = 16, vocab_size = 600 }";
    assert!(SMALL.contains(model));
    SMALL.replacen(model, &format!("use = \"candle/encoder\"\noptions = {{ {options} }}"), 1)
}

#[test]
fn a_folder_that_holds_no_encoder_is_named_with_the_key_that_asks_for_it() {
    let absent = Bench::new();
    let without_config = Bench::new();
    without_config.write("models/encoder/model.safetensors", "");
    let of_another_kind = Bench::new();
    of_another_kind.write("models/encoder/config.json", r#"{ "model_type": "clip" }"#);
    let cases = [
        ("encoder_absent", absent),
        ("encoder_without_config", without_config),
        ("encoder_of_another_kind", of_another_kind),
    ];
    for (name, bench) in cases {
        bench.write("m.toml", small("weights = \"encoder\""));
        let output = bench.triglot(["run", "m.toml", "--model-dir", "models"]);
        snapshot(&bench, name, &output);
        assert_eq!(output.code, Some(2));
        assert!(files_under(&bench.runs_dir()).is_empty(), "no run was begun");
    }
}

#[test]
fn a_pooling_that_there_is_none_of_is_refused_with_those_there_are() {
    let bench = Bench::new();
    for (name, pooling) in [("option_of_no_value", "median"), ("option_of_nearly_a_value", "men")] {
        bench.write("m.toml", small(&format!("weights = \"encoder\", pooling = \"{pooling}\"")));
        let output = bench.triglot(["plan", "m.toml"]);
        snapshot(&bench, name, &output);
        assert_eq!(output.code, Some(2));
    }
    let shown = bench.triglot(["plugins", "show", "candle/encoder"]).succeeded().stdout;
    assert!(shown.contains("one of mean, cls"), "{shown}");
}

#[test]
fn more_tokens_than_the_encoder_has_positions_for_are_refused() {
    let Some(models) = shared_models(ENCODER) else { return };
    for option in ["max_query_tokens", "max_passage_tokens"] {
        let bench = Bench::new();
        bench.write("m.toml", small(&format!("weights = \"{ENCODER}\", {option} = 513")));
        let run = ["run", "m.toml", "--model-dir"].map(OsStr::new);
        let output = bench.triglot(run.into_iter().chain([models.as_os_str()]));
        assert_eq!(output.code, Some(2), "{}", output.stderr);
        for said in ["m.toml:", "`model.", option, "513", "512"] {
            assert!(output.stderr.contains(said), "{said} is not in: {}", output.stderr);
        }
        assert!(files_under(&bench.runs_dir()).is_empty(), "no run was begun");
    }
}
