//! What the validations of a stage have come to: its best checkpoint, and how long it waits for a better one.
//!
//! Early stopping with patience is Algorithm 7.1 of Goodfellow, Bengio, Courville: Deep Learning (2016): training goes
//! on until so many validations in a row have brought no improvement, and goes back to the best. All that decides are
//! these few numbers. They lie in every checkpoint, so that a run that is resumed compares with the same best, and
//! waits as long for a better one, as a run that was never stopped.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The best validation of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Best {
    /// The stage.
    pub stage: String,
    /// The step of the run after which it was made; there is a checkpoint of it.
    pub step: u64,
    /// What the stage goes by, as the journal names it.
    pub metric: String,
    /// What that came to.
    pub value: f64,
}

/// Why a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// All its steps were taken.
    Steps,
    /// As many validations in a row as its patience allows have brought no improvement.
    Patience,
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageEnd {
    /// The stage.
    pub stage: String,
    /// Steps taken in it.
    pub steps: u64,
    /// Why no more.
    pub reason: Reason,
    /// The step of the run whose checkpoint was loaded back at the end, being the best; none where the last state went
    /// on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<u64>,
}

/// What the validations of a stage have come to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageValidation {
    /// The stage.
    pub stage: String,
    /// The step of the run after which the last validation was made.
    pub validated: Option<u64>,
    /// The best so far, where the stage goes by a metric.
    pub best: Option<Best>,
    /// Validations since, none of them better.
    pub stale: u64,
    /// How the stage ended, if it did.
    pub end: Option<StageEnd>,
}

impl StageValidation {
    /// Takes in that after `step` the metric came to `value`, NaN where it is undefined. Whether it is the best so far,
    /// which what equals the best is not.
    pub fn judge(&mut self, step: u64, metric: &str, value: f64, higher_is_better: bool) -> bool {
        let better = self.best.as_ref().is_none_or(|best| match higher_is_better {
            true => value > best.value,
            false => value < best.value,
        });
        let improved = better && !value.is_nan();
        if improved {
            let (stage, metric) = (self.stage.clone(), metric.to_owned());
            self.best = Some(Best { stage, step, metric, value });
            self.stale = 0;
        } else {
            self.stale += 1;
        }
        improved
    }

    /// Whether there were as many validations without an improvement as `patience` allows.
    pub fn is_out_of(&self, patience: Option<u64>) -> bool {
        patience.is_some_and(|patience| self.stale >= patience)
    }
}

/// What the validations of a run have come to, stage by stage; a part of every checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValidationState {
    stages: Vec<StageValidation>,
}

impl ValidationState {
    /// What is known of a stage, which begins here if nothing is.
    pub fn of(&mut self, stage: &str) -> &mut StageValidation {
        let at = self.stages.iter().position(|known| known.stage == stage);
        let at = at.unwrap_or_else(|| {
            self.stages.push(StageValidation { stage: stage.to_owned(), ..Default::default() });
            self.stages.len() - 1
        });
        &mut self.stages[at]
    }

    /// The best of every stage that goes by a metric and has validated; pruning spares their checkpoints.
    pub fn best(&self) -> impl Iterator<Item = &Best> {
        self.stages.iter().filter_map(|stage| stage.best.as_ref())
    }

    /// The stages that are over.
    pub fn ended(&self) -> impl Iterator<Item = &StageEnd> {
        self.stages.iter().filter_map(|stage| stage.end.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Few distinct values, so that ties are common, and some that are undefined.
    fn values() -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![4 => (-3i32..3).prop_map(f64::from), 1 => Just(f64::NAN)];
        prop::collection::vec(value, 0..30)
    }

    /// The place of the best value, the first of equals; by looking at all of them.
    fn best_of(values: &[f64], higher_is_better: bool) -> Option<usize> {
        let defined = (0..values.len()).filter(|at| !values[*at].is_nan());
        let sign = if higher_is_better { -1.0 } else { 1.0 };
        defined.min_by(|a, b| (sign * values[*a]).total_cmp(&(sign * values[*b])).then(a.cmp(b)))
    }

    proptest! {
        #[test]
        fn the_best_is_the_first_of_the_best_values_and_patience_counts_those_after_it(
            values in values(), higher_is_better: bool, patience in 1u64..5,
        ) {
            let mut state = ValidationState::default();
            for end in 1..=values.len() {
                let seen = &values[..end];
                let stage = state.of("main");
                let improved = stage.judge(end as u64, "m", seen[end - 1], higher_is_better);
                let best = best_of(seen, higher_is_better);
                prop_assert_eq!(improved, best == Some(end - 1));
                let kept = stage.best.as_ref().map(|best| (best.step as usize - 1, best.value));
                prop_assert_eq!(kept, best.map(|at| (at, seen[at])));
                let since = best.map_or(seen.len(), |at| seen.len() - 1 - at) as u64;
                prop_assert_eq!(stage.is_out_of(Some(patience)), since >= patience);
                prop_assert!(!stage.is_out_of(None));
            }
        }

        #[test]
        fn a_state_that_lay_in_a_checkpoint_goes_on_as_one_that_did_not(
            values in values(), at in 0usize..30, higher_is_better: bool,
        ) {
            let (mut one, mut resumed) = (ValidationState::default(), ValidationState::default());
            for (step, value) in values.iter().enumerate() {
                if step == at {
                    let text = serde_json::to_string_pretty(&resumed).unwrap();
                    resumed = serde_json::from_str(&text).unwrap();
                }
                // A third is no decimal fraction: it has to come back to the bit.
                one.of("main").judge(step as u64, "m", value / 3.0, higher_is_better);
                resumed.of("main").judge(step as u64, "m", value / 3.0, higher_is_better);
            }
            prop_assert_eq!(one, resumed);
        }
    }

    #[test]
    fn stages_have_their_own_best_and_begin_with_all_their_patience() {
        let mut state = ValidationState::default();
        state.of("first").judge(10, "m", 0.5, true);
        state.of("first").judge(20, "m", 0.4, true);
        assert!(state.of("first").is_out_of(Some(1)));
        assert!(!state.of("second").is_out_of(Some(1)));
        assert!(state.of("second").judge(30, "m", 0.1, true));
        assert_eq!(state.best().map(|best| best.step).collect::<Vec<_>>(), [10, 30]);
    }
}
