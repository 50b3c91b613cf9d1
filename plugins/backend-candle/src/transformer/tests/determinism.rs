//! The same bytes whatever the number of threads.

use serde_json::json;

use super::life::prepared;
use crate::testing::{SENTENCES, assert_same_digest_at_any_threads, print_digest, texts, train};

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
