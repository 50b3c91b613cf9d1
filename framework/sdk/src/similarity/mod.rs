//! Similarities of embeddings, and the way back for gradients: the arithmetic that most objectives share.
//!
//! A batch of 4096 queries has millions of similarities, so they are never all held at once: [`Walk`] goes through the
//! queries in blocks, asks the objective what the loss of one query is and how steep it is at each of its similarities,
//! and carries the slopes on to the embeddings. An objective states its loss for one row of numbers and needs no loop
//! over the batch, no matrix product and no thread of its own.
//!
//! Everything is summed in `f64`, and every sum is one chain in an order that only the sizes fix: neither blocks nor
//! threads change a bit of a result.

mod product;
mod rows;
mod walk;

pub use rows::{Compared, GradientSum, Similarity};
pub use walk::{Sums, Walk};
