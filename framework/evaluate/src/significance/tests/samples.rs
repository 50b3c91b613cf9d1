//! How queries in groups become pairs by topic.

use proptest::prelude::*;

use super::super::*;
use super::close;
use crate::aggregate;

fn seen(topic: &str, group: usize, first: &[f64], second: &[f64]) -> Observation {
    Observation { topic: topic.to_owned(), group, first: first.to_vec(), second: second.to_vec() }
}

/// Topics that are asked in some of up to four groups, under two runs of one system and one of the other.
fn observations() -> impl Strategy<Value = Vec<Observation>> {
    type Asked = Option<(f64, f64, f64)>;
    let value = prop_oneof![9 => 0.0..1.0f64, 1 => Just(f64::NAN)];
    let asked = prop::option::of((value.clone(), value.clone(), value));
    prop::collection::vec(prop::collection::vec(asked, 4), 1..20).prop_map(|topics| {
        let of_topic = |(topic, groups): (usize, Vec<Asked>)| {
            groups.into_iter().enumerate().filter_map(move |(group, asked)| {
                asked.map(|(a, b, c)| seen(&format!("t{topic}"), group, &[a, b], &[c]))
            })
        };
        topics.into_iter().enumerate().flat_map(of_topic).collect()
    })
}

proptest! {
    #[test]
    fn the_mean_over_topics_is_the_macro_mean_over_groups(observations in observations()) {
        let defined = |seen: &&Observation| !seen.first.iter().chain(&seen.second).any(|v| v.is_nan());
        let groups = |value: fn(&Observation) -> f64| (0..4).map(|group| {
            let own = observations.iter().filter(defined).filter(|seen| seen.group == group);
            (group.to_string(), own.map(value).collect::<Vec<f64>>())
        }).collect::<Vec<_>>();
        let first = aggregate(groups(|seen| (seen.first[0] + seen.first[1]) / 2.0)).macro_mean;
        let second = aggregate(groups(|seen| seen.second[0])).macro_mean;
        let pairs = Sample::of(observations).unwrap().pairs().unwrap();
        let agree = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => close(a, b),
            (a, b) => a == b,
        };
        prop_assert!(agree(pairs.first_mean(), first) && agree(pairs.second_mean(), second));
    }

    #[test]
    fn a_comparison_depends_on_no_order(
        (observations, shuffled) in observations().prop_flat_map(|o| (Just(o.clone()), Just(o).prop_shuffle())),
    ) {
        let (one, other) = (Sample::of(observations).unwrap(), Sample::of(shuffled).unwrap());
        prop_assert_eq!(&one, &other);
        let options = Options { test: Test::Randomisation, resamples: 20, assignments: 20, ..Options::default() };
        let found = compare(&one, &options);
        prop_assert_eq!(&found, &compare(&other, &options));
        prop_assert_eq!(found.is_err(), one.topics() == 0);
    }
}

#[test]
fn a_question_that_is_asked_in_every_language_is_one_topic() {
    let languages = (0..11).flat_map(|group| {
        (0..5).map(move |topic| seen(&topic.to_string(), group, &[0.1 * f64::from(topic)], &[0.0]))
    });
    let sample = Sample::of(languages.collect()).unwrap();
    assert_eq!((sample.topics(), sample.groups(), sample.observations()), (5, 11, 55));
    let found = sample.pairs().unwrap().differences();
    let expected = [0.0, 0.1, 0.2, 0.3, 0.4];
    assert!(found.iter().zip(expected).all(|(a, b)| close(*a, b)), "{found:?}");
}

#[test]
fn seeds_widen_the_interval_where_runs_differ_more_than_queries() {
    let topic = |topic: usize| {
        let own = 0.01 * topic as f64;
        seen(&topic.to_string(), 0, &[own + 0.5, own + 0.1, own + 0.3], &[own, own, own])
    };
    let sample = Sample::of((0..40).map(topic).collect()).unwrap();
    let found = compare(&sample, &Options { resamples: 500, ..Options::default() }).unwrap();
    assert!(found.percentile.high - found.percentile.low < 1e-9, "every topic differs by 0.3");
    assert!(matches!(found.outcome, Err(Error::Constant { .. })));
    let over_seeds = found.over_seeds.unwrap();
    assert!(over_seeds.low < 0.2 && over_seeds.high > 0.4, "{over_seeds:?}");
}

#[test]
fn one_run_a_side_says_nothing_of_seeds() {
    let sample = Sample::of(vec![seen("a", 0, &[0.5], &[0.2]), seen("b", 0, &[0.1], &[0.2])]);
    let found = compare(&sample.unwrap(), &Options::default()).unwrap();
    assert_eq!(found.over_seeds, None);
}

#[test]
fn what_cannot_be_compared_is_named() {
    let refused =
        |observations: Vec<Observation>| Sample::of(observations).unwrap_err().to_string();
    let one = || seen("a", 0, &[0.5], &[0.2]);
    assert_eq!(refused(vec![one(), one()]), "topic `a` in group 0: is there twice");
    assert_eq!(
        refused(vec![one(), seen("b", 3, &[0.5, 0.5], &[0.2])]),
        "topic `b` in group 3: has values of another number of runs than the first topic"
    );
    assert_eq!(
        refused(vec![seen("b", 0, &[], &[0.2])]),
        "topic `b` in group 0: has no value of one of the systems"
    );
    assert_eq!(
        refused(vec![seen("b", 0, &[f64::INFINITY], &[0.2])]),
        "topic `b` in group 0: has an infinite value"
    );
    let nothing = compare(&Sample::of(Vec::new()).unwrap(), &Options::default());
    assert_eq!(nothing, Err(Error::TooFew { found: 0, needed: 1 }));
}
