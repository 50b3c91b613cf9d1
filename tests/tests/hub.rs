//! Models of the hub, from a hub on this machine: downloaded once, found again, pinned to their commits.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use triglot_tests::{
    Bench, Faults, HubModel, HubServer, Output, Run, SMALL, check_python, files_under, repository,
};

use crate::failure::snapshot;

/// A large file of the model and a small one.
const LARGE: &str = "0_StaticEmbedding/model.safetensors";
const SMALL_FILE: &str = "modules.json";

/// The small experiment, begun from these weights.
fn small_from(weights: &str) -> String {
    SMALL.replace("dim = 16, vocab_size = 600", &format!("weights = '{weights}'"))
}

/// A bench, a hub that has the model `owner/tiny`, and its commit.
struct Scene {
    bench: Bench,
    hub: HubServer,
    commit: String,
}

impl Scene {
    fn new() -> Self {
        let (bench, hub) = (Bench::new(), HubServer::new());
        let manifest = bench.write("made.toml", SMALL);
        let model = bench.run(&manifest, &[]).path("model");
        std::fs::rename(model, bench.path("tiny")).unwrap();
        std::fs::remove_dir_all(bench.runs_dir()).unwrap();
        // What is for other programs, or for people, is not downloaded.
        for other in ["README.md", "onnx/model.onnx", "tf_model.h5", "rust_model.ot"] {
            bench.write(&format!("tiny/{other}"), "of no use here");
        }
        let commit = hub.put_folder("owner/tiny", &bench.path("tiny"));
        bench.write("m.toml", small_from("hf:owner/tiny@main"));
        Self { bench, hub, commit }
    }

    /// A command that asks this hub.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bench.triglot_command(args);
        command.env("HF_ENDPOINT", &self.hub.endpoint);
        command
    }

    fn triglot(&self, args: &[&str]) -> Output {
        Output::of(&mut self.command(args))
    }

    /// Runs a manifest to its end.
    fn run(&self, manifest: &str) -> Run {
        self.finished(&mut self.command(&["run", manifest, "--json"]))
    }

    /// A command of this scene that ends well, and its run.
    fn finished(&self, command: &mut Command) -> Run {
        let record = Output::of(command).succeeded().json();
        let folder = self.bench.runs_dir().join("small").join(record["id"].as_str().unwrap());
        Run { folder, record }
    }

    /// The folder of the model in the cache.
    fn cached(&self, name: &str) -> PathBuf {
        self.bench.path("hf/hub/models--owner--tiny").join(name)
    }

    /// Forgets what was downloaded.
    fn clear_cache(&self) {
        std::fs::remove_dir_all(self.bench.path("hf")).unwrap();
    }

    /// The requests since the last look that gave the bytes of files.
    fn downloads(&self) -> Vec<String> {
        let gets = self.hub.requests().into_iter();
        gets.filter(|request| request.contains("GET /") && !request.contains("/api/")).collect()
    }

    /// Compares what a run said with a snapshot, the hub's port left out.
    fn refused(&self, name: &str, code: i32, output: &Output) {
        let stderr = output.stderr.replace(&self.hub.endpoint, "http://hub");
        snapshot(&self.bench, name, &Output { stderr, ..output.clone() });
        assert_eq!(output.code, Some(code), "{}", output.stderr);
        let runs = self.bench.runs_dir();
        assert!(!runs.is_dir() || files_under(&runs).is_empty(), "no run was begun");
    }
}

fn weights_of(run: &Run) -> &Value {
    &run.record["provenance"]["paths"]["model.options.weights"]
}

