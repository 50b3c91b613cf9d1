//! The conformance checker finds what is wrong with a library, and nothing wrong with one that keeps to the contract.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::Value;
use triglot_tests::{Bench, Output, c_library, library, repository, shared_models};

use crate::evolution::{self, Version};

/// The variable that tells the faulty library what to do.
const MISDEED: &str = "FAULTY";

const KINDS: &[&str] = &["sampler", "augmenter", "backend", "objective", "metric"];
const WITH_MATRICES: &[&str] = &["backend", "objective"];
const WITH_OUTPUTS: &[&str] = &["backend", "objective", "metric"];

/// Cases that take seconds: they are asked only where they are meant.
const SLOW: &[&str] = &[
    "instances-leave-nothing",
    "calls-leave-nothing",
    "no-call-after-destroy",
    "cancelled-call-ends",
    "two-at-once",
];

/// Cases that hold what they measure against a clock: nothing else of these tests runs beside them.
const WITH_CLOCKS: &[&str] = &["entry-quick", "cancelled-call-ends", "no-call-after-destroy"];

/// Cases about what a component need not offer: they are left out where it does not.
const OPTIONAL: &[&str] = &[
    "sampler-law",
    "augmenter-counts",
    "backend-reset",
    "parameters-step",
    "parameters-evaluation",
    "parameters-resume",
    "parameters-refuse-state",
];

/// Libraries are checked one after another, but for misdeeds, see [`Row::may_share`].
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A misdeed and what the checker is to find.
struct Row {
    misdeed: &'static str,
    /// The components of the library that do it, and are asked.
    components: &'static [&'static str],
    found: Found,
}

/// Which cases fail.
enum Found {
    /// These and no other of all that are not slow.
    Exactly(&'static [&'static str]),
    /// This one, which alone is asked: the misdeed shows in many.
    By(&'static str),
}

use Found::{By, Exactly};

impl Row {
    /// Whether the row may be asked beside others: that machine is busy.
    fn may_share(&self) -> bool {
        !matches!(self.found, By(case) if WITH_CLOCKS.contains(&case))
    }
}

