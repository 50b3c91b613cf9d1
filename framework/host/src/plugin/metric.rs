//! Metrics: judged ranks in, values per query out.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Making};
use super::guarded::Guarded;
use super::lent::Lent;
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, utf8};
use super::services::Services;
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

    /// Whether every column has as many entries as a plugin will read.
    fn check(&self) -> Result<(), String> {
        let n = self.queries();
        let per_query = [&self.query_group, &self.pool_size, &self.relevant];
        let whole = |offsets: &[usize], lengths: [usize; 3]| {
            let last = offsets.last().copied();
            let rises = offsets.first() == Some(&0) && offsets.is_sorted();
            offsets.len() == n + 1 && rises && lengths.iter().all(|length| last == Some(*length))
        };
        let judged = [self.judged_rank.len(), self.judged_grade.len(), self.judged_language.len()];
        let top = [self.top_document.len(), self.top_language.len(), self.top_score.len()];
        let columns =
            n == 0 || whole(&self.judged_offsets, judged) && whole(&self.top_offsets, top);
        match columns && per_query.iter().all(|column| column.len() == n) {
            true => Ok(()),
            false => Err("the columns of the ranking differ in length".into()),
        }
    }

    /// The columns as they are now.
    fn lent(&self) -> Lent {
        Lent::default()
            .and("the languages of queries", &self.query_language)
            .and("the groups of queries", &self.query_group)
            .and("the sizes of pools", &self.pool_size)
            .and("the numbers of relevant passages", &self.relevant)
            .and("the offsets of judged passages", &self.judged_offsets)
            .and("the ranks of judged passages", &self.judged_rank)
            .and("the grades of judged passages", &self.judged_grade)
            .and("the languages of judged passages", &self.judged_language)
            .and("the offsets of top passages", &self.top_offsets)
            .and("the top passages", &self.top_document)
            .and("the languages of top passages", &self.top_language)
            .and("the scores of top passages", &self.top_score)
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
    handle: Handle<'static>,
    functions: Arc<abi::Metric>,
    columns: Vec<Column>,
    /// Whether it has computed anything yet.
    used: bool,
}

/// What the host wants of a metric.
const COMPUTING: &str = "compute values";

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
            return Err(CallError::wrong_kind(component, Kind::Metric));
        };
        let making = Making { component, options, seed: 0, services };
        let mut handle = Handle::create(making, functions.create, functions.destroy)?;
        let mut taken = Taken::new();
        let sink = abi::ColumnSink {
            struct_size: abi::ColumnSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take_column),
        };
        // SAFETY: the sink lives through the call.
        let result = handle.call(DOING, functions.columns, |f, instance, error| unsafe {
            f(instance, &raw const sink, error)
        });
        let columns = handle.taken(DOING, result, taken)?;
        if columns.is_empty() {
            return Err(handle.broken(DOING, "it has none"));
        }
        Ok(Self { handle, functions: Arc::clone(functions), columns, used: false })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Values [queries × columns], row by row; NaN where undefined.
    ///
    /// # Errors
    /// If the plugin fails, a value is infinite or lies outside its column's range, or the first values of an instance,
    /// computed twice, differ.
    pub fn compute(&mut self, setting: Setting, ranking: &Ranking) -> Result<Vec<f64>, CallError> {
        let values = self.once(setting, ranking)?;
        if !std::mem::replace(&mut self.used, true) {
            let again = self.once(setting, ranking)?;
            let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
            if let Some(at) = again.iter().zip(&values).position(|pair| !same(pair)) {
                let column = &self.columns[at % self.columns.len()].name;
                let problem = format!("{column} of the same ranking, computed twice, differs");
                return Err(self.handle.broken(COMPUTING, problem));
            }
        }
        Ok(values)
    }

    fn once(&mut self, setting: Setting, ranking: &Ranking) -> Result<Vec<f64>, CallError> {
        let sound = ranking.check();
        sound.map_err(|problem| self.handle.error(COMPUTING, abi::STATUS_INVALID, problem))?;
        let languages: Vec<abi::Str> =
            ranking.languages.iter().map(|code| abi::Str::new(code)).collect();
        let raw = ranking.raw(setting, &languages);
        let lent = ranking.lent();
        let count = ranking.queries() * self.columns.len();
        let mut values = Guarded::filled(f64::NAN, count);
        let data = values.as_mut_ptr();
        // SAFETY: the ranking and the values live through the call; `check` found all columns whole.
        let result =
            self.handle.call(COMPUTING, self.functions.compute, |f, instance, error| unsafe {
                f(instance, &raw const raw, data, count, error)
            });
        // SAFETY: the ranking is still there.
        let breaches = [values.breach("the values"), unsafe { lent.breach() }];
        self.handle.judge(COMPUTING, result, breaches)?;
        let values = values.values().to_vec();
        for (i, value) in values.iter().enumerate() {
            let column = &self.columns[i % self.columns.len()];
            let (low, high) = column.range;
            // A hair of rounding is no lie about the range.
            if value.is_infinite() || *value < low - 1e-9 || *value > high + 1e-9 {
                let problem = format!("{} is {value}, outside [{low}, {high}]", column.name);
                return Err(self.handle.broken(COMPUTING, problem));
            }
        }
        Ok(values)
    }
}

pub(super) unsafe extern "C" fn take_column(
    context: *mut c_void,
    column: *const abi::Column,
) -> abi::Status {
    // SAFETY: `context` is that of the running call's sink, and the plugin lends the column for the call.
    unsafe { Taken::put(context, |earlier| copy(column, earlier)) }
}

/// # Safety
/// `column` is as the contract says.
unsafe fn copy(column: *const abi::Column, earlier: &[Column]) -> Result<Column, String> {
    // SAFETY: by contract.
    let column = unsafe { abi::Column::read(column) }.ok_or("a column is null or too short")?;
    // SAFETY: by contract.
    let name = unsafe { utf8(column.name) }.ok_or("the name of a column is not UTF-8")?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._@-".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(format!("a column is named {name:?}, allowed is [a-z0-9._@-]+"));
    }
    if earlier.iter().any(|other| other.name == name) {
        return Err(format!("two columns are named `{name}`"));
    }
    let range = (column.lowest, column.highest);
    if range.0.is_nan() || range.1.is_nan() || range.0 > range.1 {
        return Err(format!("{name} has the impossible range [{}, {}]", range.0, range.1));
    }
    let higher_is_better = column.higher_is_better != 0;
    Ok(Column { name, higher_is_better, range, depth: column.depth })
}
