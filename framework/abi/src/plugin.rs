//! What a library exports: a table of components; and what the host offers every component: its services.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::status::Status;

/// The one exported function, called [`crate::ENTRY_SYMBOL`].
///
/// Returns a table that stays valid and unchanged for the life of the process, with all it points to, or null if the
/// library could not make one. It opens no file, starts no thread and writes nothing: every listing of plugins calls it.
/// Thread: load.
pub type Entry = unsafe extern "C" fn() -> *const Plugin;

/// What a library holds. Made by the library; static, with all it points to.
#[repr(C)]
#[derive(Debug)]
pub struct Plugin {
    /// `sizeof(Plugin)` as the library was compiled.
    pub struct_size: u32,
    /// The minor version of the contract the library was compiled against, [`crate::ABI_MINOR`]; no host refuses one.
    pub abi_minor: u32,
    /// The library's name, the part of `use` before the slash: `[a-z0-9][a-z0-9-]*`.
    pub name: Str,
    /// The library's version, as people and run records read it: `1.2.0`.
    pub version: Str,
    /// `component_count` pointers, one a component, none of them null.
    pub components: *const *const Component,
    /// Number of components.
    pub component_count: usize,
}

/// One component of a library. Made by the library; static, with all it points to.
#[repr(C)]
#[derive(Debug)]
pub struct Component {
    /// `sizeof(Component)` as the library was compiled.
    pub struct_size: u32,
    /// One of the `KIND_` constants: says what `functions` points to. A host leaves out kinds it does not know.
    pub kind: u32,
    /// The part of `use` after the slash: `[a-z0-9][a-z0-9-]*`, unique in the library for its kind.
    pub id: Str,
    /// JSON object `{"summary": one line, "options": JSON Schema (2020-12) of the options}`; unknown keys are left alone.
    /// An objective may have the key `"needs"`: the names of further matrices that every batch has to bring.
    pub description: Str,
    /// The function table of the kind: a `Sampler`, `Augmenter`, `Backend`, `Objective` or `Metric`.
    pub functions: *const c_void,
}

/// What the host offers to an instance: its services. Made by the host.
///
/// Valid from create to the return of destroy (or of a create that failed), the struct itself included: no function of
/// it is called later, from no thread. A function may be null (an older host): then there is no such service.
#[repr(C)]
#[derive(Debug)]
pub struct Host {
    /// `sizeof(Host)` as the host was compiled.
    pub struct_size: u32,
    /// How many threads the instance may use at once, the calling one included; at least 1. It changes no result.
    pub threads: u32,
    /// The host's own: given back to every function below, and otherwise left alone. May be null.
    pub context: *mut c_void,
    /// Non-zero if a message of this level and target would be kept: ask before formatting. `level` is one of the `LOG_`
    /// constants, `target` says who speaks, `library/component`, and is borrowed for the call. Thread: any.
    pub log_enabled:
        Option<unsafe extern "C" fn(context: *mut c_void, level: u32, target: Str) -> u8>,
    /// Logs a message of one of the `LOG_` levels. `target` is as above; `message` is text without a final line break;
    /// both are copied before the call returns. Thread: any.
    pub log:
        Option<unsafe extern "C" fn(context: *mut c_void, level: u32, target: Str, message: Str)>,
    /// Non-zero once the host wants the running call to return [`crate::STATUS_CANCELLED`] within a second. It costs no
    /// more than reading a variable: long work asks every few milliseconds. Thread: any.
    pub cancelled: Option<unsafe extern "C" fn(context: *mut c_void) -> u8>,
}

/// Arguments of every kind's create. Made by the host, borrowed for the call; `host` alone may be kept.
#[repr(C)]
#[derive(Debug)]
pub struct CreateArgs {
    /// `sizeof(CreateArgs)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's services, valid until destroy returns; where create fails, until that returns. Never null.
    pub host: *const Host,
    /// The options as a JSON object in UTF-8, already checked against the component's schema: without options `{}`. The
    /// text may be laid out in any way that JSON allows. What a schema cannot say, create checks.
    pub options: Str,
    /// The seed of every random draw that is not keyed otherwise (initial weights, for example); 0 for a sampler and a
    /// metric, which have no such draws.
    pub seed: u64,
}

/// Takes texts whose number or length is not known beforehand. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TextSink {
    /// `sizeof(TextSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `put`. May be null.
    pub context: *mut c_void,
    /// Takes the next text, copied before the call returns. Errors: anything but [`crate::STATUS_OK`] is to be returned
    /// as it is, and nothing more put. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, text: Str) -> Status>,
}

/// The extension point of a kind: returns the table of the optional group called `name`, or null if there is none.
///
/// The table is static, begins with a `struct_size` and is of the type that belongs to the name; `name` is borrowed for
/// the call. A name that the callee does not know is no error. Thread: any.
pub type GetExtension = Option<unsafe extern "C" fn(name: Str) -> *const c_void>;

/// Destroys an instance: frees all it holds and ends the threads that it started; no call follows on it, and it calls
/// no service of the host after it returns. It cannot fail. Thread: instance.
pub type Destroy = Option<unsafe extern "C" fn(instance: *mut c_void)>;

/// Makes an instance.
///
/// On [`crate::STATUS_OK`] `*instance` is a pointer of the plugin's own, not null: the host gives it back to every
/// function and never looks behind it; it is the plugin's, to be freed by destroy. Errors: [`crate::STATUS_INVALID`] for
/// an option that is wrong, [`crate::STATUS_FAILED`] for what the machine lacks; then `*instance` is left alone, nothing
/// stays behind and no destroy follows. Thread: any.
pub type Create = Option<
    unsafe extern "C" fn(
        args: *const CreateArgs,
        instance: *mut *mut c_void,
        error: *mut ErrorBuffer,
    ) -> Status,
>;
