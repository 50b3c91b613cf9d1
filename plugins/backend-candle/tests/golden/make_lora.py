"""Makes lora.json, the golden values of src/transformer/adapter, with PEFT:

    python make_lora.py

Needs torch, transformers and peft; no pretrained model. Tiny models as in make_architectures.py, whose weights follow
from a hash of names and indices, have adapters whose weights do too, so that B is not zero. Those of the adapters are
named as the file of PEFT names them. The loss is that of make_architectures.py, and so is how a gradient is kept.
"""

import json
import pathlib

import numpy as np
import torch
import transformers
from peft import LoraConfig, get_peft_model

from make_architectures import CASES, TEXTS, described, line, measure, model, significant, weight

# Name of the case, and the settings of its adapters.
ADAPTERS = [
    ("bert-tanh", dict(r=3, lora_alpha=6, target_modules=["query", "value"])),
    ("xlm-roberta", dict(r=2, lora_alpha=5, target_modules=["key", "output.dense", "intermediate.dense"], use_rslora=True)),
    ("mt5", dict(r=4, lora_alpha=4, target_modules=["q", "v", "wi_1", "wo"])),
    ("distilbert", dict(r=1, lora_alpha=2, target_modules=["q_lin", "lin2"])),
]


def golden(name, settings):
    _, class_name, config_class, values = next(case for case in CASES if case[0] == name)
    config = getattr(transformers, config_class)(**values)
    texts = [[config.pad_token_id if token == "pad" else token for token in text] for text in TEXTS]
    adapted = get_peft_model(model(class_name, config), LoraConfig(lora_dropout=0.0, **settings)).eval()
    for parameter, tensor in adapted.named_parameters():
        if tensor.requires_grad:
            tensor.data = weight(parameter.replace(".default.", "."), tensor)
    single, _ = measure(adapted, texts, torch.float32)
    embeddings, gradients = measure(adapted, texts, torch.float64)
    assert all(".lora_" in parameter for parameter in gradients)
    return {
        "case": name,
        "adapter": settings | {"peft_type": "LORA"},
        "float32": float(f"{np.abs(embeddings - single).max():.1e}"),
        "texts": texts,
        "embeddings": [[significant(value) for value in row] for row in embeddings],
        "parameters": [{"name": n.replace(".default.", ".")} | described(g) for n, g in gradients.items()],
    }


def text(case):
    lists = {key: case.pop(key) for key in ("texts", "embeddings", "parameters")}
    lines = [f"{line(key)}: {line(value)}" for key, value in case.items()]
    lines += [f"{line(key)}: [\n   " + ",\n   ".join(map(line, items)) + "\n  ]" for key, items in lists.items()]
    return "{\n  " + ",\n  ".join(lines) + "\n }"


torch.set_num_threads(1)
path = pathlib.Path(__file__).parent / "lora.json"
path.write_text("[\n " + ",\n ".join(text(golden(*adapter)) for adapter in ADAPTERS) + "\n]\n", encoding="utf-8")
