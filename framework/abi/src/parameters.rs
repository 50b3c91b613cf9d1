//! The optional group [`EXTENSION_PARAMETERS`] of an objective: parameters of its own, which it learns.
//!
//! A temperature, for example. The backend's parameters are the backend's to move; these the objective moves itself,
//! by the gradient that it found when it was last evaluated, once the host says that the step is taken.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::status::Status;

/// Name of the group: `get_extension` of an objective returns a [`Parameters`] for it.
pub const EXTENSION_PARAMETERS: &str = "triglot.parameters/1";

/// How an objective's parameters are moved. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ParameterStep {
    /// `sizeof(ParameterStep)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Learning rate of this step, the backend's; finite, not negative.
    pub learning_rate: f64,
    /// The weight of this loss in the sum that is trained on: the gradient held is to be multiplied by it. Finite.
    pub scale: f64,
}

/// Functions of the group [`EXTENSION_PARAMETERS`]. Made by the library; static. Every `instance` is one of the
/// objective that gave the group.
#[repr(C)]
#[derive(Debug)]
pub struct Parameters {
    /// `sizeof(Parameters)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Writes the number of trainable numbers into `*parameters`; always the same for one instance. 0 says that this
    /// one has none, and the other functions are not called on it. Required. Errors: then `*parameters` means nothing.
    /// Thread: instance.
    pub count: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            parameters: *mut u64,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Moves the parameters by the gradient held, and forgets that. It is that of the last evaluate with `training`
    /// non-zero and gradients wanted; no other evaluate touches it, or a parameter. `args` is borrowed for the call.
    /// Required. Errors: [`crate::STATUS_INVALID`] if no gradient is held; then the instance is as it was. After any
    /// other the parameters mean nothing until the next `load`. It is not to be cancelled: the backend has taken the
    /// step by then. Thread: instance.
    pub step: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            args: *const ParameterStep,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Saves the parameters, with whatever else an equal continuation needs but for the gradient, into an empty folder
    /// that the host made; `folder` is its absolute path, borrowed for the call. Required. Errors:
    /// [`crate::STATUS_FAILED`] if it cannot be written; the host clears the folder away, and the instance is as it was.
    /// Thread: instance.
    pub save: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
    /// Loads what `save` wrote: the instance goes on as the one that saved would have, to the bit. `folder` as in `save`,
    /// only read. Required. Errors: [`crate::STATUS_INVALID`] if the folder holds something else,
    /// [`crate::STATUS_FAILED`] if it is damaged or cannot be read; the instance is as it was. Thread: instance.
    pub load: Option<
        unsafe extern "C" fn(instance: *mut c_void, folder: Str, error: *mut ErrorBuffer) -> Status,
    >,
}
