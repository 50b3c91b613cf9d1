#!/usr/bin/env python3
"""Writes bm25.json: passages of made-up words, queries, and the scores that bm25s gives them.

    pip install bm25s==0.3.16
    python make_bm25.py > bm25.json

bm25s' method "lucene" weighs words as the crate bm25 does but for the factor k1 + 1, which is put back here. Scores stand
by pool (passages of the first language, of the second, of both), query and passage of the pool; 0 is no common word.
"""

import json
import random

import bm25s
import numpy

WORDS = [f"w{number}" for number in range(40)]
PARAMETERS = [(0.9, 0.4), (1.2, 0.75), (0.0, 0.0), (2.0, 1.0)]


def text(rng, longest):
    # Some words are frequent, most are not.
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    return rng.choices(WORDS, weights, k=rng.randint(1, longest))


def scores(passages, queries, k1, b):
    retriever = bm25s.BM25(method="lucene", k1=k1, b=b)
    retriever.index(passages, show_progress=False)
    known = {word for passage in passages for word in passage}
    rows = []
    for query in queries:
        query = [word for word in query if word in known]
        row = retriever.get_scores(query) if query else numpy.zeros(len(passages))
        rows.append([round(float(score) * (k1 + 1), 5) for score in row])
    return rows


def main():
    rng = random.Random(7)
    passages = [text(rng, 25) for _ in range(24)]
    queries = [text(rng, 6) for _ in range(8)]
    language = [number % 2 for number in range(len(passages))]
    pools = [[p for p, own in zip(passages, language) if own == code] for code in (0, 1)] + [passages]
    out = {
        "passages": [" ".join(passage) for passage in passages],
        "queries": [" ".join(query) for query in queries],
        "cases": [
            {"k1": k1, "b": b, "pools": [scores(pool, queries, k1, b) for pool in pools]}
            for k1, b in PARAMETERS
        ],
    }
    print(json.dumps(out, separators=(",", ":")))


main()
