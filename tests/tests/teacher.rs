//! Objectives that learn from a teacher, and several of them in one stage.

use std::collections::BTreeSet;
use std::path::Path;

use triglot_tests::{Bench, Run, SMALL, files_under};

use crate::{journal, model};

const INFO_NCE: &str = "objective = [{ use = \"contrastive/info-nce\" }]";

/// The small experiment with other objectives.
fn with_objectives(objectives: &str) -> String {
    assert!(SMALL.contains(INFO_NCE));
    SMALL.replace(INFO_NCE, &format!("objective = [{objectives}]"))
}

/// The table of a teacher that begins from an exported model.
fn teacher(run: &Run, further: &str) -> String {
    let weights = run.path("model").display().to_string();
    format!(
        "[teacher]\nuse = \"candle/static\"\noptions = {{ weights = {weights:?} }}\n{further}\n\n[[train.data]]"
    )
}

/// A model to learn from: the small experiment with another seed and more steps.
fn taught_by(bench: &Bench) -> Run {
    let manifest = bench.write("teacher.toml", SMALL.replace("\"small\"", "\"teacher\""));
    let settings = ["seed=7", "train.stage.main.steps=30", "evaluate=[]"];
    bench.run(&manifest, &settings.map(|set| ["--set", set]).concat())
}

/// A student with these objectives, of thirty steps.
fn student(objectives: &str, teacher: &str) -> String {
    let manifest = with_objectives(objectives).replace("steps = 2", "steps = 30");
    manifest.replace("[[train.data]]", teacher)
}

fn values(run: &Run, name: &str) -> Vec<f64> {
    let values = journal::values(&journal::events(&run.folder), name);
    values.into_iter().map(|(_, value)| value).collect()
}

fn refused(manifest: &str, told: &[&str]) {
    let bench = Bench::new();
    bench.write("m.toml", manifest);
    for command in ["plan", "run"] {
        let output = bench.triglot([command, "m.toml"]);
        assert_eq!(output.code, Some(2), "{}", output.stderr);
        for told in told {
            assert!(output.stderr.contains(told), "{told:?} is not in:\n{}", output.stderr);
        }
    }
}

#[test]
fn an_objective_that_learns_from_a_teacher_is_refused_without_one_at_its_line() {
    let line = SMALL.lines().position(|line| line == INFO_NCE).unwrap() + 1;
    let place = format!("m.toml:{line}");
    let told = ["distillation/mse learns from a teacher", "`[teacher]`", place.as_str()];
    refused(&with_objectives("{ use = \"distillation/mse\" }"), &told);
}

#[test]
fn two_objectives_of_one_name_are_refused_and_so_is_that_of_a_member() {
    let twice = "{ use = \"contrastive/info-nce\" }, { use = \"contrastive/info-nce\" }";
    refused(&with_objectives(twice), &["an earlier objective is called `info-nce` too", "`name`"]);
    let member = "{ name = \"monolingual\", use = \"contrastive/info-nce\" }";
    refused(&with_objectives(member), &["a member of the mix is called `monolingual` too"]);
}

#[test]
fn a_weight_that_is_nothing_throughout_is_refused() {
    for weight in ["0.0", "{ from = 0.0, to = 0.0 }", "{ from = -1.0, to = 1.0 }"] {
        let objective = format!("{{ use = \"contrastive/info-nce\", weight = {weight} }}");
        refused(&with_objectives(&objective), &["weight"]);
    }
}

#[test]
fn every_objective_of_a_stage_has_its_own_loss_and_weight_in_the_journal() {
    let bench = Bench::new();
    let objectives = "{ use = \"contrastive/info-nce\", weight = { from = 0.0, to = 2.0, over = 0.5 } }, \
        { name = \"sharp\", use = \"contrastive/info-nce\", weight = 0.5, \
          options = { temperature = 0.02, learn_temperature = true } }";
    let manifest = with_objectives(objectives).replace("steps = 2", "steps = 8");
    let run = bench.run(&bench.write("m.toml", manifest), &[]);
    let weights = values(&run, "train/info-nce/weight");
    assert_eq!(weights, [0.0, 0.5, 1.0, 1.5, 2.0, 2.0, 2.0, 2.0]);
    assert!(values(&run, "train/sharp/weight").is_empty());
    let (usual, sharp) = (values(&run, "train/info-nce/loss"), values(&run, "train/sharp/loss"));
    for (step, loss) in values(&run, "train/loss").into_iter().enumerate() {
        let expected = weights[step] * usual[step] + 0.5 * sharp[step];
        assert!((loss - expected).abs() < 1e-12, "step {step}: {loss} and {expected}");
    }
    assert_eq!(values(&run, "train/info-nce/accuracy").len(), 8);
    let temperatures = values(&run, "train/sharp/temperature");
    assert!(temperatures.len() == 8 && temperatures[0] != temperatures[7], "{temperatures:?}");
}