#[test]
fn a_model_of_the_hub_is_downloaded_once_and_its_commit_is_on_record() {
    let scene = Scene::new();
    let plan = || scene.triglot(&["plan", "m.toml", "--json"]).succeeded().json()["hub"][0].clone();
    assert_eq!(plan()["model"], "hf:owner/tiny@main");
    assert_eq!(plan()["cached"], Value::Null);
    assert!(scene.hub.requests().is_empty(), "a plan asks nobody");

    let first = scene.run("m.toml");
    assert!(!scene.downloads().is_empty());
    let weights = weights_of(&first);
    assert_eq!(weights["hub"]["repository"], "owner/tiny");
    assert_eq!(weights["hub"]["commit"], scene.commit.as_str());
    let folder = scene.cached("snapshots").join(&scene.commit);
    assert_eq!(weights["path"].as_str(), folder.to_str());
    let held = files_under(&folder);
    assert!(held.contains(&PathBuf::from(LARGE)) && held.contains(&PathBuf::from(SMALL_FILE)));
    assert_eq!(held.len(), files_under(&scene.bench.path("tiny")).len() - 4, "{held:?}");
    let blobs = files_under(&scene.cached("blobs"));
    assert_eq!(blobs.len(), held.len(), "nothing is left half made: {blobs:?}");
    let manifest = std::fs::read_to_string(first.path("manifest.toml")).unwrap();
    assert!(manifest.contains(&format!("hf:owner/tiny@{}", scene.commit)), "{manifest}");
    assert_eq!(plan()["cached"], scene.commit.as_str());

    // Of a branch the commit is asked for, of a commit nothing at all.
    let second = scene.run("m.toml");
    assert!(scene.hub.requests().iter().all(|request| request.contains("/api/")));
    let third = scene.run(first.path("manifest.toml").to_str().unwrap());
    assert!(scene.hub.requests().is_empty());
    for again in [second, third] {
        assert_eq!(again.record["metrics"], first.record["metrics"]);
        assert_eq!(weights_of(&again), weights);
        assert_eq!(again.record["provenance"]["manifest"], first.record["provenance"]["manifest"]);
    }
}

#[test]
fn what_was_downloaded_serves_without_a_network() {
    let scene = Scene::new();
    let first = scene.run("m.toml");
    scene.hub.requests();
    let offline = |args: &[&str]| {
        let mut command = scene.command(args);
        command.env("HF_HUB_OFFLINE", "1");
        command
    };
    let again = scene.finished(&mut offline(&["run", "m.toml", "--json"]));
    // A hub that is gone is warned of.
    let mut gone = scene.command(&["run", "m.toml", "--json"]);
    let gone = Output::of(gone.env("HF_ENDPOINT", "http://127.0.0.1:9")).succeeded();
    assert!(gone.stderr.contains("127.0.0.1 cannot be reached"), "{}", gone.stderr);
    for record in [again.record, gone.json()] {
        assert_eq!(record["metrics"], first.record["metrics"]);
        assert_eq!(record["provenance"]["paths"], first.record["provenance"]["paths"]);
    }

    // A model may be measured straight from the hub, and what was measured is found again.
    let evaluate = |model: &str| {
        scene.finished(&mut offline(&["evaluate", model, "--on", "m.toml", "--json"]))
    };
    let untrained = evaluate("hf:owner/tiny");
    assert_eq!(weights_of(&untrained), weights_of(&first));
    let id = untrained.record["id"].as_str().unwrap();
    assert_eq!(evaluate(id).record["metrics"], untrained.record["metrics"]);
    scene.bench.write("texts.txt", "a text\n");
    let encode = ["encode", id, "--input", "texts.txt", "--output", "texts.npy"];
    Output::of(&mut offline(&encode)).succeeded();
    assert!(scene.hub.requests().is_empty());
}

#[test]
fn a_run_that_is_gone_on_with_keeps_the_commit_that_it_began_from() {
    let scene = Scene::new();
    let sets = ["steps=1500", "checkpoint_every=5"];
    let sets = sets.map(|set| format!("--set=train.stage.main.{set}"));
    let args = ["run", "m.toml", "--quiet", &sets[0], &sets[1]];
    let mut child = scene.command(&args).spawn().unwrap();
    let runs = scene.bench.runs_dir();
    let checkpoint = |file: &PathBuf| file.ends_with("checkpoint.json");
    while !(runs.is_dir() && files_under(&runs).iter().any(checkpoint)) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    // The branch moves on to another model.
    std::fs::write(scene.bench.path("tiny").join("note.txt"), "new").unwrap();
    let moved = scene.hub.put_folder("owner/tiny", &scene.bench.path("tiny"));
    assert_ne!(moved, scene.commit);
    let other = scene.triglot(&["run", "m.toml", "--resume", "last", &sets[0], &sets[1]]);
    assert_eq!(other.code, Some(2), "{}", other.stderr);
    for commit in [&moved, &scene.commit] {
        assert!(other.stderr.contains(commit.as_str()), "{}", other.stderr);
    }
    let resumed = scene.finished(&mut scene.command(&["run", "--resume", "last", "--json"]));
    assert_eq!(weights_of(&resumed)["hub"]["commit"], scene.commit.as_str());
    assert_eq!(resumed.record["resumed"].as_array().unwrap().len(), 1);
}

