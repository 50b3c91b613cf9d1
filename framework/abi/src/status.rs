//! Numbers that cross the border: statuses, kinds, roles, modes, settings, log levels.
//!
//! A receiver expects values that it does not know.
//!
//! # In Rust
//! They are plain integers, never Rust enums: a value that the receiver does not know must not be undefined behaviour.

/// What a function returns: one of the `STATUS_` constants. One that the caller does not know is a failure.
pub type Status = i32;

/// Done.
pub const STATUS_OK: Status = 0;
/// An argument or an option is wrong; the error buffer says which and what is allowed.
pub const STATUS_INVALID: Status = 1;
/// The work failed; the error buffer says why.
pub const STATUS_FAILED: Status = 2;
/// The host asked to stop and the callee did.
pub const STATUS_CANCELLED: Status = 3;
/// The callee does not offer this; the same as a null function.
pub const STATUS_UNSUPPORTED: Status = 4;
/// The callee panicked or met an internal contradiction; its instance may only be destroyed.
pub const STATUS_PANICKED: Status = 5;

/// Component kind: draws batches.
pub const KIND_SAMPLER: u32 = 1;
/// Component kind: rewrites training texts.
pub const KIND_AUGMENTER: u32 = 2;
/// Component kind: encodes texts, and learns.
pub const KIND_BACKEND: u32 = 3;
/// Component kind: loss and gradients of a batch.
pub const KIND_OBJECTIVE: u32 = 4;
/// Component kind: values per query of a ranking.
pub const KIND_METRIC: u32 = 5;

/// The text is a query.
pub const ROLE_QUERY: u8 = 0;
/// The text is a passage.
pub const ROLE_PASSAGE: u8 = 1;

/// Encode for search: no dropout, no tape.
pub const MODE_INFERENCE: u32 = 0;
/// Encode for training without a tape: the same dropout as [`MODE_TAPE`] under the same keys.
pub const MODE_TRAINING: u32 = 1;
/// Encode for training and keep the one tape that the next backward consumes.
pub const MODE_TAPE: u32 = 2;

/// Queries of a language against the pool of the same language.
pub const SETTING_MONOLINGUAL: u32 = 0;
/// Queries of a language against the pool of another.
pub const SETTING_CROSS_LINGUAL: u32 = 1;
/// Queries of a language against all pools as one.
pub const SETTING_MULTILINGUAL: u32 = 2;

/// Log level: the work cannot go on as asked.
pub const LOG_ERROR: u32 = 1;
/// Log level: something a person should look at.
pub const LOG_WARN: u32 = 2;
/// Log level: progress.
pub const LOG_INFO: u32 = 3;
/// Log level: for the author of the plugin.
pub const LOG_DEBUG: u32 = 4;
/// Log level: every detail.
pub const LOG_TRACE: u32 = 5;
