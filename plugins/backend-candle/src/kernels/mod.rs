//! The arithmetic between matrix products, forward and backward, on plain slices.
//!
//! Each kernel does in one pass over memory what a tensor library does in several: what bounds an encoder on a CPU,
//! beside its matrix products, is reading and writing activations. All are pure functions of their arguments. Work is
//! divided among threads by rows or by texts, and sums over rows are added up in blocks of a fixed size, so that no
//! result depends on the number of threads.

pub(crate) mod activation;
pub(crate) mod attention;
pub(crate) mod distances;
pub(crate) mod dropout;
pub(crate) mod gelu;
mod math;
pub(crate) mod norm;
pub(crate) mod pack;
pub(crate) mod pre_norm;
pub(crate) mod residual;
pub(crate) mod rotation;
mod small;
pub(crate) mod sums;

/// Rows that one thread works on at a time.
const BLOCK: usize = 32;
