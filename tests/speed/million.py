#!/usr/bin/env python3
"""A million passages from files to figures: read, encoded, searched exactly, scored; how long, and in how much memory.

    cargo build --release --workspace
    python tests/speed/million.py target/release/triglot --data DATA [--passages 1000000 --queries 1000] [--folder SCRATCH]

DATA holds squad-dev-parallel/. Passages of forty words each are drawn from the words of its five languages, by number, so
that every machine makes the same; a query is eight of the words of one of them, which alone is relevant. A small static
encoder is trained first, whose model `triglot evaluate` then measures: what is timed holds the reading of the collection,
the encoding of every passage, and the search in the settings monolingual and multilingual. The second of both times finds
all embeddings in the cache. What is resident at the most holds the pages of mapped files that the system has not dropped.
"""
import argparse, gzip, json, os, random, subprocess, sys, tempfile, time

LANGUAGES = ["en", "es", "it", "sv", "id"]
MODEL = """
name = "million"
seed = 1
[model]
use = "candle/static"
options = {{ dim = 384, vocab_size = 16384 }}
[[train.data]]
name = "squad"
reader = "squad"
path = "squad-dev-parallel/{{lang}}.json.gz"
languages = ["en", "es", "it", "sv", "id"]
[[train.stage]]
name = "main"
steps = 200
batch_size = 64
learning_rate = 0.005
objective = [{{ use = "contrastive/info-nce", options = {{ temperature = 0.05 }} }}]
mix = [{{ name = "hybrid", use = "language/same-language" }}]
[[evaluate]]
name = "generated"
reader = "trec"
path = {folder}
collection = {{ corpus = "corpus.jsonl", queries = "queries.jsonl", qrels = "test.qrels" }}
settings = ["monolingual", "multilingual"]
metrics = ["map", "ndcg@10", "recall@100"]
embeddings = "{embeddings}"
bm25 = false
"""


def words(data, language):
    """The words of a language's paragraphs."""
    with gzip.open(os.path.join(data, "squad-dev-parallel", f"{language}.json.gz"), "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    found = {word for article in articles for paragraph in article["paragraphs"] for word in paragraph["context"].split()}
    return sorted(found)


def generate(folder, data, passages, queries):
    rng = random.Random(1)
    vocabulary = {language: words(data, language) for language in LANGUAGES}
    asked = {number * (passages // queries): number for number in range(queries)}
    with (
        open(os.path.join(folder, "corpus.jsonl"), "w", encoding="utf-8") as corpus,
        open(os.path.join(folder, "queries.jsonl"), "w", encoding="utf-8") as topics,
        open(os.path.join(folder, "test.qrels"), "w") as qrels,
    ):
        for number in range(passages):
            # Not by turns: whatever step queries are taken in, they are in all languages.
            language = LANGUAGES[number * 7919 // 13 % len(LANGUAGES)]
            text = rng.choices(vocabulary[language], k=40)
            line = {"id": f"p{number}", "language": language, "title": "", "text": " ".join(text)}
            corpus.write(json.dumps(line, ensure_ascii=False) + "\n")
            if number in asked:
                query = {"id": f"q{asked[number]}", "language": language, "text": " ".join(text[::5])}
                topics.write(json.dumps(query, ensure_ascii=False) + "\n")
                qrels.write(f"q{asked[number]} 0 p{number} 1\n")


def measured(command):
    """Seconds, bytes resident at the most, and the record that was printed."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return time.perf_counter() - began, usage.ru_maxrss * 1024, json.loads(printed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triglot")
    parser.add_argument("--data", required=True)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--folder", help="where some gigabytes may lie meanwhile")
    parser.add_argument("--embeddings", choices=["f16", "f32"], default="f16")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        made = os.path.join(folder, "few"), os.path.join(folder, "all")
        manifests = []
        for at, passages, queries in zip(made, [1000, asked.passages], [10, asked.queries]):
            os.mkdir(at)
            generate(at, asked.data, passages, queries)
            manifests.append(at + ".toml")
            with open(manifests[-1], "w") as file:
                file.write(MODEL.format(folder=json.dumps(at), embeddings=asked.embeddings))
        common = ["--json", "--quiet", "--data-dir", asked.data, "--runs-dir", os.path.join(folder, "runs")]
        common += ["--cache-dir", os.path.join(folder, "cache")]
        measured([asked.triglot, "run", manifests[0], *common])
        size = os.path.getsize(os.path.join(made[1], "corpus.jsonl"))
        print(f"{asked.passages:,} passages ({size / 2**20:,.0f} MiB of JSON lines), {asked.queries:,} queries, {asked.embeddings}")
        for what in ["everything", "with the embeddings in the cache"]:
            seconds, resident, record = measured([asked.triglot, "evaluate", "last", "--on", manifests[1], *common])
            figures = {key: value for key, value in record["metrics"].items() if key.startswith("eval/") and key.count("/") == 3}
            print(f"{what}: {seconds:.1f} s, resident at the most {resident / 2**20:,.0f} MiB; {json.dumps(figures)}")


main()
