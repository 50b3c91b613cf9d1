//! Stages of training: their numbers, their objectives, and the shares of their mix.

use super::super::address::Place;
use super::super::shares::{MixShares, TOLERANCE};
use super::super::types::{DataSet, Member, Objective, Ramp, Share, Stage, Validation, Weight};
use super::judge::{Judge, NOT_A_NAME, Range, is_name};

/// More steps than anybody trains for; with more, a plan could not draw all their batches' members while one waits.
const MOST_STEPS: u64 = 10_000_000;
/// A stage.
pub(super) fn check_stage(judge: &mut Judge, stage: &Stage, data_sets: &[DataSet], at: &Place) {
    judge.at_least(1, stage.steps, &at.key("steps"));
    judge.at_most(MOST_STEPS, stage.steps, &at.key("steps"));
    judge.at_least(2, stage.batch_size as u64, &at.key("batch_size"));
    judge.at_least(1, stage.chunk.map(|chunk| chunk as u64), &at.key("chunk"));
    if let Some(validation) = &stage.validation {
        check_validation(judge, validation, &at.key("validation"));
    }
    check_list(judge, stage.data.as_deref(), "data set", &at.key("data"));
    check_data(judge, stage.data.as_deref().unwrap_or_default(), data_sets, &at.key("data"));
    check_list(judge, stage.languages.as_deref(), "language", &at.key("languages"));
    judge.at_least(1, stage.checkpoint_every, &at.key("checkpoint_every"));
    judge.number(stage.learning_rate, &Range::ABOVE_ZERO, &at.key("learning_rate"));
    judge.number(stage.warmup, &Range::FRACTION, &at.key("warmup"));
    judge.number(stage.weight_decay, &Range::FROM_ZERO, &at.key("weight_decay"));
    judge.number(stage.clip, &Range::ABOVE_ZERO, &at.key("clip"));
    check_objectives(judge, &stage.objective, &stage.mix, &at.key("objective"));
    for (index, augmenter) in stage.augment.iter().enumerate() {
        judge.component(&augmenter.component, &at.key("augment").index(index));
    }
    check_mix(judge, stage, &at.key("mix"));
}

/// What the table says by itself; whether its names exist is asked elsewhere.
fn check_validation(judge: &mut Judge, validation: &Validation, at: &Place) {
    judge.at_least(1, validation.every, &at.key("every"));
    judge.at_least(1, validation.patience, &at.key("patience"));
    judge.unique(validation.loss.as_deref().unwrap_or_default(), &at.key("loss"));
    judge.unique(&validation.evaluate, &at.key("evaluate"));
    if validation.patience.is_some() && validation.best.is_none() {
        judge
            .wrong(&at.key("patience"), "there is no `best` to wait for: name the number to watch");
    }
    if validation.restore_best.is_some() && validation.best.is_none() {
        let problem = "there is no `best` to go back to: name the number to watch";
        judge.wrong(&at.key("restore_best"), problem);
    }
}

fn check_list(judge: &mut Judge, names: Option<&[String]>, what: &str, at: &Place) {
    if let Some(names) = names {
        judge.not_empty(names, what, at);
        judge.unique(names, at);
    }
}

/// Whether the data sets that a stage draws from are there. Its languages are asked for once the data is read.
fn check_data(judge: &mut Judge, names: &[String], data_sets: &[DataSet], at: &Place) {
    let known: Vec<&str> = data_sets.iter().map(|set| set.name.as_str()).collect();
    for (index, name) in names.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let problem = format!("there is no data set `{name}` to train on");
            judge.unknown(&at.index(index), problem, name, &known);
        }
    }
}

