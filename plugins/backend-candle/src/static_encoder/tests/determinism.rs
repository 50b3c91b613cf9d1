//! The same bytes from run to run, whatever the number of threads and the seeds of hash maps.

use std::process::Command;

use serde_json::json;

use triglot_sdk::{Backend, Random, TextStream};

use super::{SENTENCES, fresh, saved, texts, train};

const THREADS: &str = "TRIGLOT_TEST_THREADS";

#[test]
fn training_gives_the_same_bytes_at_one_and_at_two_threads() {
    let digests = ["1", "2", "2"].map(|threads| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "static_encoder::tests::determinism::prints_a_digest_of_training",
                "--nocapture",
            ])
            .envs([THREADS, "RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"].map(|name| (name, threads)))
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let at = output.find("digest ").unwrap();
        output[at..].lines().next().unwrap().to_owned()
    });
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[1], digests[2]);
}

/// Does nothing but in the processes that the test above starts.
#[test]
fn prints_a_digest_of_training() {
    let Ok(threads) = std::env::var(THREADS) else { return };
    let threads = threads.parse().unwrap();
    // rayon's pool is made once in a process: the one that the encoder asks for comes too late.
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    assert_eq!(rayon::current_num_threads(), threads);
    // Large enough for matrix products to be divided among threads.
    let given = json!({ "dim": 384, "dense": { "dim": 320, "activation": "tanh" } });
    let mut encoder = fresh(given);
    let corpus: Vec<String> = (0..300).map(babble).collect();
    let corpus: Vec<&str> = corpus.iter().map(String::as_str).collect();
    let mut stream = TextStream::new(vec![texts(&SENTENCES), texts(&corpus)]);
    encoder.prepare(Some(&mut stream)).unwrap();
    let many: Vec<&str> = SENTENCES.iter().cycle().take(150).copied().collect();
    train(&mut encoder, &texts(&many), 3);
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in saved(&mut encoder) {
        hasher.update(name.as_bytes()).update(&bytes);
    }
    println!("digest {}", hasher.finalize());
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
