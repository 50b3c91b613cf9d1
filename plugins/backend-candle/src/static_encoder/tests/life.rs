//! The life of an instance: what comes before what, and what each call promises.

use proptest::prelude::*;
use serde_json::json;
use triglot_sdk::{Backend, Context, MatrixMut, Mode, TextStream};

use super::super::StaticEncoder;
use super::{SENTENCES, STEP, backward, encode, fresh, gradient, options, prepared, saved, texts};

#[test]
fn a_model_that_is_not_ready_says_what_comes_first() {
    let mut encoder = fresh(json!({}));
    let error = encoder.info().unwrap_err();
    assert!(error.message().contains("`prepare` or `load` comes first"));
    assert!(encoder.step(STEP).is_err());
    assert!(encoder.fingerprint().is_err());
}

#[test]
fn without_texts_and_without_a_tokenizer_nothing_can_be_prepared() {
    for stream in [None, Some(&mut TextStream::new(vec![]))] {
        let error = fresh(json!({})).prepare(stream).unwrap_err();
        assert!(error.message().contains("option `tokenizer`"), "{}", error.message());
    }
}

#[test]
fn a_tokenizer_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    let path = path.to_str().unwrap();
    let mut encoder = fresh(json!({ "tokenizer": path }));
    let prepare = |encoder: &mut StaticEncoder| encoder.prepare(None).unwrap_err();
    assert!(prepare(&mut encoder).message().contains(path));

    std::fs::write(path, "{").unwrap();
    let error = prepare(&mut encoder);
    assert!(
        error.message().contains(path) && error.message().contains("not a tokenizer.json"),
        "{}",
        error.message()
    );

    let sound = saved(&mut prepared(json!({}))).remove("tokenizer.json");
    let sound = String::from_utf8(sound.unwrap()).unwrap();
    std::fs::write(path, sound.replace(r#""dropout":null"#, r#""dropout":0.1"#)).unwrap();
    assert!(prepare(&mut encoder).message().contains("dropout"));
}

#[test]
fn a_tokenizer_that_is_given_takes_the_place_of_training_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    let trained = saved(&mut prepared(json!({ "vocab_size": 300 })));
    std::fs::write(&path, &trained["tokenizer.json"]).unwrap();
    let mut encoder = fresh(json!({ "tokenizer": path }));
    encoder.prepare(None).unwrap();
    let files = saved(&mut encoder);
    assert_eq!(files["tokenizer.json"], trained["tokenizer.json"]);
    assert_eq!(files["model.safetensors"], trained["model.safetensors"]);
}

#[test]
fn a_tape_serves_one_backward() {
    let mut encoder = prepared(json!({ "dim": 4 }));
    let texts = texts(&SENTENCES[..2]);
    let gradient = gradient(2, 4);
    assert!(backward(&mut encoder, &gradient, 2).is_err());
    encode(&mut encoder, Mode::Tape, &texts);
    // Neither of these touches the tape.
    encode(&mut encoder, Mode::Training, &texts);
    encode(&mut encoder, Mode::Inference, &texts);
    backward(&mut encoder, &gradient, 2).unwrap();
    let error = backward(&mut encoder, &gradient, 2).unwrap_err();
    assert!(error.message().contains("no tape"));
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let mut encoder = prepared(json!({ "dim": 4 }));
    let texts = texts(&SENTENCES[..2]);
    let mut out = vec![0.0; 6];
    let mut view = MatrixMut::new(&mut out, 2, 3).unwrap();
    let error = encoder.encode(Mode::Inference, &texts, &mut view).unwrap_err();
    assert!(error.message().contains("2 x 3, needed is 2 x 4"));
    encode(&mut encoder, Mode::Tape, &texts);
    let error = backward(&mut encoder, &gradient(1, 4), 1).unwrap_err();
    assert!(error.message().contains("1 x 4"));
}

#[test]
fn no_texts_are_no_embeddings() {
    let mut encoder = prepared(json!({ "dim": 4, "dense": { "dim": 2 } }));
    assert!(encode(&mut encoder, Mode::Tape, &texts(&[])).is_empty());
}

#[test]
fn a_text_without_tokens_is_the_zero_vector() {
    let mut encoder = prepared(json!({ "dim": 4 }));
    let embeddings = encode(&mut encoder, Mode::Inference, &texts(&["", "sea"]));
    assert_eq!(embeddings[..4], [0.0; 4]);
    assert!(embeddings[4..].iter().all(|value| *value != 0.0));
}

