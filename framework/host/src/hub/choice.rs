//! Which files of a repository a model consists of.
//!
//! A repository holds the same weights several times over, for other programs: TensorFlow, ONNX, OpenVINO, and pickled
//! beside safetensors. What is taken is what transformers and sentence-transformers would load, and no file twice: the
//! small files that describe a model and its tokens, and one form of its weights; in the root, and in the folders
//! that `modules.json` names.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The file in which sentence-transformers says of what a model consists.
pub(super) const MODULES: &str = "modules.json";
/// The names that weights may have, the first that there is being taken.
const WEIGHTS: [(&str, &str); 2] = [("model", "safetensors"), ("pytorch_model", "bin")];
/// How the names of files end that describe a model and its tokens.
const DESCRIPTIONS: [&str; 3] = [".json", ".txt", ".model"];
/// What describes another form of the weights.
const OTHERS: [&str; 2] = ["tf_model", "flax_model"];

/// The files that a model of these modules consists of, out of all those of its repository, by name.
pub(super) fn choose<'a>(
    all: impl IntoIterator<Item = &'a str>,
    modules: &[String],
) -> BTreeSet<&'a str> {
    let all: BTreeSet<&str> = all.into_iter().collect();
    let mut chosen = BTreeSet::new();
    for folder in std::iter::once("").chain(modules.iter().map(String::as_str)) {
        let files = || all.iter().copied().filter(move |file| split(file).0 == folder);
        chosen.extend(files().filter(|file| describes(split(file).1)));
        let weights = WEIGHTS.iter().flat_map(|(stem, end)| {
            let whole = move |file: &&str| split(file).1 == format!("{stem}.{end}");
            let shard = move |file: &&str| is_shard(split(file).1, stem, end);
            [files().filter(whole).collect::<Vec<_>>(), files().filter(shard).collect()]
        });
        chosen
            .extend(weights.into_iter().find(|weights| !weights.is_empty()).into_iter().flatten());
    }
    chosen
}

/// Whether there are weights among these files, or a part of them.
pub(super) fn holds_weights<'a>(mut files: impl Iterator<Item = &'a str>) -> bool {
    let weights = |name: &str, stem: &str, end: &str| {
        name == format!("{stem}.{end}") || is_shard(name, stem, end)
    };
    files.any(|file| WEIGHTS.iter().any(|(stem, end)| weights(split(file).1, stem, end)))
}

/// The folders that a `modules.json` names, the root left out.
pub(super) fn modules(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Module {
        #[serde(default)]
        path: String,
    }
    // What is wrong with the file is said by whoever reads the model.
    let modules: Vec<Module> = serde_json::from_str(text).unwrap_or_default();
    let paths = modules.into_iter().map(|module| module.path.trim_end_matches('/').to_owned());
    paths.filter(|path| !path.is_empty()).collect()
}

/// Whether the name of a file leads to a place below a folder, and nowhere else.
pub(super) fn is_below(name: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..");
    name.split('/').all(part) && !name.contains(['\\', ':', '\0'])
}

/// Folder and name.
fn split(file: &str) -> (&str, &str) {
    file.rsplit_once('/').unwrap_or(("", file))
}

fn describes(name: &str) -> bool {
    DESCRIPTIONS.iter().any(|end| name.ends_with(end))
        && !OTHERS.iter().any(|other| name.starts_with(other))
}

/// `stem-00001-of-00003.end`.
fn is_shard(name: &str, stem: &str, end: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_prefix(stem).and_then(|name| name.strip_prefix('-'));
    let numbers = numbers.and_then(|name| name.strip_suffix(end)?.strip_suffix('.'));
    numbers.and_then(|name| name.split_once("-of-")).is_some_and(|(n, of)| digits(n) && digits(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(all: &[&'static str], modules: &[&str]) -> Vec<&'static str> {
        let modules: Vec<String> = modules.iter().map(|path| (*path).to_owned()).collect();
        choose(all.iter().copied(), &modules).into_iter().collect()
    }

    #[test]
    fn a_sentence_encoder_is_its_descriptions_its_modules_and_its_weights_once() {
        let all = [
            ".gitattributes",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "2_Dense/pytorch_model.bin",
            "README.md",
            "config.json",
            "config_sentence_transformers.json",
            "flax_model.msgpack",
            "flax_model.msgpack.index.json",
            "model.fp16.safetensors",
            "model.safetensors",
            "modules.json",
            "onnx/config.json",
            "onnx/model.onnx",
            "openvino/openvino_model.xml",
            "pytorch_model.bin",
            "sentence_bert_config.json",
            "tf_model.h5",
            "tokenizer.json",
            "vocab.txt",
        ];
        let expected = [
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "config.json",
            "config_sentence_transformers.json",
            "model.safetensors",
            "modules.json",
            "sentence_bert_config.json",
            "tokenizer.json",
            "vocab.txt",
        ];
        assert_eq!(chosen(&all, &["1_Pooling", "2_Dense", "3_Normalize"]), expected);
    }

    #[test]
    fn shards_are_taken_where_the_weights_are_not_whole_and_a_pickle_where_there_is_nothing_else() {
        let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        let all = [shards[0], shards[1], "model.safetensors.index.json", "pytorch_model.bin"];
        assert_eq!(chosen(&all, &[]), all[..3]);
        assert_eq!(
            chosen(&[&all[..], &["model.safetensors"]].concat(), &[]),
            ["model.safetensors", all[2]]
        );
        let pickled = ["config.json", "pytorch_model.bin", "rust_model.ot", "tf_model.h5"];
        assert_eq!(chosen(&pickled, &[]), ["config.json", "pytorch_model.bin"]);
    }

    #[test]
    fn a_model_of_sentencepiece_is_taken_whether_or_not_there_is_a_tokenizer_beside_it() {
        let all = [
            "README.md",
            "config.json",
            "flax_model.msgpack",
            "generation_config.json",
            "pytorch_model.bin",
            "special_tokens_map.json",
            "spiece.model",
            "tf_model.h5",
            "tokenizer_config.json",
        ];
        let expected = [
            "config.json",
            "generation_config.json",
            "pytorch_model.bin",
            "special_tokens_map.json",
            "spiece.model",
            "tokenizer_config.json",
        ];
        assert_eq!(chosen(&all, &[]), expected);
        let with_tokenizer = chosen(&[&all[..], &["tokenizer.json"]].concat(), &[]);
        assert!(with_tokenizer.contains(&"spiece.model"));
        assert!(with_tokenizer.contains(&"tokenizer.json"));
    }

    #[test]
    fn the_folders_of_modules_are_read_and_a_malformed_file_has_none() {
        let text = r#"[{"idx": 0, "path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense/"}]"#;
        assert_eq!(modules(text), ["1_Pooling", "2_Dense"]);
        assert!(modules("{").is_empty());
    }

    #[test]
    fn a_name_that_leads_out_of_its_folder_is_seen() {
        assert!(is_below("config.json") && is_below("2_Dense/model.safetensors"));
        for name in ["", "/etc/passwd", "../x", "a/../b", "a//b", ".", "c:\\x", "a\\..\\b"] {
            assert!(!is_below(name), "{name}");
        }
    }
}
