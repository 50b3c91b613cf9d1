//! The queries with the lowest values.

use crate::report::Table;
use crate::report::export::Sheet;
use crate::report::gather::{DataSet, Report, Retrieved, WorstQueries};

use super::words;

/// A row a query: what was asked, what came first, what should have.
pub fn worst_sheet(report: &Report, set: &DataSet, worst: &WorstQueries) -> Sheet {
    let strategy = report.strategy(worst.strategy);
    let rows = worst.queries.iter().map(|query| {
        let first = query.top.first();
        let rank = |passage: &Retrieved| {
            passage.rank.map_or_else(|| "beyond the kept ranks".into(), |rank| rank.to_string())
        };
        vec![
            shown(&query.id, query.text.as_deref()),
            format!("{:.4}", query.value),
            first.map_or_else(String::new, |top| shown(&top.id, top.text.as_deref())),
            query.relevant.as_ref().map_or_else(String::new, |r| shown(&r.id, r.text.as_deref())),
            query.relevant.as_ref().map_or_else(String::new, rank),
        ]
    });
    let table = Table {
        title: format!("Queries with the lowest {} on {}: {strategy}", worst.measure, set.name),
        header: words(&["query", "value", "ranked first", "relevant", "its rank"]),
        rows: rows.collect(),
        notes: vec![format!("Rankings of run {}", worst.run)],
    };
    Sheet::new(&format!("{} worst {strategy}", set.name), table)
}

fn shown(id: &str, text: Option<&str>) -> String {
    text.map_or_else(|| id.to_owned(), |text| format!("{id}: {text}"))
}
