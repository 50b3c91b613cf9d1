//! The contract between triglot's host and its plugins.
//!
//! A plugin is a shared library with one export, [`ENTRY_SYMBOL`], that returns a table of components. The rules:
//!
//! * **Growth.** Every table and argument struct begins with `struct_size`, the size its maker compiled. Fields are
//!   only ever appended. The receiver copies `min(theirs, mine)` bytes into a zeroed local ([`Sized32`], [`Sized32::read`])
//!   and never compares sizes for equality. A null function means unsupported. The structs in [`leaf`] are frozen.
//! * **Ownership.** The caller allocates inputs and outputs; they are borrowed for the call alone, but for the corpus
//!   view, which outlives the sampler, and the host's services, which outlive every instance. Output of unknown length
//!   goes to a sink. No heap pointer changes owner. A zero length may carry a null pointer.
//! * **Errors.** Functions return a [`Status`] and write text into the caller's [`ErrorBuffer`]. Nothing unwinds across.
//! * **Threads.** *load*: once, while the library is opened. *instance*: from any thread, never two calls at once on one
//!   instance. *any*: from any thread at any time.
//! * **Values.** Enumerations are `u32` (`u8` in columns) constants, booleans `u8` (zero or not), text is UTF-8.
//!
//! The major version stands in the symbol's name; a host that misses its own probes others and says what it found.
#![allow(unsafe_code)]

pub mod backend;
pub mod leaf;
pub mod metric;
pub mod objective;
pub mod plugin;
pub mod sampler;
mod sized;
pub mod status;
pub mod text;

pub use backend::*;
pub use leaf::*;
pub use metric::*;
pub use objective::*;
pub use plugin::*;
pub use sampler::*;
pub use sized::Sized32;
pub use status::*;
pub use text::*;

/// The major version of the contract: libraries of another major are refused by name.
pub const ABI_MAJOR: u32 = 1;
/// The minor version: counts appended fields.
pub const ABI_MINOR: u32 = 0;
/// The one symbol that a library exports.
pub const ENTRY_SYMBOL: &str = "triglot_plugin_v1";
/// What the entry symbols of all majors have in common.
pub const ENTRY_SYMBOL_STEM: &str = "triglot_plugin_v";
