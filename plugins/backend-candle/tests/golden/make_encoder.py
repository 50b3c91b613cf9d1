"""Makes encoder-minilm.json and encoder-e5-small.json, the golden values of src/transformer, with transformers:

    python make_encoder.py MODELS_DIR

MODELS_DIR holds the folders `minilm` and `e5-small` in Hugging Face's layout. Needs torch, transformers, tokenizers.

A batch of texts goes through the encoder without dropout: mean pooling over the attention mask, then L2 normalisation.
The loss is the sum of embeddings x G for a fixed matrix G. One step of torch.optim.AdamW follows, after
clip_grad_norm_, with decay on all but biases and normalisations.

A model has a hundred numbers for every byte that may stand here, so a gradient is kept as its norm and as PROJECTIONS
sums of its numbers under random signs. For a difference D of two gradients the mean of the squared sums has the
expectation |D|^2 (Achlioptas 2003: Database-friendly random projections), so they tell how far another gradient is
off, wherever in the tensor. The signs come from a hash of the number's index that any language can compute.

What is kept is computed in float64 from the float32 weights. `float32` says how far PyTorch's own float32 comes from it
by the same measures: the tolerance of a test stands well above that.

* The tables of embeddings are updated lazily: only rows with a gradient move. So `change` counts those rows alone.
* The first step of Adam is g/(|g| + epsilon): under the usual epsilon of 1e-8 it is the sign of g, which rounding decides
  where g is small, and from which neither clipping nor the size of g can be told. EPSILON is of the size of a
  typical clipped gradient here, which keeps the step smooth and makes it depend on all of its inputs.
* Learning rate and decay are larger than in use, so that the decay is far more than the tolerance, and the rounding of
  the changed weight far less.
* A softmax does not change when a constant is added to all scores of a query, so the gradient of the key's bias is zero
  but for rounding. It is recorded like the others, and only its size means something.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer
from transformers import AutoModel

MODELS = {"minilm": {"query": "", "passage": ""}, "e5-small": {"query": "query: ", "passage": "passage: "}}
MAX_TOKENS = {"query": 24, "passage": 48}
LEARNING_RATE, WEIGHT_DECAY, CLIP = 0.01, 0.1, 1.0
BETAS, EPSILON = (0.9, 0.999), 1e-4
PROJECTIONS = 8
DIGITS = 7
# By this the weights are known: the same model may be had in several precisions.
WITNESS = "encoder.layer.0.output.dense.weight"
LAZY = ("word_embeddings", "position_embeddings", "token_type_embeddings")
NO_DECAY = ("bias", "LayerNorm.weight")

# The third is longer than a passage may be, the fourth than a query may be; one is a word, one is empty.
TEXTS = [
    ("query", "Which river flows past the old salt works?"),
    ("passage", "Die Saline wurde 1612 am Ufer der Traun gebaut; ihr Salz ging auf Flößen bis nach Wien."),
    ("passage", "The harbour froze over in the winter of 1929, and for eleven weeks no ship could enter or leave. Coal was "
                "brought across the ice on sledges, the post came by aeroplane twice a week, and the ferrymen, who had "
                "nothing else to do, cut blocks of ice and sold them to the breweries further inland until the thaw."),
    ("query", "¿En qué año se construyó el puente de piedra que une las dos orillas del río, y quién pagó a los "
              "trabajadores durante los tres inviernos en que las obras estuvieron paradas?"),
    ("passage", "Мост открыли осенью, и в первый же день по нему прошло больше тысячи человек."),
    ("query", "गाँव में पहला स्कूल कब खुला?"),
    ("passage", ""),
    ("query", "灯台"),
]


def significant(number):
    return float(f"{number:.{DIGITS - 1}e}")


def signs(index, projection):
    """+1 or -1 for each index: the top bit of MurmurHash3's finaliser (fmix32) of the shifted index."""
    h = (index.astype(np.uint64) + projection * 0x9E3779B9) & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & 0xFFFFFFFF
    h ^= h >> 16
    return 1.0 - 2.0 * (h >> 31).astype(np.float64)


