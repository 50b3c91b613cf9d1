#!/usr/bin/env python3
"""Kill a run at random moments, resume it to its end, and hold every byte against a run that was never stopped.

    python3 tests/kill_and_resume.py target/debug/triglot [--cycles 50] [--seed 1] [MANIFEST] [-- ARGUMENTS OF run]

Every cycle begins the trial and kills it at a moment drawn uniformly over the duration of the uninterrupted run (another
is drawn if the run was done before that): mostly with SIGKILL, sometimes with SIGTERM, sometimes again while it goes on.
After the last kill it is resumed and left alone.
Then model/, eval/ and the newest checkpoint's weights, run.json's metrics and training, and the journal (every step's
metrics once, every artifact once) have to be those of the uninterrupted run. Exits with 1 if anything differs.
Needs nothing but Python 3.9 or newer, on a Unix.
"""
import argparse, collections, glob, json, os, random, signal, subprocess, sys, tempfile, time

QUICK = ["--set", "train.stage.main.steps=60", "--set", "train.stage.main.checkpoint_every=7"]


def files(folder):
    """Every file below a folder, by its relative name."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def events(run):
    """The whole events of a journal; a last line may be torn."""
    found = []
    with open(os.path.join(run, "journal.jsonl"), "rb") as lines:
        for line in lines.read().split(b"\n"):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
    return found


def told(run):
    """What a journal tells: the value of every metric at every step, and every artifact that stayed."""
    values, artifacts = collections.Counter(), collections.Counter()
    for event in events(run):
        data = event["data"]
        if event["kind"] == "metrics":
            values.update((data["step"], key, json.dumps(value)) for key, value in data["values"].items())
        elif event["kind"] == "artifact":
            artifacts[data["path"]] += 1
        elif event["kind"] == "pruned":
            artifacts[data["path"]] -= 1
    return values, +artifacts


def outcome(run):
    """All of a finished run that has to come out the same."""
    with open(os.path.join(run, "run.json")) as file:
        record = json.load(file)
    newest = sorted(glob.glob(os.path.join(run, "checkpoints", "step-*")))[-1]
    values, artifacts = told(run)
    return {
        "status": record["status"], "metrics": record["metrics"], "training": record["training"],
        "evaluation": record["evaluation"], "model fingerprint": record["provenance"]["model"],
        "model/": files(os.path.join(run, "model")), "eval/": files(os.path.join(run, "eval")),
        "checkpoint/backend": files(os.path.join(newest, "backend")),
        "checkpoint/objectives": files(os.path.join(newest, "objectives")),
        # A run that was asked to end has a checkpoint of that moment too; the newest is the same.
        "newest checkpoint": os.path.basename(newest), "metrics told": values,
        "artifacts told": {path: times for path, times in artifacts.items() if not path.startswith("checkpoints/")},
        "told twice": [path for path, times in artifacts.items() if times > 1],
    }


def run_folder(runs):
    """The run's folder, once it has a record."""
    found = glob.glob(os.path.join(runs, "*", "*", "run.json"))
    return os.path.dirname(found[0]) if found else None


def where(runs, process):
    """What was going on when the process was killed."""
    run = run_folder(runs)
    if process.poll() == 0:
        return "finished before"
    if run is None:
        return "reading data"
    hidden = [os.path.relpath(path, run) for path in
              glob.glob(os.path.join(run, ".*.tmp-*")) + glob.glob(os.path.join(run, "*", ".*.tmp-*"))]
    if any(path.startswith("checkpoints") for path in hidden):
        return "checkpointing"
    if any(path.startswith(".model") for path in hidden):
        return "exporting"
    if any(path.startswith("eval") for path in hidden):
        return "evaluating"
    if os.path.isdir(os.path.join(run, "eval")) and os.path.isdir(os.path.join(run, "model")):
        return "recording"
    return "training"


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("manifest", nargs="?", default="experiments/quickstart.toml")
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(sys.argv[1:split])
    further = sys.argv[split + 1:] or QUICK
    binary, manifest = os.path.abspath(asked.binary), os.path.abspath(asked.manifest)

    with tempfile.TemporaryDirectory() as folder:
        def begin(runs, resumed=None):
            arguments = ["--resume", resumed] if resumed else [manifest] + further
            with open(os.path.join(folder, "stderr.txt"), "wb") as said:
                return subprocess.Popen(
                    [binary, "run", *arguments, "--quiet", "--runs-dir", runs,
                     "--cache-dir", os.path.join(folder, "cache")], cwd=folder, stdout=said, stderr=said)

        def said():
            with open(os.path.join(folder, "stderr.txt")) as file:
                return file.read()

        def uninterrupted(name):
            began = time.monotonic()
            base = os.path.join(folder, name)
            if begin(base).wait() != 0:
                sys.exit(said())
            return time.monotonic() - began, outcome(run_folder(base))

        # The first run is the slowest, for everything is read from the disk: its time would place kills after the end.
        taken = [uninterrupted(f"uninterrupted-{number}") for number in range(3)]
        duration, expected = min(seconds for seconds, _ in taken), taken[0][1]
        print(f"the uninterrupted run took {duration:.2f} s; seed {asked.seed}", flush=True)

        equal, cycle, missed, hits = 0, 0, 0, collections.Counter()
        while cycle < asked.cycles:
            chance = random.Random(f"{asked.seed}/{cycle}/{missed}")
            runs = os.path.join(folder, f"cycle-{cycle}-{missed}")
            line = []
            for _ in range(chance.choice([1, 1, 1, 2, 3])):
                wanted = signal.SIGTERM if chance.random() < 0.2 else signal.SIGKILL
                run = run_folder(runs)
                process = begin(runs, os.path.basename(run) if run else None)
                after = chance.uniform(0, duration)
                try:
                    process.wait(after)
                except subprocess.TimeoutExpired:
                    process.send_signal(wanted)
                code = process.wait()
                place = "after the end" if code == 0 else where(runs, process)
                line.append(f"{wanted.name} after {after:.2f} s: {place} ({code})")
                hits[place] += 1
                # Before its handler is there a signal ends the process by itself.
                if code not in (0, 130, -signal.SIGKILL, -signal.SIGTERM):
                    line.append(said())
                if code == 0:
                    break
            if len(line) == 1 and code == 0:
                # It was done before the kill, which shows nothing: another moment is drawn.
                missed += 1
                continue
            cycle += 1
            run = run_folder(runs)
            finished = run and json.load(open(os.path.join(run, "run.json")))["status"] == "finished"
            if not finished and begin(runs, os.path.basename(run) if run else None).wait() != 0:
                print(f"cycle {cycle}: {'; '.join(line)}\n{said()}")
                continue
            reached = outcome(run_folder(runs))
            differing = [part for part in expected if reached[part] != expected[part]]
            equal += not differing
            print(f"cycle {cycle}: {'; '.join(line)}" + (f": DIFFERS in {', '.join(differing)}" if differing else ""), flush=True)
        print("\nwhere the kills hit")
        for place, count in hits.most_common():
            print(f"  {place:16} {count:4}")
        print(f"  {missed} times the run was done before its first kill: drawn again")
        print(f"\n{equal} of {asked.cycles} equal")
        return equal != asked.cycles


if __name__ == "__main__":
    sys.exit(main())
