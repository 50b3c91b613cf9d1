//! Metrics: judged ranks in, values per query out.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle};
use super::library::{Component, Functions};
use super::services::{Services, utf8};
use crate::manifest::types::{Options, Setting};

/// One column of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, for example `ndcg@10`.
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Smallest and largest possible value.
    pub range: (f64, f64),
    /// How many top passages it wants for each query.
    pub depth: u32,
}

/// The ranking of one data set in one setting, in the columns that cross the border.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    /// Name of the data set.
    pub data_set: String,
    /// Language codes.
    pub languages: Vec<String>,
    /// Language of each query.
    pub query_language: Vec<u32>,
    /// Parallel group of each query.
    pub query_group: Vec<u32>,
    /// Number of passages each query was searched in.
    pub pool_size: Vec<u32>,
    /// Number of relevant passages in the pool of each query.
    pub relevant: Vec<u32>,
    /// `queries + 1` offsets into the judged columns.
    pub judged_offsets: Vec<usize>,
    /// Rank of each judged passage.
    pub judged_rank: Vec<u32>,
    /// Grade of each judged passage.
    pub judged_grade: Vec<i32>,
    /// Language of each judged passage.
    pub judged_language: Vec<u32>,
    /// `queries + 1` offsets into the top columns.
    pub top_offsets: Vec<usize>,
    /// Passage at each of the top ranks.
    pub top_document: Vec<u32>,
    /// Its language.
    pub top_language: Vec<u32>,
    /// Its score.
    pub top_score: Vec<f32>,
}

impl Ranking {
    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.query_language.len()
    }

    fn raw(&self, setting: Setting, languages: &[abi::Str]) -> abi::Ranking {
        abi::Ranking {
            struct_size: abi::Ranking::SIZE,
            setting: match setting {
                Setting::Monolingual => abi::SETTING_MONOLINGUAL,
                Setting::CrossLingual => abi::SETTING_CROSS_LINGUAL,
                Setting::Multilingual => abi::SETTING_MULTILINGUAL,
            },
            data_set: abi::Str::new(&self.data_set),
            language_names: languages.as_ptr(),
            language_count: languages.len(),
            queries: self.queries(),
            query_language: self.query_language.as_ptr(),
            query_group: self.query_group.as_ptr(),
            pool_size: self.pool_size.as_ptr(),
            relevant: self.relevant.as_ptr(),
            judged_offsets: self.judged_offsets.as_ptr(),
            judged_rank: self.judged_rank.as_ptr(),
            judged_grade: self.judged_grade.as_ptr(),
            judged_language: self.judged_language.as_ptr(),
            top_offsets: self.top_offsets.as_ptr(),
            top_document: self.top_document.as_ptr(),
            top_language: self.top_language.as_ptr(),
            top_score: self.top_score.as_ptr(),
        }
    }
}

/// A metric.
pub struct Metric {
    handle: Handle,
    functions: Arc<abi::Metric>,
    columns: Vec<Column>,
}

impl Metric {
    /// Makes an instance and reads its columns.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub fn create(
        component: &Arc<Component>,
        options: &Options,
        services: &Services,
    ) -> Result<Self, CallError> {
        const DOING: &str = "name the columns";
        let Functions::Metric(functions) = &component.functions else {
            unreachable!("the registry found a metric");
        };
        let (create, destroy) = (functions.create, functions.destroy);
        let mut handle =
            Handle::create(component, options, 0, services, destroy, |args, instance, error| {
                match create {
                    // SAFETY: the arguments live through the call.
                    Some(create) => unsafe { create(args, instance, error) },
                    None => abi::STATUS_UNSUPPORTED,
                }
            })?;
        let mut taken: Vec<Option<Column>> = Vec::new();
        let sink = abi::ColumnSink {
            struct_size: abi::ColumnSink::SIZE,
            reserved: 0,
            context: (&raw mut taken).cast::<c_void>(),
            put: Some(take_column),
        };
        let columns = functions.columns;
        handle.call(DOING, |instance, error| match columns {
            // SAFETY: the sink lives through the call.
            Some(f) => unsafe { f(instance, &raw const sink, error) },
            None => abi::STATUS_UNSUPPORTED,
        })?;
        let columns: Option<Vec<Column>> = taken.into_iter().collect();
        let columns = columns.filter(|columns| !columns.is_empty());
        let columns = columns.ok_or_else(|| handle.broken(DOING, "none, or a malformed one"))?;
        Ok(Self { handle, functions: Arc::clone(functions), columns })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Values [queries × columns], row by row; NaN where undefined.
    ///
    /// # Errors
    /// If the plugin fails, or a value lies outside its column's range.
    pub fn compute(&mut self, setting: Setting, ranking: &Ranking) -> Result<Vec<f64>, CallError> {
        const DOING: &str = "compute values";
        let languages: Vec<abi::Str> =
            ranking.languages.iter().map(|code| abi::Str::new(code)).collect();
        let raw = ranking.raw(setting, &languages);
        let mut values = vec![f64::NAN; ranking.queries() * self.columns.len()];
        let f = self.functions.compute;
        self.handle.call(DOING, |instance, error| match f {
            // SAFETY: the ranking and the values live through the call.
            Some(f) => unsafe {
                f(instance, &raw const raw, values.as_mut_ptr(), values.len(), error)
            },
            None => abi::STATUS_UNSUPPORTED,
        })?;
        for (i, value) in values.iter().enumerate() {
            let column = &self.columns[i % self.columns.len()];
            let (low, high) = column.range;
            // A hair of rounding is no lie about the range.
            if *value < low - 1e-9 || *value > high + 1e-9 {
                let problem = format!("{} is {value}, outside [{low}, {high}]", column.name);
                return Err(self.handle.broken(DOING, problem));
            }
        }
        Ok(values)
    }
}

unsafe extern "C" fn take_column(context: *mut c_void, column: *const abi::Column) -> abi::Status {
    // SAFETY: `context` is the `taken` of the running call, which nothing else uses meanwhile.
    let taken = unsafe { &mut *context.cast::<Vec<Option<Column>>>() };
    // SAFETY: the plugin lends the column for the call.
    taken.push(unsafe { abi::Column::read(column) }.and_then(|column| {
        // SAFETY: as above.
        let name = unsafe { utf8(column.name) }.filter(|name| !name.is_empty())?;
        Some(Column {
            name,
            higher_is_better: column.higher_is_better != 0,
            range: (column.lowest, column.highest),
            depth: column.depth,
        })
    }));
    abi::STATUS_OK
}
