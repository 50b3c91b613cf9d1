"""Makes alignment.json: the loss of `contrastive/alignment` by PyTorch's mse_loss, cosine_similarity and autograd.

    pip install torch && python make_alignment.py > alignment.json
"""

import json

import torch
from torch.nn.functional import cosine_similarity, mse_loss

from make_info_nce import batch_of, embeddings, outcome

# Three queries of example 0 in languages 0, 1 and, twice, 1; two passages of example 5; one of no example.
languages = {"query_language": [0, 1, 1, 2], "passage_language": [0, 1, 1, 0, 2, 1]}
examples = {"query_example": [0, 0, 0, 7], "passage_example": [5, 5, 0, 7, 2**32 - 1, 2**32 - 1]}
positives = [[0, 1], [1], [2, 4], [3]]


def translations(name):
    language, example = languages[f"{name}_language"], examples[f"{name}_example"]
    return [
        (i, j)
        for i in range(len(language))
        for j in range(i + 1, len(language))
        if example[i] == example[j] != 2**32 - 1 and language[i] != language[j]
    ]


def case(name, distance, parallel, tied=False):
    q, p = embeddings(4, 5), embeddings(6, 5)
    if tied:
        with torch.no_grad():
            q[1], p[1] = q[0].clone(), p[0].clone()
            p[3] = q[3].clone()
    if parallel == "translations":
        pairs = [(q[i], q[j]) for i, j in translations("query")]
        pairs += [(p[i], p[j]) for i, j in translations("passage")]
    else:
        of = languages["query_language"], languages["passage_language"]
        pairs = [(q[i], p[j]) for i, row in enumerate(positives) for j in row if of[0][i] != of[1][j]]
    a, b = (torch.stack(side) for side in zip(*pairs))
    loss = mse_loss(a, b) if distance == "mse" else (1 - cosine_similarity(a, b)).mean()
    return {
        "name": name,
        "options": {"distance": distance, "parallel": parallel},
        "batch": {**batch_of(q, p, positives, [[], [], [], []]), **languages, **examples},
        "pairs": len(pairs),
        **outcome(q, p, loss),
    }


torch.manual_seed(22)
cases = [
    case(f"{distance} of {parallel}", distance, parallel)
    for distance in ("mse", "cosine")
    for parallel in ("translations", "pairs")
]
cases += [case(f"{distance} of {parallel}, some tied", distance, parallel, True) for distance, parallel in
          (("mse", "translations"), ("cosine", "pairs"))]
print(json.dumps(cases, indent=1))
