//! The objective border: embeddings and what is right among them in, loss and gradients out.

use core::ffi::c_void;

use crate::leaf::{Csr, ErrorBuffer, Matrix, MatrixMut, NamedMatrix, Str};
use crate::plugin::{Create, Destroy, GetExtension};
use crate::status::Status;

/// A batch of embeddings.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ObjectiveBatch {
    /// `sizeof(ObjectiveBatch)` as the host was compiled.
    pub struct_size: u32,
    /// Non-zero if the loss is trained on; zero for an evaluation, which changes nothing.
    pub training: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Step of the run, counted from 0.
    pub step: u64,
    /// Query embeddings [queries × dim].
    pub queries: Matrix,
    /// Passage embeddings [passages × dim]: those of the pairs, in their order, then the hard negatives.
    pub passages: Matrix,
    /// Language of each query, an index into the corpus view's names.
    pub query_language: *const u32,
    /// Language of each passage.
    pub passage_language: *const u32,
    /// Example of each query.
    pub query_example: *const u32,
    /// Example of each passage.
    pub passage_example: *const u32,
    /// For each query the passages that are right, ascending; at least one. The first need not be the query's own pair.
    pub positives: Csr,
    /// For each query the passages that are neither right nor wrong, ascending, apart from the positives.
    pub ignored: Csr,
    /// `extra_count` further matrices.
    pub extra: *const NamedMatrix,
    /// Number of further matrices.
    pub extra_count: usize,
}

/// Takes named numbers that the run records.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ScalarSink {
    /// `sizeof(ScalarSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Given back to `put`.
    pub context: *mut c_void,
    /// Takes a number under a name of `[a-z0-9._-]+`. Anything but OK is to be returned as it is. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, name: Str, value: f64) -> Status>,
}

/// Where the objective writes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ObjectiveOutput {
    /// `sizeof(ObjectiveOutput)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The loss, a mean over queries; finite.
    pub loss: f64,
    /// ∂loss/∂queries [queries × dim], overwritten; null data if not wanted.
    pub query_gradients: MatrixMut,
    /// ∂loss/∂passages [passages × dim], overwritten; null data if not wanted.
    pub passage_gradients: MatrixMut,
    /// Takes named numbers; null if they are not wanted. By pointer, so that the sink may grow.
    pub scalars: *const ScalarSink,
}

/// Functions of an objective.
#[repr(C)]
#[derive(Debug)]
pub struct Objective {
    /// `sizeof(Objective)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance.
    pub create: Create,
    /// Destroys it.
    pub destroy: Destroy,
    /// Optional groups by name; parameters of an objective's own live in `triglot.params/1`.
    pub get_extension: GetExtension,
    /// Computes loss and gradients of a batch. Thread: instance.
    pub evaluate: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            batch: *const ObjectiveBatch,
            output: *mut ObjectiveOutput,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
