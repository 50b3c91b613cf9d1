//! Every mistake in the data is an error of exit code 2 that says where it is and what would be right.

use super::*;

const SENTENCES: &str = "[[train.data]]\nname = \"d\"\nreader = \"squad\"\npath = \"{lang}.json\"\n\
                         passage = \"sentence\"\n";
const JSONL: &str = "[[train.data]]\nname = \"d\"\nreader = \"jsonl\"\npath = \"d.jsonl\"\n";
const TSV: &str = "[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n";

fn message(files: &[(&str, &str)], tables: &str) -> String {
    let folder = folder(files);
    let error = train(folder.path(), tables).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

#[test]
fn a_missing_file_names_its_path_its_language_and_the_languages_there() {
    let good = squad(&[("One.", &[("a", 0)])]);
    let files = [("en.json", good.as_str()), ("de.json", good.as_str())];
    let message = message(&files, &format!("{SENTENCES}languages = [\"en\", \"dee\"]\n"));
    assert_eq!(
        message,
        "x.toml:8: `train.data.d.languages`: there is no file for the language `dee`: DATA/dee.json; \
         did you mean `de`?\n  allowed: languages with data: de, en"
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error() {
    let message = message(&[("README", "")], SENTENCES);
    assert!(message.contains("no file matches DATA/{lang}.json"), "{message}");
}

#[test]
fn a_single_missing_file_is_named_with_the_key_that_asks_for_it() {
    let message = message(&[], TSV);
    assert_eq!(message, "x.toml:6: `train.data.d.path`: there is no file DATA/d.tsv");
}

#[test]
fn a_language_without_questions_names_its_file_and_the_others() {
    let good = squad(&[("One.", &[("a", 0)])]);
    let empty = squad(&[("One.", &[])]);
    let message = message(&[("en.json", &good), ("de.json", &empty)], SENTENCES);
    assert!(message.contains("no data of the language `de` in DATA/de.json"), "{message}");
    assert!(message.ends_with("languages with data: en"), "{message}");
}

#[test]
fn a_language_without_records_names_the_file_and_the_others() {
    let records = tsv(&[("a", "en", "g"), ("a", "fi", "g")]);
    let message = message(&[("d.tsv", &records)], &format!("{TSV}languages = [\"en\", \"sv\"]\n"));
    assert!(message.contains("no data of the language `sv` in DATA/d.tsv"), "{message}");
    assert!(message.ends_with("languages with data: en, fi"), "{message}");
}

#[test]
fn an_unknown_embedded_corpus_or_language_is_refused() {
    let embedded = "[[train.data]]\nname = \"d\"\nreader = \"embedded\"\n";
    let unknown = message(&[], &format!("{embedded}path = \"facts/trian\"\n"));
    assert!(unknown.contains("did you mean `facts/train`?"), "{unknown}");
    let tables = format!("{embedded}path = \"facts/train\"\nlanguages = [\"xx\"]\n");
    let absent = message(&[], &tables);
    assert!(absent.contains("no data of the language `xx` in facts/train"), "{absent}");
}

#[test]
fn an_answer_outside_its_context_names_question_offset_and_length() {
    for start in [-1, 4, i64::MAX] {
        let file = squad(&[("Oné.", &[("a", start)])]);
        let message = message(&[("en.json", &file)], SENTENCES);
        let expected = format!(
            "DATA/en.json: answer_start of question `a` is {start}, outside its context of 4 code points\n  \
             allowed: 0 to 3, in code points"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn a_question_without_answers_needs_the_paragraph_as_its_passage() {
    let file = squad(&[("One.", &[("a", 0)])]).replace(r#"{"text":"x","answer_start":0}"#, "");
    let message = message(&[("en.json", &file)], SENTENCES);
    assert!(message.contains("question `a` has no answer"), "{message}");
    let folder = folder(&[("en.json", &file)]);
    let data = train(folder.path(), &SENTENCES.replace("sentence", "paragraph")).unwrap();
    assert_eq!(data.train.rows(), 2);
}

#[test]
fn a_question_id_that_stands_twice_is_refused() {
    let file = squad(&[("One.", &[("a", 0)]), ("Two.", &[("a", 0)])]);
    let message = message(&[("en.json", &file)], SENTENCES);
    let expected = "the question id `a` stands twice, the second time in paragraph 2 of article 1";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn sentences_that_do_not_fit_their_breaks_are_refused() {
    for (sentences, problem) in [
        (r#""sentences":["One."],"#, "has 1 sentences and 0 sentence breaks"),
        (r#""sentences":["a","b"],"sentence_breaks":[[2,4],[0,2]],"#, "are out of order"),
        (r#""sentences":[" "],"sentence_breaks":[[0,4]],"#, "the sentence 1 of paragraph 1"),
    ] {
        let file =
            squad(&[("One.", &[("a", 0)])]).replace(r#""qas""#, &format!("{sentences}\"qas\""));
        let message = message(&[("en.json", &file)], SENTENCES);
        assert!(message.contains(problem), "{message}");
    }
}

#[test]
fn malformed_json_names_line_and_column() {
    let message = message(&[("en.json", "{\n \"data\": [}\n")], SENTENCES);
    assert!(message.starts_with("DATA/en.json:2: malformed JSON: "), "{message}");
    assert!(message.contains("at column 11"), "{message}");
}

#[test]
fn json_of_another_shape_names_the_missing_key() {
    let message = message(&[("en.json", "{\"articles\": []}")], SENTENCES);
    assert!(message.contains("missing field `data`"), "{message}");
}

#[test]
fn truncated_gzip_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let packed = gzip(&tsv(&[("a", "en", "g")]));
    std::fs::write(folder.path().join("d.tsv"), &packed[..packed.len() / 2]).unwrap();
    let message = train(folder.path(), TSV).unwrap_err().to_string();
    assert!(message.contains("d.tsv: the gzip data is truncated"), "{message}");
}

#[test]
fn empty_texts_name_the_record() {
    let record = "{\"id\":\"a\",\"language\":\"en\",\"query\":\"q\",\"passage\":\" \\t\"}\n";
    let message = message(&[("d.jsonl", record)], JSONL);
    assert_eq!(message, "DATA/d.jsonl:1: the passage of record `a` is empty");
}

#[test]
fn a_record_that_stands_twice_names_both_places() {
    let records = tsv(&[("a", "en", "g"), ("a", "de", "g"), ("a", "en", "g")]);
    let message = message(&[("d.tsv", &records)], TSV);
    assert!(message.starts_with("DATA/d.tsv:4: "), "{message}");
    assert!(message.contains("for the language `en`, first in line 2"), "{message}");
}

#[test]
fn a_language_that_could_name_another_folder_is_refused() {
    let message = message(&[("d.tsv", &tsv(&[("a", "../en", "g")]))], TSV);
    assert!(message.starts_with("DATA/d.tsv:2: `../en` is not a language code"), "{message}");
}

#[test]
fn a_record_in_the_file_of_another_language_is_refused() {
    let files = [("en.tsv", &*tsv(&[("a", "de", "g")]))];
    let message = message(&files, &TSV.replace("d.tsv", "{lang}.tsv"));
    assert!(message.starts_with("DATA/en.tsv:2: record `a` is of the language `de`"), "{message}");
}

#[test]
fn records_have_no_sentences() {
    let message = message(&[], &format!("{TSV}passage = \"sentence\"\n"));
    assert!(message.starts_with("x.toml:7: `train.data.d.passage`: "), "{message}");
}

#[test]
fn a_single_group_cannot_be_held_out() {
    let files = [("d.tsv", &*tsv(&[("a", "en", "g"), ("b", "en", "g")]))];
    let message = message(&files, &format!("{TSV}holdout = 0.5\n"));
    assert!(message.contains("`train.data.d.holdout`: "), "{message}");
}
