//! The contract between triglot's host and its plugins.
//!
//! A plugin is a shared library with one export, [`ENTRY_SYMBOL`], that returns a [`Plugin`]: a table of components,
//! each of a kind, with a table of functions. All of it is plain C. The rules hold everywhere; the comment of a struct
//! or function says only what comes on top.
//!
//! * **Growth.** Every table and argument struct begins with `struct_size`, the size its maker compiled. Fields are
//!   only ever appended, and no such struct is held by value in another. The receiver takes as many whole fields as both
//!   sides know, a field that is cut or absent counts as zero, and sizes are never compared for equality: a longer
//!   struct is as welcome as a shorter one. Whoever fills a struct of the other side's making writes no further than its
//!   `struct_size` and leaves that as it is. A null function means unsupported. Fields named `reserved` are written as
//!   zero and never read. Structs without a `struct_size` ([`Str`], [`Matrix`], [`MatrixMut`], [`NamedMatrix`], [`Csr`],
//!   [`ErrorBuffer`]) are frozen. Optional groups of functions come by name through `get_extension`, each with
//!   a file and rules of its own; a component that lacks one is whole without it.
//! * **Ownership.** The caller allocates inputs and outputs; they are borrowed for the call alone, but for the corpus
//!   view, which outlives the sampler, and the host's services, which last until destroy returns. What a table of
//!   components points to is static: valid and unchanged for the life of the process. Output of unknown length goes to a
//!   sink, which copies it. No heap pointer changes owner. A zero length may carry a null pointer; any other pointer is
//!   not null unless its comment says that it may be. Inputs are never written to.
//! * **Errors.** Functions return a [`Status`] and, with anything but [`STATUS_OK`], write text into the caller's
//!   [`ErrorBuffer`], which may be null. Every function may return any status: [`STATUS_INVALID`] for arguments and
//!   options that are wrong, [`STATUS_FAILED`] for work that failed (a file, memory), [`STATUS_CANCELLED`] once the host
//!   wants to stop, [`STATUS_UNSUPPORTED`] for what the callee does not offer. What a failed call left in its outputs
//!   means nothing, and the instance may be called again, but after [`STATUS_PANICKED`] only destroyed. Nothing unwinds
//!   across.
//! * **Threads.** *load*: once, while the library is opened. *instance*: from any thread, never two calls at once on one
//!   instance. *any*: from any thread at any time. *call*: only within the call that lent the sink or source, one call
//!   at a time. Every function names its own.
//! * **Values.** Enumerations are constants of 32 bits (of 8 in columns), booleans are bytes (zero or not), text is UTF-8,
//!   pointers are aligned for what they point to. A receiver expects values of an enumeration that it does not know.
//!   Shapes are written [rows × columns]; counts are in entries and never in bytes, unless it says so.
//! * **Purity.** What a component does follows from its options, seeds, keys and inputs alone: not from a clock, the
//!   number of threads, or what it was asked before (but for what a backend, or an objective, has learnt).
//!
//! The major version stands in the symbol's name; a host that misses its own probes others and says what it found.
//!
//! # In Rust
//! Authors in Rust do not see any of this, they use `triglot-sdk`. The rule of growth is [`Sized32::read`]; that a zero
//! length may carry a null pointer is why a receiver borrows through [`slice()`]. A C header is generated from this
//! source, comments included. Every offset and size is written down in [`layout`], and a build in which one moved fails.
#![allow(unsafe_code)]

pub mod backend;
mod borrow;
pub mod counts;
#[cfg(all(test, target_pointer_width = "64"))]
mod growth_tests;
pub mod law;
pub mod layout;
pub mod leaf;
pub mod metric;
pub mod objective;
pub mod parameters;
pub mod plugin;
pub mod sampler;
mod sized;
pub mod status;
pub mod text;
pub mod variables;

pub use backend::*;
pub use borrow::slice;
pub use counts::*;
pub use law::*;
pub use leaf::*;
pub use metric::*;
pub use objective::*;
pub use parameters::*;
pub use plugin::*;
pub use sampler::*;
pub use sized::Sized32;
pub use status::*;
pub use text::*;
pub use variables::*;

/// The major version of the contract: libraries of another major are refused by the name of their symbol.
pub const ABI_MAJOR: u32 = 1;
/// The minor version: counts the releases that appended fields. It informs people; code looks at `struct_size`.
pub const ABI_MINOR: u32 = 0;
/// The one symbol that a library exports.
pub const ENTRY_SYMBOL: &str = "triglot_plugin_v1";
/// What the entry symbols of all majors have in common.
pub const ENTRY_SYMBOL_STEM: &str = "triglot_plugin_v";
