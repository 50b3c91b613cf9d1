#!/usr/bin/env python3
"""Hold the values per query of a run against trec_eval's C code, from the run's own rankings and judgements.

    python3 tests/check_rankings.py RUN_FOLDER

For every group under RUN_FOLDER/eval the rankings (top 100) and qrels are given to pytrec_eval, and every column that
depends on the top 100 alone is compared with the group's csv, query by query; then the means of groups and over groups
with run.json. Exits with 1 if anything differs by more than 1e-9.
Needs: pip install pytrec_eval-terrier
"""
import csv, gzip, json, math, os, sys
import pytrec_eval

TOLERANCE = 1e-9
# What pytrec_eval calls each column; other columns need ranks below 100 and are left to the means.
NAMES = {"ndcg@": ("ndcg_cut.%s", "ndcg_cut_%s"), "recall@": ("recall.%s", "recall_%s"), "precision@": ("P.%s", "P_%s"),
         "hit@": ("success.%s", "success_%s"), "accuracy@": ("success.%s", "success_%s")}


def name(column):
    for prefix, (measure, key) in NAMES.items():
        if column.startswith(prefix) and int(column[len(prefix):]) <= 100:
            return measure % column[len(prefix):], key % column[len(prefix):]


def table(path, judged):
    rows = {}
    with (gzip.open(path, "rt") if path.endswith(".gz") else open(path)) as lines:
        for line in lines:
            parts = line.split()
            rows.setdefault(parts[0], {})[parts[2]] = int(parts[3]) if judged else float(parts[4])
    return rows


def main(folder):
    recorded = json.load(open(os.path.join(folder, "run.json")))["metrics"]
    values = worst = means = 0
    for data_set in sorted(os.listdir(os.path.join(folder, "eval"))):
        for setting in sorted(os.listdir(os.path.join(folder, "eval", data_set))):
            base = os.path.join(folder, "eval", data_set, setting)
            by_column = {}
            for group in sorted(f[:-4] for f in os.listdir(base) if f.endswith(".csv")):
                with open(os.path.join(base, group + ".csv")) as lines:
                    rows = list(csv.DictReader(lines))
                # A language without documents answers nobody.
                if not rows:
                    continue
                columns = [c for c in rows[0] if c != "query"]
                known = {c: name(c) for c in columns if name(c)}
                qrels = table(os.path.join(base, group + ".qrels"), True)
                run = table(os.path.join(base, group + ".trec.gz"), False)
                measures = {measure for measure, _ in known.values()}
                judged = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run)
                assert len(judged) == len(rows), (base, group)
                for row in rows:
                    for column, (_, key) in known.items():
                        worst = max(worst, abs(float(row[column]) - judged[row["query"]][key]))
                        values += 1
                for column in columns:
                    defined = [float(row[column]) for row in rows if row[column]]
                    if defined:
                        mean = math.fsum(defined) / len(defined)
                        by_column.setdefault(column, []).append(mean)
                        worst = max(worst, relative(mean, recorded[f"eval/{data_set}/{setting}/{group}/{column}"]))
                        means += 1
            for column, groups in by_column.items():
                mean = math.fsum(groups) / len(groups)
                worst = max(worst, relative(mean, recorded[f"eval/{data_set}/{setting}/{column}"]))
                means += 1
    print(f"{values} values per query and {means} means, largest difference {worst:.3g}")
    return 0 if values and means and worst <= TOLERANCE else 1


def relative(found, expected):
    return abs(found - expected) / max(1.0, abs(expected))


sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
