#!/usr/bin/env python3
"""Writes significance.json: paired values, and what scipy says of them.

    pip install scipy==1.17.1 numpy==2.4.6 mpmath==1.3.0
    python make_significance.py > significance.json

What scipy would draw at random is drawn here as triglot draws it (`word`, `below`: SplitMix64 by its definition), and
handed to `scipy.stats.bootstrap` as a finished distribution, so that its intervals are deterministic too. Values are
rounded to a few digits, so that there are ties and zeros among the differences. The tail of Student's t alone is
mpmath's: near 0 scipy's has eight digits.
"""

import json
import math
from functools import reduce
from operator import add

import mpmath
import numpy as np
from scipy import stats

RESAMPLES = 199
SEED = 7
CONFIDENCE = 0.9
MASK = (1 << 64) - 1
QUERIES, RUNS = 2, 3


def word(key, number):
    z = (key + 0x9E3779B97F4A7C15 * (number + 1)) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def below(key, number, n):
    return (word(key, number) * n) >> 64


def mean(values):
    """From the left, as every sum of triglot, so that a resample that equals the estimate does so to the last bit."""
    return reduce(add, map(float, values), 0.0) / len(values)


def intervals(differences):
    values = sorted(differences)
    n = len(values)
    key = word(SEED, QUERIES)
    means = []
    for resample in range(RESAMPLES):
        own = word(key, resample)
        means.append(mean([values[below(own, place, n)] for place in range(n)]))

    class Drawn:
        bootstrap_distribution = np.array(means)

    found = {}
    for method in ["percentile", "basic", "BCa"]:
        result = stats.bootstrap(
            (values,),
            lambda sample: mean(list(sample)),
            n_resamples=0,
            bootstrap_result=Drawn,
            vectorized=False,
            confidence_level=CONFIDENCE,
            method=method,
        )
        found[method] = [float(end) for end in result.confidence_interval]
    return found


def over_seeds(rng):
    """Two systems of three and two runs over nine topics: the pigeonhole bootstrap by its definition."""
    first = rng.random((3, 9)).round(3)
    second = rng.random((2, 9)).round(3)
    queries, runs = word(SEED, QUERIES), word(SEED, RUNS)
    means = []
    for resample in range(RESAMPLES):
        topics = [below(word(queries, resample), place, 9) for place in range(9)]
        sides = []
        for side, values in enumerate([first, second]):
            own = word(word(runs, resample), side)
            drawn = [below(own, place, len(values)) for place in range(len(values))]
            sides.append(values[np.ix_(drawn, topics)].mean())
        means.append(sides[0] - sides[1])
    tail = (1 - CONFIDENCE) / 2
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "percentile": np.quantile(means, [tail, 1 - tail]).tolist(),
    }


def case(first, second):
    first, second = np.array(first, float), np.array(second, float)
    defined = ~(np.isnan(first) | np.isnan(second))
    a, b = first[defined], second[defined]
    differences = a - b
    t = stats.ttest_rel(first, second, nan_policy="omit")
    ends = t.confidence_interval(CONFIDENCE)
    rank = stats.wilcoxon(a, b)
    entry = {
        "first": [None if math.isnan(value) else value for value in first.tolist()],
        "second": [None if math.isnan(value) else value for value in second.tolist()],
        "t": [float(t.statistic), float(t.pvalue), float(ends.low), float(ends.high)],
        "wilcoxon": [float(rank.statistic), float(rank.pvalue)],
        "standardised": float(differences.mean() / differences.std(ddof=1)),
        "bootstrap": intervals(differences.tolist()),
    }
    if len(differences) <= 14:
        exact = stats.permutation_test(
            (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", n_resamples=np.inf
        )
        entry["randomisation"] = float(exact.pvalue)
    return entry


def cases(rng):
    for n in [2, 3, 5, 8, 12, 13, 14, 20, 49, 50, 51, 120]:
        # Without ties, with ties and zeros on a coarse grid, and skewed, as reciprocal ranks are.
        yield rng.random(n).round(6), rng.random(n).round(6)
        yield rng.integers(0, 6, n) / 5, (rng.integers(0, 6, n) + (np.arange(n) == 0)) / 5
        yield 1 / rng.integers(1, 40, n), 1 / rng.integers(1, 60, n)
    undefined = rng.random(30).round(2)
    undefined[[3, 17]] = np.nan
    other = rng.random(30).round(2)
    other[[17, 20]] = np.nan
    yield undefined, other
    shifted = rng.random(40).round(3)
    yield shifted, shifted + rng.normal(0.5, 0.05, 40).round(4)


def student(t, freedom):
    """P(|T| >= |t|), in so many digits that one minus a number near one loses nothing."""
    mpmath.mp.dps = 260
    t, freedom = mpmath.mpf(t), mpmath.mpf(freedom)
    body = t * t / (freedom + t * t)
    return float(1 - mpmath.betainc(mpmath.mpf(1) / 2, freedom / 2, 0, body, regularized=True))


def main():
    rng = np.random.default_rng(20240820)
    document = {
        "confidence": CONFIDENCE,
        "resamples": RESAMPLES,
        "seed": SEED,
        "cases": [case(first, second) for first, second in cases(rng)],
        "over_seeds": over_seeds(rng),
        "student": [
            [t, freedom, student(t, freedom)]
            for freedom in [1, 2, 5, 30, 1189, 13089, 130899, 1000000]
            for t in [0.0, 1e-8, 0.01, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0]
        ],
        "critical": [
            [level, freedom, float(stats.t.isf(level / 2, freedom))]
            for freedom in [1, 2, 5, 30, 1189, 130899]
            for level in [0.5, 0.1, 0.05, 0.01, 0.001]
        ],
        "normal": [[z, float(2 * stats.norm.sf(z))] for z in [0.0, 1e-8, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 20.0, 35.0]],
    }
    text = json.dumps(document)
    print(text.replace('{"first"', '\n{"first"').replace('"over_seeds"', '\n"over_seeds"').replace('"student"', '\n"student"'))


main()