fn check_objectives(judge: &mut Judge, objectives: &[Objective], mix: &[Member], at: &Place) {
    judge.not_empty(objectives, "objective", at);
    for (index, objective) in objectives.iter().enumerate() {
        let at = at.index(index);
        judge.component(&objective.component, &at);
        check_weight(judge, &objective.weight, &at.key("weight"));
        let (called, named) = (objective.called(), objective.name.is_some());
        let place = at.key(if named { "name" } else { "use" });
        let recorded = "give it a `name` of its own to record it under";
        if named && !is_name(called) {
            judge.wrong(&place, NOT_A_NAME);
        } else if objectives.iter().take(index).any(|earlier| earlier.called() == called) {
            judge.wrong(
                &place,
                format!("an earlier objective is called `{called}` too: {recorded}"),
            );
        } else if mix.iter().any(|member| member.name == called) {
            judge
                .wrong(&place, format!("a member of the mix is called `{called}` too: {recorded}"));
        }
    }
}

/// A weight may fade in or out, but not be nothing throughout.
fn check_weight(judge: &mut Judge, weight: &Weight, at: &Place) {
    match weight {
        Weight::Constant(weight) => {
            judge.number(*weight, &Range::ABOVE_ZERO, at);
        }
        Weight::Ramp(Ramp { from, to, over }) => {
            let sound = judge.number(*from, &Range::FROM_ZERO, &at.key("from"))
                & judge.number(*to, &Range::FROM_ZERO, &at.key("to"))
                & judge.number(*over, &Range::FRACTION, &at.key("over"));
            if sound && *to == 0.0 && (*from == 0.0 || *over == 0.0) {
                judge.wrong(at, "the weight is 0 at every step, leave the objective out");
            }
        }
    }
}

fn check_mix(judge: &mut Judge, stage: &Stage, at: &Place) {
    let mix = &stage.mix;
    judge.not_empty(mix, "member", at);
    judge.names(mix.iter().map(|member| member.name.as_str()), at);
    let mut shares_are_fractions = true;
    for (index, member) in mix.iter().enumerate() {
        let at = at.index(index);
        judge.component(&member.component, &at);
        if let Some(share) = &member.share {
            shares_are_fractions &= check_share(judge, share, &at.key("share"));
        }
        if let Some(objectives) = &member.objective {
            check_objectives(judge, objectives, mix, &at.key("objective"));
        }
    }
    if shares_are_fractions && !mix.is_empty() {
        check_sum(judge, mix, &MixShares::of(stage), at);
    }
}

/// Whether a share is a fraction wherever it goes.
fn check_share(judge: &mut Judge, share: &Share, at: &Place) -> bool {
    let fraction = &Range::FRACTION;
    match share {
        Share::Constant(share) => judge.number(*share, fraction, at),
        Share::Ramp(ramp) => {
            let ends = [("from", ramp.from), ("to", ramp.to), ("over", ramp.over)];
            ends.into_iter().fold(true, |right, (key, value)| {
                judge.number(value, fraction, &at.key(key)) && right
            })
        }
    }
}

/// Between the corners the sum is a line, so that what holds at them holds throughout.
fn check_sum(judge: &mut Judge, mix: &[Member], shares: &MixShares, at: &Place) {
    let changing = mix.iter().any(|member| matches!(member.share, Some(Share::Ramp(_))));
    let sums = |wrong: fn(f64) -> bool| {
        let sums = shares.corners().into_iter().map(|step| (step, shares.named(step)));
        sums.into_iter().find(|(_, sum)| wrong(*sum)).map(|(step, sum)| {
            // 0.1 + 0.2 is shown as 0.3.
            let shown = (sum * 1e9).round() / 1e9;
            match changing {
                true => format!("at step {step} of the stage the shares sum to {shown}"),
                false => format!("the shares sum to {shown}"),
            }
        })
    };
    match mix.iter().filter(|member| member.share.is_none()).count() {
        0 => {
            if let Some(sum) = sums(|sum| (sum - 1.0).abs() > TOLERANCE) {
                judge.wrong(at, format!("{sum}, they have to sum to 1"));
            }
        }
        1 => {
            if let Some(sum) = sums(|sum| sum > 1.0 + TOLERANCE) {
                let problem = "which leaves nothing for the member without a share";
                judge.wrong(at, format!("{sum}, {problem}"));
            }
        }
        several => {
            judge.wrong(
                at,
                format!("{several} members have no share, one at most may leave it out"),
            );
        }
    }
}
