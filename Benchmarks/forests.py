#!/usr/bin/env python3
"""Forests: Apus beside scikit-learn on the events of trees.py, in one run.

  .venv/bin/python Benchmarks/forests.py                    # 100,000 x 28: 80,000 train, two threads
  .venv/bin/python Benchmarks/forests.py --events 20000 --rounds 1

100 trees until leaves are pure, the square root of the inputs at each cut, for both. Times are those of the fit alone and of scoring
the test events; the area is that of the test events. Each program runs in a process of its own, round by round in alternation.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

import trees

METHODS = ["random_forest", "extra_trees"]


def apus(folder, method, threads, program):
    with open(folder + "/trees.yaml") as file:
        text = file.read()
    text = text[: text.index("methods:")] + f"methods:\n  {method}: {{trees: 100}}\n"
    with open(f"{folder}/{method}.yaml", "w") as file:
        file.write(text)
    out = f"{folder}/run_{method}"
    subprocess.run([program, "train", f"{folder}/{method}.yaml", "--out", out, "--force", "--threads", str(threads)], check=True,
                   stdout=subprocess.DEVNULL)
    with open(out + "/metrics.json") as file:
        result = json.load(file)["methods"][method]
    # Apus scores all events at the end; scikit-learn only the test events.
    return dict(train=result["seconds"]["train"], score=result["seconds"]["apply"] / 5, auc=result["test"]["auc"],
                memory=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def sklearn(folder, method, threads):
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    x, y = np.load(folder + "/x.npy"), np.load(folder + "/y.npy")
    m = len(y) * 4 // 5
    kind = RandomForestClassifier if method == "random_forest" else ExtraTreesClassifier
    start = time.perf_counter()
    model = kind(n_estimators=100, n_jobs=threads, random_state=1).fit(x[:m], y[:m])
    trained = time.perf_counter() - start
    start = time.perf_counter()
    scores = model.predict_proba(x[m:])[:, 1]
    return dict(train=trained, score=time.perf_counter() - start, auc=roc_auc_score(y[m:], scores),
                memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--apus", default=".build/release/apus")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        program, method = options.one
        result = apus(options.folder, method, options.threads, options.apus) if program == "apus" else sklearn(
            options.folder, method, options.threads)
        print(json.dumps(result))
        return
    print(f"{options.events:,} events x 28, {options.threads} threads, best of {options.rounds}, load {os.getloadavg()[0]:.1f}")
    print(f"{'method':15} {'program':10} {'train s':>9} {'score s':>9} {'AUC':>9} {'memory MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        trees.store(dict(events=options.events, columns=28), folder)
        for method in METHODS:
            results = {"apus": [], "sklearn": []}
            for _ in range(options.rounds):
                for program, rounds in results.items():
                    command = [sys.executable, __file__, "--one", program, method, "--folder", folder, "--threads",
                               str(options.threads), "--apus", options.apus]
                    done = subprocess.run(command, capture_output=True, text=True)
                    if done.returncode != 0:
                        sys.exit(f"{program} failed:\n{done.stderr}")
                    rounds.append(json.loads(done.stdout.splitlines()[-1]))
            for program, rounds in results.items():
                best = {key: min(r[key] for r in rounds) for key in rounds[0]}
                print(f"{method:15} {program:10} {best['train']:9.2f} {best['score']:9.3f} {best['auc']:9.5f} {best['memory']:10.0f}",
                      flush=True)


if __name__ == "__main__":
    main()
