//! Libraries that cannot be used: each is named, with the reason.

use triglot_tests::{Bench, library};

use crate::failure::snapshot;

/// Uses plugins, with a library of the name in a folder of its own.
fn fails(name: &str, contents: &[u8]) {
    let bench = Bench::new();
    let file = format!("plugins/lib{name}.{}", std::env::consts::DLL_EXTENSION);
    bench.write(&file, contents);
    let output = bench.triglot(["plugins", "show", "candle/static", "--plugin-dir", "plugins"]);
    snapshot(&bench, name, &output);
    assert_eq!(output.code, Some(2));
}

#[test]
fn a_library_that_is_no_plugin_is_refused_with_the_export_it_lacks() {
    fails("not_a_plugin", &std::fs::read(library("not_a_plugin")).unwrap());
}

#[test]
fn a_library_for_another_major_version_is_refused_with_both_versions() {
    fails("other_major", &std::fs::read(library("other_major")).unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_no_library_is_refused() {
    fails("no_library", b"only text");
}

#[test]
fn a_library_that_cannot_be_used_hides_no_other_in_the_list() {
    let bench = Bench::new();
    let file = format!("plugins/libbad.{}", std::env::consts::DLL_EXTENSION);
    bench.write(&file, std::fs::read(library("not_a_plugin")).unwrap());
    let list = |further: &[&str]| {
        bench.triglot(["plugins", "list", "--plugin-dir", "plugins"].iter().chain(further))
    };
    let output = list(&[]);
    assert_eq!(output.code, Some(2));
    assert!(output.stdout.contains("candle/static"), "{}", output.stdout);
    let problem = format!("error: {file}: is not a triglot plugin\n");
    assert!(output.stderr.starts_with(&problem), "{}", output.stderr);

    let listed = list(&["--json"]).json();
    let listed = listed.as_array().unwrap();
    assert!(listed.iter().any(|component| component["name"] == "candle/static"));
    let unused = serde_json::json!({ "file": file, "problem": "is not a triglot plugin" });
    assert_eq!(listed.last(), Some(&unused));
}

#[test]
fn a_library_whose_name_another_has_is_said_not_to_be_seen() {
    let bench = Bench::new();
    let extension = std::env::consts::DLL_EXTENSION;
    for folder in ["first", "second"] {
        let file = format!("{folder}/libany.{extension}");
        bench.write(&file, std::fs::read(library("specimen")).unwrap());
    }
    let list = ["plugins", "list", "--plugin-dir", "first", "--plugin-dir", "second"];
    let listed = bench.triglot(list).succeeded().stdout;
    let said =
        format!("second/libany.{extension} is not seen: first/libany.{extension} has its name");
    assert!(listed.contains(&said), "{listed}");
    assert_eq!(listed.matches("specimen/hashing").count(), 1, "{listed}");
}

#[test]
fn a_plugin_folder_that_is_not_there_is_named() {
    let bench = Bench::new();
    let output = bench.triglot(["plugins", "list", "--plugin-dir", "plugins"]);
    snapshot(&bench, "missing_plugin_folder", &output);
}

#[test]
fn an_unknown_component_offers_the_nearest_one() {
    let bench = Bench::new();
    let output = bench.triglot(["plugins", "show", "candle/statik"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("did you mean `candle/static`?"), "{}", output.stderr);
}
