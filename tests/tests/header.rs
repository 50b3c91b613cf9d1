//! The C header says what the contract in Rust says, to a compiler of C and to one of C++.

use std::fmt::Write;
use std::process::Command;

use triglot_abi as abi;
use triglot_abi::layout::LAYOUTS;
use triglot_tests::{Bench, C99, CPP17, c_compiler, c_succeeded, repository};

/// A program that includes the header alone, with the body of its `main`.
fn program(body: &str) -> String {
    let prints = "#include <inttypes.h>\n#include <stdio.h>\n";
    format!("#include \"triglot_plugin.h\"\n{prints}\nint main(void) {{\n{body}    return 0;\n}}\n")
}

/// What the program prints, compiled as one language; `None` where there is no compiler for it.
fn printed(language: [&str; 2], file: &str, body: &str) -> Option<String> {
    let bench = Bench::new();
    let mut compiler = c_compiler(language)?;
    let source = bench.write(file, program(body));
    let executable = bench.path("program");
    c_succeeded(compiler.arg(source).arg("-o").arg(&executable));
    Some(c_succeeded(&mut Command::new(executable)).stdout)
}

fn header() -> String {
    std::fs::read_to_string(repository().join("schemas/triglot_plugin.h")).unwrap()
}

/// `MatrixMut` as `triglot_matrix_mut`.
fn type_in_c(name: &str) -> String {
    let words = name.chars().map(|c| match c.is_ascii_uppercase() {
        true => format!("_{}", c.to_ascii_lowercase()),
        false => c.to_string(),
    });
    format!("triglot{}", words.collect::<String>())
}

#[test]
fn the_header_stands_alone_in_c99_and_in_cpp17() {
    for (language, file) in [(C99, "alone.c"), (CPP17, "alone.cpp")] {
        // Twice, so that the guard is tried; and the entry, defined as a library does.
        let entry = "const triglot_plugin *triglot_plugin_v1(void) { return NULL; }\n";
        let header = "#include \"triglot_plugin.h\"\n";
        let bench = Bench::new();
        let source = bench.write(file, format!("{header}{header}{entry}"));
        let Some(mut compiler) = c_compiler(language) else { return };
        c_succeeded(compiler.args(["-c", "-o"]).arg(bench.path("alone.o")).arg(source));
    }
}

#[test]
fn every_struct_and_field_lies_in_c_where_it_lies_in_rust() {
    let (mut body, mut expected) = (String::new(), String::new());
    for layout in LAYOUTS {
        let name = type_in_c(layout.name);
        writeln!(body, "    printf(\"{name} %zu\\n\", sizeof({name}));").unwrap();
        writeln!(expected, "{name} {}", layout.size).unwrap();
        for (field, offset) in layout.fields {
            writeln!(body, "    printf(\"  {field} %zu\\n\", offsetof({name}, {field}));").unwrap();
            writeln!(expected, "  {field} {offset}").unwrap();
        }
    }
    for (language, file) in [(C99, "layout.c"), (CPP17, "layout.cpp")] {
        let Some(printed) = printed(language, file, &body) else { return };
        assert_eq!(printed, expected, "{file}");
    }
    let in_header = header().lines().filter(|line| line.starts_with("typedef struct ")).count();
    assert_eq!(in_header, LAYOUTS.len(), "the header holds a struct of unknown layout");
}

/// The constants of these names: what a program in C prints of each, and what it is to print.
macro_rules! constants {
    (numbers: $($number:ident)+; texts: $($text:ident)+;) => {
        vec![
            $((stringify!($number), "PRId64, (int64_t)", abi::$number.to_string()),)+
            $((stringify!($text), "\"s\", ", abi::$text.to_owned()),)+
        ]
    };
}

#[test]
fn every_constant_is_in_c_what_it_is_in_rust() {
    let constants: Vec<(&str, &str, String)> = constants! {
        numbers:
            ABI_MAJOR ABI_MINOR
            STATUS_OK STATUS_INVALID STATUS_FAILED STATUS_CANCELLED STATUS_UNSUPPORTED STATUS_PANICKED
            KIND_SAMPLER KIND_AUGMENTER KIND_BACKEND KIND_OBJECTIVE KIND_METRIC
            ROLE_QUERY ROLE_PASSAGE
            MODE_INFERENCE MODE_TRAINING MODE_TAPE
            UNIT_PAIR UNIT_BATCH
            SETTING_MONOLINGUAL SETTING_CROSS_LINGUAL SETTING_MULTILINGUAL
            LOG_ERROR LOG_WARN LOG_INFO LOG_DEBUG LOG_TRACE;
        texts:
            ENTRY_SYMBOL ENTRY_SYMBOL_STEM
            EXTENSION_LAW EXTENSION_COUNTS EXTENSION_VARIABLES EXTENSION_PARAMETERS;
    };
    let (mut body, mut expected) = (String::new(), String::new());
    for (name, conversion, value) in &constants {
        writeln!(body, "    printf(\"{name} %\" {conversion}TRIGLOT_{name});\n    puts(\"\");")
            .unwrap();
        writeln!(expected, "{name} {value}").unwrap();
    }
    let header = header();
    let defined = header.lines().filter_map(|line| {
        let (name, value) = line.strip_prefix("#define TRIGLOT_")?.split_once(' ')?;
        value.starts_with(|c: char| c.is_ascii_digit() || c == '"').then_some(name)
    });
    let mut defined: Vec<&str> = defined.collect();
    let mut named: Vec<&str> = constants.iter().map(|(name, ..)| *name).collect();
    defined.sort_unstable();
    named.sort_unstable();
    assert_eq!(defined, named, "this test and the header name different constants");
    let Some(printed) = printed(C99, "constants.c", &body) else { return };
    assert_eq!(printed, expected);
}

#[test]
fn the_command_hands_the_header_out_without_opening_a_plugin() {
    let bench = Bench::new();
    // Not a library: whoever opens it fails.
    let broken = bench.write("broken/libbroken.so", "no library");
    let asked = ["plugins", "header", "--plugin-dir", broken.to_str().unwrap()];
    let handed_out = bench.triglot(asked).succeeded();
    assert_eq!(handed_out.stdout, header());
    let listed = bench.triglot(["plugins", "list", "--plugin-dir", broken.to_str().unwrap()]);
    assert_eq!(listed.code, Some(2), "{}", listed.stderr);
}
