//! Tiny encoders with random weights, in folders of the shape in which the real ones are published: names of tensors,
//! heads that do not matter, tokenizers of each kind.

use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

const HIDDEN: usize = 16;
const INTERMEDIATE: usize = 24;
const LAYERS: usize = 2;
const HEADS: usize = 2;
const POSITIONS: usize = 300;
/// Characters that texts are cut into.
const CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;?!'-()";

/// Tensors in the order in which they are made.
type Tensors = Vec<(String, Vec<usize>)>;

/// An encoder as FacebookAI/xlm-roberta-base is published: under a prefix, with the head that it was trained with.
pub fn tiny_xlm_r(folder: &Path) {
    let tokens = special(&["<s>", "<pad>", "</s>", "<unk>"], "\u{2581}", "");
    let config = json!({
        "architectures": ["XLMRobertaForMaskedLM"], "model_type": "xlm-roberta",
        "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "type_vocab_size": 1,
        "max_position_embeddings": POSITIONS + 2, "layer_norm_eps": 1e-5,
    });
    let mut tensors = bert_tensors("roberta.", tokens.len(), POSITIONS + 2, 1);
    tensors.push(("lm_head.bias".into(), vec![tokens.len()]));
    tensors.push(("lm_head.dense.weight".into(), vec![HIDDEN, HIDDEN]));
    tensors.push(("lm_head.dense.bias".into(), vec![HIDDEN]));
    tensors.push(("lm_head.layer_norm.weight".into(), vec![HIDDEN]));
    tensors.push(("lm_head.layer_norm.bias".into(), vec![HIDDEN]));
    write(
        folder,
        bert_config(config, tokens.len()),
        &unigram(&tokens, 3, &["<s>", "$A", "</s>"]),
        &tensors,
    );
}

/// An encoder as google-bert/bert-base-multilingual-cased is published, a pooler and two heads included.
pub fn tiny_mbert(folder: &Path) {
    let tokens = special(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "", "##");
    let mut tensors = bert_tensors("bert.", tokens.len(), POSITIONS, 2);
    tensors.extend(pooler("bert."));
    tensors.push(("cls.predictions.bias".into(), vec![tokens.len()]));
    tensors.push(("cls.predictions.transform.dense.weight".into(), vec![HIDDEN, HIDDEN]));
    tensors.push(("cls.predictions.transform.dense.bias".into(), vec![HIDDEN]));
    tensors.push(("cls.predictions.transform.LayerNorm.weight".into(), vec![HIDDEN]));
    tensors.push(("cls.predictions.transform.LayerNorm.bias".into(), vec![HIDDEN]));
    tensors.push(("cls.seq_relationship.weight".into(), vec![2, HIDDEN]));
    tensors.push(("cls.seq_relationship.bias".into(), vec![2]));
    let config = json!({ "architectures": ["BertForMaskedLM"] });
    write(folder, bert(config, tokens.len()), &word_pieces(&tokens), &tensors);
}

/// An encoder as sentence-transformers/LaBSE is published: its pooler, a dense layer after the first token, unit length.
pub fn tiny_labse(folder: &Path) {
    let tokens = special(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "", "##");
    let mut tensors = bert_tensors("", tokens.len(), POSITIONS, 2);
    tensors.extend(pooler(""));
    let config = json!({ "architectures": ["BertModel"] });
    write(folder, bert(config, tokens.len()), &word_pieces(&tokens), &tensors);
    let module = |idx: usize, path: &str, name: &str| json!({ "idx": idx, "name": idx.to_string(), "path": path, "type": format!("sentence_transformers.models.{name}") });
    let modules = json!([
        module(0, "", "Transformer"),
        module(1, "1_Pooling", "Pooling"),
        module(2, "2_Dense", "Dense"),
        module(3, "3_Normalize", "Normalize"),
    ]);
    write_json(&folder.join("modules.json"), &modules);
    write_json(
        &folder.join("sentence_bert_config.json"),
        &json!({ "max_seq_length": 256, "do_lower_case": false }),
    );
    write_json(
        &folder.join("1_Pooling/config.json"),
        &json!({
            "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false,
            "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false,
        }),
    );
    write_json(
        &folder.join("2_Dense/config.json"),
        &json!({
            "in_features": HIDDEN, "out_features": HIDDEN, "bias": true,
            "activation_function": "torch.nn.modules.activation.Tanh",
        }),
    );
    let dense =
        [("linear.weight".into(), vec![HIDDEN, HIDDEN]), ("linear.bias".into(), vec![HIDDEN])];
    write_tensors(&folder.join("2_Dense/model.safetensors"), &dense);
}

