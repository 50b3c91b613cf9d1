//! Models that begin from an exported folder.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::{Backend, Mode};

use super::super::StaticEncoder;
use super::{SENTENCES, encode, files, fresh, prepared, saved, texts, train};

fn plain() -> Value {
    json!({ "dim": 8 })
}

fn dense(activation: &str) -> Value {
    json!({
        "dim": 8,
        "vocab_size": 300,
        "max_tokens": 20,
        "dense": { "dim": 6, "activation": activation },
        "query_prefix": "query: ",
        "passage_prefix": "passage: ",
    })
}

/// A trained model, and the folder of its export.
fn exported(given: Value) -> (StaticEncoder, TempDir) {
    let mut encoder = prepared(given);
    train(&mut encoder, &texts(&SENTENCES), 3);
    let folder = tempfile::tempdir().unwrap();
    encoder.export(folder.path()).unwrap();
    (encoder, folder)
}

fn imported(folder: &Path, mut given: Value) -> StaticEncoder {
    given["weights"] = json!(folder);
    let mut encoder = fresh(given);
    encoder.prepare(None).unwrap();
    encoder
}

fn edit(file: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(file, value.to_string()).unwrap();
}

/// Writes a safetensors file of zeros, or of other bytes.
fn tensors(file: &Path, dtype: &str, byte: u8, named: &[(&str, &[usize])]) {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for (name, shape) in named {
        let start = end;
        end += shape.iter().product::<usize>() * if dtype == "I16" { 2 } else { 4 };
        let info = json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, end] });
        header.insert((*name).into(), info);
    }
    let header = Value::Object(header).to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes().chain(std::iter::repeat_n(byte, end)));
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn an_exported_model_begins_again_with_the_same_embeddings_to_the_bit() {
    let texts = texts(&SENTENCES);
    for given in [plain(), dense("identity"), dense("tanh")] {
        let (mut original, folder) = exported(given.clone());
        // The options that describe new models do not matter.
        let others = json!({
            "dim": 3,
            "vocab_size": 999,
            "tokenizer": "nowhere.json",
            "lowercase": false,
            "dense": { "dim": 2 },
            "init_scale": 9.0,
            "max_tokens": given.get("max_tokens").unwrap_or(&json!(256)),
        });
        let mut again = imported(folder.path(), others);
        let embeddings = encode(&mut again, Mode::Inference, &texts);
        assert!(embeddings == encode(&mut original, Mode::Inference, &texts));
        assert_eq!(again.fingerprint().unwrap(), original.fingerprint().unwrap());
        let second = tempfile::tempdir().unwrap();
        again.export(second.path()).unwrap();
        assert_eq!(files(second.path()), files(folder.path()));
    }
}

#[test]
fn the_options_choose_the_cut_and_go_before_the_prompts_of_the_folder() {
    let texts = texts(&["The river", "The river"]);
    let (mut original, folder) = exported(dense("tanh"));
    let given = json!({ "query_prefix": "passage: ", "max_tokens": 20 });
    let mut again = imported(folder.path(), given);
    let embeddings = encode(&mut again, Mode::Inference, &texts);
    assert_eq!(embeddings[..6], embeddings[6..], "both have the prefix of a passage");
    assert_eq!(embeddings[6..], encode(&mut original, Mode::Inference, &texts)[6..]);
    assert_ne!(again.fingerprint().unwrap(), original.fingerprint().unwrap());

    let mut cut = imported(folder.path(), json!({ "max_tokens": 2 }));
    let embeddings = encode(&mut cut, Mode::Inference, &super::texts(&["a", "b", "b", "a"]));
    assert_eq!(embeddings[..6], embeddings[12..18], "no more than the prefix is read");
}

#[test]
fn prompts_are_chosen_as_sentence_transformers_chooses_them() {
    let texts = texts(&SENTENCES[..2]);
    let (_, folder) = exported(plain());
    let prompts = folder.path().join("config_sentence_transformers.json");
    for (found, query, passage) in [
        (json!({ "prompts": { "query": "q ", "passage": "p " } }), "q ", "p "),
        (json!({ "prompts": { "document": "d ", "passage": "p " } }), "", "d "),
        (
            json!({ "prompts": { "query": "q ", "all": "a " }, "default_prompt_name": "all" }),
            "q ",
            "a ",
        ),
        (json!({}), "", ""),
    ] {
        std::fs::write(&prompts, found.to_string()).unwrap();
        let mut by_prompt = imported(folder.path(), json!({}));
        let by_prompt = encode(&mut by_prompt, Mode::Inference, &texts);
        std::fs::remove_file(&prompts).unwrap();
        let given = json!({ "query_prefix": query, "passage_prefix": passage });
        let mut by_option = imported(folder.path(), given);
        assert_eq!(by_prompt, encode(&mut by_option, Mode::Inference, &texts), "{found}");
    }
}

#[test]
fn a_model_begun_from_a_folder_trains_saves_and_loads_when_the_folder_is_gone() {
    let texts = texts(&SENTENCES);
    for given in [plain(), dense("tanh")] {
        let (_, folder) = exported(given);
        let options = json!({ "weights": folder.path() });
        let mut original = fresh(options.clone());
        original.prepare(None).unwrap();
        let begun = original.fingerprint().unwrap();
        train(&mut original, &texts, 3);
        assert_ne!(original.fingerprint().unwrap(), begun);
        let state = tempfile::tempdir().unwrap();
        original.save(state.path()).unwrap();
        drop(folder);

        let mut resumed = fresh(options.clone());
        resumed.load(state.path()).unwrap();
        assert_eq!(resumed.fingerprint().unwrap(), original.fingerprint().unwrap());
        train(&mut original, &texts, 3);
        train(&mut resumed, &texts, 3);
        assert_eq!(saved(&mut resumed), saved(&mut original));

        let mut other = options;
        other["query_prefix"] = json!("another");
        let error = fresh(other).load(state.path()).unwrap_err();
        assert!(error.message().contains("`query_prefix`"), "{}", error.message());
    }
}

