#!/usr/bin/env python3
"""Writes golden.json: random rankings and the values that pytrec_eval gives them.

    pip install pytrec_eval-terrier==0.5.11
    python make_golden.py > golden.json

The rankings have many ties (scores are quarters, exact in trec_eval's 32-bit floats), graded judgements from -1 to 3,
judged passages that were not retrieved, and pools from 1 to 90 passages. Identifiers differ in length, so that their
order as strings is not that of their numbers. Values stand under triglot's column names.

pytrec_eval knows neither mrr@k nor lareqa-map@k: those, under "by_definition", are computed below from their
definitions, over the same rankings.
"""

import json
import random

import pytrec_eval

CUTOFFS = [1, 5, 10, 20, 100]
FAMILIES = {"map_cut": "map", "ndcg_cut": "ndcg", "recall": "recall", "P": "precision"}
FULL = {"map": "map", "ndcg": "ndcg", "recip_rank": "mrr"}


def random_query(rng):
    """One query as (scores of the retrieved passages, grades of the judged ones)."""
    pool = rng.choice([1, 2, 4, 7, 12, 25, 40, 90])
    names = [f"{rng.choice(['de', 'en', 'fi'])}:{number}" for number in range(pool)]
    levels = rng.choice([2, 6, 40])
    scores = {name: rng.randrange(-levels, levels) / 4 for name in names}
    if rng.random() < 0.4:
        for name in rng.sample(names, pool // 5):
            del scores[name]
    judged_share = rng.choice([0.1, 0.4, 0.9])
    grades = {name: rng.choice([-1, 0, 0, 1, 1, 2, 3]) for name in names if rng.random() < judged_share}
    if not any(grade > 0 for grade in grades.values()):
        grades[rng.choice(names)] = rng.randint(1, 3)
    return scores, grades


def by_definition(scores, grades):
    """mrr@k and lareqa-map@k, over trec_eval's order: score descending, then identifier descending."""
    order = sorted(scores, key=lambda name: (scores[name], name), reverse=True)
    relevant = {name for name, grade in grades.items() if grade > 0}
    ranks = [rank for rank, name in enumerate(order, start=1) if name in relevant]
    values = {}
    for k in CUTOFFS:
        within = [rank for rank in ranks if rank <= k]
        values[f"mrr@{k}"] = 1 / within[0] if within else 0.0
        precisions = sum(found / rank for found, rank in enumerate(within, start=1))
        values[f"lareqa-map@{k}"] = precisions / min(len(relevant), k)
    return values


def main():
    rng = random.Random(20240820)
    queries = {f"q{number}": random_query(rng) for number in range(40)}
    # What chance would not give: nothing relevant retrieved, and one tie over the whole pool.
    queries["q40"] = ({"en:1": 1.0, "en:2": 0.5}, {"en:1": 0, "en:3": 2, "fi:3": 1})
    queries["q41"] = ({f"en:{n}": 0.25 for n in range(12)}, {"en:10": 1, "en:9": 3, "en:2": -1})

    asked = set(FULL) | {f"{family}.{','.join(map(str, CUTOFFS))}" for family in FAMILIES}
    evaluator = pytrec_eval.RelevanceEvaluator({q: grades for q, (_, grades) in queries.items()}, asked)
    results = evaluator.evaluate({q: scores for q, (scores, _) in queries.items()})

    columns = dict(FULL)
    columns |= {f"{theirs}_{k}": f"{ours}@{k}" for theirs, ours in FAMILIES.items() for k in CUTOFFS}
    lines = [
        json.dumps({
            "scores": scores,
            "grades": grades,
            "pytrec_eval": {ours: results[q][theirs] for theirs, ours in columns.items()},
            "by_definition": by_definition(scores, grades),
        })
        for q, (scores, grades) in queries.items()
    ]
    print("[\n" + ",\n".join(lines) + "\n]")


if __name__ == "__main__":
    main()
