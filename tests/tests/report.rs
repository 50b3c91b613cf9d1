//! `triglot report`: what it gathers of real runs, and what it makes of folders that lack something.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use triglot_tests::{Bench, Output, Run, SMALL, experiment, shared_data};

const SETTINGS: [&str; 2] = ["monolingual", "cross-lingual"];

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A small run on the embedded corpus.
fn small(bench: &Bench) -> Run {
    let manifest = bench.write("m.toml", SMALL);
    bench.run(&manifest, &[])
}

/// The report on runs, and its page.
fn report(bench: &Bench, args: &[&str]) -> (Output, String) {
    let asked = [&["report", "--out", "report.html"], args].concat();
    let output = bench.triglot(asked).succeeded();
    (output, text(&bench.path("report.html")))
}

/// The rows of a CSV file in whose quotes there is nothing but commas.
fn csv(path: &Path) -> Vec<Vec<String>> {
    let row = |line: &str| {
        let parts = line.split('"').enumerate();
        let parts = parts.map(|(part, text)| match part % 2 {
            0 => text.replace(',', "\n"),
            _ => text.to_owned(),
        });
        parts.collect::<String>().split('\n').map(str::to_owned).collect()
    };
    text(path).lines().map(row).collect()
}

/// Runs a sweep of the embedded corpus; tells its record.
fn sweep(bench: &Bench, sweep: &str) -> Value {
    let manifest = bench.write("sweep.toml", format!("{SMALL}\n[sweep]\nseeds = [1, 2]\n{sweep}"));
    let asked = ["sweep".as_ref(), manifest.as_os_str(), "--json".as_ref()];
    bench.triglot(asked).succeeded().json()
}

#[test]
fn a_sweep_is_one_page_that_names_every_strategy_and_leads_nowhere_else() {
    let bench = Bench::new();
    let record = sweep(
        &bench,
        "[sweep.variants.first]\n\"train.stage.main.steps\" = 1\n\
         [sweep.variants.second]\n\"train.stage.main.steps\" = 2\n",
    );
    let id = record["id"].as_str().unwrap();
    let (_, page) = report(&bench, &[id]);
    assert!(page.starts_with("<!DOCTYPE html>"));
    for strategy in ["first", "second"] {
        assert!(page.contains(&format!("<summary>{strategy}</summary>")), "{page}");
    }
    assert!(page.contains("Mean ± sample standard deviation over 2 seeds"));
    for leads in ["src=", "href=\"http", "url(", "<script", "@import"] {
        assert!(!page.contains(leads), "the page has {leads}");
    }
    // By its folder, by name and by id, with a trial of it named once more: the same report.
    let name = format!("small/sweeps/{id}");
    let folder = bench.runs_dir().join(&name);
    let trial = record["trials"][0]["record"]["id"].as_str().unwrap();
    for named in [&[folder.to_str().unwrap()][..], &[&name], &[id, trial]] {
        assert_eq!(report(&bench, named).1, page, "{named:?}");
    }
}

#[test]
fn a_strategy_is_marked_that_is_better_by_more_than_luck_and_its_interval_holds_its_mean() {
    let bench = Bench::new();
    let record = sweep(
        &bench,
        "[sweep.variants.untaught]\n\"train.stage.main.steps\" = 1\n\
         [sweep.variants.taught]\n\"train.stage.main.steps\" = 60\n",
    );
    let id = record["id"].as_str().unwrap();
    let json = bench.triglot(["report", id, "--json"]).succeeded().json();
    assert_eq!(json["notes"], json!([]));
    let figures = json["sets"][0]["figures"].as_array().unwrap();
    let monolingual = figures.iter().filter(|figure| figure["setting"] == "monolingual");
    let found: Vec<_> = monolingual.collect();
    let marks: Vec<&Value> = found.iter().map(|figure| &figure["better_than"]).collect();
    assert_eq!(marks, [&json!([]), &json!([0])]);
    for figure in figures {
        let number = |value: &Value| value.as_f64().unwrap();
        let [low, high] = [0, 1].map(|end| number(&figure["interval"][end]));
        let mean = number(&figure["mean"]);
        assert!(low < mean && mean < high, "{figure}");
    }
    let (_, page) = report(&bench, &[id]);
    assert!(page.contains("ᵃ") && page.contains("taught (b)"), "{page}");
}

