"""Makes temperature.json: a temperature that torch.optim.Adam learns, by its logarithm, over twelve steps.

    pip install torch && python make_temperature.py > temperature.json
"""

import json

import torch
from torch.nn.functional import cosine_similarity, cross_entropy

from make_info_nce import batch_of, embeddings, number

torch.manual_seed(23)
start, rate, weight = 0.07, 0.01, 0.5
# In f64, as the plugin has it; betas and epsilon are the optimiser's defaults.
logarithm = torch.tensor(start, dtype=torch.double).log().requires_grad_()
optimizer = torch.optim.Adam([logarithm], lr=rate)
steps = []
for _ in range(12):
    q, p = embeddings(3, 4), embeddings(4, 4)
    logits = cosine_similarity(q[:, None], p[None], dim=-1) / logarithm.exp()
    loss = cross_entropy(logits, torch.arange(3))
    optimizer.zero_grad()
    (weight * loss).backward()
    slope = logarithm.grad.item() / weight
    optimizer.step()
    steps.append({
        "batch": batch_of(q, p, [[0], [1], [2]], [[], [], []]),
        "loss": number(loss),
        "slope": number(slope),
        "temperature": number(logarithm.exp()),
    })
print(json.dumps({"start": start, "rate": rate, "weight": weight, "steps": steps}, indent=1))
