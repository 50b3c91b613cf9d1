//! From what the runs were made.

use std::collections::BTreeSet;

use crate::report::export::Sheet;
use crate::report::gather::{Report, ReportedRun};
use crate::report::{Table, to_the_minute};

use super::words;

/// How much of a hash tables show.
const HASH: usize = 12;

/// Every run, those that came to nothing among them.
pub fn runs_sheet(report: &Report) -> Sheet {
    let rows = report.runs.iter().enumerate().map(|(index, ReportedRun { record, .. })| {
        let strategy = report.strategies.iter().find(|strategy| strategy.runs.contains(&index));
        let steps = record.training.as_ref().map(|training| training.steps.to_string());
        let status = match &record.error {
            Some(error) => format!("{}: {error}", record.status.as_str()),
            None => record.status.as_str().to_owned(),
        };
        vec![
            format!("{}/{}", record.experiment, record.id),
            strategy.map_or_else(|| "–".into(), |strategy| strategy.name.clone()),
            record.seed.to_string(),
            status,
            to_the_minute(&record.started),
            record.seconds.get("all").map_or_else(|| "–".into(), |seconds| format!("{seconds:.0}")),
            steps.unwrap_or_else(|| "–".into()),
            short(&record.provenance.manifest),
            record.provenance.model.as_deref().map_or_else(|| "–".into(), short),
        ]
    });
    let header =
        ["run", "strategy", "seed", "status", "started", "seconds", "steps", "manifest", "model"];
    let table = Table {
        title: "Runs".into(),
        header: words(&header),
        rows: rows.collect(),
        notes: vec![format!(
            "Manifest and model are the first {HASH} digits of their hashes; each run's run.json has all"
        )],
    };
    Sheet::new("runs", table)
}

/// The plugin components, each version and file once.
pub fn plugins_sheet(report: &Report) -> Sheet {
    let plugins = report.runs.iter().flat_map(|run| &run.record.provenance.plugins);
    let rows: BTreeSet<Vec<String>> = plugins
        .map(|p| vec![p.kind.clone(), p.name.clone(), p.version.clone(), p.hash.clone()])
        .collect();
    sheet("plugins", "Plugins", &["kind", "component", "version", "BLAKE3 of its library"], rows)
}

/// The files that were read, and the files and folders that options lead to.
pub fn data_sheet(report: &Report) -> Sheet {
    let from = || report.runs.iter().map(|run| &run.record.provenance);
    let data = from().flat_map(|from| &from.data);
    let data = data.map(|(path, hash)| vec!["data".to_owned(), path.clone(), hash.clone()]);
    let paths = from().flat_map(|from| &from.paths).map(|(key, path)| {
        let shown = path.path.display().to_string();
        let hub = path.hub.as_ref().map(|hub| format!("hf:{}@{}", hub.repository, hub.commit));
        vec![key.clone(), hub.unwrap_or(shown), path.hash.clone()]
    });
    sheet(
        "data",
        "Data and weights",
        &["what", "file or folder", "BLAKE3"],
        data.chain(paths).collect(),
    )
}

/// The machines and versions.
pub fn machines_sheet(report: &Report) -> Sheet {
    let rows = report.runs.iter().map(|run| {
        let machine = &run.record.provenance.machine;
        vec![
            machine.name.clone().unwrap_or_else(|| "–".into()),
            format!("{} {}", machine.os, machine.architecture),
            machine.processors.to_string(),
            machine.threads.to_string(),
            run.record.provenance.triglot.clone(),
        ]
    });
    let header = ["machine", "system", "processors", "threads", "triglot"];
    sheet("machines", "Machines and versions", &header, rows.collect())
}

fn sheet(name: &str, title: &str, header: &[&str], rows: BTreeSet<Vec<String>>) -> Sheet {
    let rows = rows.into_iter().collect();
    let table = Table { title: title.into(), header: words(header), rows, notes: Vec::new() };
    Sheet::new(name, table)
}

fn short(hash: &str) -> String {
    hash.get(..HASH).unwrap_or(hash).to_owned()
}
