#!/usr/bin/env python3
"""How fast the whole ranking of XQuAD-R is, beside NumPy's product of the same matrices; and a large collection.

    python tests/speed/search.py SEARCH [--repetitions 7] [--passages 1000000 --queries 1000 --folder SCRATCH]

SEARCH is the bench of triglot-evaluate, which `cargo bench --profile dev --workspace --bench search --no-run` builds
and names. Both sides use all processors, take turns, and start anew each time; the medians are compared. NumPy's side is
`Q @ D.T` in f32 and nothing else. Ours is all of the search: 13,090 queries against 13,014 passages of 384 numbers in 11
languages, in all three settings, with the rank of every judged passage and, of each of the 157,080 rankings, the top 100
that run files hold; and once more with the top 10, which is as many as any metric asks for.

With --passages, a file of so many embeddings is made in SCRATCH for f32 and for f16, and searched; what is resident at the
most is told apart by whether it lies in the file (and can be dropped by the system) or not.
"""

import argparse
import statistics
import subprocess
import sys

PEER = """
import time
import numpy
random = numpy.random.default_rng(0)
queries, documents = (random.standard_normal((rows, 384), dtype=numpy.float32) for rows in (13090, 13014))
for _ in range(2):  # The first meets cold caches.
    start = time.perf_counter()
    queries @ documents.T
    took = time.perf_counter() - start
print(took)
"""


def ours(search, *arguments):
    """What the bench prints, by name; of what it prints twice, the last."""
    lines = subprocess.run([search, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {name: float(value) for name, value in map(str.split, lines)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("search")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--passages", type=int)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--folder", default=".")
    asked = parser.parse_args()
    products, searches = [], {100: [], 10: []}
    for _ in range(asked.repetitions):
        products.append(float(subprocess.run([sys.executable, "-c", PEER], check=True, stdout=subprocess.PIPE).stdout))
        for depth, own in searches.items():
            own.append(ours(asked.search, "xquad", 2, depth)["search"])
    product = statistics.median(products)
    rate = 2e-9 * 13090 * 13014 * 384 / product
    print(f"NumPy's product {product:.3f} s ({rate:.0f} GFLOP/s)")
    for depth, own in searches.items():
        search = statistics.median(own)
        print(f"the whole search with the top {depth}: {search:.3f} s, {search / product:.2f} times")
    for float_ in ["f32", "f16"] if asked.passages else []:
        found = ours(asked.search, "large", asked.passages, asked.queries, float_, asked.folder)
        mebi = {name: round(found[name] / 2**20) for name in ("file", "peak", "unmapped")}
        print(
            f"{asked.passages:,} passages in {float_}, {asked.queries:,} queries: {found['search']:.1f} s; file {mebi['file']:,} MiB, "
            f"resident {mebi['peak']:,} MiB, of which not of the file {mebi['unmapped']:,} MiB; own passage first {found['first']:.0f}"
        )


main()
