use super::super::schema::experiment_schema;
use super::*;

#[test]
fn the_resolved_manifest_is_tidy_toml() {
    let manifest = with_set(DESIGN, &["model.options={pooling=\"cls\"}"]).unwrap();
    let expected = r#"name = "xquad-hybrid"
seed = 13

[model]
use = "candle/encoder"

[model.options]
weights = "e5-small"
pooling = "cls"
query_prefix = "query: "
passage_prefix = "passage: "
max_query_tokens = 64
max_passage_tokens = 160

[train]
keep_checkpoints = 2

[[train.data]]
name = "squad"
reader = "squad"
path = "squad-dev-parallel/{lang}.json.gz"
languages = ["en", "es", "it", "sv", "id"]
passage = "sentence"
holdout = 0.05

[[train.stage]]
name = "hybrid"
steps = 300
batch_size = 32
chunk = 64
learning_rate = 0.00003
warmup = 0.1
schedule = "linear"
weight_decay = 0.01
clip = 1.0
objective = [
  { use = "contrastive/info-nce", weight = 1.0, options = { temperature = 0.05 } },
]
reset_optimizer = false
draw = "random"
mix = [
  { name = "monolingual", use = "language/monolingual", share = 0.5 },
  { name = "cross-lingual", use = "language/cross-lingual" },
]
ignore_same_group = false

[[evaluate]]
name = "xquad-r"
reader = "squad"
path = "xquad-r/{lang}.json.gz"
passage = "sentence"
settings = ["monolingual", "cross-lingual", "multilingual"]
metrics = ["map", "ndcg@10", "mrr@10", "recall@1", "recall@10", "rank-distance"]
similarity = "cosine"
embeddings = "f32"
bm25 = true
"#;
    assert_eq!(manifest.resolved_toml(), expected);
}

#[test]
fn the_hash_is_of_what_is_computed() {
    let hash = |set: &[&str]| with_set(DESIGN, set).unwrap().hash();
    let base = hash(&[]);
    assert_eq!(base.len(), 64);
    assert_eq!(
        base,
        hash(&["name=other", "description=x", "sweep.seeds=[9]", "train.stage.0.warmup=1e-1"])
    );
    assert_ne!(base, hash(&["seed=14"]));
    assert_ne!(base, hash(&["model.options.pooling=cls"]));
    let reordered =
        DESIGN.replace("steps = 300\nbatch_size = 32\n", "batch_size = 32\nsteps = 300\n");
    assert_eq!(base, with_set(&reordered, &[]).unwrap().hash());
}

fn as_json(text: &str) -> serde_json::Value {
    let source = Source { path: PathBuf::from("m.toml"), text: text.to_owned() };
    source.parse().unwrap().value
}

#[test]
fn the_schema_takes_the_manifest_of_the_design_and_refuses_unknown_keys() {
    let schema = experiment_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&as_json(DESIGN)).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(
        validator
            .is_valid(&as_json(&format!("{SHORT}\n[profile.quick]\nevaluate.facts.limit = 3\n")))
    );
    assert!(!validator.is_valid(&as_json(&DESIGN.replace("warmup", "warm_up"))));
    assert!(!validator.is_valid(&as_json(&DESIGN.replace("\"linear\"", "\"lineer\""))));
    assert!(!validator.is_valid(&as_json(&DESIGN.replace("steps = 300", ""))));
}

#[test]
fn the_schema_is_closed_described_and_without_null() {
    let schema = experiment_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["title"], "triglot experiment");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["model"]["description"], "The encoder.");
    assert_eq!(
        schema["$defs"]["Stage"]["properties"]["steps"]["description"],
        "Number of optimiser steps, one batch a step."
    );
    assert!(!schema.to_string().contains("null"));
}