#[test]
fn a_broken_download_goes_on_where_it_broke() {
    let scene = Scene::new();
    // Twice within a run, which asks for the rest by itself.
    scene.hub.fail(Faults { breaks: vec![700, 900], ..Faults::default() });
    scene.run("m.toml");
    let downloads = scene.downloads();
    for from in [700, 1600] {
        let rest = format!("cdn GET /owner/tiny/{LARGE} bytes={from}-");
        assert!(downloads.contains(&rest), "{rest} is not among {downloads:?}");
    }

    // And from one run to the next.
    scene.clear_cache();
    scene.hub.fail(Faults { breaks: [&[700][..], &[0; 20]].concat(), ..Faults::default() });
    let failed = scene.triglot(&["run", "m.toml"]);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    assert!(failed.stderr.contains("700 bytes are kept"), "{}", failed.stderr);
    scene.downloads();
    scene.hub.fail(Faults::default());
    scene.run("m.toml");
    let downloads = scene.downloads();
    let of_large =
        downloads.iter().filter(|download| download.contains(LARGE) && download.starts_with("cdn"));
    assert_eq!(of_large.collect::<Vec<_>>(), [&format!("cdn GET /owner/tiny/{LARGE} bytes=700-")]);
}

#[test]
fn damaged_bytes_are_named_and_never_get_into_the_cache() {
    let scene = Scene::new();
    for file in [LARGE, SMALL_FILE] {
        scene.hub.fail(Faults { damaged: Some(file.to_owned()), ..Faults::default() });
        let output = scene.triglot(&["run", "m.toml"]);
        assert_eq!(output.code, Some(1), "{}", output.stderr);
        for said in ["m.toml:", "`model.options.weights`", file, "is to be", "and is"] {
            assert!(output.stderr.contains(said), "{said} is not in: {}", output.stderr);
        }
        let held = files_under(&scene.bench.path("hf"));
        let damaged = |path: &&PathBuf| {
            path.ends_with(file) || path.extension() == Some("incomplete".as_ref())
        };
        assert_eq!(held.iter().find(damaged), None);
        // What is repaired there is had here.
        scene.hub.fail(Faults::default());
        scene.run("m.toml");
        scene.clear_cache();
    }
}

#[test]
fn a_beginning_that_was_damaged_is_thrown_away() {
    let scene = Scene::new();
    scene.hub.fail(Faults { breaks: [&[700][..], &[0; 20]].concat(), ..Faults::default() });
    assert_eq!(scene.triglot(&["run", "m.toml"]).code, Some(1));
    let blobs = scene.cached("blobs");
    let incomplete = |file: &PathBuf| file.extension() == Some("incomplete".as_ref());
    let part = files_under(&blobs).into_iter().find(incomplete).unwrap();
    std::fs::write(blobs.join(part), [0; 800]).unwrap();
    scene.hub.fail(Faults::default());
    scene.run("m.toml");
}

#[test]
fn a_file_of_unknown_length_that_is_all_there_is_not_asked_for_forever() {
    let scene = Scene::new();
    scene.hub.fail(Faults { lengthless: true, ..Faults::default() });
    scene.run("m.toml");
    let whole = scene.cached("snapshots").join(&scene.commit).join(LARGE);
    let blob = std::fs::canonicalize(&whole).unwrap();
    // As if the process had died between the last byte and the name.
    let part = blob.with_extension("incomplete");
    std::fs::rename(&blob, &part).unwrap();
    std::fs::remove_file(&whole).unwrap();
    scene.downloads();
    scene.run("m.toml");
    assert!(blob.is_file() && !part.exists());
    let beyond = format!("cdn GET /owner/tiny/{LARGE} bytes=");
    let downloads = scene.downloads();
    assert_eq!(
        downloads.iter().filter(|asked| asked.starts_with(&beyond)).count(),
        1,
        "{downloads:?}"
    );
}

#[test]
fn a_hub_that_is_busy_or_hangs_up_is_asked_again() {
    let scene = Scene::new();
    for faults in
        [Faults { silent: 3, ..Faults::default() }, Faults { busy: 3, ..Faults::default() }]
    {
        scene.hub.fail(faults);
        scene.run("m.toml");
        let listings =
            scene.hub.requests().into_iter().filter(|asked| asked.contains("/api/models/"));
        assert_eq!(listings.count(), 4);
        scene.clear_cache();
    }
}

