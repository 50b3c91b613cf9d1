"""Holds an exported folder against sentence-transformers.

    python check_export.py FOLDER TEXTS.json EXPECTED.json

TEXTS is a list of {"role": "query" | "passage", "text": …}; EXPECTED holds their embeddings, in the same order.
Exits with 1 if a number differs by more than 1e-5.
"""

import json
import sys

import numpy as np
from sentence_transformers import SentenceTransformer

TOLERANCE = 1e-5


def main(folder, texts, expected):
    with open(texts, encoding="utf-8") as file:
        texts = json.load(file)
    with open(expected, encoding="utf-8") as file:
        expected = np.array(json.load(file), dtype=np.float32)
    model = SentenceTransformer(folder, device="cpu")
    encode = {"query": model.encode_query, "passage": model.encode_document}
    found = np.stack([encode[text["role"]]([text["text"]])[0] for text in texts])
    if found.shape != expected.shape:
        sys.exit(f"found embeddings {found.shape}, expected {expected.shape}")
    worst = float(np.abs(found - expected).max())
    print(f"{len(texts)} texts of {found.shape[1]} numbers, largest difference {worst:.2e}")
    if not worst <= TOLERANCE:
        sys.exit(f"more than {TOLERANCE}")


if __name__ == "__main__":
    main(*sys.argv[1:])
