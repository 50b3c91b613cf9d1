//! Every table of a report, as cells of text: the page shows them, and `--tables` writes them for other programs.

mod gaps;
mod maps;
mod plots;
mod provenance;
mod results;
mod worst;

use std::collections::BTreeMap;

use super::export::Sheet;
use super::gather::{DataSet, Report};

pub use gaps::gaps_sheet;
pub use maps::{heat_sheet, shares_sheet};
pub use plots::plot_sheet;
pub(super) use plots::significant;
pub use provenance::{data_sheet, machines_sheet, plugins_sheet, runs_sheet};
pub use results::{metrics_sheet, published_sheet, strategies_sheet};
pub use worst::worst_sheet;

/// All tables of a report, each under a name of its own.
pub fn sheets(report: &Report) -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> =
        report.sets.iter().flat_map(|set| sheets_of(report, set)).collect();
    sheets.extend(report.losses.iter().map(|plot| plot_sheet("loss", plot)));
    sheets.extend([
        runs_sheet(report),
        plugins_sheet(report),
        data_sheet(report),
        machines_sheet(report),
    ]);
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for sheet in &mut sheets {
        let count = taken.entry(sheet.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            sheet.name = format!("{}-{count}", sheet.name);
        }
    }
    sheets
}

fn sheets_of(report: &Report, set: &DataSet) -> Vec<Sheet> {
    let mut sheets = vec![strategies_sheet(report, set), metrics_sheet(report, set)];
    sheets.extend(gaps_sheet(report, set));
    sheets.extend(published_sheet(report, set));
    sheets.extend(set.heat.iter().map(|map| heat_sheet(report, set, map)));
    sheets.extend(set.ablations.iter().map(|plot| plot_sheet(&set.name, plot)));
    sheets.extend(set.shares.iter().map(|map| shares_sheet(report, set, map)));
    sheets.extend(set.worst.iter().map(|worst| worst_sheet(report, set, worst)));
    sheets
}

impl Report {
    /// The name of a strategy.
    pub fn strategy(&self, index: usize) -> &str {
        self.strategies.get(index).map_or("", |strategy| &strategy.name)
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
