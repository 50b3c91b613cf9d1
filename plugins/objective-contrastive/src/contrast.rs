//! The loss of one query over the logits of the batch's passages.
//!
//! With positives P, negatives N and logits s, the loss is the mean over p ∈ P of
//!
//! −log( exp(s_p) / (exp(s_p) + Σ_{n∈N} exp(s_n)) ) = softplus(ln Σ_{n∈N} exp(s_n) − s_p).
//!
//! With one positive it is InfoNCE (van den Oord et al. 2018, arXiv 1807.03748), the cross-entropy of a softmax, which
//! sentence-transformers calls `MultipleNegativesRankingLoss`. With several, the mean stands outside the logarithm as
//! in L_out of supervised contrastive learning (Khosla et al. 2020, arXiv 2004.11362); unlike there, the other
//! positives are left out of the denominator: a duplicate of the right passage is never pushed away.
//!
//! Written as a softplus of the negatives' log-sum-exp, the loss neither overflows nor cancels at any logits, and its
//! slope is a logistic function: −σ(d_p)/|P| at each positive, where d_p is the softplus's argument, and the opposite
//! of their sum shared out over the negatives by their softmax.
//!
//! A margin, taken off the logit of each positive, makes it the additive-margin softmax (Yang et al. 2019,
//! arXiv 1902.08564).

use crate::relations::Relation;

/// The outcome for one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The loss.
    pub loss: f64,
    /// Whether a positive has a larger logit than every negative, the margin left aside; a tie is no success.
    pub correct: bool,
    /// Σ s · ∂loss/∂s over all logits, margins taken off: minus the slope along the temperature's logarithm.
    pub along_logits: f64,
}

/// Computes the loss of a query and overwrites every logit with the slope at it; `None` if no passage is positive.
///
/// From the logit of a positive `margin` is taken off. The logits of ignored passages are not read.
pub fn contrast(logits: &mut [f64], relations: &[Relation], margin: f64) -> Option<Contrast> {
    let of = |logits: &[f64], wanted: Relation| {
        let largest = f64::NEG_INFINITY;
        let both = logits.iter().zip(relations).filter(|(_, relation)| **relation == wanted);
        both.fold((0u32, largest), |(count, largest), (logit, _)| (count + 1, largest.max(*logit)))
    };
    let (positives, best) = of(logits, Relation::Positive);
    let (_, hardest) = of(logits, Relation::Negative);
    if positives == 0 {
        return None;
    }
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (logit, relation) in logits.iter_mut().zip(relations) {
        if *relation == Relation::Negative {
            let share = (*logit - hardest).exp();
            sum += share;
            weighted += share * *logit;
            *logit = share;
        }
    }
    // Without a negative this is −∞, at which loss and slope are the zero that they should be.
    let negatives = hardest + sum.ln();

    let weight = 1.0 / f64::from(positives);
    let (mut loss, mut push, mut along_logits) = (0.0, 0.0, 0.0);
    for (logit, relation) in logits.iter_mut().zip(relations) {
        if *relation == Relation::Positive {
            let reduced = *logit - margin;
            loss += weight * softplus(negatives - reduced);
            let slope = -weight * logistic(negatives - reduced);
            along_logits += slope * reduced;
            push -= slope;
            *logit = slope;
        }
    }
    let each = if sum > 0.0 { push / sum } else { 0.0 };
    along_logits += each * weighted;
    for (logit, relation) in logits.iter_mut().zip(relations) {
        match relation {
            Relation::Positive => {}
            Relation::Negative => *logit *= each,
            Relation::Ignored => *logit = 0.0,
        }
    }
    Some(Contrast { loss, correct: best > hardest, along_logits })
}

/// ln(1 + exp(x)).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// 1 / (1 + exp(−x)).
fn logistic(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Relation::{Ignored, Negative, Positive};

    fn of(logits: &[f64], relations: &[Relation]) -> (Contrast, Vec<f64>) {
        let mut slopes = logits.to_vec();
        (contrast(&mut slopes, relations, 0.0).unwrap(), slopes)
    }

    #[test]
    fn one_positive_is_the_cross_entropy_of_a_softmax() {
        let logits = [0.3f64, -1.2, 2.5, 0.0];
        let (result, slopes) = of(&logits, &[Positive, Negative, Negative, Negative]);
        let total: f64 = logits.iter().map(|s| s.exp()).sum();
        assert!((result.loss - (total.ln() - logits[0])).abs() < 1e-14);
        for (i, slope) in slopes.iter().enumerate() {
            let softmax = logits[i].exp() / total;
            let target = if i == 0 { 1.0 } else { 0.0 };
            assert!((slope - (softmax - target)).abs() < 1e-14);
        }
    }

    #[test]
    fn other_positives_are_not_pushed_away() {
        let (both, slopes) = of(&[1.0, 4.0, 0.0], &[Positive, Positive, Negative]);
        let (first, _) = of(&[1.0, 4.0, 0.0], &[Positive, Ignored, Negative]);
        let (second, _) = of(&[1.0, 4.0, 0.0], &[Ignored, Positive, Negative]);
        assert!((both.loss - f64::midpoint(first.loss, second.loss)).abs() < 1e-15);
        assert!(slopes[0] < 0.0 && slopes[1] < 0.0 && slopes[2] > 0.0);
    }

    #[test]
    fn large_logits_neither_overflow_nor_cancel() {
        let (far, slopes) = of(&[-1e6, 1e6], &[Positive, Negative]);
        assert_eq!((far.loss, slopes), (2e6, vec![-1.0, 1.0]));
        let (near, slopes) = of(&[1e6, 1e6 - 40.0], &[Positive, Negative]);
        assert!(near.loss > 4e-18 && near.loss < 5e-18, "{}", near.loss);
        assert!(slopes[1] > 4e-18 && slopes[1] < 5e-18);
    }

    #[test]
    fn a_query_without_negatives_costs_nothing() {
        let (result, slopes) = of(&[3.0, f64::NAN], &[Positive, Ignored]);
        assert_eq!(result, Contrast { loss: 0.0, correct: true, along_logits: 0.0 });
        assert_eq!(slopes, [0.0, 0.0]);
    }

    #[test]
    fn a_margin_is_a_smaller_logit_of_every_positive_and_changes_no_success() {
        let relations = [Positive, Negative, Positive, Ignored];
        let mut slopes = [1.0, 0.9, 2.0, 7.0];
        let with = contrast(&mut slopes, &relations, 0.5).unwrap();
        let (without, expected) = of(&[0.5, 0.9, 1.5, 7.0], &relations);
        assert_eq!((with.loss, slopes.as_slice()), (without.loss, expected.as_slice()));
        assert!(contrast(&mut [1.0, 0.9], &[Positive, Negative], 0.5).unwrap().correct);
    }

    #[test]
    fn the_slope_along_all_logits_is_their_product_with_the_slopes() {
        let logits = [0.3, -1.2, 2.5, 0.7];
        let (result, slopes) = of(&logits, &[Positive, Negative, Negative, Positive]);
        let expected: f64 = logits.iter().zip(&slopes).map(|(logit, slope)| logit * slope).sum();
        assert!((result.along_logits - expected).abs() < 1e-15);
    }

    #[test]
    fn a_tie_with_a_negative_is_no_success() {
        assert!(!of(&[1.0, 1.0], &[Positive, Negative]).0.correct);
    }

    #[test]
    fn a_query_without_positives_has_no_loss() {
        assert_eq!(contrast(&mut [1.0], &[Negative], 0.0), None);
    }
}
