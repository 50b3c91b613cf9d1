//! The table of gaps between settings.

use crate::report::baseline::NAME;
use crate::report::export::Sheet;
use crate::report::gather::{BaselineFigure, DataSet, Report};
use crate::report::{GAP_NOTE, Table, number};
use crate::run::{ColumnRecord, Gap, Scope};

use super::words;

/// Strategies and BM25 down, each with both gaps; across, every metric that has one.
pub fn gaps_sheet(report: &Report, set: &DataSet) -> Option<Sheet> {
    let has = |column: &&ColumnRecord| set.gaps.iter().any(|gap| gap.column == column.name);
    let columns: Vec<&ColumnRecord> = set.columns.iter().filter(has).collect();
    if columns.is_empty() {
        return None;
    }
    let scopes: Vec<Scope> = Scope::ALL
        .into_iter()
        .filter(|scope| set.gaps.iter().any(|gap| gap.scope == *scope))
        .collect();
    let apart = scopes.len() > 1;
    let mut rows = Vec::new();
    for scope in scopes {
        let mut add = |name: &str, gap: Gap, cells: Vec<Option<String>>| {
            if cells.iter().any(Option::is_some) {
                let mut row = words(&[name, gap.title()]);
                row.extend(apart.then(|| scope.as_str().to_owned()));
                row.extend(cells.into_iter().map(|cell| cell.unwrap_or_else(|| "–".into())));
                rows.push(row);
            }
        };
        for (index, strategy) in report.strategies.iter().enumerate() {
            for gap in Gap::ALL {
                let cells = columns.iter().map(|c| of_strategy(set, (index, scope, gap), c));
                add(&strategy.name, gap, cells.collect());
            }
        }
        for gap in set.baseline.iter().flat_map(|_| Gap::ALL) {
            let cells = columns.iter().map(|column| {
                let gaps = &set.baseline.as_ref()?.gaps;
                let shared = BaselineFigure::find(gaps, scope, gap, &column.name)?;
                Some(shared.cell(column))
            });
            add(NAME, gap, cells.collect());
        }
    }
    let mut header = words(&["strategy", "gap"]);
    header.extend(apart.then(|| "languages".to_owned()));
    header.extend(columns.iter().map(|column| column.name.clone()));
    let title = format!("Gaps between settings on {}", set.name);
    let table = Table { title, header, rows, notes: vec![GAP_NOTE.to_owned()] };
    Some(Sheet::new(&format!("{} gaps", set.name), table))
}

fn of_strategy(
    set: &DataSet,
    (strategy, scope, gap): (usize, Scope, Gap),
    column: &ColumnRecord,
) -> Option<String> {
    let found = set.gaps.iter().find(|found| {
        (found.strategy, found.scope, found.gap) == (strategy, scope, gap)
            && found.column == column.name
    })?;
    let mean = number(Some(found.mean), column);
    Some(match found.deviation {
        None => mean,
        deviation => format!("{mean} ± {}", number(deviation, column)),
    })
}
