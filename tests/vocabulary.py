#!/usr/bin/env python3
"""What a step costs with the whole vocabulary of an encoder and with an eighth of it, on the same texts, side by side.

    python3 tests/vocabulary.py target/debug/triglot --models DIR --data DIR [--rounds 5] [--batch-size 32]

DIR of --models holds e5-small (250,037 rows) and e5-small-32k (32,768 rows, otherwise the same), that of --data
squad-dev-parallel/. The two take turns, so that what the machine does otherwise falls on both; each turn is
`triglot plan --estimate`, which takes real steps and keeps nothing. With fewer pieces a text has more tokens, so the
cost of a token is told as well as that of a step, and medians over the rounds. Exits with 1 if the large vocabulary
costs a tenth more a token. Needs nothing but Python 3.9 or newer, and a quiet machine.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

ENCODERS, ALLOWED = ["e5-small", "e5-small-32k"], 1.1

MANIFEST = """
name = "vocabulary"
seed = 13
[model]
use = "candle/encoder"
options = {{ weights = {encoder}, query_prefix = "query: ", passage_prefix = "passage: ", max_query_tokens = 64 }}
[[train.data]]
name = "squad"
reader = "squad"
path = "squad-dev-parallel/{{lang}}.json.gz"
languages = ["en", "es", "it", "sv", "id"]
passage = "sentence"
[[train.stage]]
name = "main"
steps = 100
batch_size = {batch_size}
learning_rate = 3e-5
weight_decay = 0.01
clip = 1.0
objective = [{{ use = "contrastive/info-nce", options = {{ temperature = 0.05 }} }}]
mix = [{{ name = "monolingual", use = "language/monolingual" }}]
"""


def step(args, encoder, work):
    """Seconds and tokens of a step."""
    manifest = os.path.join(work, f"{encoder}.toml")
    with open(manifest, "w", encoding="utf-8") as file:
        file.write(MANIFEST.format(encoder=json.dumps(encoder), batch_size=args.batch_size))
    places = ["--model-dir", os.path.abspath(args.models), "--data-dir", os.path.abspath(args.data)]
    command = [os.path.abspath(args.triglot), "plan", manifest, "--estimate", "--json", "--quiet", *places]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    stage = json.loads(done.stdout)["estimate"]["stages"][0]
    return stage["step_seconds"], stage["step_seconds"] * stage["tokens_per_second"]


def main(args):
    found = {encoder: [] for encoder in ENCODERS}
    with tempfile.TemporaryDirectory() as work:
        for turn in range(args.rounds):
            for encoder in ENCODERS if turn % 2 == 0 else reversed(ENCODERS):
                found[encoder].append(step(args, encoder, work))
    print("encoder         ms a step   tokens a step   µs a token")
    medians = {}
    for encoder, steps in found.items():
        seconds = statistics.median(seconds for seconds, _ in steps)
        a_token = statistics.median(seconds / tokens for seconds, tokens in steps)
        tokens = statistics.median(tokens for _, tokens in steps)
        medians[encoder] = seconds, a_token
        print(f"{encoder:14}  {1e3 * seconds:9.1f}   {tokens:13.1f}   {1e6 * a_token:10.2f}")
    (large, large_token), (small, small_token) = (medians[encoder] for encoder in ENCODERS)
    print(f"the large vocabulary costs {large / small:.3f} a step and {large_token / small_token:.3f} a token")
    return 0 if large_token <= ALLOWED * small_token else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triglot")
    parser.add_argument("--models", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=32)
    sys.exit(main(parser.parse_args()))
