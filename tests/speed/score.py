#!/usr/bin/env python3
"""How fast triglot scores runs beside ranx and pytrec_eval: same files, same metrics, same machine, in one run.

    cargo build --workspace && cargo build --bench scoring -p triglot-tests
    python tests/speed/score.py target/debug/triglot BENCH [--repetitions 5] [--queries 10000] [--documents 100]

BENCH is target/debug/deps/scoring-HASH, which the second command made. Needs: pip install ranx==0.3.21
pytrec_eval-terrier==0.5.11. On a machine that others use only ratios mean anything: repetitions take turns, and the median
of each side's is compared. Rows:

* memory: a run of 10,000 queries with 100 passages each, four metrics, everything parsed. triglot's clock holds the order
  of every query, the ranks of judged passages, the calls of the plugins, and the means; ranx's one warm `evaluate`, its
  numba functions compiled and its run sorted by a call before; pytrec_eval's one `evaluate`, whose evaluator is made.
* files: the same from two files on disk to figures, as a process of its own: `triglot score`, and a Python that imports
  the other, loads both files with its own reader (pytrec_eval's is a loop in Python) and calls it once. ranx finds what
  numba compiled in its cache, as on any call but a machine's first.
"""
import argparse, json, os, random, statistics, subprocess, sys, tempfile, time

METRICS = ["map", "ndcg@10", "mrr", "recall@100"]
PYTREC = ["map", "ndcg_cut.10", "recip_rank", "recall.100"]
RANX = f"""
from ranx import Qrels, Run, evaluate
import sys
qrels, run = Qrels.from_file(sys.argv[2], kind="trec"), Run.from_file(sys.argv[1], kind="trec")
score = lambda: evaluate(qrels, run, {METRICS})
"""
PYTREC_EVAL = f"""
import pytrec_eval, sys
with open(sys.argv[2]) as lines: qrels = pytrec_eval.parse_qrel(lines)
with open(sys.argv[1]) as lines: run = pytrec_eval.parse_run(lines)
evaluator = pytrec_eval.RelevanceEvaluator(qrels, {set(PYTREC)})
def score():
    values = evaluator.evaluate(run)
    return {{m: sum(v[m] for v in values.values()) / len(values) for m in next(iter(values.values()))}}
"""
ONCE = "\nprint(score())"
WARM = "\nimport time\nscore()\nfor _ in range(int(sys.argv[3])):\n  t = time.perf_counter(); s = score(); print(time.perf_counter() - t, s)"


def generate(folder, queries, documents):
    """A run in trec_eval's order, and ten judgements a query of which half were retrieved."""
    rng = random.Random(1)
    run, qrels = os.path.join(folder, "run.trec"), os.path.join(folder, "f.qrels")
    with open(run, "w") as out, open(qrels, "w") as judged:
        for query in range(queries):
            names = [f"doc-{number}" for number in rng.sample(range(8_000_000), documents + 5)]
            scores = sorted((rng.random() for _ in range(documents)), reverse=True)
            for rank, (name, score) in enumerate(zip(names, scores), start=1):
                out.write(f"q{query} Q0 {name} {rank} {score:.6f} tag\n")
            for name in rng.sample(names[:documents], 5) + names[documents:]:
                judged.write(f"q{query} 0 {name} {rng.randrange(4)}\n")
            judged.write(f"q{query} 0 sure-{query} 1\n")
    return run, qrels


def timed(command):
    began = time.perf_counter()
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return time.perf_counter() - began, printed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triglot")
    parser.add_argument("bench")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=100)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run, qrels = generate(folder, args.queries, args.documents)
        joined = ",".join(METRICS)
        python = [sys.executable, "-c"]
        memory = {
            "triglot": [args.bench, run, qrels, joined, "3"],
            "ranx": [*python, RANX + WARM, run, qrels, "3"],
            "pytrec_eval": [*python, PYTREC_EVAL + WARM, run, qrels, "3"],
        }
        files = {
            "triglot": [args.triglot, "score", run, "--qrels", qrels, "--metrics", joined, "--json"],
            "ranx": [*python, RANX + ONCE, run, qrels],
            "pytrec_eval": [*python, PYTREC_EVAL + ONCE, run, qrels],
        }
        # What is compiled or cached at a first call is so before anything is timed.
        said = {name: timed(command)[1].strip() for name, command in files.items()}
        print("\n".join(f"{name}: {' '.join(text.split())}" for name, text in said.items()))
        seconds = {(row, name): [] for row in ("memory", "files") for name in memory}
        for _ in range(args.repetitions):
            for name in memory:
                lines = timed(memory[name])[1].splitlines()
                seconds["memory", name] += [float(line.split()[0]) for line in lines if line[0].isdigit()]
                seconds["files", name].append(timed(files[name])[0])
        for row in ("memory", "files"):
            own = statistics.median(seconds[row, "triglot"])
            for name in memory:
                median = statistics.median(seconds[row, name])
                spread = f"{min(seconds[row, name]):.4f} to {max(seconds[row, name]):.4f}"
                print(f"{row:8} {name:12} {median:9.4f} s  ({spread})  {median / own:6.1f} x triglot")


main()
