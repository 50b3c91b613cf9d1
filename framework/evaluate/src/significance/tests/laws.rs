//! What holds of every test, correction and interval, whatever the values.

use proptest::prelude::*;

use super::super::*;
use super::{close, proportional};

/// Differences of metrics: on a grid, with ties and zeros, or anywhere.
fn differences(least: usize) -> impl Strategy<Value = Vec<f64>> {
    let coarse =
        prop::collection::vec((-5..=5).prop_map(|fifths| f64::from(fifths) / 5.0), least..60);
    prop_oneof![coarse, prop::collection::vec(-1.0..1.0f64, least..60)]
}

/// The p-value of every test; none where the t-test has no answer.
fn p_values(differences: &[f64]) -> [Option<f64>; 3] {
    let t = t_test(differences);
    assert!(matches!(t, Ok(_) | Err(Error::TooFew { .. } | Error::Constant { .. })), "{t:?}");
    [
        t.ok().map(|test| test.p),
        Some(wilcoxon(differences).unwrap().p),
        Some(randomisation(differences, 99, 5).unwrap().p),
    ]
}

proptest! {
    #[test]
    fn a_p_value_is_a_probability(differences in differences(1)) {
        for p in p_values(&differences).into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&p), "{}", p);
        }
    }

    #[test]
    fn which_system_is_called_the_first_makes_no_difference(differences in differences(1)) {
        let mirrored: Vec<f64> = differences.iter().map(|difference| -difference).collect();
        prop_assert_eq!(p_values(&differences), p_values(&mirrored));
    }

    #[test]
    fn the_order_of_the_queries_makes_no_difference(
        (differences, other) in differences(1).prop_flat_map(|d| (Just(d.clone()), Just(d).prop_shuffle())),
    ) {
        let ([t, ranks, signs], [other_t, other_ranks, other_signs]) =
            (p_values(&differences), p_values(&other));
        // Sums in another order may end in another last digit.
        prop_assert_eq!(t.is_some(), other_t.is_some());
        prop_assert!(t.zip(other_t).is_none_or(|(a, b)| proportional(a, b)));
        prop_assert_eq!(ranks, other_ranks);
        prop_assert!(close(signs.unwrap(), other_signs.unwrap()));
        prop_assert_eq!(bootstrap(&differences, 20, 5), bootstrap(&other, 20, 5));
    }

    #[test]
    fn holm_corrects_at_least_as_much_as_nothing_and_at_most_as_much_as_bonferroni(
        p in prop::collection::vec(0.0..=1.0f64, 0..12),
    ) {
        let [holm, bonferroni, none] = Correction::ALL.map(|correction| correct(&p, correction));
        prop_assert_eq!(&none, &p);
        for at in 0..p.len() {
            prop_assert!(p[at] <= holm[at] && holm[at] <= bonferroni[at] && bonferroni[at] <= 1.0);
            // Corrected values keep the order of the raw ones.
            prop_assert!((0..p.len()).all(|other| p[at] > p[other] || holm[at] <= holm[other]));
        }
    }

    #[test]
    fn intervals_lie_among_the_values_and_widen_with_confidence(differences in differences(1)) {
        let bootstrap = bootstrap(&differences, 99, 5).unwrap();
        let (narrow, wide) = (bootstrap.percentile(0.5).unwrap(), bootstrap.percentile(0.95).unwrap());
        let least = differences.iter().copied().fold(f64::INFINITY, f64::min);
        let most = differences.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ends = [least - 1e-12, wide.low, narrow.low, narrow.high, wide.high, most + 1e-12];
        prop_assert!(ends.is_sorted(), "{:?}", ends);
        let corrected = bootstrap.bias_corrected(0.95).unwrap();
        prop_assert!(corrected.is_none_or(|interval| interval.low <= interval.high));
    }

    #[test]
    fn a_student_interval_holds_zero_where_its_test_does_not_reject(differences in differences(2)) {
        let Ok(test) = t_test(&differences) else { return Ok(()) };
        let interval = test.interval(0.9).unwrap();
        let clear = (test.p - 0.1).abs() > 1e-6;
        prop_assert!(!clear || (interval.low <= 0.0 && interval.high >= 0.0) == (test.p > 0.1));
    }
}

