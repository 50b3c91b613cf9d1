//! Checkpoints of PyTorch; tests/golden/make_torch.py makes two that hold the same.

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use crate::files;
use crate::tensors::pickle::{Pickle, Value};
use crate::tensors::{self, Read};

const FILE: &str = "pytorch_model.bin";
const ZIP: &[u8] = include_bytes!("../../../tests/golden/torch.bin");
const LEGACY: &[u8] = include_bytes!("../../../tests/golden/torch-legacy.bin");

fn read(bytes: &[u8]) -> triglot_sdk::Result<Read> {
    let folder = tempfile::tempdir().unwrap();
    files::write(folder.path(), FILE, bytes).unwrap();
    tensors::open_weights(folder.path())
}

fn error(bytes: &[u8]) -> String {
    read(bytes).err().unwrap().message().to_owned()
}

#[test]
fn every_tensor_is_read_row_by_row_whatever_its_type_and_however_it_lies() {
    for bytes in [ZIP, LEGACY] {
        let mut file = read(bytes).unwrap();
        let expected = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5];
        for name in ["f32", "f16", "bf16", "f64", "parameter", "transposed", "within", "columns"] {
            assert_eq!(file.take(name, &[2, 3]).unwrap(), expected, "{name}");
        }
        assert_eq!(file.take("one", &[]).unwrap(), [0.5]);
        assert_eq!(file.take("none", &[0, 3]).unwrap(), [0.0; 0]);
        let integers = file.take("i64", &[2, 3]).unwrap_err();
        let expected = "tensor `i64`: found I64 [2, 3], expected F32, F16, BF16, F64 [2, 3]";
        assert!(integers.message().contains(expected), "{}", integers.message());
        file.finish().unwrap();
    }
}

#[test]
fn safetensors_go_before_a_checkpoint_and_an_index_of_shards_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let index = json!({ "weight_map": { "f32": "a.bin", "f16": "b.bin" } });
    for (file, bytes) in [("a.bin", ZIP), ("b.bin", LEGACY)] {
        files::write(folder.path(), file, bytes).unwrap();
    }
    files::write_json(folder.path(), "pytorch_model.bin.index.json", &index).unwrap();
    let values = |folder: &Path, name: &str| {
        tensors::open_weights(folder).unwrap().take(name, &[2, 3]).map(|values| values[0])
    };
    assert_eq!(values(folder.path(), "f16").unwrap(), 0.5);
    let named = [tensors::Named::new("f16", &[2, 3], &[7.0; 6])];
    tensors::write(folder.path(), "model.safetensors", &named, None).unwrap();
    files::write(folder.path(), FILE, b"no checkpoint").unwrap();
    assert_eq!(values(folder.path(), "f16").unwrap(), 7.0);
}

#[test]
fn a_file_cut_anywhere_is_refused_by_name() {
    for bytes in [ZIP, LEGACY] {
        for end in 0..bytes.len() {
            let error = error(&bytes[..end]);
            let expected = "pytorch_model.bin: not a checkpoint of PyTorch: ";
            assert!(error.contains(expected), "{end}: {error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_damaged_file_is_read_or_refused_and_gives_no_more_numbers_than_it_has_bytes(
        zip: bool,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = if zip { ZIP } else { LEGACY }.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(mut file) = read(&bytes) {
            for name in ["f32", "f64", "transposed", "within", "columns"] {
                let Some(shape) = file.shape(name).map(<[usize]>::to_vec) else { continue };
                if let Ok(values) = file.take(name, &shape) {
                    prop_assert!(values.len() <= bytes.len());
                }
            }
        }
    }
}

/// The result of a program.
fn run(program: &[u8]) -> Result<Value, String> {
    let pickle = Pickle::read(&mut &program[..])?;
    Ok(pickle.get(pickle.root).clone())
}

#[test]
fn a_pickle_that_repeats_itself_costs_no_more_than_its_bytes() {
    // A tuple of two of the last one, sixty times: 2⁶⁰ values to whoever copies.
    let mut program = b"\x80\x02)q\x00".to_vec();
    for _ in 0..60 {
        program.extend(b"h\x00h\x00\x86q\x00");
    }
    program.push(b'.');
    let pickle = Pickle::read(&mut &program[..]).unwrap();
    assert_eq!(pickle.values().len(), 61);
    // And a list that holds itself.
    assert!(matches!(run(b"]q\x00h\x00a."), Ok(Value::List(items)) if items == [0]));
}

#[test]
fn a_pickle_that_is_none_is_refused() {
    for (program, expected) in [
        (&b"X\xff\xff\xff\xffabc."[..], "more than 16777216 bytes"),
        (b"X\x04\x00\x00\x00abc", "ends within a text"),
        (b"(K\x01", "fill"),
        (b".", "empty stack"),
        (b"K\x01(0.", "instruction 0x30"),
        (b"K\x01(\x85.", "empty stack"),
        (b"t.", "mark"),
        (b"K\x01K\x02a.", "no list"),
        (b"}(K\x01u.", "key without a value"),
        (b"h\x05.", "did not remember"),
        (b"q\x05.", "empty stack"),
        (b"cos\nsystem", "fill"),
    ] {
        let error = run(program).unwrap_err();
        assert!(error.contains(expected), "{program:?}: {error}");
    }
    // What would be called is only noted.
    assert!(matches!(run(b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R."), Ok(Value::Call { .. })));
    assert_eq!(run(b"\x8a\x02\xff\x00."), Ok(Value::Int(255)));
    assert_eq!(run(b"\x8a\x01\xff."), Ok(Value::Int(-1)));
    assert_eq!(run(b"\x8a\x00."), Ok(Value::Int(0)));
}
