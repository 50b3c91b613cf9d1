//! Runs that are killed at any moment and resumed come to the same bytes; what has changed meanwhile is named.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use triglot_tests::{Bench, Output, SMALL, assert_same_files, library, shared_data, shared_models};
use triglot_track::{Artifact, Metrics, State};

use crate::journal;

/// Thirty steps in two stages, the second with gradient caching, a temperature that is learnt and a best validation to go
/// back to; a checkpoint every four.
const STAGES: &str = r#"
name = "small"
seed = 13

[model]
use = "candle/static"
options = { dim = 16, vocab_size = 600 }

[[train.data]]
name = "facts"
reader = "embedded"
path = "facts/train"
languages = ["en", "es"]
holdout = 0.2

[[train.stage]]
name = "first"
steps = 12
batch_size = 8
learning_rate = 0.01
checkpoint_every = 4
objective = [{ use = "contrastive/info-nce" }]
mix = [
  { name = "monolingual", use = "language/monolingual", share = 0.5 },
  { name = "cross-lingual", use = "language/cross-lingual" },
]

[[train.stage]]
name = "second"
steps = 18
batch_size = 8
chunk = 6
learning_rate = 0.01
checkpoint_every = 4
validation = { every = 5, best = "validation/loss", patience = 3 }
objective = [{ use = "contrastive/info-nce", options = { learn_temperature = true } }]
mix = [
  { name = "monolingual", use = "language/monolingual", share = 0.5 },
  { name = "cross-lingual", use = "language/cross-lingual" },
]

[[evaluate]]
name = "facts"
reader = "embedded"
path = "facts/test"
languages = ["en", "es"]
metrics = ["map"]
"#;

fn record(run: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(run.join("run.json")).unwrap()).unwrap()
}

/// The folder of the only run, if it has a record.
fn run_of(bench: &Bench) -> Option<PathBuf> {
    let runs = std::fs::read_dir(bench.runs_dir().join("small")).ok()?;
    let mut runs = runs.map(|run| run.unwrap().path());
    runs.find(|run| run.join("run.json").is_file())
}

/// The whole run, never stopped.
fn whole(manifest: &str, further: &[&str]) -> (Bench, PathBuf) {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", manifest);
    let run = bench.run(&manifest, further);
    (bench, run.folder)
}

/// Begins or resumes a run, and kills it as soon as `now` says so, or once it has ended.
fn killed(
    bench: &Bench,
    further: &[&str],
    signal: &str,
    now: impl Fn(Option<&Path>) -> bool,
) -> Option<i32> {
    let run = run_of(bench);
    let mut args = vec!["run", "--quiet"];
    let resumed = run.as_ref().map(|run| run.display().to_string());
    match &resumed {
        Some(run) => args.extend(["--resume", run.as_str()]),
        None => args.push("m.toml"),
    }
    if resumed.is_none() {
        args.extend(further);
    }
    let mut child =
        bench.triglot_command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() && !now(run_of(bench).as_deref()) {
        assert!(Instant::now() < patience, "the moment did not come");
        std::thread::sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.unwrap().success() || child.try_wait().unwrap().is_some());
    child.wait().unwrap().code()
}

/// Whether the journal of a run has told of so many steps.
fn told(run: Option<&Path>, steps: usize) -> bool {
    let events = run.and_then(|run| triglot_track::read(run.join("journal.jsonl")).ok());
    events.is_some_and(|read| journal::values(&read.events, "train/loss").len() >= steps)
}

fn resume(bench: &Bench, further: &[&str]) -> Output {
    bench.triglot(["run", "--resume", "last"].iter().chain(further))
}

/// Every value told, and how often: all of it once.
fn values(run: &Path) -> BTreeMap<(u64, String), Vec<u64>> {
    let mut values: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for metrics in journal::all::<Metrics>(&journal::events(run)) {
        for metric in metrics.iter() {
            values.entry((metric.step, metric.key)).or_default().push(metric.value.to_bits());
        }
    }
    values
}

fn artifacts(run: &Path) -> Vec<String> {
    let told = journal::all::<Artifact>(&journal::events(run)).into_iter();
    let mut artifacts: Vec<String> = told.map(|artifact| artifact.path).collect();
    artifacts.sort();
    artifacts
}

