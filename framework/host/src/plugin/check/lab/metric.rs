//! Metrics in the laboratory.

use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::Lab;
use super::call::Trouble;
use super::instance::Instance;
use super::manners::{Manners, Struct};
use super::memory::{Lent, Memory, Plain};
use super::watch::Watch;
use crate::manifest::types::Setting;
use crate::plugin::check::material::{Query, Rankings};
use crate::plugin::metric::{Column, take_column};
use crate::plugin::raw::Taken;

/// A metric.
pub struct Metric {
    instance: Instance,
    functions: Arc<abi::Metric>,
}

impl Metric {
    /// What stands where a value is to be written.
    pub const UNWRITTEN: f64 = f64::from_ne_bytes([0xA5; 8]);

    pub(super) fn create(
        lab: &Lab,
        functions: &Arc<abi::Metric>,
        options: &str,
    ) -> Result<Self, Trouble> {
        let table = (functions.create, functions.destroy);
        // SAFETY: all that the arguments point to lives through the call.
        let instance = Instance::create(lab, options, table, |f, args, place, error| unsafe {
            f(args, place, error)
        })?;
        Ok(Self { instance, functions: Arc::clone(functions) })
    }

    /// The columns; at least one.
    ///
    /// # Errors
    /// As any call in the laboratory, and if a column is malformed or there is none.
    pub fn columns(&self) -> Result<Vec<Column>, Trouble> {
        let mut taken = Taken::new();
        let sink = abi::ColumnSink {
            struct_size: abi::ColumnSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take_column),
        };
        let sink = Struct::to_read("ColumnSink", sink, self.instance.manners());
        // SAFETY: the sink and what it points to live through the call.
        let made =
            self.instance.call("columns", self.functions.columns, |f, instance, error| unsafe {
                f(instance, sink.pointer(), error)
            });
        sink.check()?;
        let columns = super::taken("columns", made, taken)?;
        match columns.is_empty() {
            true => Err(Trouble::Violated("`columns` said OK and put none".into())),
            false => Ok(columns),
        }
    }

    /// Values [queries × columns], row by row, as the metric wrote them; `columns` is their number.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn compute(&self, rankings: &Rankings, columns: usize) -> Result<Vec<f64>, Trouble> {
        let setting = match rankings.setting {
            Setting::Monolingual => abi::SETTING_MONOLINGUAL,
            Setting::CrossLingual => abi::SETTING_CROSS_LINGUAL,
            Setting::Multilingual => abi::SETTING_MULTILINGUAL,
        };
        self.compute_in(setting, rankings, columns)
    }

    /// The same in a setting that need not be one of the contract's.
    ///
    /// # Errors
    /// As any call in the laboratory.
    pub fn compute_in(
        &self,
        setting: u32,
        rankings: &Rankings,
        columns: usize,
    ) -> Result<Vec<f64>, Trouble> {
        let lent = LentRankings::new(setting, rankings, self.instance.manners());
        let ranking = Struct::to_read("Ranking", lent.raw, self.instance.manners());
        let count = rankings.queries.len() * columns;
        let values = Memory::holding("the values", &vec![Self::UNWRITTEN; count]);
        // SAFETY: the ranking, its columns and the values live through the call.
        let made =
            self.instance.call("compute", self.functions.compute, |f, instance, error| unsafe {
                f(instance, ranking.pointer(), values.pointer(), count, error)
            });
        values.check_margins()?;
        ranking.check()?;
        lent.columns.iter().try_for_each(Lent::check)?;
        made?;
        Ok(values.values())
    }

    /// The host that the instance knows.
    pub fn watch(&self) -> &'static Watch {
        self.instance.watch()
    }
}

/// The columns of a ranking, each between canaries.
struct LentRankings {
    columns: Vec<Lent>,
    raw: abi::Ranking,
}

impl LentRankings {
    fn new(setting: u32, rankings: &Rankings, manners: &Manners) -> Self {
        let mut columns = Vec::new();
        let names: Vec<abi::Str> = rankings
            .languages
            .iter()
            .map(|code| {
                let text =
                    Lent::new("a name in the column `language_names` of Ranking", code.as_bytes());
                let name = abi::Str { data: text.pointer(), len: code.len() };
                columns.push(text);
                name
            })
            .collect();
        const DATA_SET: &str = "checker";
        let data_set = Lent::new("the name of the data set", DATA_SET.as_bytes());
        let data_set_name = abi::Str { data: data_set.pointer(), len: DATA_SET.len() };
        columns.push(data_set);
        let queries = &rankings.queries;
        let offsets = |length: fn(&Query) -> usize| -> Vec<usize> {
            let ends = queries.iter().scan(0, move |end, query| {
                *end += length(query);
                Some(*end)
            });
            // Of no queries there need be no first offset.
            let first = (!manners.least || !queries.is_empty()).then_some(0);
            first.into_iter().chain(ends).collect()
        };
        let judged = || queries.iter().flat_map(|query| &query.judged);
        let top = || queries.iter().flat_map(|query| &query.top);
        let relevant =
            |query: &Query| query.judged.iter().filter(|judged| judged.grade > 0).count() as u32;
        let mut keep = Keep { columns: &mut columns, manners };
        let raw = abi::Ranking {
            struct_size: abi::Ranking::SIZE,
            setting,
            data_set: data_set_name,
            language_count: names.len(),
            language_names: keep.column("language_names", names),
            queries: queries.len(),
            query_language: keep
                .column("query_language", queries.iter().map(|query| query.language)),
            query_group: keep.column("query_group", queries.iter().map(|query| query.group)),
            pool_size: keep.column("pool_size", queries.iter().map(|query| query.pool_size)),
            relevant: keep.column("relevant", queries.iter().map(relevant)),
            judged_offsets: keep.column("judged_offsets", offsets(|query| query.judged.len())),
            judged_rank: keep.column("judged_rank", judged().map(|judged| judged.rank)),
            judged_grade: keep.column("judged_grade", judged().map(|judged| judged.grade)),
            judged_language: keep.column("judged_language", judged().map(|judged| judged.language)),
            top_offsets: keep.column("top_offsets", offsets(|query| query.top.len())),
            top_document: keep.column("top_document", top().map(|(document, ..)| *document)),
            top_language: keep.column("top_language", top().map(|(_, language, _)| *language)),
            top_score: keep.column("top_score", top().map(|(.., score)| *score)),
        };
        Self { columns, raw }
    }
}

/// Keeps what is lent.
struct Keep<'a> {
    columns: &'a mut Vec<Lent>,
    manners: &'a Manners,
}

impl Keep<'_> {
    fn column<T: Plain>(&mut self, name: &str, values: impl IntoIterator<Item = T>) -> *const T {
        let values: Vec<T> = values.into_iter().collect();
        let lent = Lent::new(format!("the column `{name}` of Ranking"), &values);
        let pointer = self.manners.place(&lent);
        self.columns.push(lent);
        pointer
    }
}