#[test]
fn all_modes_give_the_same_embeddings() {
    let mut encoder = prepared(json!({ "dim": 8, "dense": { "dim": 4, "activation": "tanh" } }));
    let texts = texts(&SENTENCES);
    let inference = encode(&mut encoder, Mode::Inference, &texts);
    assert_eq!(encode(&mut encoder, Mode::Training, &texts), inference);
    assert_eq!(encode(&mut encoder, Mode::Tape, &texts), inference);
}

#[test]
fn prefixes_go_by_role_and_long_texts_are_cut() {
    let mut plain = prepared(json!({ "dim": 4, "vocab_size": 256 }));
    let given = json!({ "dim": 4, "vocab_size": 256, "query_prefix": "q", "passage_prefix": "p" });
    let mut prefixed = prepared(given);
    // 256 tokens are the bytes, whatever the texts were.
    assert_eq!(
        encode(&mut prefixed, Mode::Inference, &texts(&["ab", "ab"])),
        encode(&mut plain, Mode::Inference, &texts(&["qab", "pab"]))
    );
    let mut cut = prepared(json!({ "dim": 4, "vocab_size": 256, "max_tokens": 3 }));
    // The space that goes before a text is a token too.
    assert_eq!(
        encode(&mut cut, Mode::Inference, &texts(&["abcdef"])),
        encode(&mut plain, Mode::Inference, &texts(&["ab"]))
    );
}

#[test]
fn case_counts_only_where_it_is_asked_for() {
    for lowercase in [true, false] {
        let mut encoder = prepared(json!({ "dim": 4, "lowercase": lowercase }));
        let embeddings = encode(&mut encoder, Mode::Inference, &texts(&["SEA", "sea"]));
        assert_eq!(embeddings[..4] == embeddings[4..], lowercase);
    }
}

#[test]
fn a_gradient_that_is_not_finite_stops_the_step_and_changes_nothing() {
    let mut encoder = prepared(json!({ "dim": 4 }));
    let before = (saved(&mut encoder), encoder.fingerprint().unwrap());
    encode(&mut encoder, Mode::Tape, &texts(&SENTENCES[..1]));
    backward(&mut encoder, &[0.0, f32::NAN, 0.0, 0.0], 1).unwrap();
    let error = encoder.step(STEP).unwrap_err();
    assert!(error.message().contains("`embedding.weight`"));
    assert_eq!((saved(&mut encoder), encoder.fingerprint().unwrap()), before);
}

#[test]
fn the_fingerprint_follows_weights_tokenizer_and_options() {
    let mut encoder = prepared(json!({ "dim": 4 }));
    let first = encoder.fingerprint().unwrap();
    assert_eq!(
        prepared(json!({ "dim": 4 })).fingerprint().unwrap(),
        first,
        "the same model has the same fingerprint"
    );
    super::train(&mut encoder, &texts(&SENTENCES), 1);
    let others = [
        encoder,
        prepared(json!({ "dim": 5 })),
        prepared(json!({ "dim": 4, "max_tokens": 9 })),
        prepared(json!({ "dim": 4, "query_prefix": "query: " })),
        prepared(json!({ "dim": 4, "lowercase": false })),
    ];
    for other in others {
        assert_ne!(other.fingerprint().unwrap(), first);
    }
}

#[test]
fn options_out_of_bounds_make_no_instance() {
    let context = Context::detached(7);
    for given in [
        json!({ "dim": 0 }),
        json!({ "vocab_size": 10 }),
        json!({ "max_tokens": 0 }),
        json!({ "dense": { "dim": 0 } }),
        json!({ "device": "tpu" }),
    ] {
        assert!(StaticEncoder::create(options(given), &context).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_embedding_is_the_same_to_the_bit_in_whatever_call_it_comes(
        chunk in 1usize..200,
        inputs in 1usize..40,
        outputs in 1usize..40,
    ) {
        let given = json!({ "dim": inputs, "dense": { "dim": outputs, "activation": "tanh" } });
        let mut encoder = prepared(given);
        let many: Vec<&str> = SENTENCES.iter().cycle().take(200).copied().collect();
        let whole = encode(&mut encoder, Mode::Inference, &texts(&many));
        let mut parts = vec![];
        for part in many.chunks(chunk) {
            parts.extend(encode(&mut encoder, Mode::Inference, &texts(part)));
        }
        prop_assert!(whole == parts);
    }

    #[test]
    fn any_text_can_be_encoded(text in "\\PC{0,40}") {
        let mut encoder = prepared(json!({ "dim": 4 }));
        let embedding = encode(&mut encoder, Mode::Inference, &texts(&[&text]));
        prop_assert!(embedding.iter().all(|value| value.is_finite()));
        // Every byte has a token: only a text that normalises to nothing has none.
        prop_assert_eq!(embedding.iter().all(|value| *value == 0.0), text.is_empty());
    }
}