/// An encoder as google/mt5-base is published, its tokenizer made: encoder and decoder, of which only one matters.
pub fn tiny_mt5(folder: &Path) {
    let tokens = special(&["<pad>", "</s>", "<unk>"], "\u{2581}", "");
    let (heads, key) = (HEADS, HIDDEN / HEADS);
    let config = json!({
        "architectures": ["MT5ForConditionalGeneration"], "model_type": "mt5", "d_model": HIDDEN, "d_kv": key,
        "d_ff": INTERMEDIATE, "num_layers": LAYERS, "num_decoder_layers": 1, "num_heads": heads,
        "relative_attention_num_buckets": 8, "relative_attention_max_distance": 20, "dropout_rate": 0.1,
        "layer_norm_epsilon": 1e-6, "feed_forward_proj": "gated-gelu", "is_encoder_decoder": true,
        "tie_word_embeddings": false, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0,
        "vocab_size": tokens.len(), "use_cache": true, "initializer_factor": 1.0,
    });
    let mut tensors: Tensors = vec![("shared.weight".into(), vec![tokens.len(), HIDDEN])];
    let square = || vec![HIDDEN, HIDDEN];
    for (stack, layers) in [("encoder", LAYERS), ("decoder", 1)] {
        for layer in 0..layers {
            let at = format!("{stack}.block.{layer}.layer");
            let mut attentions = vec![(0, "SelfAttention")];
            if stack == "decoder" {
                attentions.push((1, "EncDecAttention"));
            }
            let feed_forward = attentions.len();
            for (place, name) in attentions {
                for matrix in ["q", "k", "v", "o"] {
                    tensors.push((format!("{at}.{place}.{name}.{matrix}.weight"), square()));
                }
                if layer == 0 && place == 0 {
                    let bias = format!("{at}.0.SelfAttention.relative_attention_bias.weight");
                    tensors.push((bias, vec![8, heads]));
                }
                tensors.push((format!("{at}.{place}.layer_norm.weight"), vec![HIDDEN]));
            }
            for (matrix, shape) in [
                ("wi_0", [INTERMEDIATE, HIDDEN]),
                ("wi_1", [INTERMEDIATE, HIDDEN]),
                ("wo", [HIDDEN, INTERMEDIATE]),
            ] {
                tensors.push((
                    format!("{at}.{feed_forward}.DenseReluDense.{matrix}.weight"),
                    shape.into(),
                ));
            }
            tensors.push((format!("{at}.{feed_forward}.layer_norm.weight"), vec![HIDDEN]));
        }
        tensors.push((format!("{stack}.final_layer_norm.weight"), vec![HIDDEN]));
    }
    tensors.push(("lm_head.weight".into(), vec![tokens.len(), HIDDEN]));
    write(folder, config, &unigram(&tokens, 2, &["$A", "</s>"]), &tensors);
}

/// The special tokens, then every character at the beginning of a word and inside one, where these differ.
fn special(special: &[&str], alone: &str, inside: &str) -> Vec<String> {
    let mut tokens: Vec<String> = special.iter().map(|token| (*token).to_owned()).collect();
    tokens.extend((!alone.is_empty()).then(|| alone.to_owned()));
    tokens.extend(CHARACTERS.chars().map(String::from));
    if !inside.is_empty() {
        tokens.extend(CHARACTERS.chars().map(|character| format!("{inside}{character}")));
    }
    tokens
}

fn bert(config: Value, vocabulary: usize) -> Value {
    let own = json!({
        "model_type": "bert", "pad_token_id": 0, "type_vocab_size": 2, "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12,
    });
    bert_config(merged(own, config), vocabulary)
}

fn bert_config(config: Value, vocabulary: usize) -> Value {
    let shared = json!({
        "hidden_size": HIDDEN, "intermediate_size": INTERMEDIATE, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "initializer_range": 0.02, "position_embedding_type": "absolute",
        "vocab_size": vocabulary,
    });
    merged(shared, config)
}

