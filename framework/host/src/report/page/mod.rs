//! The report as a page: one file without scripts that asks nobody for anything.
//!
//! It is read in a browser years later and far from any server, so style and pictures stand in it, and its own policy
//! forbids every request. `maud` escapes whatever text comes in (names, queries, errors) at compile-checked places; nothing
//! here writes markup from text.

mod results;
mod sheet;
mod sources;
mod worst;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{PER_PICTURE, lines};
use super::export::file_name;
use super::gather::{DataSet, Plot, Report};
use super::sheets::plot_sheet;

use sheet::table;

/// Style in the page, images in the page, and nothing else from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// The page.
pub fn page(report: &Report) -> String {
    let sets: Vec<(String, &DataSet)> =
        (1..).zip(&report.sets).map(|(number, set)| (format!("set-{number}"), set)).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("triglot ", env!("CARGO_PKG_VERSION")));
                link rel="icon" href="data:,";
                title { "Report: " (report.title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    h1 { "Report: " (report.title) }
                    p { (summary(report)) }
                    (contents(report, &sets))
                }
                main {
                    @if !report.notes.is_empty() { (missing(report)) }
                    @for (id, set) in &sets { (results::section(report, set, id)) }
                    @if !report.losses.is_empty() { (losses(report)) }
                    (sources::section(report))
                }
                footer { p { "Made by triglot " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    };
    page.into_string()
}

fn summary(report: &Report) -> String {
    let count = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    format!(
        "{}, {}, {}.",
        count(report.runs.len(), "run", "runs"),
        count(report.strategies.len(), "strategy", "strategies"),
        count(report.sets.len(), "data set", "data sets")
    )
}

fn contents(report: &Report, sets: &[(String, &DataSet)]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                @for (id, set) in sets { li { a href=(format!("#{id}")) { (set.name) } } }
                @if !report.losses.is_empty() { li { a href="#training" { "Training" } } }
                li { a href="#provenance" { "Provenance" } }
            }
        }
    }
}

fn missing(report: &Report) -> Markup {
    html! {
        aside.notice aria-label="What is missing" {
            p { strong { "Not everything could be had." } }
            ul { @for note in &report.notes { li { (note) } } }
        }
    }
}

fn losses(report: &Report) -> Markup {
    html! {
        section #training aria-labelledby="training-heading" {
            h2 #training-heading { "Training" }
            @for plot in &report.losses {
                h3 { (plot.title) }
                (pictures(plot, "loss"))
            }
        }
    }
}

/// A plot in as many pictures as it takes, with its figures below.
fn pictures(plot: &Plot, about: &str) -> Markup {
    let id = file_name(&format!("{about} {}", plot.title));
    let starts = (0..plot.curves.len()).step_by(PER_PICTURE);
    html! {
        @for start in starts { (lines(plot, start, &format!("{id}-{start}"))) }
        details {
            summary { "The figures of " (plot.title) }
            (table(&plot_sheet(about, plot)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_shown_and_never_obeyed() {
        let hostile = "</title><script>alert(1)</script>\" onload=\"x".to_owned();
        let plot = Plot {
            title: hostile.clone(),
            x: hostile.clone(),
            y: hostile.clone(),
            note: hostile.clone(),
            curves: Vec::new(),
        };
        let report = Report {
            title: hostile.clone(),
            runs: Vec::new(),
            strategies: Vec::new(),
            sets: Vec::new(),
            losses: vec![plot],
            notes: vec![hostile],
        };
        let page = page(&report);
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)"));
    }

    #[test]
    fn the_style_of_the_page_loads_nothing() {
        let style = include_str!("style.css");
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains('<'));
    }
}
