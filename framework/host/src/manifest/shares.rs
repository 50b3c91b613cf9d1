//! The shares of a mix over the steps of a stage.
//!
//! A share is a line: constant, or going from one value to another. The member that names none takes what the others
//! leave, at every step anew. All that follows from shares, expected counts above all, is computed from the lines and
//! not by walking the steps.

use super::types::{Ramp, Share, Stage, Weight};

/// How far the shares of a mix may miss 1, for decimal fractions that binary ones cannot hold.
pub(super) const TOLERANCE: f64 = 1e-9;

/// The share of every member of a mix, at every step of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct MixShares {
    steps: u64,
    /// `None` for the member that takes the rest.
    members: Vec<Option<Share>>,
}

impl MixShares {
    /// The shares of a stage's mix.
    pub fn of(stage: &Stage) -> Self {
        Self::new(stage.steps, stage.mix.iter().map(|member| member.share).collect())
    }

    /// The shares of members over so many steps; `None` is the one that takes the rest.
    pub(crate) fn new(steps: u64, members: Vec<Option<Share>>) -> Self {
        Self { steps, members }
    }

    /// Number of members.
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// Number of steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The probability that the batch of a step is of this member.
    pub fn at(&self, member: usize, step: u64) -> f64 {
        self.sum(member, |share| value(share, self.steps, step), 1.0)
    }

    /// How many of the first `steps` batches are expected to be of this member: the sum of its shares up to there.
    pub fn expected(&self, member: usize, steps: u64) -> f64 {
        self.sum(member, |share| total(share, self.steps, steps), steps as f64)
    }

    /// The shares of the members that are ever drawn, and which those are.
    pub fn drawn(&self) -> (Self, Vec<usize>) {
        let drawn = |member: &usize| self.expected(*member, self.steps) > TOLERANCE;
        let drawn: Vec<usize> = (0..self.members.len()).filter(drawn).collect();
        let members = drawn.iter().map(|member| self.members[*member]).collect();
        (Self { steps: self.steps, members }, drawn)
    }

    /// The steps between which every share is a line: the first, and those at which a ramp ends.
    pub(super) fn corners(&self) -> Vec<u64> {
        let ends = self.members.iter().filter_map(|share| match share {
            Some(Share::Ramp(ramp)) => Some(end(ramp, self.steps)),
            _ => None,
        });
        let mut corners: Vec<u64> = std::iter::once(0).chain(ends).collect();
        corners.sort_unstable();
        corners.dedup();
        corners
    }

    /// The sum of the shares that are named, at a step.
    pub(super) fn named(&self, step: u64) -> f64 {
        let named = self.members.iter().flatten();
        named.map(|share| value(share, self.steps, step)).sum()
    }

    fn sum(&self, member: usize, of: impl Fn(&Share) -> f64, all: f64) -> f64 {
        match self.members.get(member) {
            Some(Some(share)) => of(share),
            Some(None) => (all - self.members.iter().flatten().map(of).sum::<f64>()).max(0.0),
            None => 0.0,
        }
    }
}

/// The step from which a ramp stays at its last value.
fn end(ramp: &Ramp, steps: u64) -> u64 {
    (ramp.over * steps as f64).round() as u64
}

/// The share at a step.
fn value(share: &Share, steps: u64, step: u64) -> f64 {
    match share {
        Share::Constant(share) => *share,
        Share::Ramp(ramp) => along(ramp, steps, step),
    }
}

/// The number that a ramp has at a step.
fn along(ramp: &Ramp, steps: u64, step: u64) -> f64 {
    let end = end(ramp, steps);
    match step < end {
        true => ramp.from + (ramp.to - ramp.from) * (step as f64 / end as f64),
        false => ramp.to,
    }
}

impl Weight {
    /// The weight at a step of a stage of so many steps, counted from 0; from the last on it stays as it is.
    pub fn at(&self, steps: u64, step: u64) -> f64 {
        match self {
            Self::Constant(weight) => *weight,
            Self::Ramp(ramp) => along(ramp, steps, step),
        }
    }
}

/// The sum of the shares at the steps before `until`.
fn total(share: &Share, steps: u64, until: u64) -> f64 {
    match share {
        Share::Constant(share) => share * until as f64,
        Share::Ramp(ramp) => {
            let end = end(ramp, steps);
            let (rising, flat) = (until.min(end) as f64, until.saturating_sub(end) as f64);
            // Of 0 + 1 + … + (rising − 1) there are rising · (rising − 1) / 2.
            let slope = (ramp.to - ramp.from) / (end.max(1) as f64);
            ramp.from * rising + slope * rising * (rising - 1.0).max(0.0) / 2.0 + ramp.to * flat
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ramp() -> impl Strategy<Value = Share> {
        prop_oneof![
            (0.0..0.5f64).prop_map(Share::Constant),
            (0.0..0.5f64, 0.0..0.5f64, 0.0..=1.0f64)
                .prop_map(|(from, to, over)| Share::Ramp(Ramp { from, to, over })),
        ]
    }

    proptest! {
        #[test]
        fn what_is_expected_is_the_sum_of_the_shares(
            a in ramp(), b in ramp(), steps in 1u64..200, until in 0u64..200,
        ) {
            let shares = MixShares { steps, members: vec![Some(a), None, Some(b)] };
            for member in 0..3 {
                let slow: f64 = (0..until).map(|step| shares.at(member, step)).sum();
                let quick = shares.expected(member, until);
                prop_assert!((slow - quick).abs() < 1e-9 * (1.0 + slow), "{slow} and {quick}");
            }
        }

        #[test]
        fn with_a_member_that_takes_the_rest_the_shares_sum_to_one(
            a in ramp(), b in ramp(), steps in 1u64..200, step in 0u64..200,
        ) {
            let shares = MixShares { steps, members: vec![Some(a), None, Some(b)] };
            let sum: f64 = (0..3).map(|member| shares.at(member, step)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_weight_goes_along_its_line_and_stays_where_that_ends() {
        let weight = Weight::Ramp(Ramp { from: 0.0, to: 3.0, over: 0.75 });
        let at: Vec<f64> = [0, 1, 3, 4, 100].iter().map(|step| weight.at(4, *step)).collect();
        assert_eq!(at, [0.0, 1.0, 3.0, 3.0, 3.0]);
        assert_eq!(Weight::default().at(4, 2), 1.0);
    }

    #[test]
    fn a_ramp_begins_at_its_first_value_and_stays_at_its_last() {
        let share = Share::Ramp(Ramp { from: 0.9, to: 0.1, over: 0.5 });
        let shares = MixShares { steps: 8, members: vec![Some(share), None] };
        let at: Vec<f64> = (0..8).map(|step| shares.at(0, step)).collect();
        assert_eq!(at[0], 0.9);
        assert!((at[2] - 0.5).abs() < 1e-12);
        assert_eq!(at[4..], [0.1; 4]);
    }
}
