//! `triglot plugins new`: what an author begins with builds, passes its own tests, and runs; so does what they make of it.
//!
//! How long each stage of an author's way takes is told on standard error.

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;
use triglot_tests::{Bench, Output, files_under, repository};

/// A library that an author has begun.
struct Begun {
    bench: Bench,
    folder: PathBuf,
    /// Where all of them lie.
    place: PathBuf,
    /// What the command told of it.
    made: Value,
    /// The stages so far, with their seconds.
    stages: Vec<String>,
    /// Held by one test at a time, of whatever process: a second would find the first one's folder half made.
    _alone: File,
}

impl Begun {
    /// Begins a plugin of a kind.
    fn new(kind: &str) -> Self {
        let bench = Bench::new();
        // Always the same place, so that a second test run finds what the first has compiled, dependencies above all.
        let place = repository().join("target/new-plugins");
        std::fs::create_dir_all(&place).unwrap();
        let alone = File::create(place.join(format!("{kind}.lock"))).unwrap();
        alone.lock().unwrap();
        let folder = place.join(kind);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        // An author's formatting is the usual one, not that of the repository above.
        std::fs::write(place.join("rustfmt.toml"), "").unwrap();
        let stages = Vec::new();
        let mut begun = Self { bench, folder, place, made: Value::Null, stages, _alone: alone };
        begun.made = begun.stage("new", |begun| {
            let path = begun.folder.to_str().unwrap();
            let args = ["plugins", "new", kind, "mine", "--path", path, "--json"];
            begun.bench.triglot(args).succeeded().json()
        });
        assert_eq!(begun.made["kind"], kind);
        begun
    }

    /// Does a part of the work, and notes how long it took.
    fn stage<T>(&mut self, name: &str, work: impl FnOnce(&Self) -> T) -> T {
        let began = Instant::now();
        let done = work(self);
        self.stages.push(format!("{name} {:.2} s", began.elapsed().as_secs_f64()));
        done
    }

    /// Changes parts of a file, each of which stands there once.
    fn edit(&self, file: &str, changes: &[(&str, &str)]) {
        let path = self.folder.join(file);
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (old, new) in changes {
            assert_eq!(text.matches(old).count(), 1, "{file}: {old}");
            text = text.replace(old, new);
        }
        std::fs::write(path, text).unwrap();
    }

    fn cargo(&self, args: &[&str]) -> Output {
        let mut command = self.bench.command("cargo");
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.place.join("target"));
        // Nobody debugs these: without what that takes they are a tenth of the size.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        Output::of(command.args(args)).succeeded()
    }

    /// Does all that its README says; returns the metrics of its experiment.
    fn finish(mut self) -> Value {
        self.cargo(&["fmt", "--check"]);
        self.stage("test", |begun| begun.cargo(&["test", "--offline"]));
        let warnings = self.stage("build", |begun| begun.cargo(&["build", "--offline"]).stderr);
        assert!(!warnings.contains("warning"), "{warnings}");

        let library = self.place.join(self.made["library"].as_str().unwrap());
        let library = library.to_str().unwrap();
        let name = self.made["name"].as_str().unwrap().to_owned();
        self.bench.triglot(["plugins", "show", &name, "--plugin-dir", library]).succeeded();
        let checked =
            self.stage("check", |begun| begun.bench.triglot(["plugins", "check", library]));
        assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
        let run = self.stage("run", |begun| {
            begun.bench.run(&begun.folder.join("experiment.toml"), &["--plugin-dir", library])
        });
        eprintln!("{name}: {}", self.stages.join(", "));
        run.record["metrics"].clone()
    }
}

/// Begins a plugin of a kind and does all that its README says; returns the metrics of its experiment.
fn begin(kind: &str) -> Value {
    Begun::new(kind).finish()
}

/// The mean over queries in their own language; a model that has learnt nothing is near 0.05.
fn map(metrics: &Value) -> f64 {
    metrics["eval/facts/monolingual/map"].as_f64().unwrap()
}

#[test]
fn a_new_sampler_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("sampler")) > 0.5);
}

