//! Dealing the members of a mix so that each has at every moment as many batches as its share asks for, but for a part
//! of one.
//!
//! This is the chairman assignment problem: k states with weights that sum to 1 take turns, and no prefix of the
//! sequence may be unfair to any. R. Tijdeman's rule (The chairman assignment problem, Discrete Mathematics 32, 1980)
//! keeps the number of turns of each within 1 − 1/(2k − 2) of what it is due, which no rule can better for all shares.
//! So no stretch from the stage's beginning is off by a whole batch; a stretch that begins later, the difference of two
//! such, is off by less than two, and by no more than one if there are two members. For three or more there are shares
//! for which another order would keep every stretch within one, and shares for which none was found that does.

use crate::manifest::MixShares;

/// Deals members, step by step.
#[derive(Debug)]
pub(super) struct Dealer {
    dealt: Vec<u64>,
    /// 1/(2k − 2), for k members.
    grace: f64,
}

impl Dealer {
    /// Nothing is dealt yet.
    pub(super) fn new(shares: &MixShares) -> Self {
        let members = shares.members();
        Self { dealt: vec![0; members], grace: 1.0 / (2 * members.max(2) - 2) as f64 }
    }

    /// The member of a step; steps are dealt in their order. Of those that are due by now, it is the one that will be
    /// overdue first.
    pub(super) fn deal(&mut self, shares: &MixShares, step: u64) -> usize {
        let due =
            |member: usize, until: u64| shares.expected(member, until) - self.dealt[member] as f64;
        // Sums of shares are rounded: a member that is due but for the rounding is due.
        let ready = |member: &usize| due(*member, step + 1) >= self.grace - ROUNDING;
        let chosen = (0..shares.members())
            .filter(ready)
            .min_by_key(|member| self.overdue(shares, *member, step));
        let most_due = || {
            let due = |member: &usize| due(*member, step + 1);
            (0..shares.members()).max_by(|a, b| due(a).total_cmp(&due(b)))
        };
        let member = chosen.or_else(most_due).unwrap_or(0);
        self.dealt[member] += 1;
        member
    }

    /// The first step at whose end a member is due more than 1 − 1/(2k − 2) batches, if it is dealt none.
    fn overdue(&self, shares: &MixShares, member: usize, step: u64) -> u64 {
        let limit = 1.0 - self.grace + self.dealt[member] as f64;
        let late = |until: u64| shares.expected(member, until) >= limit - ROUNDING;
        let (mut low, mut high) = (step, shares.steps());
        while low < high {
            let middle = low + (high - low) / 2;
            match late(middle + 1) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        low
    }
}

/// What sums of shares over ten million steps lose to rounding, and a little more.
const ROUNDING: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::types::{Ramp, Share};

    fn dealt(shares: &MixShares) -> Vec<usize> {
        let mut dealer = Dealer::new(shares);
        (0..shares.steps()).map(|step| dealer.deal(shares, step)).collect()
    }

    /// How far any stretch of the deal is off for any member: that from the beginning, and the worst of all.
    fn worst(shares: &MixShares) -> (f64, f64) {
        let dealt = dealt(shares);
        let mut worst = (0.0f64, 0.0f64);
        for member in 0..shares.members() {
            let (mut count, mut low, mut high) = (0.0, 0.0f64, 0.0f64);
            for (step, chosen) in (1..).zip(&dealt) {
                count += f64::from(u8::from(*chosen == member));
                let off = count - shares.expected(member, step);
                (low, high) = (low.min(off), high.max(off));
                worst.0 = worst.0.max(off.abs());
            }
            worst.1 = worst.1.max(high - low);
        }
        worst
    }

    /// Shares that sum to 1, some of them changing along a line.
    fn mixes() -> impl Strategy<Value = MixShares> {
        let weights = || prop::collection::vec(0.01..1.0f64, 1..6);
        let scaled = |weights: &[f64]| -> Vec<f64> {
            let sum = weights.iter().sum::<f64>() + 0.05;
            weights.iter().map(|weight| weight / sum).collect()
        };
        (weights(), weights(), prop::collection::vec(0.1..=1.0f64, 5), 1u64..400).prop_map(
            move |(from, to, over, steps)| {
                let (from, to) = (scaled(&from), scaled(&to));
                let named = from.iter().zip(&to).zip(over);
                let mut members: Vec<Option<Share>> = named
                    .map(|((from, to), over)| {
                        Some(Share::Ramp(Ramp { from: *from, to: *to, over }))
                    })
                    .collect();
                // Ramps of different lengths may sum to more than 1 on their way; half of each never does.
                for share in members.iter_mut().flatten() {
                    if let Share::Ramp(ramp) = share {
                        (ramp.from, ramp.to) = (ramp.from / 2.0, ramp.to / 2.0);
                    }
                }
                members.push(None);
                MixShares::new(steps, members)
            },
        )
    }

    proptest! {
        #[test]
        fn from_the_beginning_no_member_is_off_by_a_whole_batch(shares in mixes()) {
            let (prefix, stretch) = worst(&shares);
            prop_assert!(prefix < 1.0, "off by {prefix}");
            prop_assert!(stretch < 2.0, "a stretch is off by {stretch}");
        }

        #[test]
        fn of_two_members_no_stretch_is_off_by_more_than_one(
            from in 0.0..1.0f64, to in 0.0..1.0f64, over in 0.0..=1.0f64, steps in 1u64..600,
        ) {
            let share = Some(Share::Ramp(Ramp { from, to, over }));
            let (_, stretch) = worst(&MixShares::new(steps, vec![share, None]));
            prop_assert!(stretch <= 1.0 + ROUNDING, "off by {stretch}");
        }
    }

    #[test]
    fn equal_shares_take_turns() {
        let half = Some(Share::Constant(0.5));
        assert_eq!(dealt(&MixShares::new(6, vec![half, None])), [0, 1, 0, 1, 0, 1]);
        let third = Some(Share::Constant(1.0 / 3.0));
        let turns = dealt(&MixShares::new(9, vec![third, third, None]));
        for round in turns.chunks(3) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2]);
        }
    }

    #[test]
    fn ten_million_steps_stay_fair() {
        let shares = MixShares::new(10_000_000, vec![Some(Share::Constant(0.3)), None]);
        let mut dealer = Dealer::new(&shares);
        let mut count = 0.0;
        for step in 0..1_000_000 {
            count += f64::from(u8::from(dealer.deal(&shares, step) == 0));
            assert!((count - shares.expected(0, step + 1)).abs() < 0.51);
        }
    }
}
