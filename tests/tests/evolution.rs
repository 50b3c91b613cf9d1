//! Libraries built against another minor version of the contract work with the host as it is.
//!
//! The other versions are made of today's header: a future one, in which every struct that may grow ends in two further
//! fields, and a past one, in which some structs lack their last. One source in C, compiled against each of the three,
//! must do the same in the same experiment.

use std::path::PathBuf;

use triglot_abi::layout::LAYOUTS;
use triglot_tests::{Bench, Run, c_library, repository};

use crate::journal;

const MANIFEST: &str = r#"
name = "evolution"

[model]
use = "evolution/scaled"

[[train.data]]
name = "facts"
reader = "embedded"
path = "facts/train"
limit = 16

[[train.stage]]
name = "main"
steps = 20
batch_size = 16
chunk = 8
learning_rate = 1.0
schedule = "constant"
objective = [{ use = "contrastive/info-nce", options = { temperature = 0.1 } }]
mix = [{ name = "strided", use = "evolution/strided" }]

[[evaluate]]
name = "facts"
reader = "embedded"
path = "facts/test"
metrics = ["evolution/first", "mrr"]
"#;

/// The first field that each struct of the past lacks.
const CUT: [(&str, &str); 8] = [
    ("triglot_batch", "triglot_csr negatives;"),
    ("triglot_column", "uint32_t depth;"),
    ("triglot_backend", "triglot_status (*prefetch)("),
    ("triglot_step_report", "uint64_t tokens;"),
    ("triglot_host", "uint8_t (*cancelled)("),
    ("triglot_create_args", "uint64_t seed;"),
    ("triglot_corpus_view", "const triglot_str *data_set_names;"),
    ("triglot_ranking", "const float *top_score;"),
];

/// A version of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Past,
    Today,
    Future,
}

fn today() -> String {
    std::fs::read_to_string(repository().join("schemas/triglot_plugin.h")).unwrap()
}

/// The header with the bodies of its structs rewritten.
fn rewritten(change: impl Fn(&str, &str) -> String) -> String {
    let header = today();
    let mut parts = header.split("\nstruct ");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (body, after) = part.split_once("\n};").unwrap();
        let (name, body) = body.split_once(" {\n").unwrap();
        out += &format!("\nstruct {name} {{\n{}\n}};{after}", change(name, body));
    }
    out
}

fn future() -> String {
    let grown = std::cell::Cell::new(0);
    let header = rewritten(|_, body| {
        if !body.contains("uint32_t struct_size;") {
            return body.to_owned();
        }
        grown.set(grown.get() + 1);
        format!("{body}\n    uint64_t later;\n    void (*later_function)(void);")
    });
    let grows = LAYOUTS.iter().filter(|layout| layout.fields[0].0 == "struct_size").count();
    assert_eq!(grown.get(), grows);
    let minor = "#define TRIGLOT_ABI_MINOR 0u\n";
    assert!(header.contains(minor));
    header.replace(minor, "#define TRIGLOT_ABI_MINOR 7u\n")
}

fn past() -> String {
    let header = rewritten(|name, body| {
        let cut = CUT.iter().find(|(of, _)| *of == name);
        cut.map_or(body, |(_, field)| body.split_once(&format!("    {field}")).unwrap().0)
            .to_owned()
    });
    assert!(header.len() < today().len());
    header
}

/// The library of a version alone in a folder; `None` where there is no C compiler.
pub fn library(bench: &Bench, version: Version) -> Option<PathBuf> {
    let (header, defines) = match version {
        Version::Past => (past(), &["-DPAST"][..]),
        Version::Today => (today(), &[][..]),
        Version::Future => (future(), &["-DFUTURE"][..]),
    };
    let folder = bench.path(format!("{version:?}"));
    // Included ahead of the source, whose own include of today's header its guard then skips.
    let header = bench.write(&format!("{version:?}/include/triglot_plugin.h"), header);
    let flags = [&["-include", header.to_str().unwrap()], defines].concat();
    let source = repository().join("tests/plugins/in-c/evolution.c");
    c_library(&source, "evolution", &flags, &folder.join("plugins"))?;
    Some(folder.join("plugins"))
}