const fn row(misdeed: &'static str, components: &'static [&'static str], found: Found) -> Row {
    Row { misdeed, components, found }
}

const ROWS: &[Row] = &[
    // The library: none of its components can be asked.
    row("null-table", &[], By("library-loads")),
    row("short-table", &[], By("library-loads")),
    row("bad-utf8-name", &[], By("library-loads")),
    row("description-not-json", &[], By("library-loads")),
    row("slow-description", &[], By("entry-quick")),
    row("extension-for-anything", KINDS, Exactly(&["unknown-extension-null"])),
    // Life and options.
    row("panic-in-create", KINDS, By("same-key-same-result")),
    row("leak", &["objective"], By("instances-leave-nothing")),
    row("leak-in-calls", &["objective"], By("calls-leave-nothing")),
    row("late-call", &["augmenter", "metric"], By("no-call-after-destroy")),
    row("lies-in-schema", KINDS, Exactly(&["options-taken-as-published"])),
    row("takes-unknown-option", KINDS, By("unknown-option-refused")),
    row("size-equality", KINDS, Exactly(&["longer-structs"])),
    row("ignores-size", WITH_MATRICES, Exactly(&["shorter-structs"])),
    // Any call.
    row("panic", KINDS, By("same-key-same-result")),
    row("abort", KINDS, By("same-key-same-result")),
    row("exit", KINDS, By("same-key-same-result")),
    row("hang", &["augmenter"], By("augmenter-count")),
    row("ignores-cancel", &["sampler", "metric"], By("cancelled-call-ends")),
    row("overrun", WITH_OUTPUTS, By("memory-respected")),
    row("error-overrun", KINDS, By("error-buffers")),
    row("mutated-input", KINDS, By("memory-respected")),
    row("nondeterminism", KINDS, By("same-key-same-result")),
    row("shared-state", KINDS, By("two-at-once")),
    row("short-struct", &["sampler", "metric"], By("same-key-same-result")),
    row("bad-utf8", KINDS, By("same-key-same-result")),
    row("ignores-stride", WITH_MATRICES, Exactly(&["strided-matrices"])),
    row("dies-of-zero-rows", &["sampler", "backend", "objective", "metric"], By("zero-rows")),
    row("dies-of-nan", WITH_OUTPUTS, Exactly(&["not-finite-input"])),
    // Of one kind.
    row("bad-rows", &["sampler"], Exactly(&["sampler-rows", "sampler-corpora"])),
    row("remembers", &["sampler"], Exactly(&["sampler-walk"])),
    row("wrong-epoch", &["sampler"], Exactly(&["sampler-epoch"])),
    row("short-epoch", &["sampler"], Exactly(&["sampler-epoch"])),
    row("half-law", &["sampler"], Exactly(&["sampler-law"])),
    row("wrong-count", &["augmenter"], Exactly(&["augmenter-count", "augmenter-key"])),
    row("forgets-key", &["augmenter"], Exactly(&["augmenter-key"])),
    row("wrong-gradient", &["objective"], Exactly(&["objective-gradient"])),
    row("needs-gradients", &["objective"], By("objective-null-gradients")),
    row(
        "learns-in-evaluation",
        &["objective"],
        Exactly(&["objective-evaluation", "objective-gradient"]),
    ),
    row("dropout-in-inference", &["backend"], Exactly(&["backend-inference"])),
    row("chunk-dependent", &["backend"], Exactly(&["backend-chunks"])),
    row("frozen-variable", &["backend"], Exactly(&["backend-variables"])),
    row("forgets-state", &["backend"], Exactly(&["backend-resume"])),
    row("loads-anything", &["backend"], Exactly(&["backend-refuses-state"])),
    row("half-load", &["backend"], Exactly(&["backend-refuses-state"])),
    row("half-load-of-optimiser", &["backend"], Exactly(&["backend-refuses-state"])),
    row("stale-fingerprint", &["backend"], Exactly(&["backend-fingerprint"])),
    row("order-dependent", &["metric"], Exactly(&["metric-order"])),
    row("out-of-range", &["metric"], Exactly(&["metric-range"])),
];

/// A finding of the checker.
#[derive(Debug)]
struct Finding {
    component: Option<String>,
    case: String,
    result: String,
    message: String,
}

/// What `plugins check --json` finds; and whether its exit code says the same.
fn findings(output: &Output) -> Vec<Finding> {
    let text = |finding: &Value, key: &str| finding[key].as_str().map(str::to_owned);
    let finding = |finding: &Value| Finding {
        component: text(finding, "component"),
        case: text(finding, "case").unwrap(),
        result: text(finding, "result").unwrap(),
        message: text(finding, "message").unwrap_or_default(),
    };
    let findings: Vec<_> =
        output.json()["findings"].as_array().unwrap().iter().map(finding).collect();
    let failed = findings.iter().any(|finding| finding.result == "fail");
    assert_eq!(output.code, Some(failed.into()), "{}", output.stderr);
    findings
}

fn check(bench: &Bench, libraries: &[PathBuf], further: &[&str], misdeed: Option<&str>) -> Output {
    let mut command = bench.triglot_command(["plugins", "check", "--json", "--threads", "2"]);
    command.args(libraries).args(further);
    if let Some(misdeed) = misdeed {
        command.env(MISDEED, misdeed);
    }
    Output::of(&mut command)
}

/// All cases but some.
fn cases_but(bench: &Bench, but: &[&str]) -> Vec<String> {
    let listed = bench.triglot(["plugins", "check", "--list", "--json"]).succeeded().json();
    let names = listed.as_array().unwrap().iter().map(|case| case["case"].as_str().unwrap());
    let names: Vec<String> = names.map(str::to_owned).collect();
    for name in but {
        assert!(names.iter().any(|known| known == name), "there is no case `{name}`");
    }
    names.into_iter().filter(|name| !but.contains(&name.as_str())).collect()
}

/// What is wrong with what the checker finds of a misdeed.
fn missed(bench: &Bench, quick: &[String], row: &Row) -> Option<String> {
    let only = match row.found {
        Exactly(_) => quick.join(","),
        By(case) => case.to_owned(),
    };
    let mut further = vec!["--only".to_owned(), only];
    if !row.components.is_empty() {
        further.extend(["--component".to_owned(), row.components.join(",")]);
    }
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    let output = check(bench, &[library("faulty")], &further, Some(row.misdeed));
    let findings = findings(&output);
    let cases = match row.found {
        Exactly(cases) => cases,
        By(ref case) => std::slice::from_ref(case),
    };
    let expected: BTreeSet<(Option<String>, &str)> = match row.components {
        [] => cases.iter().map(|case| (None, *case)).collect(),
        components => {
            let names = components.iter().map(|name| Some(format!("faulty/{name}")));
            names.flat_map(|name| cases.iter().map(move |case| (name.clone(), *case))).collect()
        }
    };
    let failed = findings.iter().filter(|finding| finding.result == "fail");
    let found: BTreeSet<(Option<String>, &str)> =
        failed.map(|finding| (finding.component.clone(), finding.case.as_str())).collect();
    let told =
        findings.iter().all(|finding| finding.result != "fail" || !finding.message.is_empty());
    let other: Vec<_> = findings.iter().filter(|finding| finding.result != "pass").collect();
    (found != expected || !told)
        .then(|| format!("{}: {expected:?} should fail, found {other:#?}", row.misdeed))
}

#[test]
fn each_misdeed_of_the_faulty_library_is_named_by_the_cases_meant_for_it() {
    let _alone = alone();
    let bench = Bench::new();
    let quick = cases_but(&bench, SLOW);
    let (shared, single): (Vec<&Row>, Vec<&Row>) = ROWS.iter().partition(|row| row.may_share());
    let (rows, missed_ones) = (Mutex::new(shared.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(row) = { rows.lock().unwrap().next() } {
                    missed_ones.lock().unwrap().extend(missed(&bench, &quick, row));
                }
            });
        }
    });
    let mut all = missed_ones.into_inner().unwrap();
    all.extend(single.into_iter().filter_map(|row| missed(&bench, &quick, row)));
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn no_misdeed_of_the_faulty_library_is_left_out() {
    let bench = Bench::new();
    let file = library("faulty");
    let name = format!("plugins/{}", file.file_name().unwrap().display());
    bench.write(&name, std::fs::read(&file).unwrap());
    let mut command = bench.triglot_command(["plugins", "list", "--plugin-dir", "plugins"]);
    let output = Output::of(command.env(MISDEED, "?"));
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let listed = output.stderr.lines().find_map(|line| line.trim().strip_prefix("allowed: "));
    let listed: BTreeSet<&str> = listed.unwrap().split(", ").collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.misdeed).collect();
    assert_eq!(listed, rows);
}

