"""Makes adamw.json, the golden values of src/adamw.rs, with PyTorch: python make_adamw.py > adamw.json

`adamw` is torch.optim.AdamW with weight decay (none on the bias) and clip_grad_norm_.
`sparse` is torch.optim.SparseAdam on a table of which each step touches other rows. It adds epsilon before the bias
correction, where AdamW adds it after; its epsilon here is too small to tell, so that the case is about rows alone.
`dense table` is torch.optim.AdamW on a table whose gradient is zero in most rows: rows come, go and come again, and one
has never a gradient. What is clipped is the gradient of table and bias together.
"""

import json

import torch

LEARNING_RATE = 0.05
BETAS = (0.9, 0.999)
EPSILON = 1e-8
NEGLIGIBLE = 1e-12


def gradients(shape, step, scale):
    count = int(torch.tensor(shape).prod())
    return (scale * torch.sin(torch.arange(count) * 1.7 + step * 0.9 + 0.3)).reshape(shape)


def start(shape):
    count = int(torch.tensor(shape).prod())
    return torch.nn.Parameter(torch.cos(torch.arange(count) * 0.8).reshape(shape))


def parameter(name, tensor, decays):
    return {"name": name, "shape": list(tensor.shape), "decays": decays, "values": tensor.detach().flatten().tolist()}


def dense_case():
    weight, bias, decay, clip = start((3, 4)), start((3,)), 0.1, 1.0
    case = {
        "name": "adamw",
        "epsilon": EPSILON,
        "weight_decay": decay,
        "clip": clip,
        "table": False,
        "updates": "lazy",
        "parameters": [parameter("weight", weight, True), parameter("bias", bias, False)],
        "steps": [],
    }
    optimizer = torch.optim.AdamW(
        [{"params": [weight], "weight_decay": decay}, {"params": [bias], "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, foreach=False,
    )
    # The second step is too small to be clipped.
    for step, scale in enumerate([2.0, 0.1, 5.0]):
        weight.grad, bias.grad = gradients(weight.shape, step, scale), gradients(bias.shape, step + 7, scale)
        rows = [
            {str(i): row.tolist() for i, row in enumerate(weight.grad)},
            {"0": bias.grad.tolist()},
        ]
        norm = torch.nn.utils.clip_grad_norm_([weight, bias], clip).item()
        optimizer.step()
        case["steps"].append({
            "gradients": rows,
            "norm": norm,
            "values": [weight.detach().flatten().tolist(), bias.detach().flatten().tolist()],
        })
    return case


def sparse_case():
    table = start((5, 3))
    case = {
        "name": "sparse",
        "epsilon": NEGLIGIBLE,
        "weight_decay": 0.0,
        "clip": None,
        "table": True,
        "updates": "lazy",
        "parameters": [parameter("table", table, True)],
        "steps": [],
    }
    optimizer = torch.optim.SparseAdam([table], lr=LEARNING_RATE, betas=BETAS, eps=NEGLIGIBLE)
    for step, rows in enumerate([[0, 3], [3, 4], [0, 4]]):
        values = gradients((len(rows), 3), step, 1.0)
        table.grad = torch.sparse_coo_tensor(torch.tensor([rows]), values, table.shape)
        optimizer.step()
        case["steps"].append({
            "gradients": [{str(row): value.tolist() for row, value in zip(rows, values)}],
            "norm": values.norm().item(),
            "values": [table.detach().flatten().tolist()],
        })
    return case


def dense_table_case():
    table, bias, decay, clip = start((5, 3)), start((3,)), 0.1, 1.0
    case = {
        "name": "dense table",
        "epsilon": EPSILON,
        "weight_decay": decay,
        "clip": clip,
        "table": True,
        "updates": "dense",
        "parameters": [parameter("table", table, True), parameter("bias", bias, False)],
        "steps": [],
    }
    optimizer = torch.optim.AdamW(
        [{"params": [table], "weight_decay": decay}, {"params": [bias], "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, foreach=False,
    )
    for step, rows in enumerate([[0, 3], [3], [1, 4], [4], [0, 1]]):
        table.grad, bias.grad = torch.zeros_like(table), gradients(bias.shape, step + 7, 1.0)
        table.grad[rows] = gradients((len(rows), 3), step, 1.0)
        found = [{str(row): table.grad[row].tolist() for row in rows}, {"0": bias.grad.tolist()}]
        norm = torch.nn.utils.clip_grad_norm_([table, bias], clip).item()
        optimizer.step()
        case["steps"].append({
            "gradients": found,
            "norm": norm,
            "values": [table.detach().flatten().tolist(), bias.detach().flatten().tolist()],
        })
    return case


print(json.dumps({
    "torch": torch.__version__.split("+")[0],
    "learning_rate": LEARNING_RATE,
    "beta1": BETAS[0],
    "beta2": BETAS[1],
    "cases": [dense_case(), sparse_case(), dense_table_case()],
}, indent=1))