/// Asserts that a run that was stopped came to what one that was not came to, and told all of it once.
fn assert_same(run: &Path, whole: &Path) {
    let (ours, theirs) = (record(run), record(whole));
    for part in ["status", "metrics", "training", "evaluation", "trained_languages"] {
        assert_eq!(ours[part], theirs[part], "{part}");
    }
    assert_eq!(ours["provenance"]["model"], theirs["provenance"]["model"]);
    for folder in ["model", "eval"] {
        assert_same_files(&run.join(folder), &whole.join(folder));
    }
    // A run that was asked to end has a checkpoint of that moment too; the newest is the same.
    let newest = |run: &Path| {
        let names = std::fs::read_dir(run.join("checkpoints")).unwrap();
        names.map(|entry| entry.unwrap().path()).max().unwrap()
    };
    assert_eq!(newest(run).file_name(), newest(whole).file_name());
    assert_same_files(&newest(run).join("backend"), &newest(whole).join("backend"));
    assert!(values(run).values().all(|told| told.len() == 1), "a value was told twice");
    assert_eq!(values(run), values(whole));
    let (told, expected) = (artifacts(run), artifacts(whole));
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
    assert!(expected.iter().all(|artifact| told.contains(artifact)), "{told:?} {expected:?}");
}

/// A number that looks drawn and follows from the seed (SplitMix64).
fn drawn(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Kills a run at as many moments as there are seeds, drawn over the time that it takes, and resumes it to its end.
fn assert_survives(manifest: &str, further: &[&str], seeds: std::ops::Range<u64>) {
    let began = Instant::now();
    let (_bench, whole) = whole(manifest, further);
    let lasts = began.elapsed();
    for seed in seeds {
        let bench = Bench::new();
        bench.write("m.toml", manifest);
        for kill in 0..1 + drawn(seed) % 2 {
            let part = drawn(seed + 1000 * (kill + 1)) % 1000;
            let (signal, begins) =
                (if part.is_multiple_of(5) { "-TERM" } else { "-KILL" }, Instant::now());
            let moment = lasts.mul_f64(part as f64 / 1000.0);
            let code = killed(&bench, further, signal, |_| begins.elapsed() >= moment);
            eprintln!("seed {seed}: {signal} after {moment:?}: {code:?}");
            if code == Some(0) {
                break;
            }
        }
        match run_of(&bench) {
            None => drop(bench.run(&bench.path("m.toml"), further)),
            Some(run) if record(&run)["status"] == "finished" => {}
            Some(_) => drop(resume(&bench, &[]).succeeded()),
        }
        assert_same(&run_of(&bench).unwrap(), &whole);
    }
}

#[test]
fn a_run_of_stages_killed_at_drawn_moments_ends_in_the_same_bytes() {
    assert_survives(STAGES, &[], 0..5);
}

#[test]
fn a_pretrained_encoder_with_dropout_killed_at_a_drawn_moment_ends_in_the_same_bytes() {
    let (Some(models), Some(_)) = (shared_models("minilm"), shared_data()) else { return };
    let models = models.display().to_string();
    let encoder = "use = \"candle/encoder\"\noptions = { weights = \"minilm\", dropout = 0.1 }";
    let statics = "use = \"candle/static\"\noptions = { dim = 16, vocab_size = 600 }";
    let manifest = STAGES.replace(statics, encoder).replace("= 12\n", "= 3\n");
    let manifest =
        manifest.replace("= 18\n", "= 3\n").replace("checkpoint_every = 4", "checkpoint_every = 1");
    assert_survives(&manifest, &["--model-dir", &models], 7..8);
}

/// A manifest with a teacher that begins from the model that a run has exported, and learns from it less and less.
fn taught(manifest: &str, teaching: &Path) -> String {
    let weights = teaching.join("model").display().to_string();
    let teacher =
        format!("[teacher]\nuse = \"candle/static\"\noptions = {{ weights = {weights:?} }}\n");
    let own = "{ use = \"contrastive/info-nce\" }";
    let both =
        format!("{own}, {{ use = \"distillation/mse\", weight = {{ from = 1.0, to = 0.0 }} }}");
    assert!(manifest.contains(own));
    manifest.replace(own, &both).replacen("[[train.data]]", &(teacher + "\n[[train.data]]"), 1)
}

#[test]
fn a_run_with_a_teacher_and_a_weight_that_fades_killed_at_drawn_moments_ends_in_the_same_bytes() {
    let (_teaching_bench, teaching) = whole(SMALL, &[]);
    assert_survives(&taught(STAGES, &teaching), &[], 20..22);
}

#[test]
fn another_teacher_is_a_change() {
    let (_teaching_bench, teaching) = whole(SMALL, &[]);
    let (_other_bench, other) = whole(SMALL, &["--set", "seed=8"]);
    let bench = Bench::new();
    bench.write("m.toml", taught(SMALL, &teaching));
    stopped(&bench, &[]);
    std::fs::remove_dir_all(teaching.join("model")).unwrap();
    std::fs::rename(other.join("model"), teaching.join("model")).unwrap();
    let output = resume(&bench, &[]);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    for told in ["teacher.options.weights", "the weights of the teacher"] {
        assert!(output.stderr.contains(told), "{told}: {}", output.stderr);
    }
}

#[test]
fn a_run_killed_in_a_stage_goes_on_in_that_stage_and_tells_every_step_once() {
    let (_whole_bench, whole) = whole(STAGES, &[]);
    for steps in [1, 7, 14, 22] {
        let bench = Bench::new();
        bench.write("m.toml", STAGES);
        killed(&bench, &[], "-KILL", |run| told(run, steps));
        let run = run_of(&bench).unwrap();
        resume(&bench, &[]).succeeded();
        assert_same(&run, &whole);
        let resumed = &record(&run)["resumed"];
        assert_eq!(resumed.as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_run_asked_to_end_by_sigterm_saves_its_state_and_goes_on_from_it() {
    let (_whole_bench, whole) = whole(STAGES, &[]);
    let bench = Bench::new();
    bench.write("m.toml", STAGES);
    let code = killed(&bench, &[], "-TERM", |run| told(run, 2));
    let run = run_of(&bench).unwrap();
    if code != Some(0) {
        assert_eq!(code, Some(130));
        assert_eq!(record(&run)["status"], "interrupted");
        let events = journal::events(&run);
        assert_eq!(journal::status(&events).status, State::Interrupted);
        resume(&bench, &[]).succeeded();
    }
    assert_same(&run, &whole);
}

/// A run of many steps killed after some, with a checkpoint every two; and its folder.
fn stopped(bench: &Bench, further: &[&str]) -> PathBuf {
    let every = "train.stage.main.checkpoint_every=2";
    let args = [&["--set", "train.stage.main.steps=400", "--set", every], further].concat();
    killed(bench, &args, "-KILL", |run| told(run, 7));
    let run = run_of(bench).unwrap();
    assert_ne!(record(&run)["status"], "finished", "it was too quick to be killed");
    run
}

fn small(bench: &Bench) {
    bench.write("m.toml", SMALL);
}

#[test]
fn a_damaged_checkpoint_is_passed_over_with_a_warning_and_written_anew() {
    let bench = Bench::new();
    small(&bench);
    let run = stopped(&bench, &[]);
    let checkpoints = std::fs::read_dir(run.join("checkpoints")).unwrap();
    let mut checkpoints: Vec<PathBuf> = checkpoints.map(|entry| entry.unwrap().path()).collect();
    checkpoints.retain(|path| path.join("checkpoint.json").is_file());
    checkpoints.sort();
    let newest = checkpoints.pop().unwrap();
    let weights = triglot_tests::files_under(&newest.join("backend")).pop().unwrap();
    let weights = newest.join("backend").join(weights);
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();

    let resumed = resume(&bench, &[]).succeeded();
    let name = newest.file_name().unwrap().to_str().unwrap();
    assert!(resumed.stderr.contains("is passed over") && resumed.stderr.contains(name));
    let from = record(&run)["resumed"][0]["step"].as_u64().unwrap();
    assert_eq!(format!("step-{:06}", from + 2), name);
    assert!(values(&run).values().all(|told| told.len() == 1));
}

#[test]
fn only_the_newest_checkpoints_are_kept_and_the_journal_takes_back_the_others() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    let steps =
        ["--set", "train.stage.main.steps=9", "--set", "train.stage.main.checkpoint_every=2"];
    let run = bench.run(&manifest, &[&steps[..], &["--set", "train.keep_checkpoints=3"]].concat());
    let names = std::fs::read_dir(run.path("checkpoints")).unwrap();
    let mut names: Vec<_> = names.map(|n| n.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["step-000006", "step-000008", "step-000009"]);
    let events = journal::events(&run.folder);
    let pruned = events.iter().filter(|event| event.kind == "pruned");
    let pruned: Vec<&str> = pruned.map(|event| event.data["path"].as_str().unwrap()).collect();
    assert_eq!(pruned, ["checkpoints/step-000002", "checkpoints/step-000004"]);
}

#[test]
fn a_finished_run_and_one_at_work_are_refused() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    bench.run(&manifest, &[]);
    let refused = resume(&bench, &[]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("the run is finished"), "{}", refused.stderr);

    let bench = Bench::new();
    small(&bench);
    let args = ["run", "m.toml", "--quiet", "--set", "train.stage.main.steps=10000000"];
    let mut child = bench.triglot_command(args).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while !told(run_of(&bench).as_deref(), 2) {
        assert!(Instant::now() < patience, "no step within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
    let refused = resume(&bench, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("another process is writing it"), "{}", refused.stderr);
}

#[test]
fn a_changed_manifest_is_named_key_by_key_and_refused_unless_that_is_allowed() {
    let bench = Bench::new();
    small(&bench);
    let run = stopped(&bench, &[]);
    let changed = ["--set", "train.stage.main.learning_rate=0.02", "--set", "seed=14"];
    let refused = resume(&bench, &changed);
    assert_eq!(refused.code, Some(2));
    for named in ["learning_rate`: was 0.01, is 0.02", "`seed`: was 13, is 14", "--allow-changed"] {
        assert!(refused.stderr.contains(named), "{}", refused.stderr);
    }
    assert_eq!(record(&run).get("resumed"), None);

    let allowed = resume(&bench, &[&changed[..], &["--allow-changed"]].concat()).succeeded();
    assert!(allowed.stderr.contains("the run goes otherwise than before"), "{}", allowed.stderr);
    let record = record(&run);
    assert_eq!((&record["status"], &record["seed"]), (&"finished".into(), &14.into()));
    let recorded = &record["resumed"][0]["changes"];
    assert_eq!(recorded.as_array().unwrap().len(), 2);
    let events = journal::events(&run);
    let told = events.iter().find(|event| event.kind == "resumed").unwrap();
    assert_eq!(told.data["changes"], *recorded);
}

#[test]
fn changed_data_and_plugins_are_named_together_and_a_run_is_resumed_from_any_folder() {
    let bench = Bench::new();
    let fact = |id: u32, language: &str| {
        format!(
            "{{\"id\": \"{id}\", \"language\": \"{language}\", \"query\": \"what is {id}\", \"passage\": \"it is {id} in {language}\"}}"
        )
    };
    let mut lines: Vec<String> = (0..12).flat_map(|id| [fact(id, "en"), fact(id, "es")]).collect();
    let data = bench.write("data/pairs.jsonl", lines.join("\n"));
    let embedded = "reader = \"embedded\"\npath = \"facts/train\"";
    bench.write("m.toml", SMALL.replace(embedded, "reader = \"jsonl\"\npath = \"pairs.jsonl\""));
    let plugin = library("triglot_sampler_language");
    let copy = bench.path("plugins").join(plugin.file_name().unwrap());
    std::fs::create_dir(bench.path("plugins")).unwrap();
    std::fs::copy(&plugin, &copy).unwrap();
    let run = stopped(&bench, &["--data-dir", "data", "--plugin-dir", "plugins"]);

    lines[0] = fact(99, "en").replace("\"99\"", "\"0\"");
    std::fs::write(&data, lines.join("\n")).unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes.extend(b"more");
    std::fs::write(&copy, bytes).unwrap();
    let refused = resume(&bench, &[]);
    assert_eq!(refused.code, Some(2));
    for named in ["data pairs.jsonl: was ", "sampler language/monolingual: was "] {
        assert!(refused.stderr.contains(named), "{}", refused.stderr);
    }

    lines[0] = fact(0, "en");
    std::fs::write(&data, lines.join("\n")).unwrap();
    std::fs::copy(&plugin, &copy).unwrap();
    std::fs::create_dir(bench.path("elsewhere")).unwrap();
    let mut command = bench.triglot_command(["run", "--quiet", "--resume", "last"]);
    Output::of(command.current_dir(bench.path("elsewhere"))).succeeded();
    assert_eq!(record(&run)["status"], "finished");
}

#[test]
fn a_run_found_dead_says_how_it_is_resumed() {
    let bench = Bench::new();
    small(&bench);
    let run = stopped(&bench, &[]);
    bench.triglot(["runs", "list"]).succeeded();
    let error = record(&run)["error"].as_str().unwrap().to_owned();
    let id = run.file_name().unwrap().to_str().unwrap();
    assert!(error.contains(&format!("resume with: triglot run --resume {id}")), "{error}");
    resume(&bench, &[]).succeeded();
    let record = record(&run);
    assert_eq!((&record["status"], record.get("error")), (&"finished".into(), None));
}