def tokens(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    prefixes, found = MODELS[folder.name], []
    for role, text in TEXTS:
        tokenizer.enable_truncation(MAX_TOKENS[role])
        found.append(tokenizer.encode(prefixes[role] + text).ids)
    return found


def lazy(name):
    return any(table in name for table in LAZY)


def measure(folder, ids, dtype):
    """Embeddings; gradients, changes and values before by name; the norm of the whole gradient."""
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager", dtype=torch.float32)
    model = model.eval().to(dtype)
    longest = max(map(len, ids))
    padded = torch.tensor([i + [model.config.pad_token_id] * (longest - len(i)) for i in ids])
    mask = torch.tensor([[1] * len(i) + [0] * (longest - len(i)) for i in ids])
    hidden = model(input_ids=padded, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(dtype)
    means = (hidden * weights).sum(1) / weights.sum(1)
    embeddings = torch.nn.functional.normalize(means, dim=-1)
    upstream = np.sin(0.7 * np.arange(embeddings.numel()) + 0.2).astype(np.float32)
    (embeddings * torch.tensor(upstream).to(dtype).reshape(embeddings.shape)).sum().backward()

    parameters = dict(model.named_parameters())
    gradients = {name: p.grad.clone() for name, p in parameters.items()}
    before = {name: p.detach().clone() for name, p in parameters.items()}
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP).item()
    decays = [p for name, p in parameters.items() if not name.endswith(NO_DECAY)]
    others = [p for name, p in parameters.items() if name.endswith(NO_DECAY)]
    torch.optim.AdamW(
        [{"params": decays, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, foreach=False,
    ).step()
    changes = {name: p.detach() - before[name] for name, p in parameters.items()}
    for name in filter(lazy, changes):
        changes[name][(gradients[name] == 0).all(dim=-1)] = 0
    typical = torch.cat([g[g != 0].abs() for g in gradients.values()]).median().item() * min(1, CLIP / norm)
    print(f"{folder.name} {dtype}: {norm=:.4f}, median |g| after clipping {typical:.1e}", file=sys.stderr)
    return embeddings.detach().double().numpy(), gradients, changes, before, norm


def described(tensor, others):
    """Norm and projections of a tensor, and the norm of its exact difference from the other one."""
    values = tensor.double().numpy().ravel()
    index = np.flatnonzero(values)
    sums = [float((signs(index, k) * values[index]).sum()) for k in range(PROJECTIONS)]
    norm, difference = float(np.linalg.norm(values)), float((tensor - others.double()).norm())
    return {"norm": significant(norm), "projections": [significant(s) for s in sums]}, difference


def golden(folder):
    ids = tokens(folder)
    embeddings, gradients, changes, before, norm = measure(folder, ids, torch.float64)
    single = measure(folder, ids, torch.float32)
    parameters, worst = [], {"gradient": 0.0, "change": 0.0, "key_bias": 0.0}
    for name in gradients:
        gradient, gradient_off = described(gradients[name], single[1][name])
        change, change_off = described(changes[name], single[2][name])
        parameters.append({"name": name, "gradient": gradient, "change": change})
        if name.endswith("key.bias"):
            weight = float(gradients[name.replace("bias", "weight")].norm())
            worst["key_bias"] = max(worst["key_bias"], float(single[1][name].norm()) / weight)
        else:
            worst["gradient"] = max(worst["gradient"], gradient_off / gradient["norm"])
            worst["change"] = max(worst["change"], change_off / change["norm"])
    worst["embeddings"] = float(np.abs(embeddings - single[0]).max())
    print(f"{folder.name}: float32 is off by {worst}", file=sys.stderr)
    return {
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
        "query_prefix": MODELS[folder.name]["query"],
        "passage_prefix": MODELS[folder.name]["passage"],
        "max_query_tokens": MAX_TOKENS["query"],
        "max_passage_tokens": MAX_TOKENS["passage"],
        "learning_rate": LEARNING_RATE,
        "weight_decay": WEIGHT_DECAY,
        "clip": CLIP,
        "beta1": BETAS[0],
        "beta2": BETAS[1],
        "epsilon": EPSILON,
        "float32": {what: float(f"{off:.1e}") for what, off in worst.items()},
        "texts": [{"role": role, "text": text, "tokens": i} for (role, text), i in zip(TEXTS, ids)],
        "embeddings": [[significant(value) for value in row] for row in embeddings],
        "gradient_norm": significant(norm),
        "witness": {"name": WITNESS, "values": described(before[WITNESS], before[WITNESS])[0]},
        "parameters": parameters,
    }


def write(path, values):
    """A line for every text, embedding and parameter."""
    lists = {key: values.pop(key) for key in ("texts", "embeddings", "parameters")}
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
    for key, items in lists.items():
        lines = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in items)
        parts.append(f"{json.dumps(key)}: [\n  {lines}\n ]")
    path.write_text("{\n " + ",\n ".join(parts) + "\n}\n", encoding="utf-8")


for name in MODELS:
    write(pathlib.Path(__file__).parent / f"encoder-{name}.json", golden(pathlib.Path(sys.argv[1]) / name))
