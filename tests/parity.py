#!/usr/bin/env python3
"""Train an encoder by triglot and by sentence-transformers on the same batches; hold losses and mAPs against each other.

    python3 tests/parity.py target/debug/triglot --models DIR --data DIR [--encoder minilm] [--batches 50] [--batch-size 32]

DIR of --models holds the encoder's folder in Hugging Face's layout, that of --data squad-dev-parallel/ and xquad-r/.

Half of the batches are in one language and half across languages, as `language/monolingual` and
`language/cross-lingual` draw them: `triglot plan --batches --write` says which texts they are, and `replay/file`
trains on them. On the other side SentenceTransformerTrainer is given the same texts in the same order, with its own
MultipleNegativesRankingLoss, PyTorch's AdamW, its own division of the parameters into those that decay and those that
do not, and its own clipping. What the two do otherwise is made equal:

* Dropout is off on both sides.
* triglot ignores a passage that is right for the query by another way, sentence-transformers calls it wrong. A batch in
  which there is one is passed over, and the record of the run has to count none.
* triglot's warmup is one step ahead, so that no step has the rate zero: the scheduler here is triglot's.
* triglot's AdamW leaves a row of an embedding table alone in a step that does not use it, unless told to move every row,
  as PyTorch's does. It is told here; with `--tables lazy` PyTorch's is made to leave them alone instead.

Both models are then measured by triglot on XQuAD-R, sentence-transformers' from the folder that it saves, and beside them
the encoder as it was. Exits with 1 if a loss differs by more than 1e-3, a macro mAP by more than 0.002, or the number of
tokens at all.
Needs: pip install -r tests/requirements.txt
"""
import argparse, gzip, json, os, re, subprocess, sys, tempfile, time

LOSS, MAP = 1e-3, 0.002
TRAIN, SETTINGS = ["en", "es", "it", "sv", "id"], ["monolingual", "cross-lingual", "multilingual"]
RATE, WARMUP, DECAY, CLIP, TEMPERATURE = 3e-5, 0.1, 0.01, 1.0, 0.05
PREFIXES = {"minilm": ("", ""), "e5-small": ("query: ", "passage: "), "e5-small-32k": ("query: ", "passage: ")}
DENSE = 'optimizer = { embedding_updates = "dense" }'
TABLES = ("word_embeddings", "position_embeddings", "token_type_embeddings")

MANIFEST = """
name = "parity"
seed = 13
[model]
use = "candle/encoder"
[model.options]
weights = {encoder}
pooling = "mean"
query_prefix = {query}
passage_prefix = {passage}
max_query_tokens = {tokens}
max_passage_tokens = {tokens}
dropout = 0.0
{options}
[[train.data]]
name = "squad"
reader = "jsonl"
path = "pairs.jsonl"
[[train.stage]]
name = "main"
steps = {steps}
batch_size = {batch_size}
learning_rate = {rate}
warmup = {warmup}
schedule = "linear"
weight_decay = {decay}
clip = {clip}
objective = [{{ use = "contrastive/info-nce", options = {{ temperature = {temperature} }} }}]
mix = {mix}
[[evaluate]]
name = "xquad-r"
reader = "squad"
path = {xquad}
languages = {languages}
passage = "sentence"
{limit}
settings = {settings}
metrics = ["map"]
"""
DRAWN = """[{ name = "monolingual", use = "language/monolingual", share = 0.5 },
  { name = "cross-lingual", use = "language/cross-lingual" }]"""
REPLAYED = '[{ name = "replay", use = "replay/file", options = { path = "kept.jsonl", at_end = "error" } }]'


def pairs(data):
    """Every question with the sentence that its answer stands in; a sentence ends before white space, roughly."""
    for language in TRAIN:
        with gzip.open(os.path.join(data, "squad-dev-parallel", f"{language}.json.gz"), "rt", encoding="utf-8") as file:
            paragraphs = [p for article in json.load(file)["data"] for p in article["paragraphs"]]
        for paragraph in paragraphs:
            context = paragraph["context"]
            breaks = [0, *(found.end() for found in re.finditer(r"(?<=[.!?])\s+", context)), len(context)]
            for question in paragraph["qas"]:
                starts = [answer["answer_start"] for answer in question["answers"] if answer["answer_start"] >= 0]
                if not starts or not question["question"].strip():
                    continue
                begin = max(place for place in breaks[:-1] if place <= starts[0])
                passage = context[begin:breaks[breaks.index(begin) + 1]].strip()
                if passage:
                    yield {"id": question["id"], "language": language, "query": question["question"], "passage": passage}


def keep(drawn, texts, wanted):
    """The first batches in which no text is right for two examples in any language."""
    by_example = {}
    for (example, _), (query, passage) in texts.items():
        by_example.setdefault(example, set()).update([query, passage])
    kept = []
    for line in drawn:
        said = [by_example[pair["id"]] for pair in json.loads(line)["pairs"]]
        if len(set().union(*said)) == sum(map(len, said)):
            kept.append(line)
    if len(kept) < wanted:
        sys.exit(f"only {len(kept)} of {len(drawn)} batches serve, wanted are {wanted}")
    return kept[:wanted]


