//! Objectives that hold a student to what a frozen teacher makes of the same texts.
//!
//! Three components: [`mse`](embeddings::Mse) and [`cosine`](embeddings::Cosine) between the embeddings of both,
//! [`kl`](kl::Kl) between the distributions that both give over the passages of a batch; README.md of the contrastive ones has
//! their formulas and sources. The teacher is a row of numbers for each text, in the matrices `teacher.query` and
//! `teacher.passage` ([`teacher`]); which model made them, and of which language's text, is the manifest's `[teacher]`.

mod embeddings;
mod kl;
mod teacher;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod testing;

use embeddings::{Cosine, Mse};
use kl::Kl;

triglot_sdk::plugin! {
    name: "distillation",
    components: [objective Mse, objective Cosine, objective Kl],
}