#[test]
fn random_signs_say_what_all_signs_say() {
    // 21 differences are one too many to try all; a zero more does not count.
    let mut differences: Vec<f64> =
        (0..21).map(|i| f64::from((i * 7) % 21) / 21.0 - 0.35).collect();
    differences.push(0.0);
    let drawn = randomisation(&differences, 40_000, 3).unwrap();
    assert!(!drawn.exact && drawn.tried == 40_000);
    let all: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let observed = all.iter().sum::<f64>().abs() - 1e-12;
    let far = (0..1u32 << 21).filter(|signs| {
        let signed = all.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 1 { -d } else { *d });
        signed.sum::<f64>().abs() >= observed
    });
    let exact = far.count() as f64 / f64::from(1 << 21);
    // Draws are keyed, so this is no chance: five standard errors of 40,000 draws.
    let error = (exact * (1.0 - exact) / 40_000.0).sqrt();
    assert!((drawn.p - exact).abs() < 5.0 * error, "{drawn:?}, exact {exact}");
}

#[test]
fn the_p_value_of_random_signs_is_never_zero() {
    let found = randomisation(&[1.0; 200], 99, 0).unwrap();
    assert_eq!((found.p, found.tried), (0.01, 99));
}

#[test]
fn identical_systems_differ_with_probability_one() {
    for count in [2, 30, 200] {
        let same = vec![0.0; count];
        assert_eq!(p_values(&same), [Some(1.0); 3]);
        assert_eq!(
            t_test(&same).unwrap().interval(0.95).unwrap(),
            Interval { low: 0.0, high: 0.0 }
        );
        let found = bootstrap(&same, 10, 0).unwrap();
        assert_eq!(found.percentile(0.95).unwrap(), Interval { low: 0.0, high: 0.0 });
        assert_eq!(found.bias_corrected(0.95).unwrap(), None);
        assert_eq!(effect(&same).unwrap(), Effect { mean: 0.0, standardised: None });
    }
}

#[test]
fn a_constant_difference_has_no_t_even_where_rounding_spreads_it() {
    let first = [0.1, 0.2, 0.3, 0.4, 0.7];
    let second = first.map(|value| value + 0.1);
    let differences = Pairs::of(&first, &second).unwrap().differences();
    assert!(differences.windows(2).any(|pair| pair[0] != pair[1]), "rounding spreads them");
    assert!(matches!(t_test(&differences), Err(Error::Constant { count: 5, .. })));
    assert_eq!(effect(&differences).unwrap().standardised, None);
    assert_eq!(randomisation(&differences, 9, 0).unwrap().p, 1.0 / 16.0);
}

#[test]
fn too_few_pairs_and_values_without_a_mean_are_refused() {
    assert_eq!(t_test(&[0.5]), Err(Error::TooFew { found: 1, needed: 2 }));
    assert_eq!(wilcoxon(&[]), Err(Error::TooFew { found: 0, needed: 1 }));
    assert_eq!(randomisation(&[], 9, 0), Err(Error::TooFew { found: 0, needed: 1 }));
    assert_eq!(randomisation(&[0.5], 0, 0), Err(Error::Resamples { found: 0, needed: 1 }));
    assert_eq!(bootstrap(&[0.5], 1, 0), Err(Error::Resamples { found: 1, needed: 2 }));
    assert!(matches!(t_test(&[0.5, f64::NAN]), Err(Error::Infinite { index: 1, .. })));
    assert!(matches!(
        Pairs::of(&[1.0, f64::INFINITY], &[0.0; 2]),
        Err(Error::Infinite { index: 1, .. })
    ));
    assert_eq!(Pairs::of(&[1.0], &[]), Err(Error::Lengths { first: 1, second: 0 }));
    let bootstrap = bootstrap(&[0.5, 0.6], 10, 0).unwrap();
    for level in [0.0, 1.0, 95.0, f64::NAN] {
        assert!(matches!(bootstrap.percentile(level), Err(Error::Level { .. })), "{level}");
    }
}

#[test]
fn undefined_pairs_are_left_out_and_counted() {
    let pairs = Pairs::of(&[0.5, f64::NAN, 1.0, 0.25], &[0.25, 0.5, f64::NAN, 0.5]).unwrap();
    assert_eq!((pairs.len(), pairs.undefined()), (2, 2));
    assert_eq!(pairs.differences(), [0.25, -0.25]);
}

#[test]
fn corrections_are_those_of_the_definitions() {
    // Holm's steps by hand: 3 · 0.01, then 2 · 0.02, then the larger of that and 0.03.
    let p = [0.02, 0.01, 0.03];
    assert_eq!(correct(&p, Correction::Holm), [0.04, 0.03, 0.04]);
    assert_eq!(correct(&p, Correction::Bonferroni), [0.06, 0.03, 0.09]);
    assert_eq!(correct(&[0.6, 0.5], Correction::Holm), [1.0, 1.0]);
}
