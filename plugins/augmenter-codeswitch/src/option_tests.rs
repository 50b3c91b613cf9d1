//! Defaults, the schema, and what is refused in which words.

use serde_json::{Value, json};

use crate::options::{Mode, Options, Switched};
use crate::testing::*;

#[test]
fn the_defaults_are_english_half_of_the_words_both_roles_and_many_languages() {
    let options = Folder::new(&[("de", "a\tb\n")]).options(json!({}));
    assert_eq!((options.source.as_str(), options.p), ("en", 0.5));
    assert_eq!((options.texts, options.mode), (Switched::Both, Mode::Multilingual));
}

#[test]
fn the_schema_states_the_path_the_bounds_and_the_choices() {
    let schema = serde_json::to_value(schemars::schema_for!(Options)).unwrap();
    let at = |pointer: &str| schema.pointer(pointer).cloned().unwrap_or(Value::Null);
    assert_eq!(at("/required"), json!(["dictionaries", "files"]));
    assert_eq!(at("/properties/dictionaries/format"), json!("path"));
    assert_eq!(at("/properties/files/minProperties"), json!(1));
    assert_eq!(at("/properties/p/minimum"), json!(0.0));
    assert_eq!(at("/properties/p/maximum"), json!(1.0));
    assert_eq!(at("/properties/p/default"), json!(0.5));
    assert_eq!(at("/properties/mode/default"), json!("multilingual"));
    assert_eq!(at("/properties/texts/default"), json!("both"));
    assert_eq!(at("/additionalProperties"), json!(false));
}

#[test]
fn options_that_no_dictionary_could_mend_are_refused() {
    let folder = Folder::new(&[("de", "a\tb\n")]);
    let with = |further: Value| folder.options(further);
    assert_eq!(refusal(&with(json!({ "p": 1.5 }))), "p: found 1.5, allowed is 0 to 1");
    assert_eq!(
        refusal(&Options { p: f64::NAN, ..with(json!({})) }),
        "p: found NaN, allowed is 0 to 1"
    );
    assert_eq!(
        refusal(&with(json!({ "files": {} }))),
        "files: empty; write the file of a language, as in { de = \"german.txt\" }"
    );
    assert_eq!(
        refusal(&with(json!({ "source": "de" }))),
        "files: `de` is the language to translate from (`source`)"
    );
}

#[test]
fn a_file_that_leads_out_of_the_folder_or_nowhere_is_refused() {
    let folder = Folder::new(&[("de", "a\tb\n")]);
    for file in ["../de.txt", "/de.txt", ".", ""] {
        let told = refusal(&folder.options(json!({ "files": { "de": file } })));
        let expected = format!("files: `de`: `{file}` is no name of a file in ");
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn a_dictionary_that_can_replace_no_word_is_refused() {
    let folder = Folder::new(&[("de", "New York\tNew York\nhand\thand\n")]);
    let path = folder.path("de.txt");
    let path = path.display();
    assert_eq!(
        refusal(&folder.options(json!({}))),
        format!("dictionaries: {path}: no line translates a single word into something else")
    );
}
