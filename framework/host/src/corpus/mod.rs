//! The corpus: from the data sets of a manifest to the rows that training draws from and the pools that evaluation
//! searches.
//!
//! Every reader yields one shape (`shape`), languages beside each other and tied by nothing but the ids of their
//! questions. From it training makes a table of short columns ([`TextTable`]), which plugins read without the
//! texts, and evaluation makes documents, queries and judgements ([`EvaluationData`]). What a data set means is
//! thus decided once, and a new format is one new reader.
//!
//! Offsets are Unicode code points, and no text is trimmed or normalised on its way from the file to the model.

mod aligned;
mod archive;
mod bucc;
mod collection;
mod data_files;
mod discover;
mod draw;
mod examples;
pub mod facts;
mod file;
mod identity;
mod jsonl;
mod judged;
mod leaks;
mod lines;
mod negative_rows;
mod negatives;
mod read;
mod record;
mod shape;
mod source;
mod squad;
mod statistics;
mod subset;
mod table;
#[cfg(test)]
mod tests;
mod training;
mod tsv;
mod user;
mod validation;

pub use collection::{EvaluationData, Island, read_evaluation};
pub use leaks::{Common, Leak, Trained, beginning};
pub use negative_rows::NegativeStatistics;
pub use record::Record;
pub use statistics::{DataSetStatistics, LanguageStatistics};
pub use subset::of_stage;
pub use table::{PASSAGE, QUERY, TextTable};
pub use training::{TrainingData, read_training};
pub use validation::{ValidationData, read_validation};
