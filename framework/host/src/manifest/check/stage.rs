//! Stages of training: their numbers, their objectives, and the shares of their mix.

use super::super::address::Place;
use super::super::types::{Member, Objective, Stage};
use super::judge::{Judge, Range};

/// More steps than anybody trains for; with more, a plan could not draw all their batches' members while one waits.
const MOST_STEPS: u64 = 10_000_000;
/// How far the shares of a mix may miss 1, for decimal fractions that binary ones cannot hold.
const SHARE_TOLERANCE: f64 = 1e-9;

/// The share of every member of a stage's mix; the one that is left out takes the rest.
pub fn mix_shares(stage: &Stage) -> Vec<f64> {
    let rest = (1.0 - given_shares(&stage.mix)).max(0.0);
    stage.mix.iter().map(|member| member.share.unwrap_or(rest)).collect()
}

fn given_shares(mix: &[Member]) -> f64 {
    mix.iter().filter_map(|member| member.share).sum()
}

/// A stage.
pub(super) fn check_stage(judge: &mut Judge, stage: &Stage, at: &Place) {
    judge.at_least(1, stage.steps, &at.key("steps"));
    judge.at_most(MOST_STEPS, stage.steps, &at.key("steps"));
    judge.at_least(2, stage.batch_size as u64, &at.key("batch_size"));
    judge.at_least(1, stage.chunk.map(|chunk| chunk as u64), &at.key("chunk"));
    judge.at_least(1, stage.validate_every, &at.key("validate_every"));
    judge.at_least(1, stage.checkpoint_every, &at.key("checkpoint_every"));
    judge.number(stage.learning_rate, &Range::ABOVE_ZERO, &at.key("learning_rate"));
    judge.number(stage.warmup, &Range::FRACTION, &at.key("warmup"));
    judge.number(stage.weight_decay, &Range::FROM_ZERO, &at.key("weight_decay"));
    judge.number(stage.clip, &Range::ABOVE_ZERO, &at.key("clip"));
    check_objectives(judge, &stage.objective, &at.key("objective"));
    for (index, augmenter) in stage.augment.iter().enumerate() {
        judge.component(&augmenter.component, &at.key("augment").index(index));
    }
    check_mix(judge, &stage.mix, &at.key("mix"));
}

fn check_objectives(judge: &mut Judge, objectives: &[Objective], at: &Place) {
    judge.not_empty(objectives, "objective", at);
    for (index, objective) in objectives.iter().enumerate() {
        let at = at.index(index);
        judge.component(&objective.component, &at);
        judge.number(objective.weight, &Range::ABOVE_ZERO, &at.key("weight"));
    }
}

fn check_mix(judge: &mut Judge, mix: &[Member], at: &Place) {
    judge.not_empty(mix, "member", at);
    judge.names(mix.iter().map(|member| member.name.as_str()), at);
    let mut shares_are_fractions = true;
    for (index, member) in mix.iter().enumerate() {
        let at = at.index(index);
        judge.component(&member.component, &at);
        shares_are_fractions &= judge.number(member.share, &Range::FRACTION, &at.key("share"));
        if let Some(objectives) = &member.objective {
            check_objectives(judge, objectives, &at.key("objective"));
        }
    }
    if shares_are_fractions && !mix.is_empty() {
        check_sum(judge, mix, at);
    }
}

fn check_sum(judge: &mut Judge, mix: &[Member], at: &Place) {
    let sum = given_shares(mix);
    // 0.1 + 0.2 is shown as 0.3.
    let shown = (sum * 1e9).round() / 1e9;
    match mix.iter().filter(|member| member.share.is_none()).count() {
        0 if (sum - 1.0).abs() > SHARE_TOLERANCE => {
            judge.wrong(at, format!("the shares sum to {shown}, they have to sum to 1"));
        }
        1 if sum > 1.0 + SHARE_TOLERANCE => {
            let problem = "which leaves nothing for the member without a share";
            judge.wrong(at, format!("the shares sum to {shown}, {problem}"));
        }
        0 | 1 => {}
        several => {
            judge.wrong(
                at,
                format!("{several} members have no share, one at most may leave it out"),
            );
        }
    }
}
