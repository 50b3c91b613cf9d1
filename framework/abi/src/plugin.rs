//! What a library exports: a table of components; and what the host offers every component: its services.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::status::Status;

/// The type of the one exported function, [`crate::ENTRY_SYMBOL`].
///
/// Thread: load. Returns a table that stays valid and unchanged for the life of the process, or null if the
/// library could not make one.
pub type Entry = unsafe extern "C" fn() -> *const Plugin;

/// What a library holds.
#[repr(C)]
#[derive(Debug)]
pub struct Plugin {
    /// `sizeof(Plugin)` as the library was compiled.
    pub struct_size: u32,
    /// The minor version of the contract the library was compiled against.
    pub abi_minor: u32,
    /// The library's name, the part of `use` before the slash: `[a-z0-9][a-z0-9-]*`.
    pub name: Str,
    /// The library's version.
    pub version: Str,
    /// `component_count` pointers, one a component.
    pub components: *const *const Component,
    /// Number of components.
    pub component_count: usize,
}

/// One component of a library.
#[repr(C)]
#[derive(Debug)]
pub struct Component {
    /// `sizeof(Component)` as the library was compiled.
    pub struct_size: u32,
    /// One of the `KIND_` constants. A host leaves out kinds it does not know.
    pub kind: u32,
    /// The part of `use` after the slash: `[a-z0-9][a-z0-9-]*`, unique in the library for its kind.
    pub id: Str,
    /// JSON object `{"summary": one line, "options": JSON Schema (2020-12) of the options}`; unknown keys are left alone.
    pub description: Str,
    /// The function table of the kind: `Sampler`, `Augmenter`, `Backend`, `Objective` or `Metric`.
    pub functions: *const c_void,
}

/// What the host offers to an instance. Valid from create to the return of destroy (or of a create that failed), the
/// struct itself included: no function of it is called later, from no thread.
#[repr(C)]
#[derive(Debug)]
pub struct Host {
    /// `sizeof(Host)` as the host was compiled.
    pub struct_size: u32,
    /// How many threads the instance may use at once, the calling one included; at least 1.
    pub threads: u32,
    /// Given back to every function below.
    pub context: *mut c_void,
    /// Whether a message of this level and target would be kept: ask before formatting. Thread: any.
    pub log_enabled:
        Option<unsafe extern "C" fn(context: *mut c_void, level: u32, target: Str) -> u8>,
    /// Logs a message, UTF-8. Thread: any.
    pub log:
        Option<unsafe extern "C" fn(context: *mut c_void, level: u32, target: Str, message: Str)>,
    /// Non-zero once the host wants the call to return [`crate::STATUS_CANCELLED`] soon. Thread: any.
    pub cancelled: Option<unsafe extern "C" fn(context: *mut c_void) -> u8>,
}

/// Arguments of every kind's create.
#[repr(C)]
#[derive(Debug)]
pub struct CreateArgs {
    /// `sizeof(CreateArgs)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's services, valid until destroy returns; where create fails, until that returns. Never null.
    pub host: *const Host,
    /// The options as a JSON object, already checked against the component's schema.
    pub options: Str,
    /// The seed of every random draw that is not keyed otherwise (initial weights, for example).
    pub seed: u64,
}

/// Takes texts whose number is not known beforehand.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TextSink {
    /// `sizeof(TextSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Given back to `put`.
    pub context: *mut c_void,
    /// Takes the next text, copied before the call returns. Anything but OK is to be returned as it is. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, text: Str) -> Status>,
}

/// Makes the extension point of a kind: returns the table of the named group, or null.
///
/// Thread: any. The table is valid for the life of the process and begins with a `struct_size`.
pub type GetExtension = Option<unsafe extern "C" fn(name: Str) -> *const c_void>;

/// Destroys an instance; no call follows on it. Thread: instance.
pub type Destroy = Option<unsafe extern "C" fn(instance: *mut c_void)>;

/// Makes an instance. Thread: any. On OK `*instance` is not null; else it is left alone.
pub type Create = Option<
    unsafe extern "C" fn(
        args: *const CreateArgs,
        instance: *mut *mut c_void,
        error: *mut ErrorBuffer,
    ) -> Status,
>;
