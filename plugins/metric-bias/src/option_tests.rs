//! The options, and the columns that come of them.

use serde_json::{from_value, json};
use triglot_sdk::testkit::compute;
use triglot_sdk::{Column, Metric};

use crate::equal_rank::Peer;
use crate::options::Cutoff;
use crate::rank_correlation::Mrc;
use crate::share::{LanguageDivergence, OwnLanguageShare};
use crate::testing::multilingual;

fn column<M: Metric>() -> Column {
    let mut columns = compute::<M>(json!({ "k": 10 }), &multilingual()).unwrap().columns;
    assert_eq!(columns.len(), 1);
    columns.remove(0)
}

#[test]
fn columns_say_their_cutoff_range_direction_and_depth() {
    let told = |column: Column| (column.name, column.range, column.higher_is_better, column.depth);
    assert_eq!(told(column::<Peer>()), ("peer@10".into(), (0.0, 1.0), true, 0));
    assert_eq!(told(column::<Mrc>()), ("mrc@10".into(), (-1.0, 1.0), true, 10));
    assert_eq!(
        told(column::<OwnLanguageShare>()),
        ("own-language-share@10".into(), (-1.0, 1.0), false, 10)
    );
    assert_eq!(
        told(column::<LanguageDivergence>()),
        ("language-divergence@10".into(), (0.0, 1.0), false, 10)
    );
}

#[test]
fn a_cutoff_is_required_and_above_0() {
    assert!(from_value::<Cutoff>(json!({})).is_err());
    assert!(from_value::<Cutoff>(json!({ "k": 0 })).is_err());
    assert!(from_value::<Cutoff>(json!({ "k": 10, "depth": 10 })).is_err());
}

#[test]
fn correlation_over_one_passage_is_refused() {
    let refused = compute::<Mrc>(json!({ "k": 1 }), &multilingual()).unwrap_err();
    assert!(refused.message().starts_with("k: "), "{}", refused.message());
}

#[test]
fn the_library_exports_its_table() {
    assert!(!crate::triglot_plugin_v1().is_null());
}
