//! What the command tells of plugins: the list, and the page of each component.

use std::time::{Duration, Instant};

use triglot_tests::{Bench, SMALL, library};

/// Compares what was printed with the snapshot `name`; the folder that the libraries lie in is left out.
fn snapshot(name: &str, printed: &str) {
    let folder = library("specimen").parent().unwrap().display().to_string().replace('.', r"\.");
    insta::with_settings!({
        filters => [(folder.as_str(), "[BUILD]"), (r"\blib(\w+)\.dylib", "lib$1.so")],
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, printed);
    });
}

fn show(name: &str) -> String {
    let bench = Bench::new();
    let specimen = library("specimen");
    let args = ["plugins", "show", name, "--plugin-dir", specimen.to_str().unwrap()];
    bench.triglot(args).succeeded().stdout
}

/// The names of the components of a kind.
fn names(kind: &str) -> Vec<String> {
    let specimen = library("specimen");
    let args = ["plugins", "list", "--json", "--plugin-dir", specimen.to_str().unwrap()];
    let listed = Bench::new().triglot(args).succeeded().json();
    let of_kind = listed.as_array().unwrap().iter().filter(|component| component["kind"] == kind);
    of_kind.map(|component| component["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_list_tells_kind_name_version_abi_file_and_summary() {
    snapshot("plugins_list", &Bench::new().triglot(["plugins", "list"]).succeeded().stdout);
}

#[test]
fn the_list_is_there_in_under_a_tenth_of_a_second() {
    let bench = Bench::new();
    let list = || {
        let began = Instant::now();
        bench.triglot(["plugins", "list"]).succeeded();
        began.elapsed()
    };
    // Other tests have the processors too: what counts is what it can do.
    let times: Vec<Duration> = (0..20).map(|_| list()).collect();
    assert!(times.iter().any(|took| *took < Duration::from_millis(100)), "{times:?}");
}

#[test]
fn a_page_tells_every_option_with_type_bounds_and_default_and_an_example() {
    snapshot("plugins_show_encoder", &show("candle/encoder"));
    snapshot("plugins_show_monolingual", &show("language/monolingual"));
    snapshot("plugins_show_info_nce", &show("contrastive/info-nce"));
    snapshot("plugins_show_recall", &show("ranking/recall"));
    snapshot("plugins_show_shout", &show("specimen/shout"));
}

#[test]
fn the_example_of_every_page_is_valid_as_it_stands() {
    let bench = Bench::new();
    let specimen = library("specimen");
    let mut tried = 0;
    for kind in ["sampler", "augmenter", "backend", "objective", "metric"] {
        for name in names(kind) {
            let page = show(&name);
            let (_, example) = page.rsplit_once("\n\n").unwrap();
            // The small experiment, with the lines of the example in place of its own under the same keys; a table that
            // it has not comes at its end.
            let all: Vec<&str> = example.lines().map(str::trim).collect();
            let end = all.iter().position(|line| *line == "[teacher]").unwrap_or(all.len());
            let (lines, teacher) = all.split_at(end);
            let lines = || lines.iter().copied();
            let mut manifest: Vec<&str> = SMALL.lines().collect();
            if kind == "backend" {
                manifest.retain(|line| !line.starts_with("options = { dim"));
            }
            let header = lines().next().unwrap();
            for line in lines().skip(1) {
                let key = line.split(' ').next().unwrap();
                manifest.retain(|old| {
                    let same_key = old.starts_with(&format!("{key} ="));
                    !(same_key && (key != "use" || old.contains("candle/static")))
                });
            }
            let place = manifest.iter().position(|line| *line == header).unwrap();
            manifest.splice(place..=place, lines());
            manifest.extend(teacher);
            bench.write("m.toml", manifest.join("\n"));
            let plan = ["plan", "m.toml", "--plugin-dir", specimen.to_str().unwrap()];
            let planned = bench.triglot(plan);
            // What is to be read has to be there; an example cannot know where.
            let valid = planned.code == Some(0) || planned.stderr.contains("path/to/it");
            assert!(valid, "{}\n{}", manifest.join("\n"), planned.stderr);
            tried += 1;
        }
    }
    assert!(tried >= 18, "{tried}");
}
