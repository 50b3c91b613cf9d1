"""Makes additive_margin.json: the loss of `contrastive/additive-margin` by PyTorch's own cross-entropy and autograd.

    pip install torch && python make_additive_margin.py > additive_margin.json
"""

import json

import torch
from torch.nn.functional import cosine_similarity

from make_info_nce import batch_of, beside, directed, embeddings, line, none, outcome, reversed_lists, several, ties


def case(name, positives, ignored, passages, options, change=None):
    q, p = embeddings(len(positives), 5), embeddings(passages, 5)
    if change:
        with torch.no_grad():
            change(q, p)
    margin, scale = options.get("margin", 0.3), options.get("scale", 20.0)
    cosines = cosine_similarity(q[:, None], p[None], dim=-1)
    loss, _ = directed(cosines, positives, ignored, scale, margin)
    if options.get("direction") != "query-to-passage":
        back = [reversed_lists(lists, passages) for lists in (positives, ignored)]
        loss = loss + directed(cosines.T, *back, scale, margin)[0]
    return {
        "name": name,
        "options": options,
        "batch": batch_of(q, p, positives, ignored),
        **outcome(q, p, loss),
    }


torch.manual_seed(21)
cases = [
    case("pairs in line", line, none, 4, {}),
    case("hard negatives, no scale", line, none, 7, {"scale": 1.0}),
    case("several positives, some ignored", several, beside, 8, {"margin": 0.1, "scale": 5.0}),
    case("one direction", several, beside, 6, {"direction": "query-to-passage"}),
    case("ties", line, none, 6, {"scale": 4.0}, ties),
]
print(json.dumps(cases, indent=1))
