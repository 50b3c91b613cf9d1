//! What a search found: one run a setting, one group a language or pair, one entry a query.

use std::fmt;

/// Which pool a query is searched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Setting {
    /// The pool of the query's own language.
    Monolingual,
    /// The pool of one other language, every ordered pair in turn.
    CrossLingual,
    /// All pools as one.
    Multilingual,
}

impl Setting {
    /// All settings, in the order in which they are reported.
    pub const ALL: [Self; 3] = [Self::Monolingual, Self::CrossLingual, Self::Multilingual];

    /// The name in manifests, paths and metric keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monolingual => "monolingual",
            Self::CrossLingual => "cross-lingual",
            Self::Multilingual => "multilingual",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All groups of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingRun {
    /// The setting.
    pub setting: Setting,
    /// One group a query language or, across languages, an ordered pair; in the order of the collection's languages.
    /// A language without queries has none.
    pub groups: Vec<GroupRun>,
    /// How many queries were left out, summed over the groups.
    pub left_out: usize,
}

/// The queries of one language against one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRun {
    /// The query language, such as `en`, or query and pool language, such as `en-de`.
    pub name: String,
    /// The index of the queries' language.
    pub query_language: u32,
    /// The index of the pool's language; none where all pools are one.
    pub pool_language: Option<u32>,
    /// How many documents the pool holds.
    pub pool_size: usize,
    /// The queries with a relevant passage in the pool, in the order of the collection.
    pub queries: Vec<QueryRun>,
    /// How many queries had none and were left out.
    pub left_out: usize,
}

/// One query's outcome in one group.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryRun {
    /// The index of the query.
    pub query: u32,
    /// How many documents of the pool are relevant: graded above zero.
    pub relevant: u32,
    /// How many documents of the pool were not retrieved: none by embeddings, by words all that share none.
    pub unretrieved: u32,
    /// Every judged document of the pool, by rank, those that were not retrieved last.
    pub judged: Vec<Judged>,
    /// The best documents, by rank, down to the depth that was asked for.
    pub top: Vec<Hit>,
}

/// A judged document and where it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The index of the document.
    pub document: u32,
    /// Its rank in the pool, from 1; 0 if it was not retrieved, which embeddings always are.
    pub rank: u32,
    /// Its grade.
    pub grade: i32,
    /// The index of its language.
    pub language: u32,
}

/// A retrieved document; its rank is its place in the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The index of the document.
    pub document: u32,
    /// The index of its language.
    pub language: u32,
    /// Its score, never NaN and never negative zero.
    pub score: f32,
}
