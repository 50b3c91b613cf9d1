//! From what the figures were made.

use maud::{Markup, html};

use super::sheet::table;
use crate::report::gather::Report;
use crate::report::sheets::{data_sheet, machines_sheet, plugins_sheet, runs_sheet};

/// The section.
pub fn section(report: &Report) -> Markup {
    html! {
        section #provenance aria-labelledby="provenance-heading" {
            h2 #provenance-heading { "Provenance" }
            (table(&runs_sheet(report)))
            (table(&machines_sheet(report)))
            (table(&plugins_sheet(report)))
            (table(&data_sheet(report)))
        }
    }
}