#[test]
fn two_processes_that_want_one_model_download_it_once() {
    let scene = Scene::new();
    let both = [(); 2].map(|()| scene.command(&["run", "m.toml", "--quiet"]).spawn().unwrap());
    for mut child in both {
        assert!(child.wait().unwrap().success());
    }
    let downloads = scene.downloads();
    let whole = format!("cdn GET /owner/tiny/{LARGE}");
    assert_eq!(downloads.iter().filter(|download| **download == whole).count(), 1, "{downloads:?}");
}

#[test]
fn what_is_wrong_with_a_name_is_said_where_it_stands() {
    let scene = Scene::new();
    let run = |weights: &str| {
        scene.bench.write("m.toml", small_from(weights));
        scene.triglot(&["run", "m.toml"])
    };
    scene.refused("hub_malformed_name", 2, &run("hf:tiny"));
    scene.refused("hub_unknown_model", 2, &run("hf:owner/tinny"));
    scene.refused("hub_unknown_revision", 2, &run("hf:owner/tiny@v2"));
    let mut offline = scene.command(&["run", "m.toml"]);
    scene.refused("hub_offline", 2, &Output::of(offline.env("HF_HUB_OFFLINE", "1")));
    scene.hub.fail(Faults { status: Some(503), ..Faults::default() });
    scene.refused("hub_out_of_order", 1, &run("hf:owner/tiny"));
    scene.bench.write("m.toml", small_from("hf://owner/tiny"));
    scene.refused("hub_name_of_another_form", 2, &scene.triglot(&["plan", "m.toml"]));
}

#[test]
fn a_model_that_is_not_everybodys_is_had_with_a_token_that_goes_nowhere_else() {
    let scene = Scene::new();
    let folder = scene.bench.path("tiny");
    let read = |file: PathBuf| {
        (file.to_str().unwrap().to_owned(), std::fs::read(folder.join(&file)).unwrap())
    };
    let files = files_under(&folder).into_iter().map(read).collect();
    let token = Some("hf_secret".to_owned());
    let commit = scene.commit.clone();
    scene.hub.put("owner/tiny", HubModel { commit, files, token, renamed: None });
    scene.refused("hub_without_token", 2, &scene.triglot(&["run", "m.toml"]));
    let mut wrong = scene.command(&["run", "m.toml"]);
    let wrong = Output::of(wrong.env("HF_TOKEN", "hf_other"));
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    // Saved at a login; the hub's other port refuses whoever shows it.
    scene.bench.write("hf/token", "hf_secret\n");
    scene.run("m.toml");
    scene.clear_cache();
    scene.finished(scene.command(&["run", "m.toml", "--json"]).env("HF_TOKEN", "hf_secret"));
}

#[test]
fn a_model_that_was_renamed_is_found_under_its_old_name() {
    let scene = Scene::new();
    let renamed = Some("owner/tiny".to_owned());
    scene.hub.put("old/tiny", HubModel { renamed, ..HubModel::default() });
    scene.bench.write("m.toml", small_from("hf:old/tiny"));
    let run = scene.run("m.toml");
    assert_eq!(weights_of(&run)["hub"]["commit"], scene.commit.as_str());
}

#[test]
fn pythons_client_and_we_find_what_the_other_downloaded() {
    let Some(python) = check_python("huggingface_hub") else { return };
    let script = repository().join("tests/check_hub_cache.py");
    let check = |scene: &Scene, args: &[&str]| {
        let mut check = scene.bench.command(&python);
        check.arg(&script).args(args).env("HF_ENDPOINT", &scene.hub.endpoint);
        Output::of(&mut check).succeeded()
    };
    let ours = Scene::new();
    let first = ours.run("m.toml");
    let files = files_under(Path::new(weights_of(&first)["path"].as_str().unwrap()));
    let files = files.iter().map(|file| file.to_str().unwrap());
    let found = ["found", "owner/tiny", "main", ours.commit.as_str()];
    check(&ours, &found.into_iter().chain(files).collect::<Vec<_>>());

    let theirs = Scene::new();
    check(&theirs, &["download", "owner/tiny", "main"]);
    theirs.hub.requests();
    let mut offline = theirs.command(&["run", "m.toml", "--json"]);
    let offline = theirs.finished(offline.env("HF_HUB_OFFLINE", "1"));
    assert_eq!(offline.record["metrics"], first.record["metrics"]);
    assert_eq!(weights_of(&offline)["hash"], weights_of(&first)["hash"]);
    theirs.run("m.toml");
    assert!(theirs.downloads().is_empty(), "it was there");
}
