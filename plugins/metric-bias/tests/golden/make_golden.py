#!/usr/bin/env python3
"""Writes golden.json: rank correlations and Kruskal-Wallis tests as SciPy computes them.

    pip install scipy==1.17.1
    python make_golden.py > golden.json

Every case is [values, values or groups, expected]. Values are ranks from 1 to k + 1, as the metrics cut them off, so ties
are many. null stands where there is nothing to tell: a constant side for Spearman's correlation; one group, or as many
groups as values, for Kruskal and Wallis. Where all values tie SciPy has no p-value, and the metric says 1.
"""

import json
import random

from scipy.stats import kruskal, spearmanr


def correlation(one, other):
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return float(spearmanr(one, other).statistic)


def equal_ranks(values, groups):
    names = sorted(set(groups))
    if len(names) < 2 or len(names) == len(values):
        return None
    if len(set(values)) == 1:
        return 1.0
    return float(kruskal(*([v for v, g in zip(values, groups) if g == name] for name in names)).pvalue)


def main():
    rng = random.Random(2024)
    golden = {"spearman": [], "kruskal": []}
    for _ in range(60):
        k, size = rng.choice([1, 3, 10, 100]), rng.choice([1, 2, 3, 8, 30])
        one, other = ([min(k + 1, rng.randint(1, 2 * k)) for _ in range(size)] for _ in range(2))
        golden["spearman"].append([one, other, correlation(one, other)])
        groups = [rng.randrange(rng.choice([2, 3, 11])) for _ in range(size)]
        golden["kruskal"].append([one, groups, equal_ranks(one, groups)])
    # Far in the tail, where a p-value has few digits left if it is computed as 1 less the rest.
    for size in (20, 60):
        values, groups = list(range(1, 2 * size + 1)), [0] * size + [1] * size
        golden["kruskal"].append([values, groups, equal_ranks(values, groups)])
    lines = [f'"{name}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]" for name, cases in golden.items()]
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
