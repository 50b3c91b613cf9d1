//! The same bytes whatever the number of threads, and whatever the host says comes next.

use serde_json::json;
use triglot_sdk::Backend;

use super::life::prepared;
use crate::testing::{
    SENTENCES, assert_same_digest_at_any_threads, print_digest, saved, texts, train,
};
use crate::transformer::TransformerEncoder;

#[test]
fn training_gives_the_same_bytes_at_one_and_at_two_threads() {
    assert_same_digest_at_any_threads(
        "transformer::tests::determinism::prints_a_digest_of_training",
    );
}

/// Does nothing but in the processes that the test above starts.
#[test]
fn prints_a_digest_of_training() {
    print_digest(|| {
        // Large enough for matrix products to be divided among threads.
        let changes = json!({ "hidden_size": 192, "intermediate_size": 384 });
        let mut encoder = prepared(changes, json!({ "dropout": 0.1 }));
        let many: Vec<&str> = SENTENCES.iter().cycle().take(90).copied().collect();
        train(&mut encoder, &texts(&many), 2);
        encoder
    });
}

#[test]
fn a_hint_of_what_comes_next_changes_no_byte() {
    let batches = SENTENCES.as_chunks::<4>().0;
    let outcome = |hint: &dyn Fn(&mut TransformerEncoder, usize)| {
        let mut encoder = prepared(json!({}), json!({ "dropout": 0.1 }));
        for step in 0..2 * batches.len() {
            hint(&mut encoder, step + 1);
            train(&mut encoder, &texts(&batches[step % batches.len()]), 1);
        }
        saved(&mut encoder)
    };
    let none = outcome(&|_, _| {});
    let next = outcome(&|encoder, step| {
        encoder.prefetch(&texts(&batches[step % batches.len()])).unwrap();
    });
    let another = outcome(&|encoder, step| {
        let never = [format!("{step} texts that never come"), "wasser ".repeat(1000 * step)];
        let never: Vec<&str> = never.iter().map(String::as_str).collect();
        encoder.prefetch(&texts(&never)).unwrap();
        encoder.prefetch(&texts(&[])).unwrap();
    });
    assert_eq!(none, next);
    assert_eq!(none, another);
}
