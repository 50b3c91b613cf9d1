//! Saving and loading: exact, and all or nothing.

use std::path::Path;

use serde_json::{Value, json};
use triglot_sdk::Backend;

use super::{SENTENCES, files, fresh, prepared, saved, texts, train};

fn tanh() -> Value {
    json!({ "dim": 8, "dense": { "dim": 4, "activation": "tanh" } })
}

#[test]
fn a_loaded_model_goes_on_in_the_same_bytes() {
    let texts = texts(&SENTENCES);
    let mut original = prepared(tanh());
    train(&mut original, &texts, 3);
    let folder = tempfile::tempdir().unwrap();
    original.save(folder.path()).unwrap();

    let mut resumed = fresh(tanh());
    resumed.load(folder.path()).unwrap();
    assert_eq!(saved(&mut resumed), files(folder.path()));
    assert_eq!(resumed.fingerprint().unwrap(), original.fingerprint().unwrap());
    train(&mut original, &texts, 3);
    train(&mut resumed, &texts, 3);
    assert_eq!(saved(&mut resumed), saved(&mut original));
}

#[test]
fn a_folder_that_is_not_whole_is_refused_and_the_instance_stays_as_it_was() {
    type Damage = fn(&Path);
    let cases: [(Damage, &[&str]); 6] = [
        (|f| std::fs::remove_file(f.join("config.json")).unwrap(), &["config.json"]),
        (|f| std::fs::write(f.join("tokenizer.json"), "[]").unwrap(), &["tokenizer.json"]),
        (
            |f| truncate(&f.join("model.safetensors")),
            &["model.safetensors", "not a safetensors file"],
        ),
        (|f| truncate(&f.join("optimizer.safetensors")), &["optimizer.safetensors"]),
        (
            |f| drop(std::fs::copy(f.join("model.safetensors"), f.join("optimizer.safetensors"))),
            &["optimizer.safetensors", "`embedding.weight.rows` is missing"],
        ),
        (
            |f| {
                let other = saved(&mut prepared(json!({ "dim": 8, "vocab_size": 260 })));
                std::fs::write(f.join("tokenizer.json"), &other["tokenizer.json"]).unwrap();
            },
            &["260 ids", "`embedding.weight`", "[260, 8]"],
        ),
    ];
    for (damage, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        prepared(tanh()).save(folder.path()).unwrap();
        damage(folder.path());
        let mut encoder = prepared(tanh());
        train(&mut encoder, &texts(&SENTENCES), 1);
        let before = saved(&mut encoder);
        let error = encoder.load(folder.path()).unwrap_err();
        for expected in expected {
            assert!(error.message().contains(expected), "{}", error.message());
        }
        assert_eq!(saved(&mut encoder), before);
    }
}

#[test]
fn a_model_of_other_options_is_refused_by_key() {
    let folder = tempfile::tempdir().unwrap();
    prepared(tanh()).save(folder.path()).unwrap();
    for (options, key) in [
        (json!({ "dim": 9, "dense": { "dim": 4, "activation": "tanh" } }), "`dim`"),
        (json!({ "dim": 8 }), "`dense`"),
        (
            json!({ "dim": 8, "dense": { "dim": 4, "activation": "tanh" }, "query_prefix": "q" }),
            "`query_prefix`",
        ),
    ] {
        let error = fresh(options).load(folder.path()).unwrap_err();
        assert!(error.message().contains(key), "{}", error.message());
    }
}

fn truncate(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn a_reset_makes_the_optimizer_a_new_one_and_moves_nothing() {
    crate::testing::assert_forgets_its_optimizer([(); 2].map(|()| prepared(tanh())));
}
