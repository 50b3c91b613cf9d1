//! Metrics give every query of a ranking its values.

use triglot_abi as abi;

use crate::Component;
use crate::error::{Error, Result};
use crate::glue::raw;
use crate::host::Context;

/// One column of a metric's values.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, as reports write it: `ndcg@10`.
    pub name: String,
    /// Smallest and largest possible value.
    pub range: (f64, f64),
    /// Whether more is better.
    pub higher_is_better: bool,
    /// How many top passages the metric wants for each query.
    pub depth: u32,
}

impl Column {
    /// A column with values from 0 to 1 of which more is better, that needs no top passages.
    pub fn unit(name: impl Into<String>) -> Self {
        Self { name: name.into(), range: (0.0, 1.0), higher_is_better: true, depth: 0 }
    }
}

/// Computes values per query; the host takes the means.
pub trait Metric: Component {
    /// Makes an instance.
    ///
    /// # Errors
    /// If the options cannot be used.
    fn create(options: Self::Options, context: &Context) -> Result<Self>;

    /// The columns, always the same for one instance.
    fn columns(&self) -> Vec<Column>;

    /// Writes one value per query and column, row by row; NaN where undefined.
    ///
    /// # Errors
    /// If the ranking cannot be judged.
    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()>;
}

/// A judged passage of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Rank from 1; `None` if it was not retrieved.
    pub rank: Option<u32>,
    /// Grade; relevant above 0.
    pub grade: i32,
    /// Language of the passage.
    pub language: u32,
}

/// The ranking of one query.
#[derive(Debug, Clone, Copy)]
pub struct QueryRanking<'a> {
    /// Language of the query.
    pub language: u32,
    /// Parallel group: the same question in several languages has one group.
    pub group: u32,
    /// Number of passages it was searched in.
    pub pool_size: u32,
    /// Number of relevant passages in the pool.
    pub relevant: u32,
    rank: &'a [u32],
    grade: &'a [i32],
    passage_language: &'a [u32],
    /// The top passages, an index that is stable within the data set.
    pub top_document: &'a [u32],
    /// Their languages.
    pub top_language: &'a [u32],
    /// Their scores.
    pub top_score: &'a [f32],
}

impl<'a> QueryRanking<'a> {
    /// The judged passages by rank, the unretrieved last.
    pub fn judged(&self) -> impl ExactSizeIterator<Item = Judged> + use<'a> {
        let (rank, grade, language) = (self.rank, self.grade, self.passage_language);
        (0..rank.len()).map(move |i| Judged {
            rank: (rank[i] > 0).then_some(rank[i]),
            grade: grade[i],
            language: language[i],
        })
    }

    /// The ranks of the relevant passages that were retrieved, ascending.
    pub fn relevant_ranks(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.judged().filter(|judged| judged.grade > 0).filter_map(|judged| judged.rank)
    }
}

/// The ranking of one data set in one setting.
#[derive(Debug, Clone)]
pub struct Ranking<'a> {
    /// One of the `SETTING_` constants of the contract.
    pub setting: u32,
    /// Name of the data set.
    pub data_set: &'a str,
    /// Language codes.
    pub languages: Vec<&'a str>,
    pub(crate) query_language: &'a [u32],
    pub(crate) query_group: &'a [u32],
    pub(crate) pool_size: &'a [u32],
    pub(crate) relevant: &'a [u32],
    pub(crate) judged_offsets: &'a [usize],
    pub(crate) judged_rank: &'a [u32],
    pub(crate) judged_grade: &'a [i32],
    pub(crate) judged_language: &'a [u32],
    pub(crate) top_offsets: &'a [usize],
    pub(crate) top_document: &'a [u32],
    pub(crate) top_language: &'a [u32],
    pub(crate) top_score: &'a [f32],
}

impl<'a> Ranking<'a> {
    /// # Safety
    /// `raw` is as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(raw: &abi::Ranking) -> Result<Self> {
        let n = raw.queries;
        // SAFETY: by contract.
        unsafe {
            let judged_offsets = offsets(raw.judged_offsets, n, "judged_offsets")?;
            let top_offsets = offsets(raw.top_offsets, n, "top_offsets")?;
            let judged = judged_offsets.last().copied().unwrap_or(0);
            let top = top_offsets.last().copied().unwrap_or(0);
            Ok(Self {
                setting: raw.setting,
                data_set: raw::str(raw.data_set, "data_set")?,
                languages: raw::slice(raw.language_names, raw.language_count, "language_names")?
                    .iter()
                    .map(|name| raw::str(*name, "a language name"))
                    .collect::<Result<_>>()?,
                query_language: raw::slice(raw.query_language, n, "query_language")?,
                query_group: raw::slice(raw.query_group, n, "query_group")?,
                pool_size: raw::slice(raw.pool_size, n, "pool_size")?,
                relevant: raw::slice(raw.relevant, n, "relevant")?,
                judged_offsets,
                judged_rank: raw::slice(raw.judged_rank, judged, "judged_rank")?,
                judged_grade: raw::slice(raw.judged_grade, judged, "judged_grade")?,
                judged_language: raw::slice(raw.judged_language, judged, "judged_language")?,
                top_offsets,
                top_document: raw::slice(raw.top_document, top, "top_document")?,
                top_language: raw::slice(raw.top_language, top, "top_language")?,
                top_score: raw::slice(raw.top_score, top, "top_score")?,
            })
        }
    }

    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.query_language.len()
    }

    /// The ranking of query `query`.
    ///
    /// # Panics
    /// If there is no such query.
    pub fn query(&self, query: usize) -> QueryRanking<'a> {
        let judged = self.judged_offsets[query]..self.judged_offsets[query + 1];
        let top = self.top_offsets[query]..self.top_offsets[query + 1];
        QueryRanking {
            language: self.query_language[query],
            group: self.query_group[query],
            pool_size: self.pool_size[query],
            relevant: self.relevant[query],
            rank: &self.judged_rank[judged.clone()],
            grade: &self.judged_grade[judged.clone()],
            passage_language: &self.judged_language[judged],
            top_document: &self.top_document[top.clone()],
            top_language: &self.top_language[top.clone()],
            top_score: &self.top_score[top],
        }
    }

    /// All queries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = QueryRanking<'a>> + '_ {
        (0..self.queries()).map(|query| self.query(query))
    }
}

/// # Safety
/// `data` is null or has `queries + 1` entries.
unsafe fn offsets<'a>(data: *const usize, queries: usize, what: &str) -> Result<&'a [usize]> {
    if queries == 0 {
        return Ok(&[]);
    }
    // SAFETY: by contract.
    let offsets = unsafe { raw::slice(data, queries.saturating_add(1), what) }?;
    if offsets[0] != 0 || !offsets.is_sorted() {
        return Err(Error::invalid(format!("{what} do not begin with 0 or fall")));
    }
    Ok(offsets)
}