fn merged(mut base: Value, over: Value) -> Value {
    for (key, value) in over.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

fn bert_tensors(prefix: &str, vocabulary: usize, positions: usize, types: usize) -> Tensors {
    let mut tensors: Tensors = Vec::new();
    let mut add =
        |name: String, shape: &[usize]| tensors.push((format!("{prefix}{name}"), shape.into()));
    for (table, rows) in [("word", vocabulary), ("position", positions), ("token_type", types)] {
        add(format!("embeddings.{table}_embeddings.weight"), &[rows, HIDDEN]);
    }
    add("embeddings.LayerNorm.weight".into(), &[HIDDEN]);
    add("embeddings.LayerNorm.bias".into(), &[HIDDEN]);
    for layer in 0..LAYERS {
        let layer = format!("encoder.layer.{layer}");
        for (name, rows, columns) in [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", INTERMEDIATE, HIDDEN),
            ("output.dense", HIDDEN, INTERMEDIATE),
        ] {
            add(format!("{layer}.{name}.weight"), &[rows, columns]);
            add(format!("{layer}.{name}.bias"), &[rows]);
        }
        for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
            add(format!("{layer}.{norm}.weight"), &[HIDDEN]);
            add(format!("{layer}.{norm}.bias"), &[HIDDEN]);
        }
    }
    tensors
}

fn pooler(prefix: &str) -> Tensors {
    let name = |what: &str| format!("{prefix}pooler.dense.{what}");
    vec![(name("weight"), vec![HIDDEN, HIDDEN]), (name("bias"), vec![HIDDEN])]
}

/// A tokenizer in the manner of BERT.
fn word_pieces(tokens: &[String]) -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        (0..).zip(tokens).map(|(id, token): (usize, _)| (token.clone(), id.into())).collect();
    let model = json!({
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": vocabulary,
    });
    let normalizer = json!({
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
        "lowercase": false,
    });
    let template = ["[CLS]", "$A", "[SEP]"];
    tokenizer(tokens, 5, &template, model, normalizer, json!({ "type": "BertPreTokenizer" }))
}

/// A tokenizer in the manner of SentencePiece.
fn unigram(tokens: &[String], unknown: usize, template: &[&str]) -> Value {
    let score = |token: &String| if token.starts_with('<') { 0.0 } else { -3.0 };
    let vocabulary: Vec<Value> = tokens.iter().map(|token| json!([token, score(token)])).collect();
    let model = json!({ "type": "Unigram", "unk_id": unknown, "vocab": vocabulary, "byte_fallback": false });
    let words = json!({ "type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true });
    tokenizer(tokens, unknown + 1, template, model, Value::Null, words)
}

fn tokenizer(
    tokens: &[String],
    special: usize,
    template: &[&str],
    model: Value,
    normalizer: Value,
    pre_tokenizer: Value,
) -> Value {
    let added = (0..).zip(tokens).take(special).map(|(id, token): (usize, _)| {
        json!({
            "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    });
    let piece = |part: &&str| match *part {
        "$A" => json!({ "Sequence": { "id": "A", "type_id": 0 } }),
        token => json!({ "SpecialToken": { "id": token, "type_id": 0 } }),
    };
    let used = template.iter().filter(|part| **part != "$A").map(|token| {
        let id = tokens.iter().position(|other| other == token).unwrap();
        ((*token).to_owned(), json!({ "id": token, "ids": [id], "tokens": [token] }))
    });
    let single: Vec<Value> = template.iter().map(piece).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
        "post_processor": {
            "type": "TemplateProcessing", "single": single, "pair": single,
            "special_tokens": used.collect::<serde_json::Map<_, _>>(),
        },
        "decoder": null, "model": model,
    })
}

fn write(folder: &Path, config: Value, tokenizer: &Value, tensors: &[(String, Vec<usize>)]) {
    write_json(&folder.join("config.json"), &config);
    write_json(&folder.join("tokenizer.json"), tokenizer);
    write_tensors(&folder.join("model.safetensors"), tensors);
}

fn write_json(path: &Path, value: &Value) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, value.to_string()).unwrap();
}

/// Random weights: those of a norm about one, all others about zero.
fn write_tensors(path: &Path, tensors: &[(String, Vec<usize>)]) {
    let mut state = 1u64;
    let mut random = || {
        // Knuth's MMIX generator; its upper bits are good enough for weights.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let made: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, shape)| {
            let norm = name.to_lowercase().contains("norm.weight");
            let middle = if norm { 1.0 } else { 0.0 };
            let numbers = (0..shape.iter().product()).map(|_| middle + 0.4 * random());
            (name.clone(), shape.clone(), numbers.flat_map(f32::to_le_bytes).collect())
        })
        .collect();
    let views = made.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into());
    safetensors::serialize_to_file(views, metadata, path).unwrap();
}
