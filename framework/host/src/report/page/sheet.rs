//! Tables of the page.

use maud::{Markup, html};

use crate::report::export::Sheet;

/// A table in a frame of its own to scroll in, its notes below it.
pub fn table(sheet: &Sheet) -> Markup {
    let table = &sheet.table;
    let numeric: Vec<bool> =
        (0..table.header.len()).map(|column| table.is_numeric(column)).collect();
    let class = |column: usize| numeric.get(column).copied().unwrap_or(false).then_some("number");
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.title) {
            table {
                caption { (table.title) }
                thead {
                    tr {
                        @for (column, name) in table.header.iter().enumerate() {
                            th scope="col" class=[class(column)] { (name) }
                        }
                    }
                }
                tbody {
                    @for (number, row) in table.rows.iter().enumerate() {
                        tr {
                            @for (column, cell) in row.iter().enumerate() {
                                @if column == 0 {
                                    th scope="row" { (cell) }
                                } @else if sheet.strong.contains(&(number, column)) {
                                    td class=[class(column)] { strong { (text(cell, class(column).is_some())) } }
                                } @else {
                                    td class=[class(column)] { (text(cell, class(column).is_some())) }
                                }
                            }
                        }
                    }
                }
            }
        }
        @for note in &table.notes { p.note { (note) "." } }
    }
}

/// A cell; among numbers, an interval has a line of its own.
fn text(cell: &str, numeric: bool) -> Markup {
    match cell.split_once(" [").filter(|_| numeric) {
        Some((value, interval)) => html! { (value) br; span.interval { "[" (interval) } },
        None => html! { (cell) },
    }
}
