//! The metric border: ranks of judged passages in, one value per query and column out.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::plugin::{Create, Destroy, GetExtension};
use crate::status::Status;

/// The ranking of one data set in one setting: one call holds every group, a group is a run of queries.
///
/// Made by the host, borrowed for the call with all it points to. Columns about queries have `queries` entries.
///
/// "Judged" columns have `judged_offsets[queries]` entries, those of query `q` from `judged_offsets[q]` up to, but not
/// with, `judged_offsets[q + 1]`, by rank with the unretrieved (rank 0) last; "top" columns likewise, by rank: as many as
/// a column of the metric asks for (its `depth`), or more, or all there are.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Ranking {
    /// `sizeof(Ranking)` as the host was compiled.
    pub struct_size: u32,
    /// One of the `SETTING_` constants.
    pub setting: u32,
    /// Name of the data set.
    pub data_set: Str,
    /// `language_count` language codes.
    pub language_names: *const Str,
    /// Number of languages.
    pub language_count: usize,
    /// Number of queries; 0 is allowed.
    pub queries: usize,
    /// Language of each query, an index into `language_names`, as all languages below.
    pub query_language: *const u32,
    /// Parallel group of each query: the same question in several languages has one group.
    pub query_group: *const u32,
    /// Number of passages each query was searched in.
    pub pool_size: *const u32,
    /// Number of relevant passages in the pool of each query, at least 1.
    pub relevant: *const u32,
    /// `queries + 1` offsets into the judged columns, the first 0, never falling; may be null if there are no queries.
    pub judged_offsets: *const usize,
    /// Rank of each judged passage, from 1; 0 if it was not retrieved.
    pub judged_rank: *const u32,
    /// Grade of each judged passage; relevant above 0.
    pub judged_grade: *const i32,
    /// Language of each judged passage.
    pub judged_language: *const u32,
    /// `queries + 1` offsets into the top columns, likewise.
    pub top_offsets: *const usize,
    /// Passage at each of the top ranks, an index that is stable within the data set.
    pub top_document: *const u32,
    /// Language of each of them.
    pub top_language: *const u32,
    /// Score of each of them, never rising within a query; finite.
    pub top_score: *const f32,
}

/// One column of a metric's values. Made by the metric and lent to the sink, with its name, until `put` returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// `sizeof(Column)` as the plugin was compiled.
    pub struct_size: u32,
    /// Non-zero if more is better.
    pub higher_is_better: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Its name, as reports write it: `ndcg@10`. Of `[a-z0-9._@-]+`, and unlike those of the other columns.
    pub name: Str,
    /// Smallest possible value; may be -∞.
    pub lowest: f64,
    /// Largest possible value; may be +∞.
    pub highest: f64,
    /// How many top passages the metric wants for each query; 0 for none.
    pub depth: u32,
    /// Zero.
    pub reserved2: u32,
}

/// Takes the columns. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ColumnSink {
    /// `sizeof(ColumnSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `put`. May be null.
    pub context: *mut c_void,
    /// Takes the next column, copied before the call returns. Errors: anything but [`crate::STATUS_OK`] (the column is
    /// malformed) is to be returned as it is. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, column: *const Column) -> Status>,
}

/// Functions of a metric. Made by the library; static.
#[repr(C)]
#[derive(Debug)]
pub struct Metric {
    /// `sizeof(Metric)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance, as [`Create`] says. Required. Thread: any.
    pub create: Create,
    /// Destroys it, as [`Destroy`] says. Required. Thread: instance.
    pub destroy: Destroy,
    /// Optional groups by name, as [`GetExtension`] says; may be null. Thread: any.
    pub get_extension: GetExtension,
    /// Puts every column once into `out`, which copies it: at least one, always the same ones in the same order for one
    /// instance. Required. Errors: what `out` returned, or the metric's own. Thread: instance.
    pub columns: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            out: *const ColumnSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Writes `values` [queries × columns], row by row: NaN where undefined, else within the column's range, never
    /// infinite. `value_count` is their number, queries times columns. `ranking` and `values` are borrowed for the call.
    /// Required. Errors: then `values` mean nothing. Thread: instance.
    pub compute: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            ranking: *const Ranking,
            values: *mut f64,
            value_count: usize,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
