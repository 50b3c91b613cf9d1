//! Tests of the manifest, by concern.

mod layering;
mod mistakes;
mod properties;
mod rendering;
mod trials;

use std::path::PathBuf;

use super::{LoadOptions, Manifest, Source};
use crate::error::Result;

/// The manifest that the design is written around.
const DESIGN: &str = r#"#:schema ../schemas/experiment.schema.json
name = "xquad-hybrid"
seed = 13

[model]
use = "candle/encoder"
options = { weights = "e5-small", pooling = "mean", query_prefix = "query: ", passage_prefix = "passage: ", max_query_tokens = 64, max_passage_tokens = 160 }

[[train.data]]
name = "squad"
reader = "squad"                              # id-parallel SQuAD JSON(.gz)
path = "squad-dev-parallel/{lang}.json.gz"    # or { en = "…", fi = "…" }
languages = ["en", "es", "it", "sv", "id"]
passage = "sentence"
holdout = 0.05

[[train.stage]]
name = "hybrid"
steps = 300
batch_size = 32
chunk = 64
learning_rate = 3e-5
warmup = 0.1
schedule = "linear"
weight_decay = 0.01
clip = 1.0
objective = [{ use = "contrastive/info-nce", weight = 1.0, options = { temperature = 0.05 } }]
mix = [
  { name = "monolingual",   use = "language/monolingual",   share = 0.5 },
  { name = "cross-lingual", use = "language/cross-lingual" },
]

[[evaluate]]
name = "xquad-r"
reader = "squad"
path = "xquad-r/{lang}.json.gz"
passage = "sentence"
settings = ["monolingual", "cross-lingual", "multilingual"]
metrics = ["map", "ndcg@10", "mrr@10", "recall@1", "recall@10", "rank-distance"]

[sweep]
seeds = [1, 2, 3]
grid = { "train.stage.hybrid.mix.monolingual.share" = [0.0, 0.25, 0.5, 0.75, 1.0] }
"#;

/// The shortest valid manifest.
const SHORT: &str = r#"name = "short"
model.use = "candle/static"

[[evaluate]]
name = "facts"
reader = "embedded"
path = "facts/test"
metrics = ["map"]
"#;

fn read(text: &str, options: &LoadOptions) -> Result<Manifest> {
    Manifest::from_source(&Source { path: PathBuf::from("m.toml"), text: text.to_owned() }, options)
}

fn with_set(text: &str, set: &[&str]) -> Result<Manifest> {
    let set = set.iter().map(ToString::to_string).collect();
    read(text, &LoadOptions { set, ..LoadOptions::default() })
}

fn with_env(text: &str, env: &[(&str, &str)]) -> Result<Manifest> {
    let env =
        env.iter().map(|(variable, value)| ((*variable).to_owned(), (*value).to_owned())).collect();
    read(text, &LoadOptions { env, ..LoadOptions::default() })
}

fn with_profile(text: &str, profile: &str) -> Result<Manifest> {
    read(text, &LoadOptions { profile: Some(profile.to_owned()), ..LoadOptions::default() })
}

/// The design's manifest with one piece of text replaced.
fn design_with(from: &str, to: &str) -> Result<Manifest> {
    assert!(DESIGN.contains(from), "{from}");
    read(&DESIGN.replacen(from, to, 1), &LoadOptions::default())
}

fn message<T>(outcome: Result<T>) -> String {
    match outcome {
        Ok(_) => "no error".to_owned(),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            error.to_string()
        }
    }
}
