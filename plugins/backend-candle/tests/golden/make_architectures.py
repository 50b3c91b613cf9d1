"""Makes architectures.json, the golden values of every family of src/transformer, with transformers:

    python make_architectures.py

Needs torch and transformers; no pretrained model. Each family has two tiny models or more, of shapes that hide nothing:
heads of several widths, few positions, layers of unequal sizes. A batch of token ids goes through each without
dropout: mean pooling, then L2 normalisation. The loss is the sum of embeddings x G for a fixed matrix G.

The weights are not stored: they follow from a hash of a parameter's name and the number's index, which both sides
compute (`weight` here). The config is stored as transformers saves it. A gradient is kept as its norm and as PROJECTIONS
sums of its numbers under random signs, for the reason that make_encoder.py gives.

What is kept is computed in float64 from the float32 weights; what transformers computes in float32 nevertheless, the
variance of T5 and the softmax of ModernBERT, is right to 1e-7. `float32` says how far PyTorch's own float32 comes from it.

One text holds the padding's id in its midst. It is attended to like any other token, since the mask says what is
padding; but the table of words gives that row no gradient (`padding_idx`), and RoBERTa does not count its position.

`buckets` holds T5's bucket of every distance from 0 to MAX_DISTANCE, for three pairs of settings: of keys before the
query, to which half the number of buckets is added for keys after it.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from transformers.models.t5.modeling_t5 import T5Attention

PROJECTIONS = 8
DIGITS = 7
VOCABULARY = 110
MAX_DISTANCE = 300
TEXTS = [[2, 5, 9, 3], [2, 17, 40, 41, 7, 23, 9, 58, 3], [2, 3], [8], list(range(30, 44)), [2, 11, "pad", 12, 5, 5, 3]]

bert = dict(vocab_size=VOCABULARY, type_vocab_size=2, pad_token_id=0)
roberta = dict(vocab_size=VOCABULARY, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
distil = dict(vocab_size=VOCABULARY, pad_token_id=0)
t5 = dict(vocab_size=VOCABULARY, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
modern = dict(vocab_size=VOCABULARY, pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3)


def shape(hidden, layers, heads, intermediate, positions, **more):
    return dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=intermediate,
                max_position_embeddings=positions, **more)


# Name, class of the model, class of its config, and the config's values.
CASES = [
    ("bert-wide-heads", "BertModel", "BertConfig", bert | shape(24, 2, 2, 40, 14)),
    ("bert-tanh", "BertModel", "BertConfig", bert | shape(16, 3, 4, 24, 40, hidden_act="gelu_new")),
    ("bert-relu", "BertModel", "BertConfig", bert | shape(20, 1, 1, 36, 20, hidden_act="relu")),
    ("bert-silu", "BertModel", "BertConfig", bert | shape(20, 1, 5, 12, 20, hidden_act="silu")),
    ("roberta", "RobertaModel", "RobertaConfig", roberta | shape(24, 2, 3, 32, 16)),
    ("roberta-padding-4", "RobertaModel", "RobertaConfig", roberta | shape(16, 2, 2, 24, 30, pad_token_id=4)),
    ("xlm-roberta", "XLMRobertaModel", "XLMRobertaConfig", roberta | shape(32, 3, 4, 48, 16)),
    ("xlm-roberta-narrow", "XLMRobertaModel", "XLMRobertaConfig", roberta | shape(18, 2, 6, 30, 40)),
    ("distilbert", "DistilBertModel", "DistilBertConfig",
     distil | dict(dim=24, n_layers=2, n_heads=3, hidden_dim=36, max_position_embeddings=14)),
    ("distilbert-relu", "DistilBertModel", "DistilBertConfig",
     distil | dict(dim=32, n_layers=3, n_heads=2, hidden_dim=20, max_position_embeddings=40, activation="relu")),
    ("t5", "T5EncoderModel", "T5Config",
     t5 | dict(d_model=32, d_kv=12, d_ff=40, num_layers=2, num_heads=3, relative_attention_num_buckets=8,
               relative_attention_max_distance=10)),
    ("t5-v1.1", "T5EncoderModel", "T5Config",
     t5 | dict(d_model=24, d_kv=8, d_ff=28, num_layers=3, num_heads=4, feed_forward_proj="gated-gelu",
               relative_attention_num_buckets=32, relative_attention_max_distance=128)),
    ("mt5", "MT5EncoderModel", "MT5Config",
     t5 | dict(d_model=24, d_kv=16, d_ff=20, num_layers=2, num_heads=2, relative_attention_num_buckets=12,
               relative_attention_max_distance=9)),
    ("mt5-silu", "MT5EncoderModel", "MT5Config",
     t5 | dict(d_model=16, d_kv=6, d_ff=24, num_layers=3, num_heads=3, feed_forward_proj="gated-silu")),
    ("modernbert", "ModernBertModel", "ModernBertConfig",
     modern | shape(32, 4, 4, 24, 40, local_attention=4, global_attn_every_n_layers=3)),
    ("modernbert-wide-heads", "ModernBertModel", "ModernBertConfig",
     modern | shape(24, 3, 2, 36, 40, local_attention=6, global_attn_every_n_layers=2, global_rope_theta=1000.0,
                    local_rope_theta=30.0, norm_eps=1e-4)),
]


def significant(number):
    return float(f"{number:.{DIGITS - 1}e}")


def finalised(h):
    """MurmurHash3's finaliser (fmix32)."""
    h = h & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & 0xFFFFFFFF
    return h ^ (h >> 16)