#[test]
fn tables_hold_the_metrics_of_the_record() {
    let bench = Bench::new();
    let run = small(&bench);
    let output = bench.triglot(["report", "last", "--tables", "tables"]).succeeded();
    assert_eq!(output.stdout, "");
    assert!(!bench.path("report.html").exists());
    let map = csv(&bench.path("tables/facts-heat-small.csv"));
    let languages = ["en", "es"];
    assert_eq!(map[0], ["queries", "en", "es"]);
    for (row, query) in map[1..].iter().zip(languages) {
        assert_eq!(row[0], query);
        for (cell, passage) in row[1..].iter().zip(languages) {
            let key = match query == passage {
                true => format!("eval/facts/monolingual/{query}/map"),
                false => format!("eval/facts/cross-lingual/{query}-{passage}/map"),
            };
            assert_eq!(*cell, format!("{:.4}", run.metric(&key)), "{key}");
        }
    }
    let strategies = csv(&bench.path("tables/facts-strategies.csv"));
    let values = SETTINGS.iter().chain(&["multilingual"]);
    let values = values.map(|setting| run.metric(&format!("eval/facts/{setting}/map")));
    let values: Vec<String> = values.map(|value| format!("{value:.4}")).collect();
    let shown = [vec!["small".to_owned()], values.clone()].concat();
    assert!(strategies[1].iter().zip(&shown).all(|(cell, value)| cell.starts_with(value)));
    for (file, value) in
        [("facts-strategies.md", "| small |"), ("facts-strategies.tex", "\\toprule")]
    {
        let text = text(&bench.path("tables").join(file));
        assert!(text.contains(value) && values.iter().all(|value| text.contains(value)), "{text}");
    }
}

#[test]
fn a_grid_becomes_a_curve_over_the_values_of_its_key() {
    let bench = Bench::new();
    let record = sweep(&bench, "[sweep.grid]\n\"train.stage.main.learning_rate\" = [0.1, 0.01]\n");
    let id = record["id"].as_str().unwrap();
    let (_, page) = report(&bench, &[id, "--tables", "tables"]);
    assert!(page.contains("Ablations") && page.contains("<polygon class=\"band"), "{page}");
    let points = csv(&bench.path("tables/facts-map-by-train-stage-main-learning-rate.csv"));
    assert_eq!(points[0], ["line", "train.stage.main.learning_rate", "map", "deviation"]);
    let mut expected = Vec::new();
    for setting in ["monolingual", "cross-lingual", "multilingual"] {
        for rate in [0.01, 0.1] {
            let trials = record["trials"].as_array().unwrap().iter();
            let here = trials.filter(|trial| {
                trial["trial"]["point"]["train.stage.main.learning_rate"] == json!(rate)
            });
            let key = format!("eval/facts/{setting}/map");
            let values = here.map(|trial| trial["record"]["metrics"][&key].as_f64().unwrap());
            let values: Vec<f64> = values.collect();
            let [a, b] = values[..] else { panic!("{values:?}") };
            let deviation = (a - b).abs() / std::f64::consts::SQRT_2;
            let (mean, deviation) = (format!("{:.4}", (a + b) / 2.0), format!("{deviation:.4}"));
            expected.push(vec![setting.to_owned(), rate.to_string(), mean, deviation]);
        }
    }
    assert_eq!(points[1..], expected);
}

