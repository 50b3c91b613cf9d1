//! The objective border: embeddings and what is right among them in, loss and gradients out.

use core::ffi::c_void;

use crate::leaf::{Csr, ErrorBuffer, Matrix, MatrixMut, NamedMatrix, Str};
use crate::plugin::{Create, Destroy, GetExtension};
use crate::status::Status;

/// A batch of embeddings. Made by the host, borrowed for the call with all it points to.
///
/// Columns about queries have `queries.rows` entries, those about passages `passages.rows`.
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
    /// Query embeddings [queries × dim], finite.
    pub queries: Matrix,
    /// Passage embeddings [passages × dim], finite: those of the pairs, in their order, then the hard negatives.
    pub passages: Matrix,
    /// Language of each query, an index into the corpus view's names.
    pub query_language: *const u32,
    /// Language of each passage, of the same numbering.
    pub passage_language: *const u32,
    /// Example of each query, of the corpus view's numbering.
    pub query_example: *const u32,
    /// Example of each passage, of the same numbering.
    pub passage_example: *const u32,
    /// For each query the passages that are right, ascending; at least one. The first need not be the query's own pair.
    pub positives: Csr,
    /// For each query the passages that are neither right nor wrong, ascending, apart from the positives.
    pub ignored: Csr,
    /// `extra_count` further matrices, for objectives that know their names.
    pub extra: *const NamedMatrix,
    /// Number of further matrices.
    pub extra_count: usize,
    /// For each query the passages that are hard negatives of its own, ascending, whatever else is said of them; no rows
    /// from a host that does not say.
    pub hard_negatives: Csr,
}

/// Takes named numbers that the run records. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ScalarSink {
    /// `sizeof(ScalarSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `put`. May be null.
    pub context: *mut c_void,
    /// Takes a number under a name of `[a-z0-9._-]+`, copied before the call returns. Errors: anything but
    /// [`crate::STATUS_OK`] is to be returned as it is. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, name: Str, value: f64) -> Status>,
}

/// Where the objective writes. Made by the host, borrowed for the call with all it points to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ObjectiveOutput {
    /// `sizeof(ObjectiveOutput)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The loss, a mean over queries; finite.
    pub loss: f64,
    /// ∂loss/∂queries [queries × dim], every element to be overwritten with a finite number; null `data` if not wanted.
    pub query_gradients: MatrixMut,
    /// ∂loss/∂passages [passages × dim], likewise; null `data` if not wanted.
    pub passage_gradients: MatrixMut,
    /// Takes named numbers; null if they are not wanted. By pointer, so that the sink may grow.
    pub scalars: *const ScalarSink,
}

/// Functions of an objective. Made by the library; static.
#[repr(C)]
#[derive(Debug)]
pub struct Objective {
    /// `sizeof(Objective)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance, as [`Create`] says. Required. Thread: any.
    pub create: Create,
    /// Destroys it, as [`Destroy`] says. Required. Thread: instance.
    pub destroy: Destroy,
    /// Optional groups by name, as [`GetExtension`] says; one with parameters of its own has
    /// [`crate::EXTENSION_PARAMETERS`]. May be null. Thread: any.
    pub get_extension: GetExtension,
    /// Computes loss and gradients of `batch` and fills `output`, whose `struct_size` the caller sets; both are borrowed
    /// for the call. The result follows from the batch alone, and from the parameters of an objective that has some. Required. Errors: [`crate::STATUS_INVALID`] for a batch of
    /// which there is no loss, or what `scalars` returned; then `output` and all it points to mean nothing.
    /// Thread: instance.
    pub evaluate: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            batch: *const ObjectiveBatch,
            output: *mut ObjectiveOutput,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
