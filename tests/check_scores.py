#!/usr/bin/env python3
"""Hold `triglot score` against trec_eval's C code, on random and on adversarial runs and judgements.

    python3 tests/check_scores.py TRIGLOT FOLDER [ARCHIVE]

Writes run and qrels files into FOLDER, scores each with the binary TRIGLOT, and compares every value of every query with
that of pytrec_eval, with and without --all-queries. The files have ties (over scores that only 64 bits tell apart, too),
passages that nobody judged, queries for which nothing is relevant, more relevant passages than retrieved ones, grades
from -2 to 3, ids of many scripts, queries that one of the files lacks, lines in any order, tabs, CRLF and a byte order
mark. With ARCHIVE, a tar archive of published judgements (files named qrels.*), it is these, as they are, that runs are
generated for. Exits with 1 if anything differs by more than 1e-9. Needs: pip install pytrec_eval-terrier
"""
import csv, gzip, json, math, os, random, subprocess, sys, tarfile
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


def random_cases(rng, folder):
    """Judgements and runs of any form, each with its qrels file and its run file."""
    for number in range(90):
        qrels, run = case(rng)
        if not set(qrels) & set(run):
            continue
        suffix = rng.choice(["", ".gz"])
        files = [os.path.join(folder, f"{number}.{kind}{suffix}") for kind in ("qrels", "run")]
        write(rng, files[1], [[q, "Q0", d, "0", repr(s), "tag"] for q, ds in run.items() for d, s in ds.items()])
        write(rng, files[0], [[q, "0", d, str(g)] for q, ds in qrels.items() for d, g in ds.items()])
        yield qrels, run, files


def published_cases(rng, folder, archive):
    """The judgements of an archive, each file with a run: most of what was judged and up to 120 passages that nobody
    judged, in any order and with ties; one query of fifty is not searched for."""
    with tarfile.open(archive) as members:
        for member in sorted(members.getnames()):
            if not os.path.basename(member).startswith("qrels."):
                continue
            text = members.extractfile(member).read()
            files = [os.path.join(folder, os.path.basename(member)), os.path.join(folder, os.path.basename(member) + ".run")]
            with open(files[0], "wb") as out:
                out.write(text)
            qrels, run = {}, {}
            for query, _, document, grade in map(str.split, text.decode().splitlines()):
                qrels.setdefault(query, {})[document] = int(grade)
            for query, judged in qrels.items():
                pool = [document for document in judged if rng.random() < 0.9]
                pool += [f"unjudged#{n}" for n in range(rng.randrange(120))]
                if pool and rng.random() > 0.02:
                    run[query] = {document: rng.randrange(60) / 4 for document in pool}
            write(rng, files[1], [[q, "Q0", d, "0", repr(s), "tag"] for q, ds in run.items() for d, s in ds.items()])
            yield qrels, run, files


def compare(binary, qrels, run, files):
    """How many values there are, and how far the worst of them is off."""
    columns = dict(FULL) | {f"{theirs}_{k}": f"{ours}@{k}" for theirs, ours in FAMILIES.items() for k in CUTOFFS}
    asked = set(FULL) | {f"{family}.{','.join(map(str, CUTOFFS))}" for family in FAMILIES}
    expected = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
    nothing = {query: {theirs: 0.0 for theirs in columns} for query in set(qrels) - set(run)}
    values = worst = 0
    for further in ([], ["--all-queries"]):
        per_query = files[1] + ".csv"
        command = [binary, "score", files[1], "--qrels", files[0], "--per-query", per_query, "--json", *further]
        printed = subprocess.run(command + ["--metrics", ",".join(columns.values())], capture_output=True, check=True)
        record = json.loads(printed.stdout)["runs"][0]
        wanted = expected | nothing if further else expected
        with open(per_query, encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert sorted(row["query"] for row in rows) == sorted(wanted), (files, further)
        assert record["missing_queries"] == len(nothing)
        assert record["unjudged_queries"] == len(set(run) - set(qrels))
        for theirs, ours in columns.items():
            defined = []
            for row in rows:
                # trec_eval counts a query without a relevant passage as 0, triglot as none.
                if not any(grade > 0 for grade in qrels[row["query"]].values()):
                    assert row[ours] == "", (files, row["query"], ours)
                    continue
                defined.append(float(row[ours]))
                worst = max(worst, abs(defined[-1] - wanted[row["query"]][theirs]))
                values += 1
            mean = record["means"][ours]
            assert (mean is None) == (not defined)
            assert mean is None or math.isclose(mean, math.fsum(defined) / len(defined), rel_tol=1e-12)
            assert record["undefined"][ours] == len(rows) - len(defined)
    return values, worst


def main(binary, folder, archive=None):
    rng = random.Random(7)
    files = queries = judgements = values = worst = 0
    for qrels, run, paths in published_cases(rng, folder, archive) if archive else random_cases(rng, folder):
        found, off = compare(binary, qrels, run, paths)
        values, worst, files, queries = values + found, max(worst, off), files + 1, queries + len(qrels)
        judgements += sum(map(len, qrels.values()))
    print(f"{files} files, {queries} queries, {judgements} judgements: {values} values, largest difference {worst:.3g}")
    return 0 if values > 10_000 and worst <= TOLERANCE else 1


sys.exit(main(*sys.argv[1:]) if len(sys.argv) in (3, 4) else __doc__)
