//! Training: from a plan and its rows to a trained backend.
//!
//! The life of a step reads along the files: [`mix`] says which member's sampler draws which of its batches ([`deal`],
//! where shares are kept exactly), [`supply`] draws it, [`relevance`](mod@relevance) says which passages are right and
//! which are ignored, [`batch`] turns rows into texts, [`gradient`] runs texts, loss and gradients through the borders
//! (with gradient caching for batches larger than a chunk), [`teacher`] tells objectives what a frozen model makes of the
//! same texts, [`schedule`] gives the learning rate, [`counts`] counts what
//! the batch held, [`validation`] gives the loss on what was held out, [`best`] says which validation was the best,
//! [`reached`] what training has come to, [`checkpoint`] keeps all of the state, [`prune`] only the newest of them.
//! [`stage`] takes the steps, [`trainer`] is the loop around them, [`failure`] says where it broke off, [`rehearsal`]
//! how long it will take.

mod batch;
mod best;
mod checkpoint;
mod counts;
mod deal;
mod failure;
mod gradient;
mod mix;
mod objectives;
mod prune;
mod reached;
mod reading;
mod rehearsal;
mod relevance;
mod schedule;
mod stage;
mod supply;
mod teacher;
#[cfg(test)]
mod tests;
mod trainer;
mod validation;
mod views;

pub use batch::Augmented;
pub(crate) use batch::TrainingBatch;
pub use best::{Best, Reason, StageEnd, StageValidation, ValidationState};
pub use checkpoint::{Checkpoint, FOLDER, Saved, latest, newest};
pub use counts::{AugmentCounts, Counts, LanguagePairs};
pub use failure::kept;
pub use mix::{Draw, Draws, batches, draws};
pub use reached::{Reached, Summary};
pub use rehearsal::Rehearsal;
pub use relevance::{Reasons, Relevance, relevance};
pub use schedule::learning_rate;
pub(crate) use supply::Supply;
pub use teacher::Teacher;
pub use trainer::{Surroundings, Trainer};
pub use validation::Unseen;
pub use views::StageViews;
