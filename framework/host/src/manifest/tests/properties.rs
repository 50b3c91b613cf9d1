use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

use super::super::MixShares;
use super::super::render::set_text;
use super::super::types::Share;
use super::*;

/// Values that TOML can hold.
fn any_value() -> impl Strategy<Value = Value> {
    let finite = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        finite.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4).prop_map(|table| table.into_iter().collect()),
        ]
    })
}

/// A key as an address writes it.
fn quoted(key: &str) -> String {
    super::super::address::show_key(key)
}

proptest! {
    #[test]
    fn what_is_set_at_an_address_is_found_there(keys in vec(any::<String>(), 1..5), value in any_value()) {
        let keys: Vec<_> = keys.iter().map(|key| quoted(key)).collect();
        let address = format!("model.options.{}", keys.join("."));
        let argument = format!("{address}={}", set_text(&value));
        let manifest = with_set(SHORT, &[&argument]).unwrap();
        prop_assert_eq!(manifest.value(&address), Some(&value));
        prop_assert_eq!(manifest.origin(&address), super::super::Origin::Set { argument });
    }

    #[test]
    fn every_listed_address_leads_back_to_its_value(value in any_value(), name in "[a-z][a-z0-9._-]{0,8}") {
        let set = [format!("model.options.x={}", set_text(&value)), format!("train.stage.0.mix.0.name={name:?}")];
        let manifest = with_set(DESIGN, &[&set[0], &set[1]]);
        prop_assume!(manifest.is_ok());
        let manifest = manifest.unwrap();
        for (address, value, origin) in manifest.origins() {
            prop_assert_eq!(manifest.value(&address), Some(&value), "{}", address);
            prop_assert_eq!(manifest.origin(&address), origin);
        }
    }

    #[test]
    fn the_resolved_manifest_loads_again_as_it_was(
        options in any_value(),
        rate in 1e-300..1e300_f64,
        description in any::<String>(),
        share in 0.0..=1.0_f64,
        bm25 in prop_oneof![
            any::<bool>().prop_map(|on| on.to_string()),
            (1e-3..=1000.0_f64, 0.0..=1.0_f64).prop_map(|(k1, b)| format!("{{ k1 = {k1:?}, b = {b:?} }}")),
        ],
    ) {
        let set = [
            format!("model.options.x={}", set_text(&options)),
            format!("train.stage.0.objective.0.options.x={}", set_text(&options)),
            format!("train.stage.0.learning_rate={rate:?}"),
            format!("train.stage.0.mix.0.share={share:?}"),
            format!("description={}", set_text(&Value::from(description))),
            format!("evaluate.0.bm25={bm25}"),
        ];
        let set: Vec<_> = set.iter().map(String::as_str).collect();
        let manifest = with_set(DESIGN, &set).unwrap();
        let mut experiment = manifest.experiment.clone();
        experiment.sweep = None;
        let again = with_set(&manifest.resolved_toml(), &[]).unwrap();
        prop_assert_eq!(&again.experiment, &experiment);
        prop_assert_eq!(again.hash(), manifest.hash());
    }

    #[test]
    fn shares_with_one_left_out_sum_to_one(weights in vec(0.0..1.0_f64, 1..6), left_out in any::<prop::sample::Index>()) {
        let total: f64 = weights.iter().sum::<f64>().max(1e-3);
        let mut stage = with_set(DESIGN, &[]).unwrap().experiment.train.unwrap().stage.remove(0);
        let member = stage.mix[0].clone();
        stage.mix = weights.iter().map(|weight| {
            let mut member = member.clone();
            member.share = Some(Share::Constant(weight / total));
            member
        }).collect();
        stage.mix[left_out.index(weights.len())].share = None;
        let shares = MixShares::of(&stage);
        let shares: Vec<f64> = (0..shares.members()).map(|member| shares.at(member, 0)).collect();
        prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    }

    #[test]
    fn no_text_makes_the_manifest_panic(text in "[a-z\\[\\]{}=.,\"'#\n 0-9-]{0,80}", set in "[a-z.\"'= \\[\\]{}0-9]{0,30}") {
        let _ = with_set(&text, &[&set]);
        let _ = with_set(DESIGN, &[&set]);
        let _ = with_env(DESIGN, &[(&format!("TRIGLOT_{set}"), &text)]);
    }
}