/// Holds that every case passes, without a warning and none left out but those that are optional.
///
/// What fails by a clock is asked once more by itself: other programs may have held the machine.
pub fn passes(libraries: &[PathBuf], further: &[&str]) {
    let _alone = alone();
    let bench = Bench::new();
    let other = |further: &[&str]| -> Vec<Finding> {
        let findings = findings(&check(&bench, libraries, further, None));
        assert!(!findings.is_empty());
        let left_out = |it: &Finding| it.result == "skip" && OPTIONAL.contains(&it.case.as_str());
        findings.into_iter().filter(|it| it.result != "pass" && !left_out(it)).collect()
    };
    let (late, wrong): (Vec<Finding>, Vec<Finding>) =
        other(further).into_iter().partition(|finding| WITH_CLOCKS.contains(&&*finding.case));
    assert!(wrong.is_empty(), "{wrong:#?}");
    if let Some(finding) = late.first() {
        let again = other(&[further, &["--only", &finding.case]].concat());
        assert!(again.is_empty(), "{late:#?}, and again {again:#?}");
    }
}

#[test]
fn honest_libraries_pass_every_case() {
    passes(&["faulty", "specimen", "curriculum"].map(library), &[]);
}

/// Holds that these cases pass, and are not left out.
fn passes_by_name(library: PathBuf, cases: &[&str], further: &[&str]) {
    let only = cases.join(",");
    let further = [&["--only", only.as_str()], further].concat();
    let findings = findings(&check(&Bench::new(), &[library], &further, None));
    let mut passed: Vec<&str> = Vec::new();
    for finding in &findings {
        assert_eq!(finding.result, "pass", "{finding:?}");
        passed.push(&finding.case);
    }
    assert_eq!(passed, cases);
}

