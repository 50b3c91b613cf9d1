//! The same bytes from run to run, whatever the number of threads and the seeds of hash maps.

use serde_json::json;

use triglot_sdk::{Backend, Random, TextStream};

use super::{SENTENCES, fresh, texts, train};
use crate::testing::{assert_same_digest_at_any_threads, print_digest};

#[test]
fn training_gives_the_same_bytes_at_one_and_at_two_threads() {
    assert_same_digest_at_any_threads(
        "static_encoder::tests::determinism::prints_a_digest_of_training",
    );
}

/// Does nothing but in the processes that the test above starts.
#[test]
fn prints_a_digest_of_training() {
    print_digest(|| {
        // Large enough for matrix products to be divided among threads.
        let given = json!({ "dim": 384, "dense": { "dim": 320, "activation": "tanh" } });
        let mut encoder = fresh(given);
        let corpus: Vec<String> = (0..300).map(babble).collect();
        let corpus: Vec<&str> = corpus.iter().map(String::as_str).collect();
        let mut stream = TextStream::new(vec![texts(&SENTENCES), texts(&corpus)]);
        encoder.prepare(Some(&mut stream)).unwrap();
        let many: Vec<&str> = SENTENCES.iter().cycle().take(150).copied().collect();
        train(&mut encoder, &texts(&many), 3);
        encoder
    });
}

/// A text of words over three letters, where many pairs stand equally often.
fn babble(seed: u64) -> String {
    let mut random = Random::new(&[seed]);
    let mut text = String::new();
    for _ in 0..20 {
        let letters = 1 + random.below(12);
        text.extend((0..letters).map(|_| ['a', 'b', 'c'][random.below(3) as usize]));
        text.push(' ');
    }
    text
}
