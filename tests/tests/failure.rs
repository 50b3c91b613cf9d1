//! Failures as a person reads them, kept as snapshots: what each says of place, mistake and remedy is reviewed there.

use triglot_tests::{Bench, Output};

/// Compares exit code and standard error with the snapshot `name`; what differs from run to run is left out.
pub fn snapshot(bench: &Bench, name: &str, output: &Output) {
    let bench = bench.path("").display().to_string().replace('.', r"\.");
    insta::with_settings!({
        filters => [
            (bench.as_str(), "[BENCH]/"),
            (r"\d{8}-\d{6}-[0-9a-f]{4}", "[RUN]"),
            (r"\.tmp-\w+", ".tmp-[RANDOM]"),
            (r"\blib(\w+)\.dylib", "lib$1.so"),
        ],
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, output.failure());
    });
}