#[test]
fn what_need_not_be_offered_is_asked_for_where_it_is() {
    let (of_parameters, others): (Vec<&str>, Vec<&str>) =
        OPTIONAL.iter().partition(|case| case.starts_with("parameters"));
    passes_by_name(library("faulty"), &others, &[]);
    let learning = ["--component", "contrastive/info-nce"];
    let options = ["--options", "info-nce={ learn_temperature = true }"];
    let further = [learning, options].concat();
    passes_by_name(library("triglot_objective_contrastive"), &of_parameters, &further);
}

#[test]
fn the_plugins_in_c_pass_every_case() {
    let bench = Bench::new();
    let folder = repository().join("tests/plugins/in-c");
    let made = ["length_buckets", "first_hit"].map(|name| {
        c_library(&folder.join(name).with_extension("c"), name, &[], &bench.path("plugins"))
    });
    let [Some(sampler), Some(metric)] = made else { return };
    passes(&[sampler, metric], &[]);
}

#[test]
fn a_library_of_a_shorter_past_and_one_of_a_longer_future_pass_every_case_that_applies() {
    let bench = Bench::new();
    for version in [Version::Past, Version::Today, Version::Future] {
        let Some(folder) = evolution::library(&bench, version) else { return };
        // It shows no variables; and what follows in longer structs, one of the future takes for the fields it knows.
        let but: &[&str] = match version {
            Version::Past | Version::Today => &["backend-variables"],
            Version::Future => &["backend-variables", "longer-structs"],
        };
        passes(&[folder], &["--only", &cases_but(&bench, but).join(",")]);
    }
}

#[test]
fn the_first_party_samplers_objectives_and_metrics_pass_every_case() {
    let libraries = [
        "sampler_language",
        "objective_contrastive",
        "objective_distillation",
        "metric_ranking",
        "metric_bias",
    ];
    passes(&libraries.map(|name| library(&format!("triglot_{name}"))), &[]);
}

#[test]
fn a_backend_that_begins_from_nothing_passes_every_case() {
    passes(&[library("triglot_backend_candle")], &["--component", "candle/static"]);
}

#[test]
fn a_pretrained_encoder_passes_every_case() {
    let Some(models) = shared_models("minilm") else { return };
    let options =
        ["--component", "candle/encoder", "--options", "encoder={ weights = \"minilm\" }"];
    let models = ["--model-dir", models.to_str().unwrap()];
    passes(&[library("triglot_backend_candle")], &[options.as_slice(), &models].concat());
}

#[test]
fn a_crash_is_told_with_the_function_it_happened_in() {
    let bench = Bench::new();
    let further = ["--only", "same-key-same-result"];
    let output = check(&bench, &[library("faulty")], &further, Some("abort"));
    for (kind, function) in [
        ("sampler", "sample"),
        ("augmenter", "augment"),
        ("backend", "encode"),
        ("objective", "evaluate"),
        ("metric", "compute"),
    ] {
        let component = Some(format!("faulty/{kind}"));
        let findings = findings(&output);
        let finding = findings.iter().find(|finding| finding.component == component).unwrap();
        let told = format!("triglot: SIGABRT in plugin faulty/{kind}, in its `{function}`");
        let (first, last) = finding.message.split_once('\n').unwrap();
        assert_eq!((first, last.contains(&told)), ("crashed with SIGABRT", true), "{finding:?}");
    }
}

/// Holds that of a library that does not open only this is found, with these words.
fn does_not_open(library: PathBuf, told: &str) {
    let findings = findings(&check(&Bench::new(), &[library], &[], None));
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!((finding.case.as_str(), finding.result.as_str()), ("library-loads", "fail"));
    assert!(finding.message.contains(told), "{finding:?}");
}

#[test]
fn a_library_that_does_not_open_is_told_why_and_asked_nothing_else() {
    does_not_open(library("not_a_plugin"), "is not a triglot plugin");
    does_not_open(library("other_major"), "was built for plugin ABI 2, this host speaks 1");
    let bench = Bench::new();
    let source =
        "int nobody_has_this(void);\nint triglot_plugin_v1(void) { return nobody_has_this(); }\n";
    let source = bench.write("unbound.c", source);
    let Some(unbound) = c_library(&source, "unbound", &[], &bench.path("plugins")) else { return };
    does_not_open(unbound, "nobody_has_this");
}
