//! What is refused, and in which words.

use triglot_sdk::testkit::EmbeddingBatch;
use triglot_sdk::{Component, Context, Objective};

use crate::embeddings::{self, Cosine, Mse};
use crate::kl::{self, Kl};
use crate::testing::evaluate;

fn taught(dim: usize) -> EmbeddingBatch {
    let rows = vec![vec![0.5; dim]; 2];
    EmbeddingBatch {
        extra: vec![("teacher.query".into(), rows.clone()), ("teacher.passage".into(), rows)],
        ..EmbeddingBatch::in_line(&[&[1.0, 0.0], &[0.0, 1.0]], &[&[1.0, 0.1], &[0.1, 1.0]])
    }
}

fn refusals(batch: &EmbeddingBatch) -> [Option<String>; 3] {
    let message = |error: triglot_sdk::Error| error.message().to_owned();
    [
        evaluate::<Mse>(batch, embeddings::Options::default()).map_err(message).err(),
        evaluate::<Cosine>(batch, embeddings::Options::default()).map_err(message).err(),
        evaluate::<Kl>(batch, kl::Options::default()).map_err(message).err(),
    ]
}

#[test]
fn without_a_teacher_the_table_of_the_manifest_is_named() {
    for missing in [0, 1] {
        let mut batch = taught(2);
        let (name, _) = batch.extra.remove(missing);
        for refusal in refusals(&batch) {
            let refusal = refusal.unwrap();
            assert!(refusal.contains(&name) && refusal.contains("`[teacher]`"), "{refusal}");
        }
    }
}

#[test]
fn a_teacher_of_another_length_is_for_kl_alone() {
    let [mse, cosine, kl] = refusals(&taught(3));
    for refusal in [mse.unwrap(), cosine.unwrap()] {
        assert!(refusal.contains("2 numbers, the teacher's 3"), "{refusal}");
    }
    assert_eq!(kl, None);
}

#[test]
fn a_teacher_of_other_texts_is_refused() {
    let mut batch = taught(2);
    batch.extra[1].1.push(vec![0.5; 2]);
    for refusal in refusals(&batch) {
        assert_eq!(refusal.unwrap(), "`teacher.passage` has 3 rows for 2 texts");
    }
}

#[test]
fn an_embedding_that_is_not_finite_is_named() {
    let mut batch = taught(2);
    batch.extra[0].1[1][0] = f32::NAN;
    for refusal in refusals(&batch) {
        let expected = "the embedding of the teacher's query 1 has NaN in column 0";
        assert_eq!(refusal.unwrap(), expected);
    }
}

#[test]
fn temperatures_must_be_larger_than_zero() {
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let usual = kl::Options::default;
        for options in [
            kl::Options { temperature: wrong, ..usual() },
            kl::Options { teacher_temperature: wrong, ..usual() },
        ] {
            assert!(Kl::create(options, &Context::detached(0)).is_err(), "{wrong}");
        }
    }
}

#[test]
fn options_have_defaults_and_refuse_unknown_keys() {
    let options: kl::Options = serde_json::from_str("{}").unwrap();
    assert_eq!((options.temperature, options.teacher_temperature), (0.05, 0.05));
    assert!(serde_json::from_str::<kl::Options>(r#"{ "texts": "both" }"#).is_err());
    assert!(serde_json::from_str::<embeddings::Options>(r#"{ "texts": "all" }"#).is_err());
    let schema = schemars::schema_for!(<Kl as Component>::Options);
    assert_eq!(schema.as_value()["properties"]["temperature"]["exclusiveMinimum"], 0);
}
