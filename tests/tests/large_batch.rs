//! A batch of any size trains in the memory of a chunk, and as if there were no chunks (gradient caching).

use std::fmt::Write;

use serde_json::json;
use triglot_tests::{Bench, Output, Run, TinyEncoder};

use crate::{journal, model};

const MIB: u64 = 1 << 20;

const ENCODER: TinyEncoder =
    TinyEncoder { hidden: 32, layers: 2, words: 900, positions: 48, dropout: 0.1 };

const MANIFEST: &str = r#"
name = "large"
seed = 13

[model]
use = "candle/encoder"
# A larger epsilon keeps AdamW's first step smooth: by the usual one it is the sign of the gradient, which rounding
# decides where that is small.
options = { weights = "encoder", max_query_tokens = 48, max_passage_tokens = 48, optimizer = { epsilon = 1e-3 } }

[[train.data]]
name = "pairs"
reader = "jsonl"
path = "pairs.jsonl"

[[train.stage]]
name = "main"
steps = 1
batch_size = 64
learning_rate = 0.01
clip = 1.0
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "same", use = "language/same-language" }]
"#;

/// A folder with the encoder, the manifest and so many pairs, whose texts have from 4 to 43 words.
fn bench(pairs: usize) -> Bench {
    let bench = Bench::new();
    ENCODER.write(&bench.path("encoder"));
    bench.write("m.toml", MANIFEST);
    let text = |number: usize, step: usize| {
        let words = (0..4 + number * step % 40).map(|place| (number * 31 + place * step) % 900);
        words.fold(String::new(), |mut text, word| {
            let _ = write!(text, "w{word} ");
            text + "."
        })
    };
    let line = |number| {
        let (query, passage) = (text(number, 7), format!("{}w{number}", text(number, 13)));
        json!({ "id": number.to_string(), "language": "en", "query": query, "passage": passage })
    };
    let lines: String = (0..pairs).map(|number| format!("{}\n", line(number))).collect();
    bench.write("pairs.jsonl", lines);
    bench
}

fn settings(of_stage: &[String]) -> Vec<&str> {
    of_stage.iter().flat_map(|set| ["--set", set]).collect()
}

fn in_chunks(batch_size: usize, chunk: Option<usize>) -> Vec<String> {
    let stage = |key: &str, value: usize| format!("train.stage.main.{key}={value}");
    let chunk = chunk.map(|chunk| stage("chunk", chunk));
    [stage("batch_size", batch_size)].into_iter().chain(chunk).collect()
}

/// The largest memory of a run of one step, in bytes.
fn peak(bench: &Bench, batch_size: usize, chunk: Option<usize>) -> Option<u64> {
    let stage = in_chunks(batch_size, chunk);
    let args = ["run", "m.toml"].into_iter().chain(settings(&stage));
    let (output, peak) = Output::with_peak_memory(&mut bench.triglot_command(args));
    output.succeeded();
    peak
}

#[test]
fn a_batch_of_4096_in_chunks_of_64_takes_the_memory_of_a_small_one() {
    let bench = bench(4096);
    let Some(small) = peak(&bench, 64, None) else {
        eprintln!("skipped: there is no /proc that tells how much memory a process took");
        return;
    };
    let chunked = peak(&bench, 4096, Some(64)).unwrap();
    let whole = peak(&bench, 4096, None).unwrap();
    let figures = format!(
        "64 pairs: {} MiB; 4096 in chunks: {} MiB; 4096 at once: {} MiB",
        small / MIB,
        chunked / MIB,
        whole / MIB
    );
    eprintln!("{figures}");
    // Embeddings and their gradients take 4 MiB, texts some more; a number for each of the 4096 x 4096 pairs of a query
    // and a passage takes 64.
    assert!(chunked < small + 64 * MIB, "{figures}");
    assert!(whole > chunked + 256 * MIB, "{figures}");
}

/// What a run of a batch of 200 came to: loss, gradient norm, and the weights after the steps.
fn outcome(bench: &Bench, chunk: Option<usize>, further: &[&str]) -> (Run, Vec<[f64; 2]>) {
    let stage = in_chunks(200, chunk);
    let settings =
        settings(&stage).into_iter().chain(further.iter().flat_map(|set| ["--set", set]));
    let run = bench.run(&bench.path("m.toml"), &settings.collect::<Vec<_>>());
    let events = journal::events(&run.folder);
    let of = |key| journal::values(&events, key).into_iter().map(|(_, value)| value);
    let steps = of("train/loss").zip(of("train/gradient-norm"));
    let steps = steps.map(|(loss, norm)| [loss, norm]).collect();
    (run, steps)
}

#[test]
fn chunks_change_nothing_with_dropout_whatever_their_size() {
    let bench = bench(200);
    let steps = "train.stage.main.steps=3";
    let (whole, numbers) = outcome(&bench, None, &[steps]);
    let (undropped, others) = outcome(&bench, None, &[steps, "model.options.dropout=0.0"]);
    assert!(
        (numbers[0][0] - others[0][0]).abs() > 1e-3,
        "{numbers:?} {others:?}: nothing was dropped"
    );
    let (weights, undropped) = (model::weights(&whole), model::weights(&undropped));
    assert_eq!(weights.len(), 37);
    // 400 texts: one a chunk, a part left over, one more than half, all but one.
    for chunk in [1, 64, 201, 399] {
        let (run, chunked) = outcome(&bench, Some(chunk), &[steps]);
        assert_eq!(chunked.len(), 3);
        // No weight has moved yet, and a text's embedding does not depend on which texts are encoded with it.
        assert_eq!(chunked[0][0], numbers[0][0], "the first loss, in chunks of {chunk}");
        for (found, expected) in chunked.iter().flatten().zip(numbers.iter().flatten()) {
            assert!((found / expected - 1.0).abs() < 1e-5, "{chunk}: {chunked:?} {numbers:?}");
        }
        for ((name, expected), (other, found)) in weights.iter().zip(&model::weights(&run)) {
            assert_eq!((name, expected.len()), (other, found.len()));
            let worst = distance(expected, found);
            assert!(worst < 1e-5, "{name} is off by {worst} in chunks of {chunk}");
        }
    }
    // The same measure tells dropout from none.
    assert!(weights.iter().zip(&undropped).any(|((_, a), (_, b))| distance(a, b) > 1e-3));
}

/// The largest difference.
fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
