//! Libraries that cannot be used: each is named, with the reason.

use triglot_tests::{Bench, library};

use crate::failure::snapshot;

/// Lists plugins with a library of the name in a folder of its own.
fn fails(name: &str, contents: &[u8]) {
    let bench = Bench::new();
    let file = format!("plugins/lib{name}.{}", std::env::consts::DLL_EXTENSION);
    bench.write(&file, contents);
    let output = bench.triglot(["plugins", "list", "--plugin-dir", "plugins"]);
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
