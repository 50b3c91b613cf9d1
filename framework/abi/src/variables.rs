//! The optional group [`EXTENSION_VARIABLES`] of a backend: its trainable variables, to be looked at.
//!
//! Nothing in training needs it. It lets a checker see what the rest of the border hides: whether a gradient reaches
//! every variable, and whether a step moves each.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::status::Status;

/// Name of the group: `get_extension` of a backend returns a [`Variables`] for it.
pub const EXTENSION_VARIABLES: &str = "triglot.variables/1";

/// One trainable variable of a backend.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// `sizeof(Variable)` as the plugin was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Its name, unlike those of the other variables; borrowed for the call of the sink.
    pub name: Str,
    /// `count` numbers, in an order of the plugin's own that stays the same; borrowed for the call of the sink.
    pub values: *const f32,
    /// Number of numbers, at least 1.
    pub count: usize,
    /// Euclidean norm of the gradient held, unclipped: what `backward` added since the last step. 0 if there is none.
    pub gradient_norm: f64,
}

/// Takes variables.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VariableSink {
    /// `sizeof(VariableSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Given back to `put`.
    pub context: *mut c_void,
    /// Takes the next variable, copied before the call returns. Anything but OK is to be returned as it is.
    /// Thread: call.
    pub put:
        Option<unsafe extern "C" fn(context: *mut c_void, variable: *const Variable) -> Status>,
}

/// Functions of the group [`EXTENSION_VARIABLES`]. The table is static: valid for the life of the process.
#[repr(C)]
#[derive(Debug)]
pub struct Variables {
    /// `sizeof(Variables)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Puts every trainable variable of a ready model into `out`, always in the same order. `instance` is one of the
    /// backend that gave the group. `STATUS_UNSUPPORTED` if this backend does not show them. Thread: instance.
    pub visit: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            out: *const VariableSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
