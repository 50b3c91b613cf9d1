//! A batch that goes through in chunks trains as one that goes through whole.

use triglot_tests::{Bench, Run, experiment};

use crate::{journal, model};

const TOLERANCE: f64 = 1e-5;

/// Training alone, at batch 32.
fn train(bench: &Bench, settings: &[&str]) -> Run {
    let always = ["evaluate=[]", "train.stage.main.batch_size=32"];
    let settings = always.iter().chain(settings).flat_map(|set| ["--set", set]);
    bench.run(&experiment("quickstart.toml"), &settings.collect::<Vec<_>>())
}

fn assert_chunks_of_four_change_nothing(tensors: usize, settings: &[&str]) {
    let bench = Bench::new();
    let whole = train(&bench, settings);
    let chunked = train(&bench, &[settings, &["train.stage.main.chunk=4"]].concat());
    let (a, b) = (model::weights(&whole), model::weights(&chunked));
    assert_eq!(a.len(), tensors);
    for ((name, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!((name, a.len()), (other, b.len()));
        let largest = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(f64::from(largest) <= TOLERANCE, "{name} differs by {largest}");
    }
    let losses = |run: &Run| journal::values(&journal::events(&run.folder), "train/loss");
    let (a, b) = (losses(&whole), losses(&chunked));
    assert!(!a.is_empty() && a.len() == b.len());
    for ((step, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(step, other);
        assert!((a - b).abs() <= TOLERANCE, "step {step}: {a} and {b}");
    }
}

#[test]
fn one_step_in_chunks_of_four_equals_one_step_of_thirty_two() {
    assert_chunks_of_four_change_nothing(1, &["train.stage.main.steps=1"]);
}

#[test]
fn several_steps_in_chunks_of_four_equal_as_many_of_thirty_two() {
    assert_chunks_of_four_change_nothing(1, &["train.stage.main.steps=12"]);
}

/// The gradient of a dense layer is a sum over texts, and chunks round it otherwise. AdamW divides a gradient by its
/// own size, so the rounding of the smallest ones comes out as a part of the learning rate, which is hence small here.
#[test]
fn a_dense_layer_learns_the_same_in_chunks_of_four() {
    let dense = "model.options.dense={dim=32, activation='tanh'}";
    for steps in ["train.stage.main.steps=1", "train.stage.main.steps=12"] {
        let rate = "train.stage.main.learning_rate=0.001";
        assert_chunks_of_four_change_nothing(3, &[dense, steps, rate]);
    }
}
