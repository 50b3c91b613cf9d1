use proptest::prelude::*;

use crate::equal_rank::Peer;
use crate::testing::{at, multilingual};

fn peer(k: u32, judged: &[(u32, i32, u32)]) -> f64 {
    at::<Peer>(k, &multilingual().query(500, judged))[0]
}

#[test]
fn one_language_above_the_other_is_improbable_and_taking_turns_is_not() {
    let ahead: Vec<_> = (1..=20).map(|rank| (rank, 1, u32::from(rank > 10))).collect();
    let in_turns: Vec<_> = (1..=20).map(|rank| (rank, 1, rank % 2)).collect();
    assert!(peer(20, &ahead) < 0.001);
    assert!(peer(20, &in_turns) > 0.5);
}

#[test]
fn below_the_cutoff_and_unretrieved_all_tie() {
    let ahead = [(1, 1, 0), (2, 1, 0), (9, 1, 1), (0, 1, 1)];
    let likewise = [(1, 1, 0), (2, 1, 0), (6, 1, 1), (6, 1, 1)];
    assert_eq!(peer(5, &ahead), peer(5, &likewise));
    assert_eq!(peer(5, &[(6, 1, 0), (9, 1, 0), (0, 1, 1)]), 1.0);
}

#[test]
fn there_is_no_value_where_the_test_has_nothing_to_tell() {
    assert!(peer(10, &[(1, 1, 0), (2, 2, 0)]).is_nan());
    assert!(peer(10, &[(1, 1, 0), (2, 1, 1), (7, 1, 2)]).is_nan());
    assert!(peer(10, &[(1, 0, 0), (2, 0, 1), (7, -1, 1)]).is_nan());
}

#[test]
fn irrelevant_passages_do_not_count() {
    let relevant = [(1, 1, 0), (4, 2, 0), (6, 1, 1)];
    let all = [(1, 1, 0), (2, 0, 1), (3, -1, 2), (4, 2, 0), (6, 1, 1)];
    assert_eq!(peer(10, &relevant), peer(10, &all));
}

proptest! {
    #[test]
    fn a_value_is_a_probability_and_the_names_of_languages_do_not_matter(
        ranks in prop::collection::btree_map(1_u32..60, 0_u32..4, 2..20),
        k in 1_u32..80,
    ) {
        let judged: Vec<_> = ranks.iter().map(|(rank, language)| (*rank, 1, *language)).collect();
        let renamed: Vec<_> = ranks.iter().map(|(rank, language)| (*rank, 1, 3 - language)).collect();
        let (value, other) = (peer(k, &judged), peer(k, &renamed));
        prop_assert!(value.is_nan() || (0.0..=1.0).contains(&value), "{value}");
        prop_assert!(value.is_nan() == other.is_nan());
        prop_assert!(value.is_nan() || (value - other).abs() < 1e-12, "{value} {other}");
    }
}
