//! Batches from a file, as they stand there.
//!
//! `triglot plan M --batches N --write FILE` writes the batches of an experiment. Replaying them trains another model
//! on the very same ones, or on the same ones after somebody has changed, dropped or reordered a few.
//!
//! A line names a text by its example and its language, and carries the hash of what it says. So a file is good for
//! any experiment on data in which these texts are the same, and refused, with the line, on any other.

mod batches;
mod corpus_index;
mod line;
mod options;
mod replay;

#[cfg(test)]
mod tests;

use replay::File;

triglot_sdk::plugin! { name: "replay", components: [sampler File] }