#[test]
fn worst_queries_are_the_lowest_values_of_the_run_with_their_texts() {
    let bench = Bench::new();
    let run = small(&bench);
    let json = bench.triglot(["report", "last", "--json"]).succeeded().json();
    let mut values = Vec::new();
    for language in ["en", "es"] {
        let rows = csv(&run.path(&format!("eval/facts/multilingual/{language}.csv")));
        values.extend(rows[1..].iter().map(|row| row[1].parse::<f64>().unwrap()));
    }
    values.sort_by(f64::total_cmp);
    let worst = json["sets"][0]["worst"][0]["queries"].as_array().unwrap();
    let found: Vec<f64> = worst.iter().map(|query| query["value"].as_f64().unwrap()).collect();
    assert_eq!(found, values[..found.len()]);
    assert!(!found.is_empty());
    for query in worst {
        assert!(query["text"].is_string() && query["top"][0]["text"].is_string(), "{query}");
        assert_eq!(query["top"][0]["rank"], 1);
    }
}

#[test]
fn the_shares_of_a_language_are_its_places_in_the_top_ten() {
    let bench = Bench::new();
    let run = small(&bench);
    let json = bench.triglot(["report", "last", "--json"]).succeeded().json();
    let map = &json["sets"][0]["shares"][0];
    assert_eq!(map["queries"], json!(["en", "es", "relevant"]));
    assert_eq!(map["cells"][2], json!([0.5, 0.5]));
    for (row, query) in ["en", "es"].iter().enumerate() {
        let file =
            std::fs::File::open(run.path(&format!("eval/facts/multilingual/{query}.trec.gz")));
        let ranking = std::io::read_to_string(flate2::read::GzDecoder::new(file.unwrap())).unwrap();
        let top = ranking.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let top: Vec<_> = top.filter(|line| line[3].parse::<u32>().unwrap() <= 10).collect();
        let english = top.iter().filter(|line| line[2].starts_with("en:")).count();
        assert_eq!(map["cells"][row][0], json!(english as f64 / top.len() as f64));
    }
}

#[test]
fn what_a_run_folder_lacks_costs_a_section_and_a_note() {
    let bench = Bench::new();
    let run = small(&bench);
    std::fs::remove_file(run.path("eval/facts/multilingual/en.trec.gz")).unwrap();
    std::fs::write(run.path("eval/facts/multilingual/es.csv"), "query,map\nes:1,much\n").unwrap();
    std::fs::write(run.path("journal.jsonl"), "nothing\nof\na journal\n").unwrap();
    let (output, page) = report(&bench, &["last"]);
    for note in ["no language shares", "no worst queries", "no losses"] {
        assert!(output.stderr.contains(note), "{}", output.stderr);
        assert!(page.contains(note), "{page}");
    }
    assert!(output.stderr.contains("es.csv:2"), "{}", output.stderr);
    assert!(page.contains(&format!("{:.4}", run.metric("eval/facts/multilingual/map"))));
}

#[test]
fn texts_are_withheld_on_request_and_where_the_data_is_no_longer_what_was_read() {
    let bench = Bench::new();
    let (manifest, data) = hostile(&bench, &["en", "fi"]);
    bench.run(&manifest, &[]);
    let shown = report(&bench, &["last"]).1;
    assert!(shown.contains("&lt;script&gt;alert(&quot;en 0&quot;)"), "{shown}");
    assert!(!report(&bench, &["last", "--no-texts"]).1.contains("alert("));
    std::fs::write(&data, text(&data).replace("alert", "prompt")).unwrap();
    let (output, page) = report(&bench, &["last"]);
    assert!(output.stderr.contains("is not what it was"), "{}", output.stderr);
    assert!(!page.contains("alert(") && !page.contains("prompt("), "{page}");
}

#[test]
fn a_run_that_failed_is_in_the_provenance_with_its_error() {
    let bench = Bench::new();
    let run = small(&bench);
    let mut record = run.record.clone();
    record["id"] = json!("20200101-000000-dead");
    record["status"] = json!("failed");
    record["error"] = json!("<b>no room</b> & more");
    record["metrics"] = json!({});
    record["evaluation"] = json!([]);
    bench.write("runs/small/20200101-000000-dead/run.json", record.to_string());
    let (_, page) = report(&bench, &["20200101-000000-dead", run.record["id"].as_str().unwrap()]);
    assert!(page.contains("failed: &lt;b&gt;no room&lt;/b&gt; &amp; more"), "{page}");
    assert!(page.contains("2 runs, 1 strategy, 1 data set."), "{page}");
}

