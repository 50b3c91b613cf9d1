//! Weights in several files beside an index.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::files;
use crate::tensors::{self, Named};

const INDEX: &str = "model.safetensors.index.json";
const FIRST: &str = "model-00001-of-00002.safetensors";
const SECOND: &str = "model-00002-of-00002.safetensors";

/// Two shards, of which both have `both`, and an index with this map.
fn folder(map: Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, own, value) in [(FIRST, "a", 1.0), (SECOND, "b", 2.0)] {
        let values = [value; 2];
        let named = [Named::new(own, &[2], &values), Named::new("both", &[2], &values)];
        tensors::write(folder.path(), file, &named, None).unwrap();
    }
    let index = json!({ "metadata": { "total_size": 32 }, "weight_map": map });
    files::write_json(folder.path(), INDEX, &index).unwrap();
    folder
}

fn error(folder: &Path) -> String {
    tensors::open_weights(folder).err().unwrap().message().to_owned()
}

#[test]
fn tensors_of_all_shards_are_read_and_the_index_says_from_which() {
    for (named, value) in [(FIRST, 1.0), (SECOND, 2.0)] {
        let folder = folder(json!({ "a": FIRST, "b": SECOND, "both": named }));
        let mut read = tensors::open_weights(folder.path()).unwrap();
        assert_eq!(read.take("b", &[2]).unwrap(), [2.0; 2]);
        assert_eq!(read.take("both", &[2]).unwrap(), [value; 2]);
        let error = read.finish().unwrap_err();
        let expected = format!("{FIRST}: tensor `a` is not one of this model");
        assert!(error.message().contains(&expected), "{}", error.message());
    }
}

#[test]
fn a_tensor_that_no_shard_has_is_named_with_the_index() {
    let folder = folder(json!({ "a": FIRST, "c": SECOND }));
    let expected = format!("{INDEX}: `weight_map`: tensor `c` is not in {SECOND}");
    assert!(error(folder.path()).contains(&expected), "{}", error(folder.path()));
    let mut read = tensors::open_weights(folder_without_c().path()).unwrap();
    let missing = read.take("c", &[2]).unwrap_err();
    assert!(missing.message().contains(&format!("{INDEX}: tensor `c` is missing")));
}

fn folder_without_c() -> TempDir {
    folder(json!({ "a": FIRST, "b": SECOND }))
}

#[test]
fn a_shard_outside_the_folder_or_missing_is_refused() {
    for path in ["../model.safetensors", "/etc/passwd", "a/b.safetensors", ".", ""] {
        let folder = folder(json!({ "a": path }));
        let expected = format!("{INDEX}: `weight_map`: found {path:?}, allowed are files beside");
        assert!(error(folder.path()).contains(&expected), "{}", error(folder.path()));
    }
    let folder = folder(json!({ "a": FIRST, "b": "gone.safetensors" }));
    assert!(error(folder.path()).contains("gone.safetensors"), "{}", error(folder.path()));
}

#[test]
fn a_folder_without_weights_says_which_files_they_may_be_in() {
    let folder = tempfile::tempdir().unwrap();
    let error = error(folder.path());
    for expected in ["model.safetensors, ", INDEX, "pytorch_model.bin, pytorch_model.bin.index"] {
        assert!(error.contains(expected), "{error}");
    }
}
