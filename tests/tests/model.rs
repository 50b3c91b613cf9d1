//! A run's model, evaluated, used and read again.

use safetensors::SafeTensors;
use triglot_tests::{Bench, Run, SMALL, assert_same_files, files_under};

/// The exported weights of a run by file and name, sorted.
pub fn weights(run: &Run) -> Vec<(String, Vec<f32>)> {
    let model = run.path("model");
    let mut weights = Vec::new();
    for file in files_under(&model) {
        if file.extension() != Some("safetensors".as_ref()) {
            continue;
        }
        let bytes = std::fs::read(model.join(&file)).unwrap();
        for (name, tensor) in SafeTensors::deserialize(&bytes).unwrap().iter() {
            assert_eq!(tensor.dtype(), safetensors::Dtype::F32);
            weights.push((format!("{}/{name}", file.display()), numbers(tensor.data())));
        }
    }
    weights.sort_by(|(a, _), (b, _)| a.cmp(b));
    weights
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
}

/// A NumPy file: its header and its numbers.
pub fn npy(bytes: &[u8]) -> (String, Vec<f32>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0);
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    (header.trim_end().to_owned(), numbers(&bytes[10 + length..]))
}

#[test]
fn a_run_evaluated_on_its_own_manifest_has_its_own_metrics() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    let run = bench.run(&manifest, &[]);
    let by_id = run.record["id"].as_str().unwrap();
    let folder = run.path("model");
    for named in [by_id, folder.to_str().unwrap()] {
        let on = ["evaluate", named, "--on", "m.toml", "--json"];
        let again = bench.finished(on.iter().map(AsRef::as_ref));
        assert_eq!(again.record["metrics"], run.record["metrics"]);
        assert_same_files(&again.path("eval"), &run.path("eval"));
    }
    // The newest run is now one that only measured; the model is found all the same.
    let on = ["evaluate", "last", "--on", "m.toml", "--json"];
    let last = bench.finished(on.iter().map(AsRef::as_ref));
    assert_eq!(last.record["metrics"], run.record["metrics"]);
}

#[test]
fn texts_are_encoded_into_a_numpy_file_equal_texts_into_equal_rows() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    bench.run(&manifest, &[]);
    bench.write("texts.txt", "The cat is an animal.\nEl gato\nThe cat is an animal.\n");
    let encode = ["encode", "last", "--input", "texts.txt", "--output", "texts.npy"];
    bench.triglot(encode).succeeded();
    let (header, values) = npy(&std::fs::read(bench.path("texts.npy")).unwrap());
    assert_eq!(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 16), }");
    let rows: Vec<&[f32]> = values.chunks(16).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], rows[2]);
    assert_ne!(rows[0], rows[1]);
    assert!(values.iter().all(|value| value.is_finite()));
}
