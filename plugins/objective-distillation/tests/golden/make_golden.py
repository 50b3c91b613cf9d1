"""Makes golden.json: the losses of plugins/objective-distillation by PyTorch's mse_loss, cosine_similarity, kl_div and
autograd.

    pip install torch && python make_golden.py > golden.json
"""

import json

import torch
from torch.nn.functional import cosine_similarity, kl_div, mse_loss

torch.manual_seed(24)


def number(x):
    return round(x.item() if torch.is_tensor(x) else x, 15)


def rows(x):
    return [[number(y) for y in row] for row in x]


def embeddings(count, dim):
    # Numbers that f32 holds exactly, so that both sides begin with the same.
    return torch.randint(-64, 65, (count, dim)).double() / 64


def scores(q, p, similarity):
    return cosine_similarity(q[:, None], p[None], dim=-1) if similarity == "cosine" else q @ p.T


positives = [[0, 1], [1], [2]]


def case(name, component, options, ignored=([], [], []), teacher_dim=4, tied=False):
    q, p = embeddings(3, 4), embeddings(5, 4)
    tq, tp = embeddings(3, teacher_dim), embeddings(5, teacher_dim)
    if tied:
        q[1], p[3], tp[3] = q[0], p[0], tp[0]
    q.requires_grad_(), p.requires_grad_()
    if component == "kl":
        of = {"temperature": 0.05, "teacher_temperature": 0.05, "similarity": "cosine", "teacher_similarity": "cosine"}
        of.update(options)
        student = scores(q, p, of["similarity"]) / of["temperature"]
        teacher = scores(tq, tp, of["teacher_similarity"]) / of["teacher_temperature"]
        losses = []
        for i, left_out in enumerate(ignored):
            kept = [j for j in range(5) if j not in left_out]
            log_q, log_p = student[i, kept].log_softmax(0), teacher[i, kept].log_softmax(0)
            losses.append(kl_div(log_q, log_p, reduction="sum", log_target=True))
        loss = torch.stack(losses).mean()
    else:
        texts = options.get("texts", "both")
        mine = {"both": torch.cat([q, p]), "queries": q, "passages": p}[texts]
        taught = {"both": torch.cat([tq, tp]), "queries": tq, "passages": tp}[texts]
        loss = mse_loss(mine, taught) if component == "mse" else (1 - cosine_similarity(mine, taught)).mean()
    loss.backward()
    zeros = torch.zeros
    return {
        "name": name,
        "component": component,
        "options": options,
        "batch": {
            "queries": q.tolist(),
            "passages": p.tolist(),
            "positives": positives,
            "ignored": list(ignored),
            "extra": [["teacher.query", tq.tolist()], ["teacher.passage", tp.tolist()]],
        },
        "loss": number(loss),
        "query_gradients": rows(zeros(3, 4) if q.grad is None else q.grad),
        "passage_gradients": rows(zeros(5, 4) if p.grad is None else p.grad),
    }


beside = ([2, 3], [], [0])
cases = [
    case("mse of all texts", "mse", {}),
    case("mse of queries", "mse", {"texts": "queries"}),
    case("cosine of all texts", "cosine", {}),
    case("cosine of passages, some tied", "cosine", {"texts": "passages"}, tied=True),
    case("kl at the usual temperatures", "kl", {}),
    case("kl, some ignored", "kl", {"temperature": 0.5, "teacher_temperature": 0.2}, beside),
    case("kl of dot products, some ignored, some tied", "kl", {"similarity": "dot", "temperature": 1.0}, beside, tied=True),
    case("kl from a longer teacher", "kl", {"teacher_similarity": "dot", "teacher_temperature": 2.0}, beside, 7),
    case("mse of all texts, some tied", "mse", {}, beside, tied=True),
]
print(json.dumps(cases, indent=1))
