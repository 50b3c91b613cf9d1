//! The manifests of the paper, run with tiny random encoders of the architectures that they name.

use std::path::Path;

use serde_json::Value;
use triglot_tests::{Bench, experiment, shared_data, tiny_labse, tiny_mbert, tiny_mt5, tiny_xlm_r};

use crate::journal::{events, values};

/// A few steps on a few questions; the sets that are not at hand are others that are.
const FEW: [&str; 13] = [
    "train.stage.main.steps=4",
    "train.stage.main.batch_size=8",
    "train.stage.main.learning_rate=0.003",
    "train.stage.main.validation.every=2",
    "train.stage.main.checkpoint_every=2",
    "train.data.squad.limit=40",
    "train.validation.squadshifts.path=squad-dev-parallel/{lang}.json.gz",
    "train.validation.squadshifts.limit=10",
    "evaluate.xquad-r.languages=['en', 'es']",
    "evaluate.xquad-r.limit=5",
    "evaluate.mlqa-r.path=xquad-r/{lang}.json.gz",
    "evaluate.mlqa-r.languages=['de', 'en']",
    "evaluate.mlqa-r.limit=5",
];

/// Trains and measures as the three manifests of a model say, with an encoder that `make` makes.
fn run_all(model: &str, make: fn(&Path)) {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    make(&bench.path("tiny"));
    let sets = FEW.iter().flat_map(|set| ["--set", *set]);
    let places = ["--data-dir", data.to_str().unwrap(), "--model-dir", "."];
    let weights = ["--set", "model.options.weights=tiny"];
    let further: Vec<&str> = sets.chain(places).chain(weights).collect();
    for mix in ["monolingual", "cross-lingual", "hybrid"] {
        let run = bench.run(&experiment(&format!("paper/{model}-{mix}.toml")), &further);
        assert_eq!(run.record["training"]["steps"], 4, "{model}-{mix}");
        let losses = values(&events(&run.folder), "validation/squadshifts/loss");
        let steps: Vec<u64> = losses.iter().map(|(step, _)| *step).collect();
        assert_eq!(steps, [2, 4], "{model}-{mix}");
        assert!(losses.iter().all(|(_, loss)| loss.is_finite()), "{losses:?}");
        assert_ne!(losses[0].1, losses[1].1, "{model}-{mix} learns");
        for set in ["xquad-r", "mlqa-r"] {
            for (setting, metrics) in [
                ("monolingual", ["map", "recall@1"]),
                ("cross-lingual", ["map", "recall@1"]),
                ("multilingual", ["recall@10", "rank-distance"]),
            ] {
                for metric in metrics {
                    assert!(run.metric(&format!("eval/{set}/{setting}/{metric}")).is_finite());
                }
            }
        }
        assert!(run.path("model/model.safetensors").is_file());
        assert_eq!(run.record["status"], Value::from("finished"));
    }
}

#[test]
fn the_papers_xlm_r_is_trained_and_measured_at_every_mix() {
    run_all("xlm-r", tiny_xlm_r);
}

#[test]
fn the_papers_mbert_is_trained_and_measured_at_every_mix() {
    run_all("mbert", tiny_mbert);
}

#[test]
fn the_papers_labse_is_trained_and_measured_at_every_mix() {
    run_all("labse", tiny_labse);
}

#[test]
fn the_papers_mt5_is_trained_and_measured_at_every_mix() {
    run_all("mt5", tiny_mt5);
}
