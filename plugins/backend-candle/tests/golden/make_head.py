"""Makes head.json, the golden values of src/transformer/head, with the modules of sentence-transformers:

    python make_head.py

Rows of three texts, padded, go through Pooling and what follows on it, in float64. The loss is the sum of
embeddings x G for a fixed matrix G; gradients are PyTorch's, by autograd. Some numbers of a column are equal, and the
largest: torch.max over a dimension gives the whole gradient to the first of them.
"""

import json
import pathlib

import torch
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling

LENGTHS, HIDDEN = (5, 1, 3), 4
# By the names that the option `pooling` has, and those that sentence-transformers has.
MODES = {
    "cls": "cls", "max": "max", "mean": "mean", "mean-sqrt-len": "mean_sqrt_len_tokens", "weighted-mean": "weightedmean",
    "last": "lasttoken",
}
ACTIVATIONS = {
    "identity": torch.nn.Identity, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "gelu": torch.nn.GELU,
    "sigmoid": torch.nn.Sigmoid,
}


def wave(count, pace, start):
    return torch.sin(pace * torch.arange(count, dtype=torch.float64) + start)


def rows():
    values = wave(sum(LENGTHS) * HIDDEN, 1.3, 0.4).reshape(-1, HIDDEN)
    # The first text has its largest number of column 1 in rows 1 and 3, of column 2 in all rows.
    values[[1, 3], 1] = 1.5
    values[:5, 2] = 0.25
    return values.to(torch.float32).to(torch.float64).requires_grad_()


def dense(inputs, outputs, activation, bias=True, number=0):
    module = Dense(inputs, outputs, bias=bias, activation_function=ACTIVATIONS[activation]()).double()
    with torch.no_grad():
        weight = wave(outputs * inputs, 0.9, number).reshape(outputs, inputs)
        module.linear.weight.copy_(weight.to(torch.float32))
        if bias:
            module.linear.bias.copy_((0.3 * wave(outputs, 2.1, number)).to(torch.float32))
    module.name = activation
    return module


def listed(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().reshape(-1)]


def described(module):
    """A dense layer; nothing stands for a normalisation."""
    if isinstance(module, Normalize):
        return None
    linear = module.linear
    return {
        "inputs": linear.in_features, "outputs": linear.out_features, "activation": module.name,
        "weight": listed(linear.weight), "bias": listed(linear.bias) if linear.bias is not None else None,
        "weight_gradient": listed(linear.weight.grad),
        "bias_gradient": listed(linear.bias.grad) if linear.bias is not None else None,
    }


def case(poolings, modules):
    x = rows()
    padded = torch.nn.utils.rnn.pad_sequence(list(x.split(LENGTHS)), batch_first=True)
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones(n, dtype=torch.long) for n in LENGTHS], batch_first=True)
    features = {"token_embeddings": padded, "attention_mask": mask}
    for module in [Pooling(HIDDEN, [MODES[pooling] for pooling in poolings]), *modules]:
        features = module(features)
    embeddings = features["sentence_embedding"]
    upstream = wave(embeddings.numel(), 0.7, 0.2).to(torch.float32).double().reshape(embeddings.shape)
    (embeddings * upstream).sum().backward()
    return {
        "poolings": poolings,
        "modules": [described(module) for module in modules],
        "embeddings": listed(embeddings),
        "upstream": listed(upstream),
        "rows_gradient": listed(x.grad),
    }


cases = [case([pooling], []) for pooling in MODES]
cases.append(case(["max", "mean"], [Normalize()]))
cases.append(case(["last", "cls", "weighted-mean"], []))
# LaBSE: the first token through a dense layer with tanh, to unit length.
cases.append(case(["cls"], [dense(HIDDEN, HIDDEN, "tanh"), Normalize()]))
# sentence-t5: a linear map without bias.
cases.append(case(["mean"], [dense(HIDDEN, 3, "identity", bias=False), Normalize()]))
for activation in ("relu", "gelu", "sigmoid"):
    cases.append(case(["mean"], [Normalize(), dense(HIDDEN, 6, activation), dense(6, 2, "tanh", number=1)]))

golden = {"lengths": LENGTHS, "rows": listed(rows())}
lines = ",\n  ".join(json.dumps(case) for case in cases)
parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()]
path = pathlib.Path(__file__).parent / "head.json"
path.write_text("{\n " + ",\n ".join(parts) + f',\n "cases": [\n  {lines}\n ]\n}}\n', encoding="utf-8")
