"""Makes torch.bin and torch-legacy.bin, the checkpoints that src/tensors reads, with PyTorch:

    python make_torch.py

Both hold the same tensors, the first in the zip archives that torch.save has written since release 1.6, the second in
what it wrote before. Every tensor's numbers are 0.5, 1.5, 2.5, … in the order of its rows, whatever its type and
however it lies: transposed, within the storage of another, or as every other column of one.
"""

import pathlib

import torch


def numbers(*shape, dtype=torch.float32):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float32) + 0.5).to(dtype).reshape(shape)


def tensors():
    shared = torch.cat([torch.full((3,), -1.0), numbers(6), torch.full((2,), -1.0)])
    wide = torch.stack([numbers(2, 3), torch.full((2, 3), -1.0)], dim=2).reshape(2, 6)
    return {
        "f32": numbers(2, 3),
        "f16": numbers(2, 3, dtype=torch.float16),
        "bf16": numbers(2, 3, dtype=torch.bfloat16),
        "f64": numbers(2, 3, dtype=torch.float64),
        "i64": torch.arange(6).reshape(2, 3),
        "parameter": torch.nn.Parameter(numbers(2, 3)),
        "transposed": numbers(2, 3).t().contiguous().t(),
        "within": shared[3:9].reshape(2, 3),
        "columns": wide[:, ::2],
        "one": numbers(1).reshape(()),
        "none": torch.zeros(0, 3),
    }


here = pathlib.Path(__file__).parent
linear = torch.nn.Linear(2, 1)
for name, zipped in [("torch.bin", True), ("torch-legacy.bin", False)]:
    # A module's state_dict has attributes that are to be passed over.
    state = linear.state_dict()
    state.clear()
    state.update(tensors())
    torch.save(state, here / name, _use_new_zipfile_serialization=zipped)
