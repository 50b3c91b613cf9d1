//! Collections: documents, queries and judgements apart, as retrieval data sets are published.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PathPattern;

/// Where the three parts of a collection lie and how they are read, with the readers `beir`, `miracl`, `mr-tydi`,
/// `trec` and `mewsli-x`. A folder as it was published needs none of it but with `trec`, whose collections have no common layout.
///
/// The paths start at `path` of the data set; `{lang}` stands for the language code, `{split}` for the split, and in
/// the name of a file `*` for anything, so that one path means all shards. A file may be gzip, with or without `.gz` at
/// the end of the path. Names of languages as some collections write them (`arabic`, `zho`) are read as two-letter
/// codes (`ar`, `zh`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// Which queries and judgements: `train`, `dev`, `test`. Left out, it is `train` in training, else that which is
    /// published for measuring: `test` of BEIR, Mr. TyDi and Mewsli-X, `dev` of MIRACL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// The documents: JSON lines with an id (`_id`, `docid`, `id`, `doc_id` or `docno`), the texts that `fields` names
    /// and, where the path does not tell it, the `language` (or `lang`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<PathPattern>,
    /// The queries: lines of id, tab, text; or JSON lines with an id (`_id`, `id`, `qid`, `query_id` or `topic_id`), a
    /// text (`text`, `query`, `title` or `topic_title`) and, where the path does not tell it, the `language`; or those of
    /// NeuCLIR, which hold a topic in several languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<PathPattern>,
    /// The judgements: TREC's four columns (query, anything, document, grade), or BEIR's three below a header. A grade
    /// above 0 is relevant. A query that is judged and not there is an error; a document that is judged and not there
    /// is left out, with a warning that counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qrels: Option<PathPattern>,
    /// The keys of a document whose texts, joined by a space, are its passage; an empty one is passed over. Left out, it
    /// is `["title", "text"]`, as in the baselines of BEIR and MIRACL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// Whether an id means the same in every language: a query is asked in all languages in which there is one of its
    /// id, and what is relevant to it in any of them is relevant to it. With `trec` this is always so. Else the languages
    /// are collections of their own, and ids that they share mean nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parallel: bool,
}