class Triglot:
    """The command, and the folder in which it works."""

    def __init__(self, args, work):
        self.args, self.work = args, work
        self.places = ["--model-dir", os.path.abspath(args.models), "--data-dir", work]
        self.environment = dict(os.environ, TRIGLOT_CACHE_DIR=os.path.join(work, "cache"))

    def manifest(self, name, mix, steps):
        args, quoted = self.args, json.dumps
        query, passage = PREFIXES[args.encoder]
        text = MANIFEST.format(
            encoder=quoted(args.encoder), query=quoted(query), passage=quoted(passage), tokens=args.tokens,
            options=DENSE if args.tables == "dense" else "", steps=steps, batch_size=args.batch_size, rate=RATE,
            warmup=WARMUP, decay=DECAY, clip=CLIP, temperature=TEMPERATURE, mix=mix, settings=quoted(SETTINGS),
            languages=quoted(args.languages.split(",")), limit=f"limit = {args.limit}" if args.limit else "",
            xquad=quoted(os.path.join(os.path.abspath(args.data), "xquad-r", "{lang}.json.gz")))
        path = os.path.join(self.work, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run(self, *command):
        runs = ["--runs-dir", os.path.join(self.work, "runs"), "--quiet", "--json"]
        threads = ["--threads", str(self.args.threads)] if self.args.threads else []
        command = [os.path.abspath(self.args.triglot), *command, *self.places, *runs, *threads]
        done = subprocess.run(command, cwd=self.work, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def maps(self, record):
        return [record["metrics"][f"eval/xquad-r/{setting}/map"] for setting in SETTINGS]


def by_triglot(triglot, steps):
    """The record; the loss of every step, the number of tokens."""
    record = triglot.run("run", triglot.manifest("replayed.toml", REPLAYED, steps))
    folder, losses = os.path.join(triglot.work, "runs", "parity", record["id"]), {}
    with open(os.path.join(folder, "journal.jsonl"), encoding="utf-8") as lines:
        for event in map(json.loads, lines):
            if event["kind"] == "metrics" and "train/loss" in event["data"]["values"]:
                losses[event["data"]["step"]] = event["data"]["values"]["train/loss"]
    ignored = [sum(counts["ignored"].values()) for counts in record["training"]["batches"].values()]
    if any(ignored):
        sys.exit(f"{sum(ignored)} passages were ignored")
    return record, [losses[step] for step in sorted(losses)], record["training"]["tokens"]


def by_sentence_transformers(args, batches, folder):
    """The loss of every step, the number of tokens; the model goes to the folder."""
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers import SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer import losses, modules
    from torch.utils.data import BatchSampler, SequentialSampler

    class Lazy(torch.optim.AdamW):
        """AdamW that leaves the rows of a table alone that have no gradient, moments included."""

        def step(self, closure=None):
            before = []
            for group in self.param_groups:
                for parameter, name in zip(group["params"], group["param_names"]):
                    if any(table in name for table in TABLES):
                        unused = (parameter.grad == 0).all(dim=1)
                        state = self.state[parameter]
                        moments = [state[key] for key in ("exp_avg", "exp_avg_sq") if key in state]
                        kept = [tensor[unused].clone() for tensor in [parameter.data, *moments]]
                        before.append((parameter, unused, kept))
            result = super().step(closure)
            for parameter, unused, (values, *moments) in before:
                state = self.state[parameter]
                parameter.data[unused] = values
                for key, moment in zip(("exp_avg", "exp_avg_sq"), moments or [0.0, 0.0]):
                    state[key][unused] = moment
            return result

    class Loss(losses.MultipleNegativesRankingLoss):
        """The same, with a note of what it came to."""
        seen, tokens = [], 0

        def forward(self, sentence_features, labels):
            sentence_features = list(sentence_features)
            self.tokens += sum(int(features["attention_mask"].sum()) for features in sentence_features)
            loss = super().forward(sentence_features, labels)
            self.seen.append(loss.item())
            return loss

    if args.threads:
        torch.set_num_threads(args.threads)
    query, passage = PREFIXES[args.encoder]
    path = os.path.join(os.path.abspath(args.models), args.encoder)
    no_dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    transformer = modules.Transformer(path, max_seq_length=args.tokens, config_kwargs=no_dropout)
    pooling = modules.Pooling(transformer.get_embedding_dimension(), pooling_mode="mean")
    prompts = {"query": query, "document": passage}
    model = SentenceTransformer(modules=[transformer, pooling, modules.Normalize()], device="cpu", prompts=prompts)

    loss = Loss(model, scale=1 / TEMPERATURE)
    columns = [list(column) for column in zip(*(pair for batch in batches for pair in batch))]
    training = SentenceTransformerTrainingArguments(
        output_dir=folder, num_train_epochs=1, per_device_train_batch_size=args.batch_size, max_grad_norm=CLIP,
        use_cpu=True, logging_strategy="no", save_strategy="no", report_to="none", disable_tqdm=True,
        prompts={"query": query, "passage": passage},
        batch_sampler=lambda data, batch_size, **_: BatchSampler(SequentialSampler(data), batch_size, drop_last=False))
    trainer = SentenceTransformerTrainer(
        model=model, args=training, train_dataset=Dataset.from_dict(dict(zip(["query", "passage"], columns))), loss=loss)
    decays = set(trainer.get_decay_parameter_names(model))
    groups = [
        {"params": [(name, p) for name, p in model.named_parameters() if (name in decays) == decay], "weight_decay": rate}
        for decay, rate in [(True, DECAY), (False, 0.0)]
    ]
    optimizer = (Lazy if args.tables == "lazy" else torch.optim.AdamW)(groups, lr=RATE)
    warmup, steps = round(WARMUP * len(batches)), len(batches)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (step + 1) / warmup if step < warmup else 1 - (step - warmup) / (steps - warmup))
    trainer.optimizer, trainer.lr_scheduler = optimizer, scheduler
    trainer.train()
    model.save(folder)
    return loss.seen, loss.tokens


def main(args, work):
    triglot = Triglot(args, work)
    texts = {}
    with open(os.path.join(work, "pairs.jsonl"), "w", encoding="utf-8") as file:
        for pair in pairs(args.data):
            texts[pair["id"], pair["language"]] = pair["query"], pair["passage"]
            file.write(json.dumps(pair) + "\n")
    count = 4 * args.batches
    drawn = triglot.manifest("drawn.toml", DRAWN, count)
    triglot.run("plan", drawn, "--batches", str(count), "--write", os.path.join(work, "drawn.jsonl"))
    with open(os.path.join(work, "drawn.jsonl"), encoding="utf-8") as lines:
        kept = keep(list(lines), texts, args.batches)
    with open(os.path.join(work, "kept.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(kept)

    began = time.monotonic()
    record, ours, tokens = by_triglot(triglot, args.batches)
    print(f"triglot: {len(ours)} steps, {tokens} tokens, measured too, {time.monotonic() - began:.0f} s", flush=True)
    began, folder = time.monotonic(), os.path.join(work, "sentence-transformers")
    said = lambda pair, role: texts[pair["id"], pair[role]["language"]][role == "passage"]
    batches = [[(said(pair, "query"), said(pair, "passage")) for pair in json.loads(line)["pairs"]] for line in kept]
    theirs, their_tokens = by_sentence_transformers(args, batches, folder)
    took = time.monotonic() - began
    print(f"sentence-transformers: {len(theirs)} steps, {their_tokens} tokens, {took:.0f} s", flush=True)
    measured = triglot.run("evaluate", folder, "--on", drawn)
    untrained = triglot.run("evaluate", os.path.join(os.path.abspath(args.models), args.encoder), "--on", drawn)

    print("\nstep    triglot  sentence-transformers  difference")
    for step, (a, b) in enumerate(zip(ours, theirs), 1):
        print(f"{step:4}  {a:9.6f}  {b:21.6f}  {a - b:+10.1e}")
    print("\nmAP on XQuAD-R  untrained  triglot  sentence-transformers  difference")
    maps = list(zip(SETTINGS, triglot.maps(untrained), triglot.maps(record), triglot.maps(measured)))
    for setting, before, a, b in maps:
        print(f"{setting:14}  {before:9.5f}  {a:7.5f}  {b:21.5f}  {a - b:+10.1e}")
    worst_loss = max(abs(a - b) for a, b in zip(ours, theirs))
    worst_map = max(abs(a - b) for _, _, a, b in maps)
    print(f"\nlargest difference: loss {worst_loss:.1e} (allowed {LOSS}), mAP {worst_map:.1e} (allowed {MAP})")
    whole = len(ours) == len(theirs) == args.batches and tokens == their_tokens
    return 0 if whole and worst_loss <= LOSS and worst_map <= MAP else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triglot")
    parser.add_argument("--models", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--encoder", choices=PREFIXES, default="minilm")
    parser.add_argument("--batches", type=int, default=50)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=128, help="where every text is cut")
    parser.add_argument("--tables", choices=["dense", "lazy"], default="dense")
    parser.add_argument("--languages", default="ar,de,el,en,es,hi,ru,th,tr,vi,zh", help="of XQuAD-R")
    parser.add_argument("--limit", type=int, help="of XQuAD-R's questions, for a quick look")
    parser.add_argument("--threads", type=int, help="of either side")
    parser.add_argument("--work", help="a folder to work in and to keep; unless given, a temporary one")
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    if args.work:
        os.makedirs(args.work)
        sys.exit(main(args, os.path.abspath(args.work)))
    with tempfile.TemporaryDirectory() as work:
        sys.exit(main(args, work))
