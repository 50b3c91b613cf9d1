//! Dictionaries in a folder of their own, and augmenters over them.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::testkit::laws;
use triglot_sdk::{Augmenter, Context, Result, Role, Text};

use crate::dictionary::Dictionary;
use crate::options::Options;

/// A folder with one dictionary a language, `<language>.txt`.
pub struct Folder {
    folder: TempDir,
    languages: Vec<String>,
}

impl Folder {
    pub fn new(dictionaries: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (language, lines) in dictionaries {
            std::fs::write(folder.path().join(format!("{language}.txt")), lines).unwrap();
        }
        let languages = dictionaries.iter().map(|(language, _)| (*language).to_owned()).collect();
        Self { folder, languages }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Options for all of its languages, and further ones.
    pub fn options(&self, further: Value) -> Options {
        let files = self.languages.iter().map(|language| (language, format!("{language}.txt")));
        let files: serde_json::Map<_, _> =
            files.map(|(language, file)| (language.clone(), Value::from(file))).collect();
        let mut options = json!({ "dictionaries": self.folder.path(), "files": files });
        let (Value::Object(all), Value::Object(further)) = (&mut options, further) else {
            panic!("options are a table")
        };
        all.extend(further);
        serde_json::from_value(options).unwrap()
    }

    pub fn make(&self, further: Value) -> Result<Dictionary> {
        make(&self.options(further))
    }
}

pub fn make(options: &Options) -> Result<Dictionary> {
    Dictionary::create(options.clone(), &Context::detached(0))
}

/// The words of a refusal.
pub fn refusal(options: &Options) -> String {
    match make(options) {
        Ok(_) => panic!("an augmenter was made of {options:?}"),
        Err(error) => error.message().to_owned(),
    }
}

/// What an English query becomes under a key.
pub fn switched(dictionary: &mut Dictionary, text: &str, key: u64) -> String {
    let text = Text { text, language: "en", role: Role::Query, key };
    laws::augmenter::rewrite(dictionary, text).unwrap()
}
