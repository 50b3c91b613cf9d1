//! The chapter for authors, `plugins/README.md`, held against what it shows and what it leads to.

use std::path::Path;

use triglot_tests::{Bench, repository};

const CHAPTER: &str = include_str!("../../plugins/README.md");

/// The blocks of code in a language, in their order.
pub fn blocks(language: &str) -> Vec<&'static str> {
    let fences = CHAPTER.split("\n```").skip(1).step_by(2);
    fences.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// The text of every file in a folder.
fn texts(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository().join(folder)).unwrap();
    entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn its_rust_stands_in_the_worked_example_word_for_word() {
    let sources = texts("tests/plugins/curriculum/src");
    let blocks = blocks("rust");
    assert!(blocks.len() > 5);
    for block in blocks {
        assert!(sources.iter().any(|source| source.contains(block)), "{block}");
    }
}

#[test]
fn its_error_is_what_the_command_prints() {
    let snapshot = include_str!("snapshots/curriculum_without_a_user_column.snap");
    let (_, printed) = snapshot.split_once("exit code 2\n").unwrap();
    // What is printed stands in blocks of no language.
    assert_eq!(blocks(""), [printed.trim_end()]);
}

#[test]
fn its_commands_exist() {
    let bench = Bench::new();
    let lines = blocks("sh").into_iter().flat_map(str::lines);
    let commands: Vec<Vec<&str>> = lines
        .filter_map(|line| line.strip_prefix("triglot "))
        .map(|line| {
            line.split(' ').take(if line.starts_with("plugins ") { 2 } else { 1 }).collect()
        })
        .collect();
    assert!(commands.len() > 8);
    for command in commands {
        bench.triglot(command.into_iter().chain(["--help"])).succeeded();
    }
}

#[test]
fn what_the_documents_link_to_exists() {
    let documents = ["plugins/README.md", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    for document in documents {
        let path = repository().join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let files =
            targets.filter(|target| !target.starts_with("http") && !target.starts_with('#'));
        for target in files.map(|target| target.split('#').next().unwrap_or_default()) {
            let file = path.parent().map_or_else(Default::default, |folder| folder.join(target));
            assert!(Path::exists(&file), "{document} links to {target}");
        }
    }
}
