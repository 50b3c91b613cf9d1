"""Makes info_nce.json: the loss of plugins/objective-contrastive by PyTorch's own cross-entropy and autograd.

    pip install torch && python make_info_nce.py > info_nce.json
"""

import json

import torch
from torch.nn.functional import cosine_similarity, cross_entropy

torch.manual_seed(20)


def number(x):
    return round(x.item() if torch.is_tensor(x) else x, 15)


def case(name, positives, ignored, passages, similarity="cosine", temperature=0.05, dim=5):
    # Numbers that f32 holds exactly, so that both sides begin with the same.
    q = (torch.randint(-64, 65, (len(positives), dim)).double() / 64).requires_grad_()
    p = (torch.randint(-64, 65, (passages, dim)).double() / 64).requires_grad_()
    if similarity == "cosine":
        similarities = cosine_similarity(q[:, None], p[None], dim=-1)
    else:
        similarities = q @ p.T

    losses, right, positive, negative = [], 0, [], []
    for i, row in enumerate(similarities):
        negatives = [j for j in range(passages) if j not in positives[i] and j not in ignored[i]]
        # One softmax a positive, over it and the negatives: the other positives stand in none.
        one_query = [
            cross_entropy(row[[j, *negatives]][None] / temperature, torch.tensor([0]))
            for j in positives[i]
        ]
        losses.append(torch.stack(one_query).mean())
        right += not negatives or max(row[positives[i]]) > max(row[negatives])
        positive += row[positives[i]].tolist()
        negative += row[negatives].tolist()
    loss = torch.stack(losses).mean()
    loss.backward()
    return {
        "name": name,
        "options": {"similarity": similarity, "temperature": temperature},
        "batch": {
            "queries": q.tolist(),
            "passages": p.tolist(),
            "positives": positives,
            "ignored": ignored,
        },
        "loss": number(loss),
        "query_gradients": [[number(x) for x in row] for row in q.grad],
        "passage_gradients": [[number(x) for x in row] for row in p.grad],
        "accuracy": number(right / len(positives)),
        "positive_similarity": number(sum(positive) / len(positive)),
        "negative_similarity": number(sum(negative) / len(negative)),
    }


none = [[], [], [], []]
line = [[0], [1], [2], [3]]
cases = [
    case("pairs in line", line, none, 4),
    case("pairs and hard negatives", line, none, 7, temperature=0.2),
    case("dot product", line, none, 5, similarity="dot", temperature=1.0, dim=9),
    case("several positives, some ignored", [[0, 1], [0, 1], [2], [3, 4, 5]], [[2], [5], [3, 4], []], 6),
    case("a query with no negative", [[0], [1], [2, 3], [3]], [[], [0], [0, 1, 4], [4]], 5, "dot", 0.5),
]
print(json.dumps(cases, indent=1))
