//! What is trained on and tested on alike, by exact texts and given ids.

use super::*;
use crate::corpus::{Common, Leak, Trained};
use crate::manifest::types::Reader;

const HEADER: &str = "id\tlanguage\tquery\tpassage\n";

fn leaks(trained: &str, tested: &str) -> Vec<Leak> {
    let folder = folder(&[
        ("a.tsv", &format!("{HEADER}{trained}")),
        ("b.tsv", &format!("{HEADER}{tested}")),
    ]);
    let keys = |path: &str| format!("name = \"{path}\"\nreader = \"tsv\"\npath = \"{path}.tsv\"\n");
    let data = train(folder.path(), &format!("[[train.data]]\n{}", keys("a"))).unwrap();
    let set = evaluate(folder.path(), &keys("b")).unwrap();
    Trained::new(&data.train, vec![Reader::Tsv]).leaks("b", Reader::Tsv, &set)
}

fn leak(common: Common, count: usize, of: usize, example: &str) -> Leak {
    Leak {
        evaluation: "b".into(),
        training: "a".into(),
        common,
        count,
        of,
        example: example.into(),
    }
}

#[test]
fn data_that_shares_nothing_leaks_nothing() {
    assert!(leaks("1\ten\tq\tp\n", "2\ten\tr\to\n").is_empty());
    // The query of one is the passage of the other: nothing to learn from that.
    assert!(leaks("1\ten\tq\tp\n", "2\ten\tp\tq\n").is_empty());
}

#[test]
fn ids_queries_and_right_passages_are_counted_and_one_of_each_is_shown() {
    let trained = "1\ten\tq\tp\n2\tde\tfrage\ttext\n";
    let tested = "1\tfi\tk\tv\n3\ten\tq\to\n4\ten\ts\tp\n5\ten\tt\tp\n6\tfr\tfrage\tu\n";
    assert_eq!(
        leaks(trained, tested),
        [
            leak(Common::Ids, 1, 5, "`fi:1`: \"k\""),
            leak(Common::Queries, 2, 5, "`en:3`: \"q\""),
            leak(Common::Passages, 1, 4, "`en:1`: \"p\""),
        ]
    );
    let words = leaks(trained, tested)[1].to_string();
    assert_eq!(
        words,
        "b tests what is trained on: 2 of its 5 queries are queries of a, such as `en:3`: \"q\""
    );
}

#[test]
fn a_passage_of_the_pool_that_nobody_asks_for_is_no_leak() {
    let en = squad(&[("One. Two.", &[("a", 0)])]);
    let trained = squad(&[("Two.", &[("b", 0)])]);
    let folder = folder(&[("b/en.json", &en), ("a/en.json", &trained)]);
    let keys = |path: &str| {
        format!(
            "name = \"{path}\"\nreader = \"squad\"\npath = \"{path}/{{lang}}.json\"\npassage = \"sentence\"\n"
        )
    };
    let data = train(folder.path(), &format!("[[train.data]]\n{}", keys("a"))).unwrap();
    let set = evaluate(folder.path(), &keys("b")).unwrap();
    let trained = Trained::new(&data.train, vec![Reader::Squad]);
    assert!(trained.leaks("b", Reader::Squad, &set).is_empty());
}

#[test]
fn the_numbers_of_lines_are_no_ids() {
    let folder =
        folder(&[("a.de", "eins\n"), ("a.en", "one\n"), ("b.de", "zwei\n"), ("b.en", "two\n")]);
    let keys = |path: &str| {
        format!("name = \"{path}\"\nreader = \"aligned-lines\"\npath = \"{path}.{{lang}}\"\n")
    };
    let data = train(folder.path(), &format!("[[train.data]]\n{}", keys("a"))).unwrap();
    let set =
        evaluate(folder.path(), &format!("{}settings = [\"cross-lingual\"]\n", keys("b"))).unwrap();
    let trained = Trained::new(&data.train, vec![Reader::AlignedLines]);
    assert!(trained.leaks("b", Reader::AlignedLines, &set).is_empty());
}