fn run(bench: &Bench, version: Version) -> Option<Run> {
    let folder = library(bench, version)?;
    let manifest = bench.write("m.toml", MANIFEST);
    Some(bench.run(&manifest, &["--plugin-dir", folder.to_str().unwrap()]))
}

/// What must not depend on the version.
#[derive(Debug, PartialEq)]
struct Results {
    /// The loss of every step.
    losses: Vec<(u64, f64)>,
    /// The norm of the gradient of every step.
    norms: Vec<(u64, f64)>,
    /// Every metric.
    metrics: Vec<(String, f64)>,
}

fn results(run: &Run) -> Results {
    let events = journal::events(&run.folder);
    let metrics = run.record["metrics"].as_object().unwrap();
    let evaluated = metrics.iter().filter(|(name, _)| name.starts_with("eval/"));
    Results {
        losses: journal::values(&events, "train/loss"),
        norms: journal::values(&events, "train/gradient-norm"),
        metrics: evaluated.map(|(name, value)| (name.clone(), value.as_f64().unwrap())).collect(),
    }
}

#[test]
fn a_library_of_a_longer_future_and_one_of_a_shorter_past_do_what_one_of_today_does() {
    let bench = Bench::new();
    let Some(today) = run(&bench, Version::Today) else { return };
    let expected = results(&today);
    assert_eq!((expected.losses.len(), expected.norms.len()), (20, 20));
    // 16 examples in 5 languages are 80 pairs: batches of 16 in turn come round after 5 steps.
    let round = |steps: std::ops::Range<usize>| -> f64 {
        expected.losses[steps].iter().map(|(_, loss)| loss).sum()
    };
    assert!(round(15..20) < round(0..5), "it does not learn: {:?}", expected.losses);
    // The metric in C is the first-party one under another name, without a cut.
    for setting in ["monolingual", "cross-lingual", "multilingual"] {
        let of = |column: &str| today.metric(&format!("eval/facts/{setting}/{column}"));
        assert!(of("first") > 0.0);
        assert_eq!(of("first"), of("mrr"), "{setting}");
    }
    for version in [Version::Future, Version::Past] {
        let other = run(&bench, version).unwrap();
        assert_eq!(results(&other), expected, "{version:?}");
    }
}

#[test]
fn a_library_of_the_future_says_which_minor_version_it_was_built_against() {
    let bench = Bench::new();
    let Some(folder) = library(&bench, Version::Future) else { return };
    let folder = folder.to_str().unwrap();
    let show = ["plugins", "show", "evolution/scaled", "--json", "--plugin-dir", folder];
    assert_eq!(bench.triglot(show).succeeded().json()["abi"], "1.7");
}

#[test]
fn the_other_versions_differ_in_size_from_todays_where_they_should() {
    let bench = Bench::new();
    let sizes = |header: String| {
        let mut compiler = triglot_tests::c_compiler(triglot_tests::C99)?;
        let header = bench.write("include/triglot_plugin.h", header);
        let names: Vec<&str> = CUT.iter().map(|(name, _)| *name).collect();
        let prints: Vec<String> =
            names.iter().map(|name| format!("printf(\"%zu\\n\", sizeof({name}));")).collect();
        let source =
            format!("#include <stdio.h>\nint main(void) {{ {} return 0; }}", prints.concat());
        let source = bench.write("sizes.c", source);
        let program = bench.path("sizes");
        let compiler = compiler.arg("-include").arg(header).arg("-o").arg(&program);
        triglot_tests::c_succeeded(compiler.arg(source));
        let said = triglot_tests::c_succeeded(&mut std::process::Command::new(program)).stdout;
        Some(said.lines().map(|line| line.parse::<usize>().unwrap()).collect::<Vec<_>>())
    };
    let (Some(past), Some(today), Some(future)) = (sizes(past()), sizes(today()), sizes(future()))
    else {
        return;
    };
    for (i, (name, _)) in CUT.iter().enumerate() {
        assert!(past[i] < today[i] && today[i] + 16 == future[i], "{name}");
    }
}