#[test]
fn a_student_comes_nearer_to_its_teacher_by_every_distance() {
    let bench = Bench::new();
    let teaching = taught_by(&bench);
    for (component, options) in [
        ("mse", "texts = \"both\""),
        ("cosine", "texts = \"queries\""),
        ("kl", "temperature = 0.1"),
    ] {
        let objective =
            format!("{{ use = \"distillation/{component}\", options = {{ {options} }} }}");
        let manifest = student(&objective, &teacher(&teaching, ""));
        let run = bench.run(&bench.write("m.toml", manifest), &[]);
        let losses = values(&run, &format!("train/{component}/loss"));
        let (first, last) = (losses[..5].iter().sum::<f64>(), losses[25..].iter().sum::<f64>());
        assert!(losses.len() == 30 && last < 0.8 * first, "{component}: {losses:?}");
        let provenance = &run.record["provenance"];
        assert!(provenance["teacher"].is_string(), "{provenance}");
        assert!(provenance["paths"]["teacher.options.weights"]["hash"].is_string(), "{provenance}");
        assert!(run.path("manifest.toml").is_file());
    }
}

/// The entries of the cache that hold what a teacher has made.
fn kept(bench: &Bench) -> BTreeSet<std::path::PathBuf> {
    let folder = bench.path("cache/teacher");
    if !folder.is_dir() {
        return BTreeSet::new();
    }
    files_under(&folder).into_iter().collect()
}

#[test]
fn what_a_teacher_makes_of_a_text_is_kept_for_the_next_run_and_changes_nothing() {
    let bench = Bench::new();
    let teaching = taught_by(&bench);
    let manifest = student("{ use = \"distillation/mse\" }", &teacher(&teaching, ""));
    let manifest = bench.write("m.toml", manifest);
    assert!(kept(&bench).is_empty());
    let first = bench.run(&manifest, &[]);
    let entries = kept(&bench);
    assert!(entries.len() > 50, "{}", entries.len());
    let second = bench.run(&manifest, &[]);
    assert_eq!(kept(&bench), entries);
    assert_eq!(model::weights(&first), model::weights(&second));
    std::fs::remove_dir_all(bench.path("cache")).unwrap();
    let third = bench.run(&manifest, &["--set", "train.stage.main.chunk=5"]);
    assert_eq!(kept(&bench), entries);
    let (whole, chunked) = (values(&first, "train/loss"), values(&third, "train/loss"));
    let apart = whole.iter().zip(&chunked).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart < 1e-5, "{apart}");
}

/// How many texts of which role a teacher of English has read, in three steps of monolingual batches.
#[test]
fn a_teacher_of_one_language_reads_the_translation() {
    let bench = Bench::new();
    let teaching = taught_by(&bench);
    let of = |further: &str| {
        let manifest = student("{ use = \"distillation/mse\" }", &teacher(&teaching, further));
        let manifest = bench.write("m.toml", manifest);
        let _ = std::fs::remove_dir_all(bench.path("cache"));
        // Every example is there in both languages, each text of which comes up in as many steps.
        let run = bench.run(&manifest, &["--set", "train.stage.main.steps=200"]);
        (kept(&bench).len(), values(&run, "train/mse/loss"))
    };
    let ((both, _), (english, losses)) = (of(""), of("language = \"en\""));
    assert!(2 * english <= both + both / 10 && english > both / 3, "{english} of {both}");
    assert!(losses[199] < losses[0], "{losses:?}");
    // A stage that leaves English out is taught in it all the same.
    let manifest =
        student("{ use = \"distillation/mse\" }", &teacher(&teaching, "language = \"en\""));
    let spanish = manifest.replace("steps = 30", "steps = 2\nlanguages = [\"es\"]");
    let _ = std::fs::remove_dir_all(bench.path("cache"));
    bench.run(&bench.write("es.toml", spanish), &[]);
    assert!(!kept(&bench).is_empty());
}

#[test]
fn a_teacher_of_a_language_that_the_data_lacks_is_refused_before_the_run_begins() {
    let bench = Bench::new();
    let teaching = taught_by(&bench);
    let manifest =
        student("{ use = \"distillation/mse\" }", &teacher(&teaching, "language = \"fi\""));
    bench.write("m.toml", manifest);
    let output = bench.triglot(["run", "m.toml"]);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let told = "the teacher reads `fi`, in which no example has a text";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    assert!(!bench.runs_dir().join("small").is_dir() || is_empty(&bench.runs_dir().join("small")));
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn an_estimate_counts_the_teacher() {
    let bench = Bench::new();
    let teaching = taught_by(&bench);
    let manifest = student("{ use = \"distillation/kl\" }", &teacher(&teaching, ""));
    bench.write("m.toml", manifest);
    let planned = bench.triglot(["plan", "m.toml", "--estimate", "--json"]).succeeded().json();
    assert!(planned["estimate"]["stages"][0]["step_seconds"].as_f64().unwrap() > 0.0);
    let keys: Vec<&str> =
        planned["origins"].as_array().unwrap().iter().filter_map(|o| o["key"].as_str()).collect();
    assert!(keys.contains(&"teacher.use"), "{keys:?}");
    assert!(kept(&bench).is_empty(), "an estimate leaves nothing in the cache");
}
