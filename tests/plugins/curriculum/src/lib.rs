//! A curriculum: easy pairs first, then a growing share of harder ones.
//!
//! The worked example of the chapter for authors, `plugins/README.md`, written as a stranger would: it uses nothing but
//! the SDK. What is easy only the user knows, so the sampler reads it from the corpus's user column, into which
//! `user_column` of the training data puts a number of each pair.

mod competence;
mod options;

#[cfg(test)]
mod tests;

use competence::Competence;

triglot_sdk::plugin! { name: "curriculum", components: [sampler Competence] }
