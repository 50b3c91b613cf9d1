//! Which member of the mix draws the batch of a step, and which of its batches that is.
//!
//! The draw of a step depends on its key alone, and a member's ordinal counts its earlier draws in the stage: both
//! follow from the manifest without drawing a batch, so a run can be continued, or looked at, from any step.

use crate::keys::Key;
use crate::plan::Plan;

/// The key that every draw of a stage follows from.
pub(super) fn stage_key(seed: u64, stage: usize) -> Key {
    Key::root(seed).child("stage").child_u64(stage as u64)
}

/// The key of a stage's draws of members.
pub(super) fn mix_key(stage: &Key) -> Key {
    stage.child("mix")
}

/// How many batches every member of every stage will draw: exact, since the draws follow from the manifest alone.
pub fn batches(plan: &Plan) -> Vec<Vec<u64>> {
    let seed = plan.manifest.experiment.seed;
    let count = |(index, stage): (usize, &crate::plan::StagePlan)| {
        let drawn: Vec<usize> =
            (0..stage.mix.len()).filter(|member| stage.mix[*member].share > 0.0).collect();
        let shares: Vec<f64> = drawn.iter().map(|member| stage.mix[*member].share).collect();
        let mut counts = vec![0; stage.mix.len()];
        let key = mix_key(&stage_key(seed, index));
        for draw in draws(&shares, &key, stage.stage.steps) {
            counts[drawn[draw.member]] += 1;
        }
        counts
    };
    plan.stages.iter().enumerate().map(count).collect()
}

/// What a step draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Index of the member in the mix.
    pub member: usize,
    /// How many batches of this member came before in the stage.
    pub ordinal: u64,
}

/// The draws of a stage's steps: each a member by its share (shares sum to 1), hybrid batching as in
/// arXiv 2408.10536, section 3.2, for two members with shares α and 1 − α.
pub fn draws(shares: &[f64], key: &Key, steps: u64) -> impl Iterator<Item = Draw> + use<> {
    let (shares, key) = (shares.to_vec(), key.clone());
    let mut drawn = vec![0u64; shares.len()];
    (0..steps).map(move |step| {
        let at = key.child_u64(step).unit();
        let member = member_at(&shares, at);
        let ordinal = drawn[member];
        drawn[member] += 1;
        Draw { member, ordinal }
    })
}

/// The member whose part of [0, 1) holds `at`; rounding in the sum of the shares never reaches a member without one.
fn member_at(shares: &[f64], at: f64) -> usize {
    let mut reached = 0.0;
    let mut last = 0;
    for (member, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
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

    proptest! {
        #[test]
        fn ordinals_count_the_earlier_draws_of_a_member(seed: u64, a in 0.0..1.0f64, steps in 0u64..300) {
            let key = Key::root(seed);
            let mut seen = [0u64; 2];
            for draw in draws(&[a, 1.0 - a], &key, steps) {
                prop_assert_eq!(draw.ordinal, seen[draw.member]);
                seen[draw.member] += 1;
            }
            prop_assert_eq!(seen.iter().sum::<u64>(), steps);
        }

        #[test]
        fn a_member_without_a_share_is_never_drawn(seed: u64, at in 0usize..3) {
            let mut shares = [0.5; 3];
            shares[at] = 0.0;
            let key = Key::root(seed);
            prop_assert!(draws(&shares, &key, 200).all(|draw| draw.member != at));
        }
    }

    #[test]
    fn members_are_drawn_by_their_shares() {
        // Chi-square with 2 degrees of freedom; 99.99% quantile 18.4.
        let shares = [0.5, 0.3, 0.2];
        let key = Key::root(7);
        let mut counts = [0f64; 3];
        draws(&shares, &key, 20_000).for_each(|draw| counts[draw.member] += 1.0);
        let chi: f64 =
            (0..3).map(|i| (counts[i] - shares[i] * 2e4).powi(2) / (shares[i] * 2e4)).sum();
        assert!(chi < 18.4, "chi-square {chi}");
    }
}
