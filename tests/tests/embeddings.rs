//! How the embeddings of a data set are kept and put together: once a text, in half the bits, by windows of a passage.

use std::path::PathBuf;

use serde_json::json;
use triglot_tests::{Bench, Output, Run, SMALL, files_under};

/// The segments of embeddings in the cache.
fn segments(bench: &Bench) -> Vec<PathBuf> {
    let folder = bench.path("cache/embeddings");
    if !folder.is_dir() {
        return Vec::new();
    }
    let files = files_under(&folder).into_iter().map(|path| folder.join(path));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "segment")).collect()
}

/// A manifest that measures on the facts, and with `more` besides.
fn measuring(more: &str) -> String {
    format!("{SMALL}{more}\n")
}

/// What the model of a run comes to on the data sets of a manifest.
fn evaluated(bench: &Bench, run: &Run, manifest: &str) -> Output {
    let folder = run.folder.to_str().unwrap();
    bench.triglot(["evaluate", folder, "--on", manifest, "--json"]).succeeded()
}

#[test]
fn a_text_is_encoded_once_however_often_it_is_measured() {
    let bench = Bench::new();
    let trained = bench.run(&bench.write("m.toml", SMALL), &[]);
    assert!(segments(&bench).is_empty(), "the model of a run is nobody else's");
    let evaluate = |manifest: &str| evaluated(&bench, &trained, manifest).json()["metrics"].clone();
    let first = evaluate("m.toml");
    assert_eq!(
        first["eval/facts/monolingual/map"],
        trained.record["metrics"]["eval/facts/monolingual/map"]
    );
    let kept = segments(&bench);
    assert_eq!(kept.len(), 2, "one of queries and one of passages: {kept:?}");
    // Other settings and metrics ask for the same texts, and a further language only for its own.
    let less = SMALL.replace("[\"map\"]", "[\"ndcg@10\"]\nsettings = [\"multilingual\"]");
    bench.write("less.toml", less);
    evaluate("less.toml");
    assert_eq!(segments(&bench), kept);
    bench.write(
        "more.toml",
        SMALL.replace("[\"en\", \"es\"]\nmetrics", "[\"en\", \"es\", \"de\"]\nmetrics"),
    );
    evaluate("more.toml");
    let all = segments(&bench);
    assert_eq!(all.len(), 4);
    let bytes = |paths: &[PathBuf]| paths.iter().map(|p| p.metadata().unwrap().len()).sum::<u64>();
    let added = bytes(&all) - bytes(&kept);
    assert!(added * 3 < bytes(&kept) * 2, "{added} bytes were added to {}", bytes(&kept));
    // What is damaged is encoded again, and changes nothing.
    for path in &kept {
        std::fs::write(path, b"TRIGLOTE and no more").unwrap();
    }
    let again = evaluated(&bench, &trained, "m.toml");
    assert_eq!(again.json()["metrics"], first);
    assert!(again.stderr.contains("are passed over"), "{}", again.stderr);
}

#[test]
fn half_the_bits_find_what_all_of_them_find() {
    let bench = Bench::new();
    let run = bench.run(&bench.write("m.toml", SMALL), &[]);
    bench.write("f16.toml", measuring("embeddings = \"f16\""));
    let halved = evaluated(&bench, &run, "f16.toml").json();
    let halved = halved["metrics"]["eval/facts/monolingual/map"].as_f64().unwrap();
    assert!((halved - run.metric("eval/facts/monolingual/map")).abs() < 0.02, "{halved}");
    let sizes: Vec<u64> =
        segments(&bench).iter().map(|path| path.metadata().unwrap().len()).collect();
    // Sixteen numbers of two bytes and a hash of sixteen a text, behind a head of 52.
    assert!(sizes.iter().all(|size| (size - 52) % (16 * 2 + 16) == 0), "{sizes:?}");
}

#[test]
fn a_long_passage_is_found_by_the_best_of_its_windows() {
    let bench = Bench::new();
    // Every passage has nearly the same words, in an order of its own, and is asked for by eight that stand together.
    let lines = (1..13).map(|number| {
        let words: Vec<String> = (0..80).map(|at| format!("word{}", at * number % 83)).collect();
        let (query, passage) = (words[24..32].join(" "), words.join(" "));
        json!({ "id": format!("n{number}"), "language": "en", "query": query, "passage": passage })
            .to_string()
    });
    bench.write("mine/long.jsonl", lines.collect::<Vec<_>>().join("\n"));
    let data = |split| format!("reader = \"embedded\"\npath = \"facts/{split}\"");
    let own = "reader = \"jsonl\"\npath = \"long.jsonl\"";
    let text = SMALL.replace(&data("train"), own).replace(&data("test"), own);
    let text = text
        .replace("[\"en\", \"es\"]", "[\"en\"]")
        .replace("[\"map\"]", "[\"map\"]\nsettings = [\"monolingual\"]");
    let whole = bench.write("m.toml", &text);
    let cut = bench.write("cut.toml", format!("{text}sections = {{ words = 8, stride = 4 }}\n"));
    let vast = bench.write("vast.toml", format!("{text}sections = {{ words = 500 }}\n"));
    let metric = |manifest: &PathBuf| {
        bench.run(manifest, &["--data-dir", "mine"]).metric("eval/facts/monolingual/map")
    };
    let (whole, cut, vast) = (metric(&whole), metric(&cut), metric(&vast));
    assert_eq!(whole.to_bits(), vast.to_bits());
    assert!(cut > 0.9 && cut > whole + 0.2, "{cut} by windows, {whole} as a whole");
}

#[test]
fn windows_that_would_leave_words_out_are_refused() {
    let bench = Bench::new();
    bench.write("m.toml", measuring("sections = { words = 8, stride = 9 }"));
    let failure = bench.triglot(["plan", "m.toml"]).failure();
    for part in ["exit code 2", "m.toml:", "evaluate.facts.sections.stride", "at most 8"] {
        assert!(failure.contains(part), "{part} in {failure}");
    }
}
