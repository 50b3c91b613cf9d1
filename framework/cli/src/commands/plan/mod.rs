//! `triglot plan`.

mod counts;
mod estimate;
mod examples;
mod heat;
mod preview;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use triglot_host::estimate as host_estimate;
use triglot_host::plan::{FromHub, Plan};
use triglot_host::preview::{self as host_preview, Preview};
use triglot_host::report::Table;
use triglot_host::run::Data;
use triglot_host::{Result, retrieval, sweep, train};

use crate::bars::Bars;
use crate::context::Context;
use crate::terminal;

use counts::counts;
use estimate::estimate_table;

/// What a plan looks at, beside the manifest and the plugins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// The data.
    pub data: bool,
    /// What a run will cost.
    pub estimate: bool,
    /// How many of the first batches of every stage.
    pub batches: Option<u64>,
    /// The file that these are written into.
    pub write: Option<PathBuf>,
}

/// Resolves, checks and shows an experiment.
///
/// # Errors
/// Everything that is wrong with it.
pub fn plan(context: &Context, manifest: &Path, looks: &Looks) -> Result<()> {
    let manifest = context.manifest(manifest)?;
    let registry = context.registry()?;
    let locations = context.locations();
    let plan = Plan::new(manifest.clone(), &registry, &locations)?;
    retrieval::check_best(&plan, &context.services)?;
    let trials = match manifest.experiment.sweep {
        Some(_) => sweep::plan(&manifest, &registry, &locations)?,
        None => Vec::new(),
    };
    let names: Vec<&str> = trials.iter().map(|(trial, _)| trial.name.as_str()).collect();
    let data = match looks.data || looks.estimate || looks.batches.is_some() {
        false => None,
        true => {
            plan.check_paths(true)?;
            Some(Data::read(&plan)?)
        }
    };
    let counted = data.as_ref().filter(|_| looks.data || looks.estimate);
    let counted = counted.map_or_else(Vec::new, |data| counts(&plan, data));
    let seen = match (&data, looks.batches) {
        (Some(data), Some(batches)) => see(context, &plan, data, batches, looks.write.as_deref())?,
        _ => None,
    };
    let cost = match &data {
        Some(data) if looks.estimate => {
            let mut bars = Bars::new(context.common.quiet);
            let plan = plan.fetch(true, &context.hub, &context.services, &mut bars)?;
            let runs = names.len().max(1);
            Some(host_estimate::estimate(&plan, data, runs, &context.services, &mut bars)?)
        }
        _ => None,
    };
    let from_hub: Vec<(FromHub, Option<String>)> = (plan.from_hub(true).into_iter())
        .map(|model| (model.clone(), context.hub.cached(&model.name)))
        .collect();
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
            "validations": validations(&plan).iter().map(|(stage, n, what)| {
                json!({ "stage": stage, "validations": n, "of": what })
            }).collect::<Vec<_>>(),
            "trials": names,
            "hub": from_hub.iter().map(|(model, commit)| {
                json!({ "key": model.key, "model": model.name.to_string(), "cached": commit })
            }).collect::<Vec<_>>(),
            "data": counted.iter().map(|table| json!({
                "data": table.title, "header": table.header, "rows": table.rows, "notes": table.notes,
            })).collect::<Vec<_>>(),
            "preview": seen,
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
        notes: from_hub.iter().map(at_hand).chain(hints(looks)).collect(),
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
    let rows = validations(&plan).into_iter();
    let rows: Vec<Vec<String>> =
        rows.map(|(stage, n, what)| vec![stage, n.to_string(), what.join(", ")]).collect();
    if !rows.is_empty() {
        terminal::print_table(&Table {
            title: "validations".into(),
            header: ["stage", "at most", "of"].map(str::to_owned).into(),
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
    seen.iter().flat_map(|seen| &seen.stages).try_for_each(preview::print)?;
    cost.iter().map(estimate_table).try_for_each(|table| terminal::print_table(&table))
}

/// Whether a model of the hub is in the cache already.
fn at_hand((model, commit): &(FromHub, Option<String>)) -> String {
    match commit {
        Some(commit) => format!("{} is in the cache, at commit {commit}", model.name),
        None => format!("{} is not in the cache: a run downloads it", model.name),
    }
}

/// What the user might want to look at, too.
fn hints(looks: &Looks) -> Vec<String> {
    let batches = (looks.batches.is_none())
        .then_some("--batches N shows what the first N batches of every stage hold");
    let estimate = (!looks.estimate)
        .then_some("--estimate measures how long a run takes here, and its memory");
    batches.into_iter().chain(estimate).map(str::to_owned).collect()
}

/// The first batches of every stage, where the plan trains.
fn see(
    context: &Context,
    plan: &Plan,
    data: &Data,
    batches: u64,
    write: Option<&Path>,
) -> Result<Option<Preview>> {
    let Some(views) = data.views() else { return Ok(None) };
    let seen = match write {
        None => host_preview::preview(plan, &views, batches, &context.services),
        Some(path) => host_preview::preview_into(path, plan, &views, batches, &context.services),
    };
    seen.map(Some)
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

/// The stages that validate: how often at most, and losses and data sets that are measured.
fn validations(plan: &Plan) -> Vec<(String, u64, Vec<String>)> {
    let validating = plan.stages.iter().filter(|stage| !stage.validation.is_empty());
    let validations = validating.map(|stage| {
        let losses = stage.validation.losses.iter().map(|loss| loss.name.clone());
        let sets = stage.validation.evaluations.iter().filter_map(|at| plan.evaluations.get(*at));
        let sets = sets.map(|set| set.evaluation.name.clone());
        let count = stage.validation.count(stage.stage.steps);
        (stage.stage.name.clone(), count, losses.chain(sets).collect())
    });
    validations.collect()
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
