//! A step moves the rows of its tokens, and no other row of a vocabulary of any size.

use std::collections::BTreeSet;
use std::path::Path;

use safetensors::SafeTensors;
use serde_json::json;
use triglot_tests::{Bench, TinyEncoder};

const ENCODER: TinyEncoder =
    TinyEncoder { hidden: 8, layers: 1, words: 60_000, positions: 16, dropout: 0.1 };
/// `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]`, then the words.
const FIRST_WORD: usize = 4;

const MANIFEST: &str = r#"
name = "vocabulary"
seed = 13

[model]
use = "candle/encoder"
options = { weights = "encoder", max_query_tokens = 16, max_passage_tokens = 16 }

[[train.data]]
name = "pairs"
reader = "jsonl"
path = "pairs.jsonl"

[[train.stage]]
name = "main"
steps = 2
batch_size = 6
learning_rate = 0.01
weight_decay = 0.1
clip = 1.0
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "same", use = "language/same-language" }]
"#;

/// The rows of the table of words.
fn table(folder: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(folder.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let words = tensors.tensor("embeddings.word_embeddings.weight").unwrap();
    words.data().chunks_exact(4 * ENCODER.hidden).map(<[u8]>::to_vec).collect()
}

#[test]
fn of_a_large_vocabulary_the_rows_of_a_batch_are_moved_and_no_other() {
    let bench = Bench::new();
    ENCODER.write(&bench.path("encoder"));
    bench.write("m.toml", MANIFEST);
    // All six pairs are one batch. A text's fifteenth word is past the limit: a special token stands at either end.
    let (mut lines, mut seen) = (String::new(), BTreeSet::from([2, 3]));
    for pair in 0..6 {
        let text = |role: usize| {
            let words =
                (0..16).map(|place| (pair * 9973 + role * 4999 + place * 641) % ENCODER.words);
            words.collect::<Vec<_>>()
        };
        let said = [0, 1].map(|role| {
            let words = text(role);
            seen.extend(words[..14].iter().map(|word| FIRST_WORD + word));
            words.iter().map(|word| format!("w{word} ")).collect::<String>()
        });
        let [query, passage] = said;
        let id = pair.to_string();
        let line = json!({ "id": id, "language": "en", "query": query, "passage": passage });
        lines += &format!("{line}\n");
    }
    bench.write("pairs.jsonl", lines);

    let run = bench.run(&bench.path("m.toml"), &[]);
    let (before, after) = (table(&bench.path("encoder")), table(&run.path("model")));
    assert_eq!((before.len(), after.len()), (ENCODER.words + FIRST_WORD, before.len()));
    let moved: BTreeSet<_> = (0..before.len()).filter(|row| before[*row] != after[*row]).collect();
    assert_eq!(moved, seen);
}
