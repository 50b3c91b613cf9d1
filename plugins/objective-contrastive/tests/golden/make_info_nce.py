"""Makes info_nce.json: the loss of `contrastive/info-nce` by PyTorch's own cross-entropy and autograd.

    pip install torch && python make_info_nce.py > info_nce.json
"""

import json

import torch
from torch.nn.functional import cosine_similarity, cross_entropy


def number(x):
    return round(x.item() if torch.is_tensor(x) else x, 15)


def rows(x):
    return [[number(y) for y in row] for row in x]


def embeddings(count, dim):
    # Numbers that f32 holds exactly, so that both sides begin with the same.
    return (torch.randint(-64, 65, (count, dim)).double() / 64).requires_grad_()


def directed(similarities, positives, ignored, scale, margin=0.0):
    """The mean loss of the rows that have a positive, and what the run records of them."""
    losses, right, positive, negative = [], [], [], []
    for row, good, left_out in zip(similarities, positives, ignored):
        if not good:
            continue
        bad = [j for j in range(len(row)) if j not in good and j not in left_out]
        # One softmax a positive, over it and the negatives: the other positives stand in none.
        one_row = [
            cross_entropy(torch.cat([row[[j]] - margin, row[bad]])[None] * scale, torch.tensor([0]))
            for j in good
        ]
        losses.append(torch.stack(one_row).mean())
        right.append(float(not bad or max(row[good]) > max(row[bad])))
        positive += row[good].tolist()
        negative += row[bad].tolist()
    mean = lambda values: number(sum(values) / len(values))
    return torch.stack(losses).mean(), {
        "accuracy": mean(right),
        "positive_similarity": mean(positive),
        "negative_similarity": mean(negative),
    }


def reversed_lists(lists, count):
    return [[i for i, row in enumerate(lists) if j in row] for j in range(count)]


def batch_of(q, p, positives, ignored):
    return {"queries": q.tolist(), "passages": p.tolist(), "positives": positives, "ignored": ignored}


def outcome(q, p, loss):
    loss.backward()
    return {
        "loss": number(loss),
        "query_gradients": rows(q.grad),
        "passage_gradients": rows(p.grad),
    }


def case(name, positives, ignored, passages, similarity="cosine", temperature=0.05, dim=5, both=False, change=None, own=None):
    q, p = embeddings(len(positives), dim), embeddings(passages, dim)
    if change:
        with torch.no_grad():
            change(q, p)
    if similarity == "cosine":
        similarities = cosine_similarity(q[:, None], p[None], dim=-1)
    else:
        similarities = q @ p.T
    # Told from its own hard negatives alone, a query leaves all else out.
    left_out = ignored if own is None else [[j for j in range(passages) if j not in kept] for kept in own]
    loss, record = directed(similarities, positives, left_out, 1 / temperature)
    options = {"similarity": similarity, "temperature": temperature}
    if both:
        back = [reversed_lists(lists, passages) for lists in (positives, ignored)]
        other, other_record = directed(similarities.T, *back, 1 / temperature)
        loss = (loss + other) / 2
        record["passage_accuracy"] = other_record["accuracy"]
        options["direction"] = "both"
    batch = batch_of(q, p, positives, ignored)
    if own is not None:
        batch["hard_negatives"] = own
        options["negatives"] = "own"
    return {"name": name, "options": options, "batch": batch, **outcome(q, p, loss), **record}


none = [[], [], [], []]
line = [[0], [1], [2], [3]]
several = [[0, 1], [0, 1], [2], [3, 4, 5]]
beside = [[2], [5], [3, 4], []]


def ties(q, p):
    """Passages that are equal, one of them right; and two equal queries."""
    p[1], p[5] = p[0].clone(), p[2].clone()
    q[3] = q[2].clone()


if __name__ == "__main__":
    torch.manual_seed(20)
    cases = [
        case("pairs in line", line, none, 4),
        case("pairs and hard negatives", line, none, 7, temperature=0.2),
        case("dot product", line, none, 5, similarity="dot", temperature=1.0, dim=9),
        case("several positives, some ignored", several, beside, 6),
        case("a query with no negative", [[0], [1], [2, 3], [3]], [[], [0], [0, 1, 4], [4]], 5, "dot", 0.5),
        case("both directions", line, none, 4, both=True),
        case("both directions, hard negatives", line, none, 7, temperature=0.2, both=True),
        case("both directions, several positives, some ignored", several, beside, 8, "dot", 0.5, both=True),
        case("ties", line, none, 6, both=True, change=ties),
        case("ties among several positives", several, beside, 6, both=True, change=ties),
        case("own hard negatives, of one query none", line, none, 7, own=[[4, 5], [6], [], [4]]),
        case("own hard negatives, several positives, ties", several, none, 8, "dot", 0.5, change=ties, own=[[5, 6], [7], [4, 5], [1]]),
    ]
    print(json.dumps(cases, indent=1))
