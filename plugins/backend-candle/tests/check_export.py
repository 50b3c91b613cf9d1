"""Holds an exported folder against sentence-transformers, and where it holds a transformer, against transformers alone.

    python check_export.py FOLDER TEXTS.json EXPECTED.json [FOLDER TEXTS.json EXPECTED.json …]

TEXTS is a list of {"role": "query" | "passage", "text": …}; EXPECTED holds their embeddings, in the same order.
Weights of lower precision are read as float32. Exits with 1 if a number differs by more than 1e-5.
"""

import json
import os
import sys

import numpy as np
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoModelForTextEncoding, AutoTokenizer

TOLERANCE = 1e-5


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


def by_sentence_transformers(folder, texts):
    model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
    encode = {"query": model.encode_query, "passage": model.encode_document}
    found = [None] * len(texts)
    for role in encode:
        rows = [row for row, text in enumerate(texts) if text["role"] == role]
        for row, embedding in zip(rows, encode[role]([texts[row]["text"] for row in rows])):
            found[row] = embedding
    return np.stack(found)


def pooled(hidden, mask, mode):
    """The rows of `hidden` [texts, tokens, width] that `mask` keeps, by one mode of pooling."""
    if mode == "cls":
        return hidden[:, 0]
    if mode == "lasttoken":
        return hidden[torch.arange(len(hidden)), mask.sum(1) - 1]
    if mode == "max":
        return hidden.masked_fill(mask.unsqueeze(2) == 0, float("-inf")).max(1).values
    weights = mask.unsqueeze(2).to(hidden.dtype)
    if mode == "weightedmean":
        weights = weights * torch.arange(1, hidden.shape[1] + 1).view(1, -1, 1)
    total = weights.sum(1).sqrt() if mode == "mean_sqrt_len_tokens" else weights.sum(1)
    return (hidden * weights).sum(1) / total


def modes(config):
    """By word, or by flags in the order in which sentence-transformers joins them."""
    if "pooling_mode" in config:
        return config["pooling_mode"]
    flags = {
        "cls_token": "cls", "max_tokens": "max", "mean_tokens": "mean", "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
        "weightedmean_tokens": "weightedmean", "lasttoken": "lasttoken",
    }
    return [mode for flag, mode in flags.items() if config["pooling_mode_" + flag]]


def dense(folder, embeddings):
    config, weights = read(folder, "config.json"), load_file(os.path.join(folder, "model.safetensors"))
    bias = weights["linear.bias"].float() if config["bias"] else None
    activation = getattr(torch.nn, config["activation_function"].rsplit(".", 1)[1])()
    return activation(torch.nn.functional.linear(embeddings, weights["linear.weight"].float(), bias))


def by_transformers(folder, texts):
    """Prompts, modules and length by hand, as the folder's files say; all texts in one batch, so that there is padding."""
    prompts = read(folder, "config_sentence_transformers.json")["prompts"]
    texts = [prompts.get(text["role"], "") + text["text"] for text in texts]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # Of models with a decoder the encoder alone is there.
    encoder_alone = read(folder, "config.json")["model_type"] in ("t5", "mt5")
    model = (AutoModelForTextEncoding if encoder_alone else AutoModel).from_pretrained(folder, dtype=torch.float32)
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model.eval()(**batch).last_hidden_state
        for module in read(folder, "modules.json")[1:]:
            inside, kind = os.path.join(folder, module["path"]), module["type"].rsplit(".", 1)[1]
            if kind == "Pooling":
                found = [pooled(hidden, batch["attention_mask"], mode) for mode in modes(read(inside, "config.json"))]
                embeddings = torch.cat(found, 1)
            elif kind == "Dense":
                embeddings = dense(inside, embeddings)
            else:
                embeddings = torch.nn.functional.normalize(embeddings)
    return embeddings.numpy()


def compare(name, found, expected):
    if found.shape != expected.shape:
        sys.exit(f"{name}: found embeddings {found.shape}, expected {expected.shape}")
    worst = float(np.abs(found - expected).max())
    print(f"{name}: {len(found)} texts of {found.shape[1]} numbers, largest difference {worst:.2e}")
    if not worst <= TOLERANCE:
        sys.exit(f"{name}: more than {TOLERANCE}")


def main(folder, texts, expected):
    texts, expected = read(texts), np.array(read(expected), dtype=np.float32)
    compare("sentence-transformers", by_sentence_transformers(folder, texts), expected)
    if os.path.exists(os.path.join(folder, "config.json")):
        compare("transformers", by_transformers(folder, texts), expected)


if __name__ == "__main__":
    for first in range(1, len(sys.argv), 3):
        main(*sys.argv[first : first + 3])
