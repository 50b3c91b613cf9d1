//! The queries with the lowest values, with what was ranked first instead.

use maud::{Markup, html};

use crate::report::gather::{DataSet, Report, Retrieved, WorstQuery};

/// A list a strategy.
pub fn queries(report: &Report, set: &DataSet) -> Markup {
    let Some(first) = set.worst.first() else { return html! {} };
    html! {
        h3 { "Queries with the lowest " (first.measure) }
        p { "Of one run a strategy. Each query with what was ranked first, and the relevant passage in its own language." }
        @for (number, worst) in set.worst.iter().enumerate() {
            details open[number == 0] {
                summary { (report.strategy(worst.strategy)) " (run " (worst.run) ")" }
                ol.worst { @for query in &worst.queries { li { (one(query)) } } }
            }
        }
    }
}

fn one(query: &WorstQuery) -> Markup {
    html! {
        p.query { (text(&query.id, query.text.as_deref())) " " span.value { (format!("{:.4}", query.value)) } }
        dl {
            @for passage in &query.top {
                dt { "rank " (passage.rank.unwrap_or_default()) (verdict(passage)) }
                dd { (text(&passage.id, passage.text.as_deref())) }
            }
            @if let Some(passage) = &query.relevant {
                dt {
                    "relevant, "
                    @match passage.rank {
                        Some(rank) => { "rank " (rank) },
                        None => { "beyond the kept ranks" },
                    }
                }
                dd { (text(&passage.id, passage.text.as_deref())) }
            }
        }
    }
}

fn verdict(passage: &Retrieved) -> &'static str {
    if passage.relevant { ", relevant" } else { "" }
}

/// A text in the language that its id begins with, whichever way that is written; the id before it.
fn text(id: &str, text: Option<&str>) -> Markup {
    let language = id.split_once(':').map(|(language, _)| language);
    html! {
        code { (id) }
        @if let Some(text) = text { " " span lang=[language] dir="auto" { (text) } }
    }
}
