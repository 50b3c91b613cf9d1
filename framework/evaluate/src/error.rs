//! What can be wrong with the input of an evaluation.
//!
//! Each variant names the entry at fault by the id a user knows, or by its index where it has no valid id yet.

use std::io;

/// A result whose error is [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a collection, an embedding matrix or a run was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A column does not have the length that the number of ids asks for.
    #[error("{table}: {column} has {found} entries, expected {expected}")]
    Length {
        /// The table: documents, queries or judgements.
        table: &'static str,
        /// The column at fault.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },

    /// A table has more rows than a `u32` can number.
    #[error("{table}: {found} rows; at most {} are allowed", u32::MAX)]
    TooMany {
        /// The table at fault.
        table: &'static str,
        /// Its number of rows.
        found: usize,
    },

    /// The same id, or language code, stands twice in one table.
    #[error("{table}: `{id}` stands there twice; every entry must be unique")]
    Duplicate {
        /// The table at fault.
        table: &'static str,
        /// The repeated id.
        id: String,
    },

    /// A row points to a language that the collection does not list.
    #[error(
        "{table}: `{id}` has language index {found}; the collection lists {languages} languages"
    )]
    Language {
        /// The table at fault.
        table: &'static str,
        /// The row's id.
        id: String,
        /// The index found.
        found: u32,
        /// How many languages there are.
        languages: usize,
    },

    /// The offsets of the judgements do not ascend from zero to the number of entries, one step a query.
    #[error("judgements: offset {index} is {found}; allowed here is {minimum} to {maximum}")]
    Offset {
        /// The position in the list of offsets.
        index: usize,
        /// The offset found.
        found: usize,
        /// The smallest value allowed there.
        minimum: usize,
        /// The largest value allowed there.
        maximum: usize,
    },

    /// A judgement points past the last document.
    #[error(
        "judgements: query `{query}` judges document index {found}; there are {documents} documents"
    )]
    Document {
        /// The query's id.
        query: String,
        /// The index found.
        found: u32,
        /// How many documents there are.
        documents: usize,
    },

    /// The judgements of a query do not ascend strictly by document.
    #[error(
        "judgements: query `{query}` judges `{document}` twice or out of order; document indices must ascend"
    )]
    Unsorted {
        /// The query's id.
        query: String,
        /// The document at fault.
        document: String,
    },

    /// An embedding matrix does not fit the collection, or its own shape.
    #[error("{role} embeddings: {what} is {found}, expected {expected}")]
    Shape {
        /// Query or document.
        role: &'static str,
        /// What does not fit.
        what: &'static str,
        /// The value found.
        found: usize,
        /// The value expected.
        expected: usize,
    },

    /// Values that do not fill their last row.
    #[error("embeddings: {values} values are no whole number of rows of {dim}")]
    Ragged {
        /// The number of values.
        values: usize,
        /// The length of a row.
        dim: usize,
    },

    /// A document that is cut into no windows.
    #[error("windows: document index {document} has none; every document must have at least one")]
    NoWindow {
        /// The index of the document.
        document: usize,
    },

    /// Embeddings with rows but no columns.
    #[error("{role} embeddings: {rows} rows of dimension 0; the dimension must be at least 1")]
    NoDimension {
        /// Query or document.
        role: &'static str,
        /// The number of rows.
        rows: usize,
    },

    /// A score that cannot be ordered.
    #[error(
        "the score of query `{query}` and document `{document}` is NaN; look for NaN or infinity in their embeddings"
    )]
    NanScore {
        /// The query's id.
        query: String,
        /// The document's id.
        document: String,
    },

    /// An id or tag that the blank-separated TREC formats cannot carry.
    #[error(
        "{role} `{found}` is empty or holds whitespace; TREC files separate their columns by blanks"
    )]
    Blank {
        /// What it names: a query, a document, a tag.
        role: &'static str,
        /// The text found.
        found: String,
    },

    /// A table of metric values that does not have one value for every query and column.
    #[error("{found} values for {queries} queries and {columns} columns; expected {}", queries.saturating_mul(*columns))]
    Values {
        /// The number of values found.
        found: usize,
        /// The number of queries of the group.
        queries: usize,
        /// The number of columns.
        columns: usize,
    },

    /// A group of a run that names queries or documents the collection does not have.
    #[error("group `{group}` names {role} index {found}; it was not made from this collection")]
    Foreign {
        /// The group's name.
        group: String,
        /// Query or document.
        role: &'static str,
        /// The index found.
        found: u32,
    },

    /// The caller asked the search to end.
    #[error("the search was cancelled")]
    Cancelled,

    /// Writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
