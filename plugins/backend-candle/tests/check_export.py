"""Holds an exported folder against sentence-transformers, and where it holds a transformer, against transformers alone.

    python check_export.py FOLDER TEXTS.json EXPECTED.json

TEXTS is a list of {"role": "query" | "passage", "text": …}; EXPECTED holds their embeddings, in the same order.
Exits with 1 if a number differs by more than 1e-5.
"""

import json
import os
import sys

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer

TOLERANCE = 1e-5


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


def by_sentence_transformers(folder, texts):
    model = SentenceTransformer(folder, device="cpu")
    encode = {"query": model.encode_query, "passage": model.encode_document}
    found = [None] * len(texts)
    for role in encode:
        rows = [row for row, text in enumerate(texts) if text["role"] == role]
        for row, embedding in zip(rows, encode[role]([texts[row]["text"] for row in rows])):
            found[row] = embedding
    return np.stack(found)


def by_transformers(folder, texts):
    """Prompts, pooling and length by hand, as the folder's files say; all texts in one batch, so that there is padding."""
    prompts = read(folder, "config_sentence_transformers.json")["prompts"]
    texts = [prompts.get(text["role"], "") + text["text"] for text in texts]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    if read(folder, "1_Pooling", "config.json")["pooling_mode_cls_token"]:
        pooled = hidden[:, 0]
    else:
        mask = batch["attention_mask"].unsqueeze(2)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
    if any(module["type"].endswith(".Normalize") for module in read(folder, "modules.json")):
        pooled = torch.nn.functional.normalize(pooled)
    return pooled.numpy()


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
    main(*sys.argv[1:])
