//! Texts.

use crate::views::{Role, Text, Texts};

/// Texts that own their strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextBuilder {
    texts: Vec<Owned>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    text: String,
    language: String,
    role: Role,
    key: u64,
}

impl TextBuilder {
    /// No texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Queries in English, their numbers for keys.
    pub fn queries(texts: &[&str]) -> Self {
        let numbered = texts.iter().zip(0..);
        numbered.fold(Self::new(), |all, (text, key)| all.text(text, "en", Role::Query, key))
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, text: &str, language: &str, role: Role, key: u64) -> Self {
        self.texts.push(Owned { text: text.to_owned(), language: language.to_owned(), role, key });
        self
    }

    /// The view that a backend gets, and of which an augmenter gets one text after another.
    pub fn view(&self) -> Texts<'_> {
        let texts = self.texts.iter().map(|Owned { text, language, role, key }| Text {
            text,
            language,
            role: *role,
            key: *key,
        });
        Texts::new(texts.collect())
    }
}
