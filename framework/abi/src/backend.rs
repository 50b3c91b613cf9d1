//! The backend border: texts in, embeddings out; gradients of the embeddings in, a step out.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Matrix, MatrixMut, Str};
use crate::plugin::{Create, Destroy, GetExtension, TextSink};
use crate::status::Status;
use crate::text::{TextSource, Texts};

/// What a backend says of itself once it is ready.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BackendInfo {
    /// `sizeof(BackendInfo)` as the host was compiled.
    pub struct_size: u32,
    /// Non-zero if `forward`, `backward` and `step` work.
    pub trainable: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Length of an embedding.
    pub dim: usize,
    /// Number of trainable numbers.
    pub parameters: u64,
}

/// How a step is taken; the host owns warmup and schedule.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StepArgs {
    /// `sizeof(StepArgs)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest Euclidean norm of the whole gradient; 0 or infinite means no clipping.
    pub clip: f64,
}

/// What a step did.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StepReport {
    /// `sizeof(StepReport)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Euclidean norm of the whole gradient before clipping.
    pub gradient_norm: f64,
    /// Tokens of the `MODE_TAPE` encodes since the last step; 0 if not counted.
    pub tokens: u64,
}

/// Functions of a backend.
///
/// Life of an instance: create, then `prepare` (a new model) or `load` (a saved one), then any of the rest.
#[repr(C)]
#[derive(Debug)]
pub struct Backend {
    /// `sizeof(Backend)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance.
    pub create: Create,
    /// Destroys it.
    pub destroy: Destroy,
    /// Optional groups by name: trainable variables are shown by [`crate::EXTENSION_VARIABLES`].
    pub get_extension: GetExtension,
    /// Makes a new model ready; `texts` streams the training texts, for a backend that learns its vocabulary from
    /// them, and is null if there are none. Thread: instance.
    pub prepare: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const TextSource,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Fills `info`, whose `struct_size` the caller sets. Thread: instance.
    pub info: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            info: *mut BackendInfo,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Puts one text that changes whenever an embedding might: the key for caches. Thread: instance.
    pub fingerprint: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            out: *const TextSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Writes the embeddings of `texts` into `out` [count × dim], in one of the `MODE_`s. Thread: instance.
    pub encode: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            mode: u32,
            texts: *const Texts,
            out: MatrixMut,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Consumes the tape of the last `MODE_TAPE` encode: adds the gradients of the loss that follow from
    /// `gradients` (∂loss/∂embeddings, the shape of that encode's output) to those held. Thread: instance.
    pub backward: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            gradients: Matrix,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Moves the parameters by the gradients held, and forgets those. Thread: instance.
    pub step: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            args: *const StepArgs,
            report: *mut StepReport,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Saves weights and optimiser state into an empty folder that the host made. Thread: instance.
    pub save: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// Loads what `save` wrote. On failure the instance is as it was. Thread: instance.
    pub load: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// Writes the model, without optimiser state, for other programs into an empty folder. Thread: instance.
    ///
    /// Not `export`, which C++ reserves.
    pub export_model: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// A hint that these texts are encoded next; null if not wanted. Thread: instance.
    pub prefetch: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const Texts,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
