#!/usr/bin/env python3
"""Hold `triglot score` against trec_eval's C code, on random and on adversarial runs and judgements.

    python3 tests/check_scores.py TRIGLOT FOLDER

Writes run and qrels files into FOLDER, scores each with the binary TRIGLOT, and compares every value of every query with
that of pytrec_eval, with and without --all-queries. The files have ties (over scores that only 64 bits tell apart, too),
passages that nobody judged, queries for which nothing is relevant, more relevant passages than retrieved ones, grades
from -2 to 3, ids of many scripts, queries that one of the files lacks, lines in any order, tabs, CRLF and a byte order
mark. Exits with 1 if anything differs by more than 1e-9. Needs: pip install pytrec_eval-terrier
"""
import csv, gzip, json, math, os, random, subprocess, sys
import pytrec_eval

TOLERANCE = 1e-9
CUTOFFS = [1, 3, 10, 100]
FAMILIES = {"map_cut": "map", "ndcg_cut": "ndcg", "recall": "recall", "P": "precision", "success": "hit"}
FULL = {"map": "map", "ndcg": "ndcg", "recip_rank": "mrr", "Rprec": "r-precision", "bpref": "bpref"}
SCRIPTS = ["Ω", "ж", "א", "ع", "ไ", "日", "한", "𐍈", "a", "A", "é", "e\u0301", "~", "zz", "z", "\u00a0x", "ｚ"]


def name(rng, number):
    return rng.choice(SCRIPTS) + str(number) if rng.random() < 0.5 else str(number)


def case(rng):
    """One pair of files, as (judgements, run), each of query to document to number."""
    qrels, run = {}, {}
    for number in range(rng.choice([1, 3, 12])):
        query = name(rng, number)
        pool = [name(rng, n) for n in range(rng.choice([1, 2, 5, 20, 150]))]
        level = rng.choice([1, 3, 50])
        score = lambda: rng.choice([rng.randrange(-level, level) / 4, 1 + rng.randrange(3) * 1e-9, rng.uniform(-1e30, 1e30)])
        fates = rng.random()
        if fates < 0.9:
            retrieved = rng.sample(pool, rng.randint(1, len(pool)))
            run[query] = {document: score() for document in retrieved}
        if fates > 0.1:
            judged = rng.sample(pool, rng.randint(1, len(pool)))
            grades = rng.choice([[0], [-2, -1], [1], [-2, -1, 0, 1, 2, 3], [0, 1]])
            qrels[query] = {document: rng.choice(grades) for document in judged}
            if max(qrels[query].values()) < 0:
                # trec_eval reads memory that it never wrote where every grade is below 0: it crashes, or does not end.
                qrels[query][judged[0]] = 0
    return qrels, run


def write(rng, path, lines):
    """Lines of columns, in any of the forms that files have."""
    if rng.random() < 0.5:
        rng.shuffle(lines)
    blank = rng.choice([" ", "\t", " \t "])
    end = rng.choice(["\n", "\r\n"])
    text = rng.choice(["", "\ufeff"]) + end.join(blank.join(columns) for columns in lines) + rng.choice(["", end])
    opened = gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb")
    with opened as out:
        out.write(text.encode())


def main(binary, folder):
    rng = random.Random(7)
    columns = dict(FULL) | {f"{theirs}_{k}": f"{ours}@{k}" for theirs, ours in FAMILIES.items() for k in CUTOFFS}
    asked = set(FULL) | {f"{family}.{','.join(map(str, CUTOFFS))}" for family in FAMILIES}
    values = worst = 0
    for number in range(90):
        qrels, run = case(rng)
        if not set(qrels) & set(run):
            continue
        suffix = rng.choice(["", ".gz"])
        files = [os.path.join(folder, f"{number}.{kind}") for kind in ("run" + suffix, "qrels" + suffix, "csv")]
        write(rng, files[0], [[q, "Q0", d, "0", repr(s), "tag"] for q, ds in run.items() for d, s in ds.items()])
        write(rng, files[1], [[q, "0", d, str(g)] for q, ds in qrels.items() for d, g in ds.items()])
        expected = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
        nothing = {query: {theirs: 0.0 for theirs in columns} for query in set(qrels) - set(run)}
        for further in ([], ["--all-queries"]):
            command = [binary, "score", files[0], "--qrels", files[1], "--per-query", files[2], "--json", *further]
            printed = subprocess.run(command + ["--metrics", ",".join(columns.values())], capture_output=True, check=True)
            record = json.loads(printed.stdout)["runs"][0]
            wanted = expected | nothing if further else expected
            with open(files[2], encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
            assert sorted(row["query"] for row in rows) == sorted(wanted), (number, further)
            assert record["missing_queries"] == len(nothing)
            assert record["unjudged_queries"] == len(set(run) - set(qrels))
            for theirs, ours in columns.items():
                defined = []
                for row in rows:
                    # trec_eval counts a query without a relevant passage as 0, triglot as none.
                    if not any(grade > 0 for grade in qrels[row["query"]].values()):
                        assert row[ours] == "", (number, row["query"], ours)
                        continue
                    defined.append(float(row[ours]))
                    worst = max(worst, abs(defined[-1] - wanted[row["query"]][theirs]))
                    values += 1
                mean = record["means"][ours]
                assert (mean is None) == (not defined)
                assert mean is None or math.isclose(mean, math.fsum(defined) / len(defined), rel_tol=1e-12)
                assert record["undefined"][ours] == len(rows) - len(defined)
    print(f"{values} values, largest difference {worst:.3g}")
    return 0 if values > 10_000 and worst <= TOLERANCE else 1


sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
