//! What a picture of lines shows, in figures.

use crate::report::Table;
use crate::report::export::Sheet;
use crate::report::gather::Plot;

use super::words;

/// A row a point.
pub fn plot_sheet(about: &str, plot: &Plot) -> Sheet {
    let mut rows = Vec::new();
    for curve in &plot.curves {
        for point in &curve.points {
            rows.push(vec![
                curve.name.clone(),
                point.x.to_string(),
                significant(point.y),
                point.deviation.map_or_else(|| "–".into(), significant),
            ]);
        }
    }
    let table = Table {
        title: format!("{}: {}", about, plot.title),
        header: words(&["line", &plot.x, &plot.y, "deviation"]),
        rows,
        notes: vec![plot.note.trim_end_matches('.').to_owned()],
    };
    Sheet::new(&format!("{about} {}", plot.title), table)
}

/// Four digits after the point below ten, one above.
pub(in crate::report) fn significant(value: f64) -> String {
    if value.abs() < 10.0 { format!("{value:.4}") } else { format!("{value:.1}") }
}
