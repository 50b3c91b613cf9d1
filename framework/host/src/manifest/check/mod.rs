//! What the types cannot say: ranges, names, sums, and keys that must agree with each other.
//!
//! Each table of the manifest has its function, and each hands its mistakes to the [`Judge`], which knows their
//! place.

mod collection;
mod data;
mod judge;
mod stage;

use self::judge::{Judge, NOT_A_NAME, is_name};
use super::address::Place;
use super::tree::Tree;
use super::types::{Experiment, Sweep, Train};
use crate::error::Diagnostic;

/// Everything that is wrong with an experiment whose keys and types are right.
pub(super) fn check(experiment: &Experiment, tree: &Tree) -> Vec<Diagnostic> {
    let mut judge = Judge::over(tree);
    let root = Place::default();
    if !is_name(&experiment.name) {
        judge.wrong(&root.key("name"), NOT_A_NAME);
    }
    judge.component(&experiment.model.component, &root.key("model"));
    if let Some(teacher) = &experiment.teacher {
        judge.component(&teacher.component, &root.key("teacher"));
        if experiment.train.is_none() {
            judge.wrong(&root.key("teacher"), "nothing is trained that it could teach");
        }
    }
    if let Some(train) = &experiment.train {
        check_train(&mut judge, train, &root.key("train"));
    }
    let evaluate = root.key("evaluate");
    judge.names(experiment.evaluate.iter().map(|evaluation| evaluation.name.as_str()), &evaluate);
    for (index, evaluation) in experiment.evaluate.iter().enumerate() {
        data::check_evaluation(&mut judge, evaluation, &evaluate.index(index));
    }
    if experiment.train.is_none() && experiment.evaluate.is_empty() {
        judge.wrong(
            &root,
            "there is nothing to do: the manifest has neither `[train]` nor `[[evaluate]]`",
        );
    }
    if let Some(sweep) = &experiment.sweep {
        check_sweep(&mut judge, sweep, &root.key("sweep"));
    }
    judge.found
}

fn check_train(judge: &mut Judge, train: &Train, at: &Place) {
    let data = at.key("data");
    judge.not_empty(&train.data, "data set", &data);
    judge.names(train.data.iter().map(|set| set.name.as_str()), &data);
    for (index, set) in train.data.iter().enumerate() {
        data::check_data_set(judge, set, &data.index(index));
    }
    let sets = at.key("validation");
    judge.names(train.validation.iter().map(|set| set.name.as_str()), &sets);
    for (index, set) in train.validation.iter().enumerate() {
        data::check_validation_set(judge, set, &sets.index(index));
    }
    judge.at_least(1, train.keep_checkpoints as u64, &at.key("keep_checkpoints"));
    let stages = at.key("stage");
    judge.not_empty(&train.stage, "stage", &stages);
    judge.names(train.stage.iter().map(|stage| stage.name.as_str()), &stages);
    for (index, stage) in train.stage.iter().enumerate() {
        stage::check_stage(judge, stage, &train.data, &stages.index(index));
    }
}

/// Where the addresses of a sweep lead shows when its trials are made.
fn check_sweep(judge: &mut Judge, sweep: &Sweep, at: &Place) {
    judge.unique(&sweep.seeds, &at.key("seeds"));
    for (key, values) in &sweep.grid {
        let at = at.key("grid").key(key);
        judge.not_empty(values, "value", &at);
        judge.unique(values, &at);
    }
    for variant in sweep.variants.keys().filter(|variant| !is_name(variant)) {
        judge.wrong(&at.key("variants").key(variant), NOT_A_NAME);
    }
}
