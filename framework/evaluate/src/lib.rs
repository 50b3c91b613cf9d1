//! Exact retrieval evaluation: who ranks where, and what the figures add up to.
//!
//! The crate starts from two embedding matrices and a [`Collection`] and knows nothing of the plugin that made the
//! one or the manifest that named the other. Search is exact, because an approximate index would mix its own misses
//! with those of the model under test; and it keeps the rank of *every* judged passage, because average precision
//! over the full ranking and the distance between parallel passages both depend on ranks far below any top k.
//!
//! Published numbers hang on how ties fall, so one order rules everywhere: score descending, then document id
//! descending, as trec_eval has it. The same input gives the same bytes, whatever the number of threads.

mod aggregate;
mod block;
mod buckets;
mod collection;
mod error;
mod groups;
mod lexical;
mod mapped;
mod order;
mod parallel;
mod product;
mod run;
mod search;
pub mod significance;
mod similarity;
mod slab;
mod source;
mod trec;

pub use aggregate::{GroupSummary, Spread, Summary, aggregate, spread};
pub use collection::{Collection, Documents, Judgement, Judgements, Queries};
pub use error::{Error, Result};
pub use lexical::{Bm25, LexicalOptions, search_words};
pub use mapped::{Float, MappedEmbeddings};
pub use run::{GroupRun, Hit, Judged, QueryRun, Setting, SettingRun};
pub use search::{SearchOptions, search};
pub use similarity::Similarity;
pub use source::{EmbeddingSource, Embeddings};
pub use trec::{
    FileError, FileProblem, Judge, JudgedRun, TrecFile, TrecQrels, TrecRun, csv_cell, write_qrels,
    write_run, write_values,
};
