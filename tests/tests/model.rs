//! A run's model, evaluated, used and read again.

use safetensors::SafeTensors;
use triglot_tests::{Bench, Run, SMALL, assert_same_files, files_under, library};

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
    let evaluated = |named: &str| {
        let on = ["evaluate", named, "--on", "m.toml", "--json"];
        bench.finished(on.iter().map(AsRef::as_ref))
    };
    // The newest run is then one that only measured; the model is found all the same.
    for named in [by_id, "last"] {
        let again = evaluated(named);
        assert_eq!(again.record["metrics"], run.record["metrics"], "{named}");
        assert_same_files(&again.path("eval"), &run.path("eval"));
    }
}

#[test]
fn what_a_run_exported_is_evaluated_without_its_checkpoints() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    let run = bench.run(&manifest, &[]);
    std::fs::remove_dir_all(run.path("checkpoints")).unwrap();
    let folder = run.path("model");
    let on = ["evaluate", folder.to_str().unwrap(), "--on", "m.toml", "--json"];
    let again = bench.finished(on.iter().map(AsRef::as_ref));
    assert_eq!(again.record["metrics"], run.record["metrics"]);
    assert_same_files(&again.path("eval"), &run.path("eval"));
    let begun_from = &again.record["provenance"]["paths"]["model.options.weights"]["path"];
    assert_eq!(begun_from.as_str(), folder.to_str());

    std::fs::remove_dir_all(&folder).unwrap();
    let output = bench.triglot(on);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    assert!(output.stderr.contains("exported no model"), "{}", output.stderr);
}

#[test]
fn the_export_of_a_backend_that_loads_no_folder_is_refused() {
    let bench = Bench::new();
    let manifest = SMALL.replace("candle/static", "specimen/hashing");
    let manifest = bench.write("m.toml", manifest.replace(", vocab_size = 600", ""));
    let plugin = library("specimen");
    let plugin = ["--plugin-dir", plugin.to_str().unwrap()];
    let folder = bench.run(&manifest, &plugin).path("model");
    let on = ["evaluate", folder.to_str().unwrap(), "--on", "m.toml"];
    let output = bench.triglot(on.into_iter().chain(plugin));
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    assert!(output.stderr.contains("has no option `weights`"), "{}", output.stderr);
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
