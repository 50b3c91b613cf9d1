//! Against scipy: tests/golden/make_significance.py made the values.

use serde_json::Value;

use super::super::distribution::{normal_two_sided, student_critical, student_two_sided};
use super::super::*;
use super::{close, proportional};

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/significance.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Every case with its differences.
fn cases(golden: &Value) -> impl Iterator<Item = (&Value, Vec<f64>)> {
    golden["cases"].as_array().unwrap().iter().map(|case| {
        let pairs = Pairs::of(&numbers(&case["first"]), &numbers(&case["second"])).unwrap();
        (case, pairs.differences())
    })
}

fn assert_interval(found: Interval, expected: &Value) {
    let expected = numbers(expected);
    let agree = close(found.low, expected[0]) && close(found.high, expected[1]);
    assert!(agree, "{found:?}, expected {expected:?}");
}

#[test]
fn the_t_test_is_that_of_scipy() {
    let golden = golden();
    let confidence = golden["confidence"].as_f64().unwrap();
    for (case, differences) in cases(&golden) {
        let (expected, found) = (numbers(&case["t"]), t_test(&differences).unwrap());
        assert!(close(found.t, expected[0]), "{found:?}, expected {expected:?}");
        assert!(proportional(found.p, expected[1]), "{found:?}, expected {expected:?}");
        let interval = found.interval(confidence).unwrap();
        assert!(close(interval.low, expected[2]) && close(interval.high, expected[3]));
        let standardised = effect(&differences).unwrap().standardised.unwrap();
        assert!(close(standardised, case["standardised"].as_f64().unwrap()));
    }
}

#[test]
fn the_signed_rank_test_is_that_of_scipy() {
    let golden = golden();
    let mut exact = 0;
    for (case, differences) in cases(&golden) {
        let (expected, found) = (numbers(&case["wilcoxon"]), wilcoxon(&differences).unwrap());
        assert_eq!(found.statistic, expected[0]);
        assert!(proportional(found.p, expected[1]), "{found:?}, expected {expected:?}");
        exact += usize::from(found.exact);
    }
    let all = golden["cases"].as_array().unwrap().len();
    assert!(exact > 10 && all - exact > 5, "both distributions are held: {exact} of {all}");
}

#[test]
fn the_exact_randomisation_test_is_that_of_scipy() {
    let golden = golden();
    let mut held = 0;
    for (case, differences) in cases(&golden) {
        let Some(expected) = case["randomisation"].as_f64() else { continue };
        let found = randomisation(&differences, 1, 0).unwrap();
        assert!(found.exact && close(found.p, expected), "{found:?}, expected {expected}");
        held += 1;
    }
    assert!(held > 15, "{held}");
}

#[test]
fn bootstrap_intervals_are_those_of_scipy_over_the_same_draws() {
    let golden = golden();
    let number = |key: &str| golden[key].as_u64().unwrap();
    let confidence = golden["confidence"].as_f64().unwrap();
    for (case, differences) in cases(&golden) {
        let found = bootstrap(&differences, number("resamples") as usize, number("seed")).unwrap();
        let expected = &case["bootstrap"];
        assert_interval(found.percentile(confidence).unwrap(), &expected["percentile"]);
        assert_interval(found.basic(confidence).unwrap(), &expected["basic"]);
        let corrected = found.bias_corrected(confidence).unwrap();
        assert_interval(corrected.unwrap(), &expected["BCa"]);
    }
}

#[test]
fn resampling_runs_and_topics_is_the_pigeonhole_bootstrap() {
    let golden = golden();
    let number = |key: &str| golden[key].as_u64().unwrap();
    let runs = |side: &str| -> Vec<Vec<f64>> {
        golden["over_seeds"][side].as_array().unwrap().iter().map(numbers).collect()
    };
    let (first, second) = (runs("first"), runs("second"));
    let at = |runs: &[Vec<f64>], topic: usize| runs.iter().map(|run| run[topic]).collect();
    let observations = (0..first[0].len()).map(|topic| Observation {
        topic: topic.to_string(),
        group: 0,
        first: at(&first, topic),
        second: at(&second, topic),
    });
    let sample = Sample::of(observations.collect()).unwrap();
    let (resamples, seed) = (number("resamples") as usize, number("seed"));
    let found = bootstrap_over_seeds(&sample, resamples, seed).unwrap().unwrap();
    let confidence = golden["confidence"].as_f64().unwrap();
    let interval = found.percentile(confidence).unwrap();
    assert_interval(interval, &golden["over_seeds"]["percentile"]);
    assert_eq!(found.bias_corrected(confidence).unwrap(), None);
}

#[test]
fn tails_are_those_of_scipy_up_to_a_million_degrees_of_freedom() {
    let golden = golden();
    for row in golden["student"].as_array().unwrap() {
        let [t, freedom, p] = numbers(row)[..] else { panic!("{row}") };
        let found = student_two_sided(t, freedom);
        assert!(proportional(found, p), "t {t}, {freedom} degrees: {found:e}, expected {p:e}");
    }
    for row in golden["critical"].as_array().unwrap() {
        let [level, freedom, t] = numbers(row)[..] else { panic!("{row}") };
        let found = student_critical(level, freedom);
        assert!(proportional(found, t), "{level} of {freedom} degrees: {found}, expected {t}");
    }
    for row in golden["normal"].as_array().unwrap() {
        let [z, p] = numbers(row)[..] else { panic!("{row}") };
        assert!(proportional(normal_two_sided(z), p), "z {z}");
        assert!(proportional(normal_two_sided(-z), p), "z -{z}");
    }
}
