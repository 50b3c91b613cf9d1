//! `triglot plan`.

use std::path::Path;

use serde_json::{Value, json};
use triglot_host::estimate;
use triglot_host::plan::Plan;
use triglot_host::report::Table;
use triglot_host::run::Data;
use triglot_host::{Result, sweep, train};

use super::estimate::estimate_table;
use crate::bars::Bars;
use crate::context::Context;
use crate::terminal;

/// The column that counts the pairs with a number in the user column.
const USER: &str = "with a number";

/// How far a plan looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// At the manifest and the plugins.
    Manifest,
    /// At the data too.
    Data,
    /// At what a run will cost.
    Estimate,
}

/// Resolves, checks and shows an experiment.
///
/// # Errors
/// Everything that is wrong with it.
pub fn plan(context: &Context, manifest: &Path, depth: Depth) -> Result<()> {
    let manifest = context.manifest(manifest)?;
    let registry = context.registry()?;
    let locations = context.locations();
    let plan = Plan::new(manifest.clone(), &registry, &locations)?;
    let trials = match manifest.experiment.sweep {
        Some(_) => sweep::plan(&manifest, &registry, &locations)?,
        None => Vec::new(),
    };
    let names: Vec<&str> = trials.iter().map(|(trial, _)| trial.name.as_str()).collect();
    let data = match depth {
        Depth::Manifest => None,
        Depth::Data | Depth::Estimate => {
            plan.check_paths(true)?;
            Some(Data::read(&plan)?)
        }
    };
    let counted = data.as_ref().map_or_else(Vec::new, |data| counts(&plan, data));
    let cost = match &data {
        Some(data) if depth == Depth::Estimate => {
            let mut bars = Bars::new(context.common.quiet);
            let runs = names.len().max(1);
            Some(estimate::estimate(&plan, data, runs, &context.services, &mut bars)?)
        }
        _ => None,
    };
    if context.common.json {
        let origins: Vec<Value> = (manifest.origins().into_iter())
            .map(|(key, value, origin)| json!({ "key": key, "value": value, "origin": origin }))
            .collect();
        let components: Vec<String> = plan.components().iter().map(|c| c.name()).collect();
        return terminal::print_json(&json!({
            "experiment": manifest.experiment,
            "hash": manifest.hash(),
            "origins": origins,
            "components": components,
            "batches": batches(&plan).iter().map(|(stage, member, n)| {
                json!({ "stage": stage, "member": member, "batches": n })
            }).collect::<Vec<_>>(),
            "trials": names,
            "data": counted.iter().map(|table| json!({
                "data": table.title, "header": table.header, "rows": table.rows,
            })).collect::<Vec<_>>(),
            "estimate": cost,
        }));
    }
    if context.common.quiet {
        return Ok(());
    }
    let rows = manifest.origins().into_iter();
    let rows = rows.map(|(key, value, origin)| vec![key, shortened(&value), origin.to_string()]);
    terminal::print_table(&Table {
        title: format!("{} (manifest {})", manifest.experiment.name, &manifest.hash()[..12]),
        header: ["key", "value", "from"].map(str::to_owned).into(),
        rows: rows.collect(),
        notes: match depth {
            Depth::Estimate => Vec::new(),
            _ => vec!["--estimate measures how long a run takes here, and its memory".to_owned()],
        },
    })?;
    let rows = batches(&plan).into_iter();
    let rows: Vec<Vec<String>> =
        rows.map(|(stage, member, n)| vec![stage, member, n.to_string()]).collect();
    if !rows.is_empty() {
        terminal::print_table(&Table {
            title: "batches".into(),
            header: ["stage", "member", "batches"].map(str::to_owned).into(),
            rows,
            notes: Vec::new(),
        })?;
    }
    counted.iter().try_for_each(terminal::print_table)?;
    if !names.is_empty() {
        terminal::print_table(&Table {
            title: format!("{} trials", names.len()),
            header: vec!["trial".into()],
            rows: names.iter().map(|name| vec![(*name).to_owned()]).collect(),
            notes: Vec::new(),
        })?;
    }
    cost.iter().map(estimate_table).try_for_each(|table| terminal::print_table(&table))
}

/// Stage, member and how many batches it draws.
fn batches(plan: &Plan) -> Vec<(String, String, u64)> {
    let stages = plan.stages.iter().zip(train::batches(plan));
    stages
        .flat_map(|(stage, counts)| {
            let members = stage.mix.iter().zip(counts);
            members.map(|(m, n)| (stage.stage.name.clone(), m.name.clone(), n)).collect::<Vec<_>>()
        })
        .collect()
}

/// The data of the plan, counted.
fn counts(plan: &Plan, data: &Data) -> Vec<Table> {
    let mut tables = Vec::new();
    if let Some(data) = &data.training {
        let parts = [("training", Some(&data.train)), ("held out", data.holdout.as_ref())];
        for (part, table) in parts {
            let Some(table) = table else { continue };
            let rows = table.languages.iter().enumerate().map(|(code, language)| {
                let of_language = |row: &usize| table.language[*row] as usize == code;
                let rows: Vec<usize> = (0..table.rows()).filter(of_language).collect();
                let mut counts = vec![language.clone(), (rows.len() / 2).to_string()];
                counts.extend(table.user.as_ref().map(|user| {
                    let numbered = rows.iter().filter(|row| !user[**row].is_nan()).count();
                    (numbered / 2).to_string()
                }));
                counts
            });
            let header = ["language", "pairs"].into_iter().chain(table.user.as_ref().map(|_| USER));
            tables.push(Table {
                title: format!("{part}: {} examples", table.examples()),
                header: header.map(str::to_owned).collect(),
                rows: rows.collect(),
                notes: Vec::new(),
            });
        }
    }
    for (set, data) in plan.evaluations.iter().zip(&data.sets) {
        let count = |codes: &[u32], code: usize| {
            codes.iter().filter(|c| **c as usize == code).count().to_string()
        };
        let rows = data.languages.iter().enumerate().map(|(code, language)| {
            vec![
                language.clone(),
                count(&data.query_language, code),
                count(&data.document_language, code),
            ]
        });
        tables.push(Table {
            title: set.evaluation.name.clone(),
            header: ["language", "queries", "passages"].map(str::to_owned).into(),
            rows: rows.collect(),
            notes: Vec::new(),
        });
    }
    tables
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
