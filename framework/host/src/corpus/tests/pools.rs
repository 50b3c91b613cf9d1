//! Pools, queries and judgements over small data sets.

use super::*;

const SQUAD: &str =
    "name = \"d\"\nreader = \"squad\"\npath = \"{lang}.json\"\npassage = \"sentence\"\n";

#[test]
fn the_pool_of_a_file_is_all_its_sentences_even_where_they_repeat() {
    let en = squad(&[("One. Two. One.", &[("b", 5), ("a", 10)]), ("Unasked.", &[])]);
    let de = squad(&[("Eins. Zwei.", &[("a", 0)])]);
    let folder = folder(&[("en.json", &en), ("de.json", &de)]);
    let data = evaluate(folder.path(), SQUAD).unwrap();
    assert_eq!(data.languages, ["de", "en"]);
    assert_eq!(data.document_ids, ["de:0", "de:1", "en:0", "en:1", "en:2", "en:3"]);
    assert_eq!(data.document_texts, ["Eins.", "Zwei.", "One.", "Two.", "One.", "Unasked."]);
    assert_eq!(data.document_language, [0, 0, 1, 1, 1, 1]);
    assert_eq!(data.query_ids, ["de:a", "en:a", "en:b"]);
    assert_eq!(data.query_texts, ["a?", "a?", "b?"]);
    assert_eq!(data.query_language, [0, 1, 1]);
    assert_eq!(data.query_group, [0, 0, 1]);
    assert_eq!(data.judgements, [vec![(0, 1), (4, 1)], vec![(0, 1), (4, 1)], vec![(3, 1)]]);
    assert_eq!(data.files.len(), 2);
}

#[test]
fn the_pool_of_records_is_their_distinct_passages() {
    let text = "id\tlanguage\tquery\tpassage\na\ten\tq\tp\nb\ten\tr\tp\nc\ten\ts\to\nb\tde\tr\tp\n";
    let folder = folder(&[("d.tsv", text)]);
    let data =
        evaluate(folder.path(), "name = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n").unwrap();
    assert_eq!(data.document_ids, ["de:0", "en:0", "en:1"]);
    assert_eq!(data.query_ids, ["de:b", "en:a", "en:b", "en:c"]);
    let shared = vec![(0, 1), (1, 1)];
    assert_eq!(data.judgements, [shared.clone(), vec![(1, 1)], shared, vec![(2, 1)]]);
}

#[test]
fn a_limit_keeps_the_paragraphs_of_its_questions_under_their_ids() {
    let paragraphs: Vec<(String, [(String, i64); 1])> =
        (0..20).map(|n| (format!("First {n}. Second {n}."), [(format!("q{n}"), 0)])).collect();
    let text = |order: &dyn Fn(usize) -> usize| {
        let paragraphs: Vec<_> = (0..20).map(|n| &paragraphs[order(n)]).collect();
        let questions: Vec<[(&str, i64); 1]> =
            paragraphs.iter().map(|(_, [(id, start)])| [(id.as_str(), *start)]).collect();
        let all: Vec<(&str, &[(&str, i64)])> =
            paragraphs.iter().zip(&questions).map(|(p, q)| (p.0.as_str(), q.as_slice())).collect();
        squad(&all)
    };
    let folder = folder(&[("en.json", &text(&|n| n)), ("de.json", &text(&|n| 19 - n))]);
    let all = evaluate(folder.path(), SQUAD).unwrap();
    let few = evaluate(folder.path(), &format!("{SQUAD}limit = 3\n")).unwrap();
    assert_eq!((few.document_ids.len(), few.query_ids.len()), (12, 6));
    for (id, text) in few.document_ids.iter().zip(&few.document_texts) {
        let at = all.document_ids.iter().position(|other| other == id).unwrap();
        assert_eq!(&all.document_texts[at], text);
    }
    for (id, judged) in few.query_ids.iter().zip(&few.judgements) {
        let number = id.split_once('q').unwrap().1;
        let texts =
            judged.iter().map(|(document, _)| few.document_texts[*document as usize].as_str());
        assert_eq!(
            texts.collect::<Vec<_>>(),
            [format!("First {number}."), format!("First {number}.")]
        );
    }
}

#[test]
fn languages_of_which_two_pairs_would_share_a_name_are_refused() {
    let row = |language: &str| format!("a\t{language}\tq\tp\n");
    let rows: String = ["a", "a-b", "b-c", "c"].map(row).concat();
    let text = format!("id\tlanguage\tquery\tpassage\n{rows}");
    let folder = folder(&[("d.tsv", &text)]);
    let table = "name = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n";
    let error = evaluate(folder.path(), table).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let wanted = "the pair `a` and `b-c` would be called `a-b-c`, and so would `a-b` and `c`";
    assert!(error.to_string().contains(wanted), "{error}");
}

#[test]
fn an_id_that_a_trec_file_cannot_carry_is_refused() {
    let folder = folder(&[("d.tsv", "id\tlanguage\tquery\tpassage\nno 1\ten\tq\tp\n")]);
    let table = "name = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n";
    let error = evaluate(folder.path(), table).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(
        error.to_string().contains("the id \"no 1\" of language `en` holds white space"),
        "{error}"
    );
}
