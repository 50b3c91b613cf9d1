//! Which member of the mix draws the batch of a step, and which of its batches that is.
//!
//! The member of a step follows from the shares and, where they are probabilities, the step's key; a member's ordinal
//! counts its earlier draws in the stage. Neither depends on what a batch held, so a run can be continued, or looked at,
//! from any step.

use crate::keys::Key;
use crate::manifest::MixShares;
use crate::manifest::types::Draw as Law;
use crate::plan::{Plan, StagePlan};

use super::deal::Dealer;

/// The key that every draw of a stage follows from.
pub(super) fn stage_key(seed: u64, stage: usize) -> Key {
    Key::root(seed).child("stage").child_u64(stage as u64)
}

/// How many batches every member of every stage will draw: exact, since the draws follow from the manifest alone.
pub fn batches(plan: &Plan) -> Vec<Vec<u64>> {
    let seed = plan.manifest.experiment.seed;
    let count = |(index, stage): (usize, &StagePlan)| {
        let mut counts = vec![0; stage.mix.len()];
        let (_, drawn) = stage.shares.drawn();
        draws(stage, &stage_key(seed, index)).for_each(|draw| counts[drawn[draw.member]] += 1);
        counts
    };
    plan.stages.iter().enumerate().map(count).collect()
}

/// What a step draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Which of the members that are drawn at all ([`MixShares::drawn`]) it is.
    pub member: usize,
    /// How many batches of this member came before in the stage.
    pub ordinal: u64,
}

/// The draws of a stage's steps, whose key is given: hybrid batching as in arXiv 2408.10536, section 3.2, for two
/// members with shares α and 1 − α.
pub fn draws(stage: &StagePlan, key: &Key) -> Draws {
    draws_of(stage.shares.drawn().0, stage.stage.draw, key)
}

fn draws_of(shares: MixShares, law: Law, key: &Key) -> Draws {
    let law = match law {
        Law::Random => Members::Random(key.child("mix")),
        Law::Exact => Members::Exact(Dealer::new(&shares)),
    };
    Draws { drawn: vec![0; shares.members()], shares, law, step: 0 }
}

/// The draws of a stage, one a step.
pub struct Draws {
    shares: MixShares,
    law: Members,
    drawn: Vec<u64>,
    step: u64,
}

enum Members {
    /// Each step by its own key.
    Random(Key),
    /// Dealt.
    Exact(Dealer),
}

impl Iterator for Draws {
    type Item = Draw;

    fn next(&mut self) -> Option<Draw> {
        if self.step >= self.shares.steps() {
            return None;
        }
        let member = match &mut self.law {
            Members::Random(key) => {
                member_at(&self.shares, self.step, key.child_u64(self.step).unit())
            }
            Members::Exact(dealer) => dealer.deal(&self.shares, self.step),
        };
        self.step += 1;
        let drawn = self.drawn.get_mut(member)?;
        *drawn += 1;
        Some(Draw { member, ordinal: *drawn - 1 })
    }
}

/// The member whose part of [0, 1) holds `at`; rounding in the sum of the shares never reaches a member without one.
fn member_at(shares: &MixShares, step: u64, at: f64) -> usize {
    let mut reached = 0.0;
    let mut last = 0;
    let positive = (0..shares.members()).map(|member| (member, shares.at(member, step)));
    for (member, share) in positive.filter(|(_, share)| *share > 0.0) {
        reached += share;
        last = member;
        if at < reached {
            return member;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::types::{Ramp, Share};

    fn random(shares: Vec<Option<Share>>, steps: u64, seed: u64) -> Vec<Draw> {
        draws_of(MixShares::new(steps, shares), Law::Random, &Key::root(seed)).collect()
    }

    fn constant(share: f64) -> Option<Share> {
        Some(Share::Constant(share))
    }

    proptest! {
        #[test]
        fn ordinals_count_the_earlier_draws_of_a_member(seed: u64, a in 0.0..1.0f64, steps in 0u64..300) {
            let mut seen = [0u64; 2];
            for draw in random(vec![constant(a), None], steps, seed) {
                prop_assert_eq!(draw.ordinal, seen[draw.member]);
                seen[draw.member] += 1;
            }
            prop_assert_eq!(seen.iter().sum::<u64>(), steps);
        }

        #[test]
        fn a_member_without_a_share_is_never_drawn(seed: u64, at in 0usize..3) {
            let mut shares = vec![constant(0.5); 3];
            shares[at] = constant(0.0);
            prop_assert!(random(shares, 200, seed).iter().all(|draw| draw.member != at));
        }
    }

    #[test]
    fn members_are_drawn_by_their_shares() {
        // Chi-square with 2 degrees of freedom; 99.99% quantile 18.4.
        let shares = [0.5, 0.3, 0.2];
        let mut counts = [0f64; 3];
        let drawn = random(shares.map(constant).to_vec(), 20_000, 7);
        drawn.iter().for_each(|draw| counts[draw.member] += 1.0);
        let chi: f64 =
            (0..3).map(|i| (counts[i] - shares[i] * 2e4).powi(2) / (shares[i] * 2e4)).sum();
        assert!(chi < 18.4, "chi-square {chi}");
    }

    #[test]
    fn a_share_that_changes_is_followed() {
        // Ten stretches of 2000 steps; chi-square with 10 degrees of freedom, 99.99% quantile 35.6.
        let shares = vec![Some(Share::Ramp(Ramp { from: 0.9, to: 0.1, over: 0.5 })), None];
        let expected = MixShares::new(20_000, shares.clone());
        let drawn = random(shares, 20_000, 7);
        let chi: f64 = (0..10u64)
            .map(|stretch| {
                let (from, to) = (stretch * 2000, (stretch + 1) * 2000);
                let due = expected.expected(0, to) - expected.expected(0, from);
                let found = drawn[from as usize..to as usize].iter();
                let found = found.filter(|draw| draw.member == 0).count() as f64;
                (found - due).powi(2) / (due * (1.0 - due / 2000.0))
            })
            .sum();
        assert!(chi < 35.6, "chi-square {chi}");
    }
}
