//! Tables by query language and passage language.

use crate::report::Table;
use crate::report::export::Sheet;
use crate::report::gather::{DataSet, LanguageMap, Report};

/// The headline by languages.
pub fn heat_sheet(report: &Report, set: &DataSet, map: &LanguageMap) -> Sheet {
    let strategy = report.strategy(map.strategy);
    let title = format!("{} on {} by language: {strategy}", map.measure, set.name);
    let notes = vec!["Down: language of the queries; across: language of the passages".into()];
    let value = |value: f64| format!("{value:.4}");
    Sheet::new(&format!("{} heat {strategy}", set.name), table(map, title, notes, value))
}

/// The language shares.
pub fn shares_sheet(report: &Report, set: &DataSet, map: &LanguageMap) -> Sheet {
    let strategy = report.strategy(map.strategy);
    let title = format!("{} by language on {}: {strategy}", map.measure, set.name);
    let notes = vec![
        "Multilingual setting; down: language of the queries; across: percentage of the places that passages of this language take".into(),
    ];
    let value = |value: f64| format!("{:.1}", 100.0 * value);
    Sheet::new(&format!("{} shares {strategy}", set.name), table(map, title, notes, value))
}

fn table(
    map: &LanguageMap,
    title: String,
    notes: Vec<String>,
    value: impl Fn(f64) -> String,
) -> Table {
    let header = std::iter::once("queries".to_owned()).chain(map.passages.iter().cloned());
    let rows = map.queries.iter().zip(&map.cells).map(|(query, cells)| {
        let cells = cells.iter().map(|cell| cell.map_or_else(|| "–".into(), &value));
        std::iter::once(query.clone()).chain(cells).collect()
    });
    Table { title, header: header.collect(), rows: rows.collect(), notes }
}
