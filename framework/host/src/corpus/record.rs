//! One example in one language, as an embedded corpus gives it.
//!
//! The readers of files borrow their records from the file, and SQuAD's shape is not one of records at all; so this
//! owned form serves only corpora that are made rather than read.

/// A query and the passage that answers it, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The parallel id: the same example has the same id in every language.
    pub id: String,
    /// The language code.
    pub language: String,
    /// The query.
    pub query: String,
    /// The passage that answers it.
    pub passage: String,
    /// The group (paragraph, fact group) of the example, the same in every language.
    pub group: String,
}
