"""Holds an exported folder with adapters against PEFT.

    python check_adapter.py BASE FOLDER TEXTS.json EXPECTED.json

BASE is the folder that training began with, FOLDER the exported one. TEXTS is a list of {"role": …, "text": …} and
EXPECTED holds their embeddings. The adapters over the base's weights have to give them, before and after PEFT merges
them; the exported weights have to be what PEFT's merge gives. Exits with 1 if a number differs by more than 1e-5.
"""

import json
import os
import sys

import numpy as np
import torch
from peft import PeftModel
from sentence_transformers import SentenceTransformer
from transformers import AutoModel

TOLERANCE = 1e-5


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def compare(name, found, expected):
    worst = float(np.abs(found - expected).max())
    print(f"{name}: largest difference {worst:.2e}")
    if found.shape != expected.shape or not worst <= TOLERANCE:
        sys.exit(f"{name}: more than {TOLERANCE}")


def main(base, folder, texts, expected):
    texts, expected = read(texts), np.array(read(expected), dtype=np.float32)
    # What stands around the transformer is the export's; the transformer itself is the base's with the adapters.
    model = SentenceTransformer(folder, device="cpu")
    encode = {"query": model.encode_query, "passage": model.encode_document}

    def embed():
        return np.stack([encode[text["role"]]([text["text"]])[0] for text in texts])

    exported = {name: tensor.clone() for name, tensor in model[0].auto_model.state_dict().items()}
    compare("exported weights", embed(), expected)
    peft = PeftModel.from_pretrained(AutoModel.from_pretrained(base), os.path.join(folder, "adapter")).eval()
    model[0].auto_model = peft.base_model.model
    compare("adapters over the base", embed(), expected)
    merged = peft.merge_and_unload()
    model[0].auto_model = merged
    compare("merged by PEFT", embed(), expected)
    for name, tensor in merged.state_dict().items():
        compare(name, tensor.numpy(), exported[name].numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
