#!/usr/bin/env python3
"""How fast triglot trains and encodes beside sentence-transformers: same weights, texts, threads and machine, in one run.

    python tests/speed/speed.py target/release/triglot --models MODELS --data DATA [--repetitions 5] [--only train …]

MODELS holds `e5-small` and `minilm`, DATA `squad-dev-parallel` and `xquad-r` (see the README). Needs what
tests/requirements.txt names. On a machine that others use only ratios mean anything: repetitions take turns, and the
median of each side's is compared. The rows:

* train: pairs of questions and sentences of SQuAD, query and passage in different languages, batches of 32 and 128;
* equal: the same with every text cut to 32 tokens, all texts longer than that, so that there is no padding;
* encode: the 26,104 questions and sentences of XQuAD-R, with the share of the machine's own rate of matrix products in
  f32, which is the best that torch.mm or NumPy reach in the same run;
* memory: the largest resident memory of a process that trains a few steps.

triglot's side is the real command. A step's time is that between two events of the journal, so it holds all that a step
costs: drawing the batch, tokenising, both passes, the optimiser, the journal. Encoding is timed as a whole process less one
that encodes a few texts, which takes out the start. The other side is a plain loop (peer.py): tokenising, both passes of
SentenceTransformer, MultipleNegativesRankingLoss, torch.optim.AdamW. Both drop out as the models were published.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime

HERE = pathlib.Path(__file__).parent
PREFIXES = {"e5-small": ("query: ", "passage: "), "minilm": ("", "")}
LANGUAGES = ["en", "es", "it", "sv", "id"]
MAX_TOKENS, EQUAL_TOKENS = 160, 32
# Steps that are taken before any is timed: the first meet cold caches and untouched memory.
WARM = 2
ROWS = ["train", "equal", "encode", "memory"]

MANIFEST = """
name = "speed"
seed = 13
[model]
use = "candle/encoder"
options = {{ weights = "{weights}", pooling = "mean", query_prefix = "{prefixes[0]}", passage_prefix = "{prefixes[1]}", max_query_tokens = {tokens}, max_passage_tokens = {tokens} }}
[[train.data]]
name = "pairs"
reader = "jsonl"
path = "{pairs}"
languages = {languages}
[[train.stage]]
name = "main"
steps = {steps}
batch_size = {batch}
learning_rate = 3e-5
weight_decay = 0.01
clip = 1.0
schedule = "constant"
objective = [{{ use = "contrastive/info-nce", options = {{ temperature = 0.05 }} }}]
mix = [{{ name = "cross-lingual", use = "language/cross-lingual" }}]
"""


def documents(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for document in json.load(file)["data"]:
            yield from document["paragraphs"]


def sentence(context, at):
    """The sentence around a place, by the plainest rule."""
    begins = max([0] + [end.end() for end in re.finditer(r"[.!?]\s+", context[:at])])
    ends = re.search(r"[.!?](\s|$)", context[at:])
    return context[begins : at + ends.start() + 1 if ends else len(context)]


def squad_pairs(data, long):
    """Questions with the sentence of their answer, or, `long`, two texts of forty words of the paragraph."""
    for language in LANGUAGES:
        for paragraph in documents(data / "squad-dev-parallel" / f"{language}.json.gz"):
            context = paragraph["context"]
            words = context.split()
            for question in paragraph["qas"]:
                at = next((a["answer_start"] for a in question["answers"] if 0 <= a["answer_start"] < len(context)), None)
                if at is None or (long and len(words) < 44):
                    continue
                pair = (" ".join(words[:40]), " ".join(words[-40:])) if long else (question["question"], sentence(context, at))
                yield {"id": question["id"], "language": language, "query": pair[0], "passage": pair[1]}


def xquad_texts(data):
    texts = []
    for path in sorted((data / "xquad-r").glob("*.json.gz")):
        for paragraph in documents(path):
            texts += [question["question"] for question in paragraph["qas"]] + paragraph["sentences"]
    return [" ".join(text.split()) for text in texts]


class Bench:
    """One run of this script: its folder, the command, and the peer."""

    def __init__(self, asked, folder):
        self.asked, self.folder = asked, pathlib.Path(folder)
        self.pairs = {}
        for name, long in [("mixed", False), ("equal", True)]:
            rows = list(squad_pairs(asked.data, long))
            self.pairs[name] = {(row["id"], row["language"]): row for row in rows}
            with open(self.folder / f"{name}.jsonl", "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    def command(self, *arguments):
        arguments = [*map(str, arguments), "--quiet", "--threads", str(self.asked.threads), "--runs-dir", str(self.folder / "runs")]
        places = ["--data-dir", str(self.folder), "--model-dir", str(self.asked.models)]
        cache = tempfile.mkdtemp(dir=self.folder)
        process = subprocess.Popen(
            [self.asked.binary, *arguments, *places, "--cache-dir", cache], stdout=subprocess.PIPE, cwd=self.folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("TRIGLOT_")})
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"triglot {' '.join(arguments)}: status {status}")
        return said, usage

    def manifest(self, model, pairs, batch, steps):
        path = self.folder / f"{model}-{pairs}-{batch}.toml"
        tokens = EQUAL_TOKENS if pairs == "equal" else MAX_TOKENS
        path.write_text(MANIFEST.format(weights=model, prefixes=PREFIXES[model], tokens=tokens, pairs=f"{pairs}.jsonl",
                                        languages=json.dumps(LANGUAGES), steps=steps, batch=batch))
        return path

    def batches(self, manifest, pairs, steps):
        """The texts that training will draw."""
        path = self.folder / "batches.jsonl"
        path.unlink(missing_ok=True)
        self.command("plan", manifest, "--batches", steps, "--write", path)
        rows = self.pairs[pairs]
        drawn = [json.loads(line)["pairs"] for line in open(path, encoding="utf-8")]
        return [[[rows[pair["id"], pair[side]["language"]][side] for pair in batch] for side in ("query", "passage")]
                for batch in drawn]

    def train(self, manifest):
        """Seconds of each step after the first ones, the run's folder, and the largest memory in bytes."""
        said, usage = self.command("run", manifest, "--json")
        folder = self.folder / "runs" / "speed" / json.loads(said)["id"].split("/")[-1]
        with open(folder / "journal.jsonl", encoding="utf-8") as journal:
            events = [json.loads(line) for line in journal]
        times = [datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() for event in events
                 if "train/loss" in event["data"].get("values", {})]
        return [after - before for before, after in zip(times[WARM - 1 :], times[WARM:])], folder, usage.ru_maxrss * 1024

    def peer(self, folder, prefixes=("", ""), tokens=MAX_TOKENS):
        return Peer([sys.executable, HERE / "peer.py", folder, *prefixes, tokens, self.asked.threads])