#[test]
fn a_name_that_means_nothing_is_the_users_to_mend() {
    let bench = Bench::new();
    let run = small(&bench);
    let mut nearly = run.record["id"].as_str().unwrap().to_owned();
    nearly.insert(2, 'x');
    let output = bench.triglot(["report", &nearly]);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    assert!(output.stderr.contains(run.record["id"].as_str().unwrap()), "{}", output.stderr);
    assert!(!bench.path("report.html").exists());
}

#[test]
fn tables_go_to_standard_output_in_the_format_asked_for() {
    let bench = Bench::new();
    small(&bench);
    let print = |format| bench.triglot(["report", "last", "--format", format]).succeeded().stdout;
    assert!(print("md").contains("| strategy | monolingual map |"));
    assert!(print("latex").contains("\\begin{tabular}{lrrr}"));
    assert!(print("csv").starts_with("strategy,monolingual map,"));
    assert!(!bench.path("report.html").exists());
}

#[test]
fn xquad_r_has_a_map_of_eleven_by_eleven_and_the_published_figures_beside() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let few = [
        "train.stage.main.steps=2",
        "train.data.squad.limit=400",
        "model.options.dim=8",
        "evaluate.xquad-r.metrics=['map']",
        "evaluate.xquad-r.settings=['monolingual', 'cross-lingual']",
    ];
    let set = few.iter().flat_map(|value| ["--set", value]);
    let args: Vec<&str> = ["--data-dir", data.to_str().unwrap()].into_iter().chain(set).collect();
    let run = bench.run(&experiment("xquad/static-hybrid.toml"), &args);
    let (_, page) = report(&bench, &["last", "--tables", "tables"]);
    assert!(page.contains("Other data, other training.") && page.contains("2408.10536"));
    assert!(page.contains("<td class=\"number\">0.7977</td>"));
    let map = csv(&bench.path("tables/xquad-r-heat-xquad-static-hybrid.csv"));
    assert_eq!((map.len(), map[0].len()), (12, 12));
    for row in &map[1..] {
        for (passage, cell) in map[0][1..].iter().zip(&row[1..]) {
            let query = &row[0];
            let key = match query == passage {
                true => format!("eval/xquad-r/monolingual/{query}/map"),
                false => format!("eval/xquad-r/cross-lingual/{query}-{passage}/map"),
            };
            assert_eq!(*cell, format!("{:.4}", run.metric(&key)), "{key}");
        }
    }
}

/// A manifest over data of its own, whose every text is markup, and its data file.
pub fn hostile(bench: &Bench, languages: &[&str]) -> (PathBuf, PathBuf) {
    let pairs = (0..4).flat_map(|id| languages.iter().map(move |language| (id, language)));
    let lines: Vec<String> = pairs
        .map(|(id, language)| {
            let query = format!("<script>alert(\"{language} {id}\")</script> & 'so' on?");
            let passage =
                format!("<img src=http://127.0.0.1:1/{id} onerror=alert(1)> {language} {id}");
            let id = format!("</td>{id}");
            json!({ "id": id, "language": language, "query": query, "passage": passage })
                .to_string()
        })
        .collect();
    let data = bench.write("pairs.jsonl", lines.join("\n"));
    let (start, _) = SMALL.split_once("[[evaluate]]").unwrap();
    let codes = "languages = [\"en\", \"es\"]\n";
    let own = "reader = \"jsonl\"\npath = \"pairs.jsonl\"\n";
    let train = start
        .replace("reader = \"embedded\"\npath = \"facts/train\"\n", own)
        .replace(codes, "")
        .replace("batch_size = 8", "batch_size = 4");
    let evaluate =
        format!("[[evaluate]]\nname = \"pairs\"\n{own}metrics = [\"map\", \"rank-distance\"]\n");
    (bench.write("hostile.toml", train + &evaluate), data)
}
