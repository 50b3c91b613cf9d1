//! The options, as the host sees them through the schema and as they are read.

use schemars::schema_for;
use serde_json::{from_value, json};

use crate::options::{Cutoff, OptionalCutoff, RequiredCutoff};

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