class Peer:
    """sentence-transformers in a process of its own, which does what it is told and says how long that took."""

    def __init__(self, command):
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, **what):
        print(json.dumps(what), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit("peer.py ended early")

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def report(name, ours, theirs, unit, more=""):
    """One line; a ratio above 1 is in triglot's favour."""
    ours, theirs, ratios = sorted(ours), sorted(theirs), sorted(t / o for o, t in zip(ours, theirs))
    middle = [statistics.median(values) for values in (ours, theirs)]
    spread = [f"{m:8.3f} ({v[0]:.3f} to {v[-1]:.3f})" for m, v in zip(middle, (ours, theirs))]
    print(f"{name:34} triglot {spread[0]} {unit}, sentence-transformers {spread[1]} {unit}: "
          f"{middle[1] / middle[0]:.2f}x (pair by pair {ratios[0]:.2f} to {ratios[-1]:.2f}){more}", flush=True)


def train(bench, model, pairs, batch):
    steps = WARM + bench.asked.steps
    manifest = bench.manifest(model, pairs, batch, steps)
    batches = bench.batches(manifest, pairs, steps)
    peer = bench.peer(bench.asked.models / model, PREFIXES[model], EQUAL_TOKENS if pairs == "equal" else MAX_TOKENS)
    size = peer.do(do="load", batches=batches)
    ours, theirs = [], []
    for _ in range(bench.asked.repetitions):
        ours.append(statistics.median(bench.train(manifest)[0]))
        theirs.append(statistics.median(peer.do(do="train")["seconds"][WARM:]))
    peer.end()
    padding = 1 - size["tokens"] / size["places"]
    report(f"train {model}, {pairs}, batch {batch}", ours, theirs, "s a step", f", {padding:.0%} padding")


def memory(bench, model, batch):
    manifest = bench.manifest(model, "mixed", batch, WARM + 2)
    batches = bench.batches(manifest, "mixed", WARM + 2)
    ours = bench.train(manifest)[2] / 2**30
    peer = bench.peer(bench.asked.models / model, PREFIXES[model])
    peer.do(do="load", batches=batches)
    peer.do(do="train")
    theirs = peer.do(do="memory")["bytes"] / 2**30
    peer.end()
    print(f"memory {model}, batch {batch}: triglot {ours:.2f} GiB, sentence-transformers {theirs:.2f} GiB: "
          f"{ours / theirs:.2f}x", flush=True)


def encode(bench):
    """Both sides encode with the model that triglot exported, the other side by its own command."""
    folder = bench.train(bench.manifest("e5-small", "mixed", 8, 1))[1]
    texts = xquad_texts(bench.asked.data)[:: bench.asked.every]
    few = texts[:64]
    for name, lines in [("all", texts), ("few", few)]:
        (bench.folder / f"{name}.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    peer = bench.peer(folder / "model")
    size = peer.do(do="measure", texts=texts)
    rate = peer.do(do="rate")["flops"]
    ours, theirs = [], []
    for _ in range(bench.asked.repetitions):
        taken = {}
        for name in ("few", "all"):
            began = time.perf_counter()
            bench.command("encode", folder.name, "--input", bench.folder / f"{name}.txt", "--output", bench.folder / "out.npy",
                          "--role", "passage")
            taken[name] = time.perf_counter() - began
        ours.append(taken["all"] - taken["few"])
        theirs.append(peer.do(do="encode")["seconds"])
        rate = max(rate, peer.do(do="rate")["flops"])
    peer.end()
    share = size["flops"] / statistics.median(ours) / rate
    report(f"encode {len(texts)} texts, e5-small", ours, theirs, "s",
           f", {size['tokens']} tokens, {share:.0%} of {rate / 1e9:.0f} GFLOP/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10, help="timed steps of a repetition")
    parser.add_argument("--every", type=int, default=1, help="encode every so many of the texts only")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS)
    parser.add_argument("--model", nargs="+", choices=sorted(PREFIXES), default=sorted(PREFIXES))
    parser.add_argument("--batch", nargs="+", type=int, default=[32, 128])
    asked = parser.parse_args()
    asked.models, asked.data = asked.models.resolve(), asked.data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(asked, folder)
        for kind, pairs in [("train", "mixed"), ("equal", "equal")]:
            for model in asked.model if kind in asked.only else []:
                for batch in asked.batch:
                    train(bench, model, pairs, batch)
        if "encode" in asked.only:
            encode(bench)
        if "memory" in asked.only:
            for model in asked.model:
                for batch in asked.batch:
                    memory(bench, model, batch)


if __name__ == "__main__":
    main()
