#!/usr/bin/env python3
"""Writes golden.json: random rankings and the values that pytrec_eval gives them.

    pip install pytrec_eval-terrier==0.5.11
    python make_golden.py > golden.json

The rankings have many ties (scores are quarters, exact in trec_eval's 32-bit floats), graded judgements from -1 to 3,
judged passages that were not retrieved, and pools from 1 to 90 passages. Identifiers differ in length, so that their
order as strings is not that of their numbers; those of some queries are of other scripts, where ties fall by the bytes of
UTF-8. Values stand under triglot's column names.

pytrec_eval knows neither mrr@k nor lareqa-map@k, judged@k, accuracy@1, error or rbp: those, under "by_definition", are
computed below from their definitions, over the same rankings.

For a query without a relevant passage trec_eval writes 0, triglot no value: the test knows.
"""

import json
import math
import random

import pytrec_eval

CUTOFFS = [1, 5, 10, 20, 100]
FAMILIES = {"map_cut": "map", "ndcg_cut": "ndcg", "recall": "recall", "P": "precision", "success": "hit"}
FULL = {"map": "map", "ndcg": "ndcg", "recip_rank": "mrr", "Rprec": "r-precision", "bpref": "bpref"}


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
    """What trec_eval lacks, over its order: score descending, then identifier descending."""
    order = sorted(scores, key=lambda name: (scores[name], name), reverse=True)
    relevant = {name for name, grade in grades.items() if grade > 0}
    ranks = [rank for rank, name in enumerate(order, start=1) if name in relevant]
    values = {"accuracy@1": float(1 in ranks), "error": float(1 not in ranks)}
    values["judged"] = sum(name in grades for name in order) / len(order)
    values["rbp"] = 0.2 * math.fsum(0.8 ** (rank - 1) for rank in ranks)
    values["rbp-p0.5"] = 0.5 * math.fsum(0.5 ** (rank - 1) for rank in ranks)
    for k in CUTOFFS:
        within = [rank for rank in ranks if rank <= k]
        values[f"mrr@{k}"] = 1 / within[0] if within else 0.0
        precisions = sum(found / rank for found, rank in enumerate(within, start=1))
        values[f"lareqa-map@{k}"] = precisions / max(1, min(len(relevant), k))
        values[f"judged@{k}"] = sum(name in grades for name in order[:k]) / min(k, len(order))
        values[f"rbp@{k}"] = 0.2 * math.fsum(0.8 ** (rank - 1) for rank in within)
    return values


def main():
    rng = random.Random(20240820)
    queries = {f"q{number}": random_query(rng) for number in range(40)}
    # What chance would not give: nothing relevant retrieved, and one tie over the whole pool.
    queries["q40"] = ({"en:1": 1.0, "en:2": 0.5}, {"en:1": 0, "en:3": 2, "fi:3": 1})
    queries["q41"] = ({f"en:{n}": 0.25 for n in range(12)}, {"en:10": 1, "en:9": 3, "en:2": -1})
    # Nothing relevant at all: all grades 0, all below 0, and both.
    queries["q42"] = ({"en:1": 1.0, "en:2": 0.5}, {"en:1": 0, "en:3": 0})
    queries["q43"] = ({"en:1": 1.0, "en:2": 0.5}, {"en:1": -1, "en:3": -2})
    queries["q44"] = ({"en:1": 1.0, "en:2": 0.5}, {"en:1": -1, "en:2": 0})
    # More relevant than retrieved, with and without a judged irrelevant passage that was not retrieved.
    queries["q45"] = ({"en:1": 2.0, "en:2": 1.0}, {f"en:{n}": 1 for n in range(1, 9)})
    queries["q46"] = ({"en:0": 3.0, "en:1": 2.0}, {"en:0": 0, "en:9": 0} | {f"en:{n}": n % 3 + 1 for n in range(1, 9)})
    # bpref's example: one irrelevant passage above four relevant ones, five more judged and not retrieved.
    queries["q47"] = ({f"en:{n}": -float(n) for n in range(5)},
                      {f"en:{n}": int(0 < n < 7) for n in range(10)})
    # A tie over identifiers of many scripts, and of many lengths: their order is that of their bytes.
    scripts = ["Ω", "ж", "א", "ع", "ไ", "日", "한", "𐍈", "a", "A", "é", "e\u0301", "~", "zz", "z", "10", "9"]
    queries["q48"] = ({name: 1.0 for name in scripts}, {name: rng.choice([-1, 0, 1, 2, 3]) for name in scripts[::2]})
    queries["q49"] = ({name: rng.randrange(3) / 4 for name in scripts}, {name: rng.choice([0, 1]) for name in scripts})

    asked = set(FULL) | {f"{family}.{','.join(map(str, CUTOFFS))}" for family in FAMILIES}
    # Where every grade is below 0 trec_eval reads memory that it never wrote; it has no relevant passage anyway.
    defined = {q: pair for q, pair in queries.items() if max(pair[1].values()) >= 0}
    evaluator = pytrec_eval.RelevanceEvaluator({q: grades for q, (_, grades) in defined.items()}, asked)
    results = evaluator.evaluate({q: scores for q, (scores, _) in defined.items()})

    columns = dict(FULL)
    columns |= {f"{theirs}_{k}": f"{ours}@{k}" for theirs, ours in FAMILIES.items() for k in CUTOFFS}
    lines = [
        json.dumps({
            "scores": scores,
            "grades": grades,
            "pytrec_eval": {ours: results[q][theirs] if q in results else 0.0 for theirs, ours in columns.items()},
            "by_definition": by_definition(scores, grades),
        })
        for q, (scores, grades) in queries.items()
    ]
    print("[\n" + ",\n".join(lines) + "\n]")


if __name__ == "__main__":
    main()