/// What an author may make of the sampler: passages in the language of their query, if the manifest asks for them.
const TEN_LINES: &[(&str, &str)] = &[
    (
        "    passage_languages: Option<Vec<String>>,\n}",
        r"    passage_languages: Option<Vec<String>>,
    /// Whether a passage is in the language of its query, wherever its example has one.
    #[serde(default)]
    same_language: bool,
}",
    ),
    ("    batch_size: usize,\n}", "    batch_size: usize,\n    same_language: bool,\n}"),
    (
        "            batch_size,\n",
        "            batch_size,\n            same_language: options.same_language,\n",
    ),
    (
        "            batch.push(one_of(queries), one_of(passages));\n",
        r"            let query = one_of(queries);
            let language = |row: u32| corpus.language[row as usize];
            let alike = |row: &&u32| self.same_language && language(**row) == language(query);
            let passage = passages.iter().find(alike).copied();
            batch.push(query, passage.unwrap_or_else(|| one_of(passages)));
",
    ),
];

#[test]
fn ten_lines_make_another_sampler_of_it_that_passes_all_the_same() {
    let begun = Begun::new("sampler");
    begun.edit("src/lib.rs", TEN_LINES);
    let options = r#"{ query_languages = ["en"] }"#;
    begun.edit("experiment.toml", &[(options, "{ same_language = true }")]);
    let metrics = begun.finish();
    // What never met in a batch is not found: unchanged, the sampler brings every pair of languages together.
    let across = metrics["eval/facts/cross-lingual/map"].as_f64().unwrap();
    assert!(map(&metrics) > 0.5 && across < 0.25, "{metrics}");
}

#[test]
fn a_new_augmenter_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("augmenter")) > 0.5);
}

#[test]
fn a_new_backend_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("backend")) > 0.4);
}

#[test]
fn a_new_objective_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("objective")) > 0.5);
}

#[test]
fn a_new_metric_passes_its_tests_and_the_checker_and_measures() {
    let metrics = begin("metric");
    let at = |k: u32| metrics[format!("eval/facts/monolingual/success@{k}")].as_f64().unwrap();
    assert!(0.0 < at(1) && at(1) < at(5) && at(5) <= 1.0, "{metrics}");
}

#[test]
fn a_name_that_cannot_be_one_or_is_taken_writes_nothing() {
    let bench = Bench::new();
    for (name, problem) in [
        ("Mine", "`Mine` cannot be the name of a plugin library"),
        ("a/b", "`a/b` cannot be"),
        ("language", "there is a plugin library `language` already"),
    ] {
        let output = bench.triglot(["plugins", "new", "sampler", name]);
        assert!(output.failure().starts_with("exit code 2\n"), "{}", output.stderr);
        assert!(output.stderr.contains(problem), "{}", output.stderr);
    }
    assert!(files_under(&bench.path("")).is_empty());
}

#[test]
fn a_folder_that_exists_is_left_as_it_is() {
    let bench = Bench::new();
    bench.write("mine/notes.txt", "mine");
    let output = bench.triglot(["plugins", "new", "metric", "mine"]);
    assert_eq!(
        output.failure(),
        "exit code 2\nerror: mine: exists already; nothing was written\n  allowed: a folder that does not exist yet: `--path DIR`\n"
    );
    assert_eq!(files_under(&bench.path("mine")), [PathBuf::from("notes.txt")]);

    let elsewhere = ["plugins", "new", "metric", "mine", "--path", "a/b"];
    let said = bench.triglot(elsewhere).succeeded().stdout;
    assert!(said.starts_with("a/b is a plugin library with a metric, `mine/success`."), "{said}");
    let written = files_under(&bench.path("a"));
    let expected =
        ["b/.gitignore", "b/Cargo.lock", "b/Cargo.toml", "b/README.md", "b/experiment.toml"];
    assert_eq!(written[..5], expected.map(PathBuf::from));
    assert_eq!(written[5..], ["b/src/lib.rs", "b/src/tests.rs"].map(PathBuf::from));
}

#[test]
fn an_sdk_that_is_not_there_is_asked_for() {
    let bench = Bench::new();
    let output = bench.triglot(["plugins", "new", "metric", "mine", "--sdk", "nowhere"]);
    assert_eq!(
        output.failure(),
        "exit code 2\nerror: nowhere: --sdk does not name the plugin SDK\n  allowed: the folder framework/sdk of triglot's source\n"
    );
    let sdk = repository().join("framework/sdk");
    let given = ["plugins", "new", "metric", "mine", "--sdk", sdk.to_str().unwrap()];
    bench.triglot(given).succeeded();
}