def signs(index, projection):
    """+1 or -1 for each index, by the top bit of a hash."""
    return 1.0 - 2.0 * (finalised(index.astype(np.uint64) + projection * 0x9E3779B9) >> 31).astype(np.float64)


def weight(name, tensor):
    """Numbers that follow from name and index alone: around 1 where they scale, else around 0."""
    seed = 0x811C9DC5
    for byte in name.encode():  # FNV-1a
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    index = np.arange(tensor.numel(), dtype=np.uint64)
    unit = (finalised(finalised(index) + seed) >> 8).astype(np.float64) / 2**24
    centre, width = (1.0 if name.endswith("weight") else 0.0, 0.3) if tensor.dim() == 1 else (0.0, 0.4)
    values = (centre + width * (2.0 * unit - 1.0)).astype(np.float32)
    return torch.tensor(values).reshape(tensor.shape)


def model(class_name, config):
    built = getattr(transformers, class_name)._from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    for name, parameter in built.named_parameters():
        parameter.data = weight(name, parameter)
    return built


def measure(built, texts, dtype):
    """Embeddings, and gradients by name."""
    built = built.to(dtype)
    # One by one: ModernBERT gives NaN for padding that lies farther than its window from the text.
    means = [built(input_ids=torch.tensor([text]), attention_mask=torch.ones(1, len(text), dtype=torch.long))
             .last_hidden_state[0].mean(0) for text in texts]
    embeddings = torch.nn.functional.normalize(torch.stack(means), dim=-1)
    upstream = np.sin(0.7 * np.arange(embeddings.numel()) + 0.2).astype(np.float32)
    built.zero_grad()
    (embeddings * torch.tensor(upstream).to(dtype).reshape(embeddings.shape)).sum().backward()
    gradients = {name: p.grad.clone() for name, p in built.named_parameters() if p.grad is not None}
    return embeddings.detach().double().numpy(), gradients


def described(tensor):
    values = tensor.double().numpy().ravel()
    index = np.arange(values.size)
    sums = [float((signs(index, k) * values).sum()) for k in range(PROJECTIONS)]
    return {"norm": significant(float(np.linalg.norm(values))), "projections": [significant(s) for s in sums]}


def golden(name, class_name, config_class, values):
    config = getattr(transformers, config_class)(**values)
    texts = [[config.pad_token_id if token == "pad" else token for token in text] for text in TEXTS]
    built = model(class_name, config)
    without = ("pooler.",)
    single = measure(built, texts, torch.float32)
    embeddings, gradients = measure(built, texts, torch.float64)
    assert all(n in gradients or n.startswith(without) for n, _ in built.named_parameters())
    # A key's bias has no gradient but rounding: a softmax does not change when all scores of a query grow alike.
    large = {n: g for n, g in gradients.items() if not n.endswith(("key.bias", "k_lin.bias"))}
    off = max(float((single[1][n] - g).norm() / g.norm()) for n, g in large.items())
    print(f"{name}: gradients {off:.1e}, smallest {min(float(g.norm()) for g in large.values()):.1e}", file=sys.stderr)
    kept = json.loads(config.to_json_string())
    kept.pop("transformers_version")
    return {
        "name": name,
        "config": kept,
        "texts": texts,
        "float32": {"gradient": float(f"{off:.1e}"), "embeddings": float(f"{np.abs(embeddings - single[0]).max():.1e}")},
        "embeddings": [[significant(value) for value in row] for row in embeddings],
        "parameters": [{"name": n} | described(g) for n, g in gradients.items()],
    }


def buckets(number, max_distance):
    distances = -torch.arange(MAX_DISTANCE + 1)
    found = T5Attention._relative_position_bucket(distances, True, number, max_distance)
    return {"number": number, "max_distance": max_distance, "buckets": found.tolist()}


def line(value):
    return json.dumps(value, ensure_ascii=False)


def write(path, cases, settings):
    """A line for every config, text, embedding and parameter."""
    parts = []
    for case in cases:
        lists = {key: case.pop(key) for key in ("texts", "embeddings", "parameters")}
        lines = [f"{line(key)}: {line(value)}" for key, value in case.items()]
        lines += [f"{line(key)}: [\n   " + ",\n   ".join(map(line, items)) + "\n  ]" for key, items in lists.items()]
        parts.append("{\n  " + ",\n  ".join(lines) + "\n }")
    head = [f'"torch": {line(torch.__version__.split("+")[0])}', f'"transformers": {line(transformers.__version__)}']
    head.append('"buckets": [\n  ' + ",\n  ".join(map(line, settings)) + "\n ]")
    head.append('"cases": [\n ' + ",\n ".join(parts) + "\n ]")
    path.write_text("{\n " + ",\n ".join(head) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    settings = [buckets(32, 128), buckets(8, 10), buckets(12, 9), buckets(64, 256)]
    write(pathlib.Path(__file__).parent / "architectures.json", [golden(*case) for case in CASES], settings)
