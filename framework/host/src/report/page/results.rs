//! What the page says of a data set.

use maud::{Markup, html};

use super::sheet::table;
use super::{pictures, worst};
use crate::manifest::types::Setting;
use crate::report::Scope;
use crate::report::chart::{Bar, Look, bars, heat};
use crate::report::gather::{DataSet, LanguageMap, Report};
use crate::report::number;
use crate::report::sheets::{gaps_sheet, metrics_sheet, published_sheet, strategies_sheet};
use crate::run::ColumnRecord;

/// More languages than this are a table to be read by programs, and no map.
const MOST_LANGUAGES: usize = 40;

/// Maps of so many strategies are unfolded from the start.
const OPEN: usize = 6;

/// A section.
pub fn section(report: &Report, set: &DataSet, id: &str) -> Markup {
    let heading = format!("{id}-heading");
    html! {
        section id=(id) aria-labelledby=(heading) {
            h2 id=(heading) { (set.name) }
            p { (size(set)) }
            h3 { "Strategies" }
            (table(&strategies_sheet(report, set)))
            details {
                summary { "All metrics" }
                (table(&metrics_sheet(report, set)))
            }
            @if let Some(sheet) = gaps_sheet(report, set) {
                h3 { "Gaps between settings" }
                p { "How much of a metric is lost from a pool of the query’s own language to one of another, and to one of all languages." }
                (table(&sheet))
            }
            @if let Some(sheet) = published_sheet(report, set) {
                h3 { "Beside published figures" }
                div.published {
                    p { strong { "Other data, other training." } " Published figures and ours stand side by side for orientation; they do not compare as equals." }
                    (table(&sheet))
                }
            }
            (maps(report, set))
            @if !set.ablations.is_empty() {
                h3 { "Ablations" }
                @for plot in &set.ablations {
                    h4 { (plot.title) }
                    (pictures(plot, &set.name))
                }
            }
            @for column in set.multilingual_alone() { (distances(report, set, column, id)) }
            (shares(report, set))
            (worst::queries(report, set))
        }
    }
}

fn size(set: &DataSet) -> String {
    let queries: usize = set.languages.values().map(|size| size.queries).sum();
    let passages: usize = set.languages.values().map(|size| size.passages).sum();
    let languages: Vec<&str> = set.languages.keys().map(String::as_str).collect();
    format!(
        "{queries} queries and {passages} passages in {} languages: {}.",
        languages.len(),
        languages.join(", ")
    )
}

fn maps(report: &Report, set: &DataSet) -> Markup {
    let Some(first) = set.heat.first() else { return html! {} };
    let look = Look::of(&set.heat, false);
    html! {
        h3 { "By language: " (first.measure) }
        p {
            "Down: the language of the queries. Across: the language of the passages that they are searched in. The diagonal is "
            "the monolingual setting, all else the cross-lingual. Shades run from " (look.number(look.low)) " to "
            (look.number(look.high)) " in every map."
        }
        (each(report, &set.heat, &look))
    }
}

fn shares(report: &Report, set: &DataSet) -> Markup {
    let Some(first) = set.shares.first() else { return html! {} };
    let look = Look::of(&set.shares, true);
    html! {
        h3 { "Languages of the " (first.measure.trim_start_matches("share of the ")) }
        p {
            "In the multilingual setting: what percentage of the first places the passages of each language take, by the language "
            "of the query. The last row is what part of the relevant passages each language has: without language bias every row "
            "would be like it. A model that favours the query’s own language has large numbers on the diagonal."
        }
        (each(report, &set.shares, &look))
    }
}

/// A map a strategy; the first few open.
fn each(report: &Report, maps: &[LanguageMap], look: &Look) -> Markup {
    let fits = |map: &LanguageMap| map.queries.len().max(map.passages.len()) <= MOST_LANGUAGES;
    if !maps.iter().all(fits) {
        return html! { p { "There are too many languages for a map; the exported tables have them." } };
    }
    html! {
        div.maps {
            @for (number, map) in maps.iter().enumerate() {
                @let name = report.strategy(map.strategy);
                details open[number < OPEN] {
                    summary { (name) }
                    (heat(map, look, &format!("{}: {name}", map.measure)))
                }
            }
        }
    }
}

/// What the multilingual setting alone defines, such as the rank distance.
fn distances(report: &Report, set: &DataSet, column: &ColumnRecord, id: &str) -> Markup {
    let all = report.strategies.iter().enumerate().filter_map(|(index, strategy)| {
        let figure = set.figure(index, Scope::All, Setting::Multilingual, &column.name)?;
        let mean = number(Some(figure.mean), column);
        let label = match figure.deviation {
            None => mean,
            deviation => format!("{mean} ± {}", number(deviation, column)),
        };
        let (value, deviation) = (figure.mean.max(0.0), figure.deviation);
        Some(Bar { name: strategy.name.clone(), value, deviation, label })
    });
    let all: Vec<Bar> = all.collect();
    let better = if column.higher_is_better { "higher" } else { "lower" };
    let title = format!("{} in the multilingual setting", column.name);
    html! {
        h3 { (column.name) }
        p { "In the multilingual setting; " (better) " is better. Whiskers are one sample standard deviation over seeds." }
        (bars(&title, &all, &format!("{id}-{}", column.name)))
    }
}
