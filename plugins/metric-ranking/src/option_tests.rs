//! The options, as the host sees them through the schema and as they are read.

use schemars::schema_for;
use serde_json::{from_value, json};

use crate::options::{Cutoff, FirstRank, NoOptions, OptionalCutoff, RankBiased, RequiredCutoff};

#[test]
fn the_schema_says_where_the_cutoff_is_required() {
    assert_eq!(schema_for!(RequiredCutoff).get("required"), Some(&json!(["k"])));
    assert_eq!(schema_for!(OptionalCutoff).get("required"), None);
    assert!(from_value::<RequiredCutoff>(json!({})).is_err());
    assert_eq!(from_value::<OptionalCutoff>(json!({})).unwrap().k(), None);
}

#[test]
fn the_schema_describes_the_cutoff_and_allows_no_0() {
    for schema in [schema_for!(OptionalCutoff), schema_for!(RequiredCutoff)] {
        let k = schema.pointer("/properties/k").unwrap();
        assert_eq!(k["minimum"], 1);
        assert!(k["description"].as_str().unwrap().starts_with("Judge the passages"));
        assert_eq!(schema.get("additionalProperties"), Some(&json!(false)));
    }
}

#[test]
fn a_cutoff_of_0_a_negative_one_and_an_unknown_key_are_refused() {
    for options in [
        json!({ "k": 0 }),
        json!({ "k": -1 }),
        json!({ "depth": 10 }),
        json!({ "k": 10, "depth": 10 }),
    ] {
        assert!(from_value::<OptionalCutoff>(options.clone()).is_err(), "{options}");
        assert!(from_value::<RequiredCutoff>(options.clone()).is_err(), "{options}");
    }
}

#[test]
fn the_library_exports_its_table() {
    assert!(!crate::triglot_plugin_v1().is_null());
}

#[test]
fn without_a_cutoff_the_first_rank_is_meant() {
    assert_eq!(from_value::<FirstRank>(json!({})).unwrap().k().map(u32::from), Some(1));
    assert_eq!(from_value::<FirstRank>(json!({ "k": 5 })).unwrap().k().map(u32::from), Some(5));
    assert!(from_value::<NoOptions>(json!({ "k": 1 })).is_err());
}

#[test]
fn a_persistence_is_above_0_and_below_1_and_stands_in_the_name_unless_usual() {
    for p in [0.0, 1.0, -0.5, 1.5] {
        assert!(from_value::<RankBiased>(json!({ "p": p })).is_err(), "{p}");
    }
    let variant = |options| from_value::<RankBiased>(options).unwrap().variant();
    assert_eq!(variant(json!({})), "");
    assert_eq!(variant(json!({ "p": 0.8 })), "");
    assert_eq!(variant(json!({ "p": 0.95 })), "-p0.95");
    let p = schema_for!(RankBiased).pointer("/$defs/Persistence").cloned().unwrap();
    assert_eq!((&p["exclusiveMinimum"], &p["exclusiveMaximum"]), (&json!(0.0), &json!(1.0)));
}
