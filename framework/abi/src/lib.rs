//! The contract between triglot's host and its plugins.
//!
//! A plugin is a shared library with one export, [`ENTRY_SYMBOL`], that returns a [`Plugin`]: a table of components,
//! each of a kind, with a table of functions. Everything here is plain C: a header in C99 says the same. Authors in
//! Rust do not see it, they use `triglot-sdk`. The rules:
//!
//! * **Growth.** Every table and argument struct begins with `struct_size`, the size its maker compiled. Fields are
//!   only ever appended, and no such struct is held by value in another. The receiver copies `min(theirs, mine)` bytes
//!   into a zeroed local ([`Sized32::read`]), a field that is cut counts as missing, and sizes are never compared for
//!   equality. A null function means unsupported. Fields named `reserved` are written as zero and never read.
//!   The structs in [`leaf`] are frozen. Optional groups of functions come by name through `get_extension`.
//! * **Ownership.** The caller allocates inputs and outputs; they are borrowed for the call alone, but for the corpus
//!   view, which outlives the sampler, and the host's services, which last until destroy returns. Output of unknown
//!   length goes to a sink. No heap pointer changes owner. A zero length may carry a null pointer, which is why a
//!   receiver in Rust borrows through [`slice()`].
//! * **Errors.** Functions return a [`Status`] and, with anything but OK, write text into the caller's
//!   [`ErrorBuffer`], which may be null. What a failed call left in its outputs means nothing. Nothing unwinds across.
//! * **Threads.** *load*: once, while the library is opened. *instance*: from any thread, never two calls at once on one
//!   instance. *any*: from any thread at any time. *call*: only within the call that lent the sink or source, one call
//!   at a time.
//! * **Values.** Enumerations are `u32` (`u8` in columns) constants, booleans `u8` (zero or not), text is UTF-8,
//!   pointers are aligned for what they point to.
//!
//! The major version stands in the symbol's name; a host that misses its own probes others and says what it found.
//! Every offset and size is written down in [`layout`], and a build in which one moved fails.
#![allow(unsafe_code)]

pub mod backend;
mod borrow;
pub mod layout;
pub mod leaf;
pub mod metric;
pub mod objective;
pub mod plugin;
pub mod sampler;
mod sized;
pub mod status;
pub mod text;
pub mod variables;

pub use backend::*;
pub use borrow::slice;
pub use leaf::*;
pub use metric::*;
pub use objective::*;
pub use plugin::*;
pub use sampler::*;
pub use sized::Sized32;
pub use status::*;
pub use text::*;
pub use variables::*;

/// The major version of the contract: libraries of another major are refused by name.
pub const ABI_MAJOR: u32 = 1;
/// The minor version: counts the releases that appended fields.
pub const ABI_MINOR: u32 = 0;
/// The one symbol that a library exports.
pub const ENTRY_SYMBOL: &str = "triglot_plugin_v1";
/// What the entry symbols of all majors have in common.
pub const ENTRY_SYMBOL_STEM: &str = "triglot_plugin_v";