#[test]
fn the_names_of_other_writers_are_read_alike() {
    let (original, folder) = exported(json!({ "dim": 8, "vocab_size": 300 }));
    let file = folder.path().join("0_StaticEmbedding/model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    // The name in the header is replaced by one of the same length with the spaces that JSON allows.
    let at = bytes.windows(18).position(|name| name == br#""embedding.weight""#).unwrap();
    let renamed = [&bytes[..at], br#""embeddings"      "#, &bytes[at + 18..]].concat();
    std::fs::write(&file, renamed).unwrap();
    edit(&folder.path().join("modules.json"), |modules| {
        modules[0]["type"] = json!("sentence_transformers.models.StaticEmbedding.StaticEmbedding");
    });
    let again = imported(folder.path(), json!({}));
    assert_eq!(again.fingerprint().unwrap(), original.fingerprint().unwrap());
}

#[test]
fn what_cannot_be_read_as_it_was_meant_is_refused_by_file_and_key() {
    type Damage = fn(&Path);
    const TABLE: &str = "0_StaticEmbedding/model.safetensors";
    const DENSE: &str = "1_Dense/model.safetensors";
    const CONFIG: &str = "1_Dense/config.json";
    const ACTIVATION: &str = "activation_function";
    let cases: [(Damage, &[&str]); 18] = [
        (|f| std::fs::remove_dir_all(f).unwrap(), &["cannot read", "modules.json"]),
        (|f| std::fs::write(f.join("modules.json"), "{").unwrap(), &["modules.json: "]),
        (|f| edit(&f.join("modules.json"), |m| *m = json!([])), &["modules.json: `type`", "[]"]),
        (
            |f| {
                let normalize = json!({ "path": "2_Normalize", "type": "sentence_transformers.models.Normalize" });
                edit(&f.join("modules.json"), |m| m.as_array_mut().unwrap().push(normalize));
            },
            &["modules.json: `type`", "models.Normalize]", "at most one Dense"],
        ),
        (
            |f| edit(&f.join("modules.json"), |m| m[1]["type"] = json!("mine.Dense")),
            &["modules.json: `type`", "mine.Dense]"],
        ),
        (
            |f| std::fs::remove_file(f.join("0_StaticEmbedding/tokenizer.json")).unwrap(),
            &["cannot read", "0_StaticEmbedding/tokenizer.json"],
        ),
        (
            |f| std::fs::write(f.join("0_StaticEmbedding/tokenizer.json"), "[]").unwrap(),
            &["0_StaticEmbedding/tokenizer.json: not a tokenizer.json"],
        ),
        (|f| std::fs::write(f.join(TABLE), "short").unwrap(), &[TABLE, "not a safetensors file"]),
        (
            |f| tensors(&f.join(TABLE), "F32", 0, &[("table", &[300, 8])]),
            &[TABLE, "neither of the tensors `embedding.weight` and `embeddings`"],
        ),
        (
            |f| tensors(&f.join(TABLE), "F32", 0, &[("embeddings", &[299, 8])]),
            &["300 ids", TABLE, "`embeddings`: found F32 [299, 8], expected F32 [300, 8]"],
        ),
        (
            |f| tensors(&f.join(TABLE), "I16", 0, &[("embeddings", &[300, 8])]),
            &[TABLE, "`embeddings`: found I16 [300, 8], expected F32, F16, BF16, F64 [300, 8]"],
        ),
        (
            |f| tensors(&f.join(TABLE), "F32", 0xff, &[("embeddings", &[300, 8])]),
            &[TABLE, "`embeddings`: found NaN"],
        ),
        (
            |f| tensors(&f.join(TABLE), "F32", 0, &[("embeddings", &[300, 8]), ("mapping", &[1])]),
            &[TABLE, "`mapping` is not one of this model"],
        ),
        (
            |f| edit(&f.join(CONFIG), |config| config["in_features"] = json!(9)),
            &[CONFIG, "`in_features`: found 9, allowed is 8"],
        ),
        (
            |f| {
                edit(&f.join(CONFIG), |config| config["bias"] = json!(false));
                tensors(&f.join(DENSE), "F32", 0, &[("linear.weight", &[6, 8])]);
            },
            &[CONFIG, "`bias`: found false, allowed is true"],
        ),
        (
            |f| edit(&f.join(CONFIG), |config| config[ACTIVATION] = json!("GELU")),
            &[CONFIG, "`activation_function`: found \"GELU\"", "activation.Tanh"],
        ),
        (
            |f| tensors(&f.join(DENSE), "F32", 0, &[("linear.weight", &[6, 8])]),
            &[DENSE, "`linear.bias` is missing"],
        ),
        (
            |f| {
                let file = f.join("config_sentence_transformers.json");
                edit(&file, |config| config["prompts"] = json!("query: "));
            },
            &["config_sentence_transformers.json", "query: "],
        ),
    ];
    for (damage, expected) in cases {
        let (_, folder) = exported(dense("tanh"));
        damage(folder.path());
        let mut encoder = fresh(json!({ "weights": folder.path() }));
        let error = encoder.prepare(None).unwrap_err();
        for expected in [&["weights: "], expected].concat() {
            assert!(error.message().contains(expected), "{}", error.message());
        }
        assert!(encoder.info().is_err());
    }
}
