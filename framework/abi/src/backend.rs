//! The backend border: texts in, embeddings out; gradients of the embeddings in, a step out.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Matrix, MatrixMut, Str};
use crate::plugin::{Create, Destroy, GetExtension, TextSink};
use crate::status::Status;
use crate::text::{TextSource, Texts};

/// What a backend says of itself once it is ready. Made by the host, filled by the backend, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BackendInfo {
    /// `sizeof(BackendInfo)` as the host was compiled.
    pub struct_size: u32,
    /// Non-zero if the backend learns: `backward`, `step` and [`crate::MODE_TAPE`] work.
    pub trainable: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Length of an embedding, in numbers; at least 1.
    pub dim: usize,
    /// Number of trainable numbers; 0 if there are none or it is not known.
    pub parameters: u64,
}

/// How a step is taken; the host owns warmup and schedule. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StepArgs {
    /// `sizeof(StepArgs)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Learning rate of this step; finite, not negative.
    pub learning_rate: f64,
    /// Decoupled weight decay, to be multiplied by the learning rate; finite, not negative.
    pub weight_decay: f64,
    /// Largest Euclidean norm of the whole gradient; 0 or infinite means no clipping.
    pub clip: f64,
}

/// What a step did. Made by the host, filled by the backend, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StepReport {
    /// `sizeof(StepReport)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Euclidean norm of the whole gradient before clipping; finite.
    pub gradient_norm: f64,
    /// Tokens of the [`crate::MODE_TAPE`] encodes since the last step; 0 if not counted.
    pub tokens: u64,
}

/// Functions of a backend. Made by the library; static.
///
/// Life of an instance: create, then `prepare` (a new model) or `load` (a saved one), then any of the rest.
#[repr(C)]
#[derive(Debug)]
pub struct Backend {
    /// `sizeof(Backend)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance, as [`Create`] says. Required. Thread: any.
    pub create: Create,
    /// Destroys it, as [`Destroy`] says. Required. Thread: instance.
    pub destroy: Destroy,
    /// Optional groups by name, as [`GetExtension`] says; trainable variables are shown by
    /// [`crate::EXTENSION_VARIABLES`]. May be null. Thread: any.
    pub get_extension: GetExtension,
    /// Makes a new model ready; `texts` streams the training texts, for a backend that learns its vocabulary from
    /// them, is borrowed for the call and null if there are none. Null if there is nothing to do. Errors: what `texts`
    /// returned, or [`crate::STATUS_FAILED`]; then the instance may only be destroyed. Thread: instance.
    pub prepare: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const TextSource,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Fills `info`, whose `struct_size` the caller sets; always the same once the model is ready. Required. Errors: then
    /// `info` means nothing. Thread: instance.
    pub info: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            info: *mut BackendInfo,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Puts one text, which `out` copies, that changes whenever an embedding might: the key for caches. Equal models have
    /// equal fingerprints, in another process too. Required. Errors: what `out` returned, or the backend's own.
    /// Thread: instance.
    pub fingerprint: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            out: *const TextSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Writes the embeddings of `texts` into `out` [count × dim], every number finite; `mode` is one of the `MODE_`
    /// constants, both are borrowed for the call. A row follows from its own text, language, role, key and the mode
    /// alone, to the bit, whatever stands beside it: texts may be encoded in chunks of any size. With
    /// [`crate::MODE_TAPE`] what `backward` needs is kept, in place of an earlier tape; no other mode touches a tape.
    /// Required. Errors: [`crate::STATUS_UNSUPPORTED`] for a mode that is not offered; then `out` means nothing and
    /// there is no tape. Thread: instance.
    pub encode: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            mode: u32,
            texts: *const Texts,
            out: MatrixMut,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Consumes the tape of the last [`crate::MODE_TAPE`] encode: adds the gradients of the loss that follow from
    /// `gradients` (∂loss/∂embeddings, the shape of that encode's output, borrowed for the call) to those held. Null if
    /// the backend does not learn. Errors: [`crate::STATUS_INVALID`] if there is no tape, or one of another shape; after
    /// any other the gradients held mean nothing. Thread: instance.
    pub backward: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            gradients: Matrix,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Moves the parameters by the gradients held, forgets those, and fills `report`, whose `struct_size` the caller
    /// sets; both arguments are borrowed for the call. Null if the backend does not learn. Errors: then parameters and
    /// `report` mean nothing until the next `load`, but after `STATUS_CANCELLED`, which says that no parameter has moved:
    /// a host may save the state then. Thread: instance.
    pub step: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            args: *const StepArgs,
            report: *mut StepReport,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Saves weights and optimiser state into an empty folder that the host made, with whatever else an equal
    /// continuation needs; `folder` is its absolute path, borrowed for the call. Null if nothing is learnt that could be
    /// saved. Errors: [`crate::STATUS_FAILED`] if it cannot be written; the host clears the folder away, and the instance
    /// is as it was. Thread: instance.
    pub save: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// Loads what `save` wrote, in place of `prepare` or over what was there: the instance goes on as the one that saved
    /// would have. `folder` as in `save`, only read. Null where `save` is. Errors: [`crate::STATUS_INVALID`] if the folder
    /// holds another model, [`crate::STATUS_FAILED`] if it is damaged or cannot be read; the instance is as it was.
    /// Thread: instance.
    pub load: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// Writes the model, without optimiser state, for other programs into an empty folder; `folder` as in `save`. Null if
    /// there is no such form. Errors: as for `save`. (Not `export`, which C++ reserves.) Thread: instance.
    pub export_model: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// A hint that these texts are encoded next, borrowed for the call; it changes no result. Null if not wanted.
    /// Errors: after [`crate::STATUS_UNSUPPORTED`] it is not called again. Thread: instance.
    pub prefetch: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const Texts,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Forgets what the optimiser learnt, its moments and its count of steps: the next step is that of a new optimiser.
    /// The parameters, and with them the embeddings, stay. Null if not offered. Errors: the instance is as it was.
    /// Thread: instance.
    pub reset_optimizer:
        Option<unsafe extern "C" fn(instance: *mut c_void, error: *mut ErrorBuffer) -> Status>,
}
