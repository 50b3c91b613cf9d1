//! Corpora.

use triglot_abi as abi;

use crate::corpus::Corpus;

/// A corpus in memory; its texts are known by their hashes alone.
#[derive(Debug, Clone, Default)]
pub struct CorpusBuilder {
    languages: Vec<String>,
    data_set: Vec<u32>,
    language: Vec<u32>,
    role: Vec<u8>,
    example: Vec<u32>,
    group: Vec<u32>,
    length: Vec<u32>,
    text_hash: Vec<u64>,
    examples: u32,
}

impl CorpusBuilder {
    /// A corpus of these languages, without rows.
    pub fn new(languages: &[&str]) -> Self {
        Self { languages: languages.iter().map(|l| (*l).to_owned()).collect(), ..Self::default() }
    }

    /// Adds an example that exists in these languages (indices, ascending); its group is its own number.
    #[must_use]
    pub fn example(mut self, languages: &[u32]) -> Self {
        for language in languages {
            for role in [abi::ROLE_QUERY, abi::ROLE_PASSAGE] {
                self.text_hash.push(crate::mix(&[
                    u64::from(self.examples),
                    u64::from(*language),
                    u64::from(role),
                ]));
                self.data_set.push(0);
                self.language.push(*language);
                self.role.push(role);
                self.example.push(self.examples);
                self.group.push(self.examples);
                self.length.push(40);
            }
        }
        self.examples += 1;
        self
    }

    /// The view that a sampler gets.
    pub fn view(&self) -> Corpus<'_> {
        Corpus {
            data_set: &self.data_set,
            language: &self.language,
            role: &self.role,
            example: &self.example,
            group: &self.group,
            length: &self.length,
            text_hash: &self.text_hash,
            user: None,
            languages: self.languages.iter().map(String::as_str).collect(),
            data_sets: vec!["test"],
        }
    }
}
