//! BM25 beside the model: in the record, in files, in every table, once for all runs that share their data.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use triglot_tests::{Bench, Run, SMALL};

/// Questions and passages without a word in common between the languages, but for a year; `b` in English is answered in
/// other words than it is asked in.
const PAIRS: [[&str; 4]; 6] = [
    ["a", "en", "red stone", "the red stone"],
    ["b", "en", "moon", "the river"],
    ["c", "en", "red moon", "a red moon in 1969"],
    ["a", "es", "piedra", "piedra roja"],
    ["b", "es", "río", "el río fluye"],
    ["c", "es", "luna 1969", "la luna brilla 1969"],
];

/// A manifest that is measured on these, with further lines for the data set.
fn manifest(bench: &Bench, name: &str, further: &str) -> PathBuf {
    let line = |[id, language, query, passage]: [&str; 4]| {
        json!({ "id": id, "language": language, "query": query, "passage": passage }).to_string()
    };
    bench.write("pairs.jsonl", PAIRS.map(line).join("\n"));
    let (train, _) = SMALL.split_once("[[evaluate]]").unwrap();
    let own = "name = \"pairs\"\nreader = \"jsonl\"\npath = \"pairs.jsonl\"\n";
    let metrics = "metrics = [\"map\", \"mrr@10\", \"rank-distance\"]\n";
    bench.write(name, format!("{train}[[evaluate]]\n{own}{metrics}{further}"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn ranking(run: &Run, file: &str) -> Vec<String> {
    let file = std::fs::File::open(run.path(file)).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn id(run: &Run) -> &str {
    run.record["id"].as_str().unwrap()
}

/// The cells of the lines of a printed table that have some word in them.
fn lines_with(table: &str, word: &str) -> Vec<String> {
    let cells = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    table.lines().filter(|line| line.contains(word)).map(cells).collect()
}

#[test]
fn a_passage_that_shares_no_word_with_the_question_is_not_found() {
    let bench = Bench::new();
    let run = bench.run(&manifest(&bench, "m.toml", ""), &[]);
    let third = 1.0 / 3.0;
    for (key, expected) in [
        ("monolingual/en/map", 2.0 * third),
        ("monolingual/es/map", 1.0),
        ("monolingual/map", 2.5 * third),
        ("cross-lingual/en-es/map", 0.0),
        ("cross-lingual/en-es/mrr@10", 0.0),
        ("cross-lingual/es-en/map", third),
        ("cross-lingual/map", 0.5 * third),
        // One of two translations is found, none, or both.
        ("multilingual/en/map", third),
        ("multilingual/es/map", 2.0 * third),
        ("multilingual/es/mrr@10", 1.0),
        // The only question with a rank for every translation of its passage.
        ("multilingual/es/rank-distance", 1.0),
        ("multilingual/rank-distance", 1.0),
    ] {
        let found = run.metric(&format!("bm25/pairs/{key}"));
        assert!((found - expected).abs() < 1e-12, "{key}: {found}, expected {expected}");
    }
    assert!(run.record["metrics"]["bm25/pairs/multilingual/en/rank-distance"].is_null());
    let recorded = &run.record["evaluation"][0]["bm25"];
    assert_eq!((&recorded["k1"], &recorded["b"]), (&json!(0.9), &json!(0.4)));
    let multilingual = &recorded["settings"]["multilingual"];
    assert_eq!(multilingual["undefined"], json!({ "rank-distance": 5 }));
    assert_eq!(multilingual["queries"], 6);
    let seconds = run.record["seconds"]["bm25"].as_f64().unwrap();
    assert!(seconds <= run.record["seconds"]["evaluate"].as_f64().unwrap());
}

#[test]
fn its_files_stand_beside_the_models_and_are_scored_as_they_were() {
    let bench = Bench::new();
    let run = bench.run(&manifest(&bench, "m.toml", ""), &[]);
    for (setting, groups) in [
        ("monolingual", ["en", "es"]),
        ("cross-lingual", ["en-es", "es-en"]),
        ("multilingual", ["en", "es"]),
    ] {
        for group in groups {
            let file = |root, kind| format!("{root}/pairs/{setting}/{group}.{kind}");
            let qrels = |root| text(&run.path(&file(root, "qrels")));
            assert_eq!(qrels("bm25"), qrels("eval"));
            let queries = text(&run.path(&file("bm25", "csv"))).lines().count() - 1;
            assert_eq!(queries, 3);
            let lines = ranking(&run, &file("bm25", "trec.gz"));
            assert!(lines.iter().all(|line| line.ends_with(" bm25")), "{lines:?}");
            if group == "en-es" {
                assert_eq!(lines, [""; 0]);
                continue;
            }
            let files = ["trec.gz", "qrels"].map(|kind| run.path(&file("bm25", kind)));
            let [rankings, qrels] = files.each_ref().map(|file| file.to_str().unwrap());
            let metrics = ["--metrics", "map,mrr@10", "--all-queries", "--json"];
            let score = [["score", rankings, "--qrels", qrels], metrics].concat();
            let means = bench.triglot(score).succeeded().json()["runs"][0]["means"].clone();
            for metric in ["map", "mrr@10"] {
                let key = format!("bm25/pairs/{setting}/{group}/{metric}");
                let scored = means[metric].as_f64().unwrap();
                assert!((scored - run.metric(&key)).abs() < 1e-12, "{key}: scored {scored}");
            }
        }
    }
}

#[test]
fn it_can_be_tuned_and_turned_off() {
    let bench = Bench::new();
    let off = bench.run(&manifest(&bench, "off.toml", "bm25 = false\n"), &[]);
    assert!(!off.path("bm25").exists());
    let metrics = off.record["metrics"].as_object().unwrap();
    assert!(metrics.keys().all(|key| !key.starts_with("bm25/")));
    assert!(off.record["evaluation"][0]["bm25"].is_null());
    let shown = bench.triglot(["runs", "show", "last"]).succeeded().stdout;
    assert!(!shown.contains("bm25") && !shown.contains("ranked by"), "{shown}");

    let tuned = bench.run(&manifest(&bench, "tuned.toml", "bm25 = { k1 = 2, b = 1.0 }\n"), &[]);
    let recorded = &tuned.record["evaluation"][0]["bm25"];
    assert_eq!((&recorded["k1"], &recorded["b"]), (&json!(2.0), &json!(1.0)));
    let output = bench.triglot(["runs", "show", "last"]).succeeded().stdout;
    assert!(output.contains("a search by words, without training (k1 = 2, b = 1)"), "{output}");
}

#[test]
fn a_run_and_an_evaluation_show_it_beside_the_model() {
    let bench = Bench::new();
    let manifest = manifest(&bench, "m.toml", "");
    let shown = bench.triglot(["run".as_ref(), manifest.as_os_str()]).succeeded().stdout;
    let expected = [
        "monolingual bm25 0.8333 0.8333 –",
        "cross-lingual bm25 0.1667 0.1667 –",
        "multilingual bm25 0.5000 0.8333 1.0",
        "monolingual − cross-lingual bm25 0.6667 0.6667",
        "monolingual − multilingual bm25 0.3333 0.0000",
    ];
    let lines = lines_with(&shown, " bm25 ");
    assert_eq!(lines[..5], expected, "{shown}");
    assert_eq!(lines_with(&shown, " model ").len(), 5, "{shown}");
    let note = "bm25: multilingual rank-distance is over 1 of 6 queries; for the others too little is found";
    assert!(shown.contains(note), "{shown}");

    let on = ["evaluate", "last", "--on", "m.toml"];
    let evaluated = bench.triglot(on).succeeded().stdout;
    assert_eq!(lines_with(&evaluated, " bm25 ")[..5], expected, "{evaluated}");
}

#[test]
fn runs_that_share_their_data_share_it_whatever_was_trained() {
    let bench = Bench::new();
    let manifest = manifest(&bench, "m.toml", "");
    let runs = ["1", "2"].map(|seed| bench.run(&manifest, &["--set", &format!("seed={seed}")]));
    let of = |run: &Run| -> Vec<(String, Value)> {
        let metrics = run.record["metrics"].as_object().unwrap().iter();
        let own = metrics.filter(|(key, _)| key.starts_with("bm25/"));
        own.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    assert_eq!(of(&runs[0]), of(&runs[1]));
    let [one, two] = runs.each_ref().map(id);
    let table = bench.triglot(["runs", "compare", one, two]).succeeded().stdout;
    assert!(table.contains("bm25 (baseline)") && !table.contains("differs"), "{table}");
    let line = &lines_with(&table, "pairs/monolingual/map")[0];
    assert!(line.ends_with(" 0.8333"), "{line}");
    let gap = &lines_with(&table, "pairs/monolingual − cross-lingual/map")[0];
    assert!(gap.ends_with(" 0.6667"), "{gap}");

    bench.triglot(["report", one, two, "--tables", "tables"]).succeeded();
    for name in ["strategies", "metrics", "gaps"] {
        let table = text(&bench.path(format!("tables/pairs-{name}.csv")));
        let lines: Vec<&str> =
            table.lines().filter(|line| line.starts_with("bm25 (baseline),")).collect();
        match name {
            "strategies" => assert_eq!(lines, ["bm25 (baseline),0.8333,0.1667,0.5000,1.0"]),
            "metrics" => assert_eq!(lines.len(), 1, "{table}"),
            _ => assert_eq!(
                lines,
                [
                    "bm25 (baseline),monolingual − cross-lingual,0.6667,0.6667",
                    "bm25 (baseline),monolingual − multilingual,0.3333,0.0000"
                ]
            ),
        }
    }
}

#[test]
fn where_runs_have_different_baselines_tables_say_so_and_choose_none() {
    let bench = Bench::new();
    let one = bench.run(&manifest(&bench, "m.toml", ""), &[]);
    let two = bench.run(&manifest(&bench, "m.toml", "limit = 2\n"), &[]);
    let compared = bench.triglot(["runs", "compare", id(&one), id(&two)]).succeeded().stdout;
    let line = &lines_with(&compared, "pairs/monolingual/map")[0];
    assert!(line.ends_with(" differs"), "{compared}");
    assert!(compared.contains("differs: the runs do not share one baseline"), "{compared}");
    // A report has tables of their own for other data; other parameters are another baseline of the same.
    let other = bench.run(&manifest(&bench, "m.toml", "bm25 = { k1 = 2.0 }\n"), &[]);
    bench.triglot(["report", id(&one), id(&other), "--tables", "tables"]).succeeded();
    let table = text(&bench.path("tables/pairs-strategies.md"));
    assert!(
        table.contains("| bm25 (baseline) | differs | differs | differs | differs |"),
        "{table}"
    );
    assert!(table.contains("the runs do not share one baseline"), "{table}");
}

#[test]
fn a_sweep_has_one_line_for_it_and_one_table_of_gaps() {
    let bench = Bench::new();
    let sweep = "[sweep]\nseeds = [1, 2]\n[sweep.variants]\nfew = { \"train.stage.main.steps\" = 1 }\n\
                 many = { \"train.stage.main.steps\" = 3 }\n";
    let manifest = manifest(&bench, "m.toml", sweep);
    let table = bench.triglot(["sweep".as_ref(), manifest.as_os_str()]).succeeded().stdout;
    let lines = lines_with(&table, "bm25 (baseline)");
    assert_eq!(
        lines,
        ["bm25 (baseline) 0.8333 0.1667 0.5000 1.0", "bm25 (baseline) 0.6667 0.3333"],
        "{table}"
    );
    assert!(table.contains("pairs: gaps of map"), "{table}");
}

#[test]
fn runs_are_compared_with_it_query_by_query() {
    let bench = Bench::new();
    let manifest = manifest(&bench, "m.toml", "");
    let run = bench.run(&manifest, &[]);
    let compare = |runs: &[&str]| {
        let asked = ["runs", "compare"].iter().chain(runs).copied();
        let further = ["--metric", "map", "--setting", "monolingual", "--json"];
        bench.triglot(asked.chain(further)).succeeded().json()
    };
    let found = compare(&[id(&run), "bm25"]);
    let names: Vec<&Value> =
        found["systems"].as_array().unwrap().iter().map(|system| &system["name"]).collect();
    assert_eq!(names[1], "bm25");
    let means = &found["scores"][0]["means"];
    let recorded = ["eval", "bm25"].map(|of| run.metric(&format!("{of}/pairs/monolingual/map")));
    assert_eq!(means, &json!(recorded));
    let against = compare(&[id(&run), "--baseline", "bm25"]);
    assert_eq!(against["baseline"], "b");
    let contest = &against["scores"][0]["comparisons"][0];
    let difference = contest["difference"].as_f64().unwrap();
    assert!((difference - (recorded[0] - recorded[1])).abs() < 1e-12, "{contest}");

    let tuned = bench.run(&manifest, &["--set", "evaluate.pairs.bm25={ b = 0.75 }"]);
    let refused =
        [bench.triglot(["runs", "compare", id(&run), id(&tuned), "bm25", "--metric", "map"]), {
            let off = bench.run(&manifest, &["--set", "evaluate.pairs.bm25=false"]);
            bench.triglot(["runs", "compare", id(&off), "bm25", "--metric", "map"])
        }];
    let alone = bench.triglot(["runs", "compare", "bm25", "--metric", "map"]);
    let told = [
        "no common BM25: on `pairs`",
        "none of the runs measured BM25",
        "there is one run, and nothing to compare it with",
    ];
    for (output, told) in refused.iter().chain([&alone]).zip(told) {
        assert_eq!(output.code, Some(2), "{}", output.stderr);
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
}
