#!/usr/bin/env python3
"""Boosted trees: Apus beside LightGBM, XGBoost and scikit-learn, on the same file of synthetic events, in one run.

  .venv/bin/python Benchmarks/trees.py                 # 1,000,000 x 28, two threads
  .venv/bin/python Benchmarks/trees.py short           # 200,000 x 28: what make bench runs
  .venv/bin/python Benchmarks/trees.py small big wide weights missing --rounds 3

Four fifths of the events train, one fifth tests. 100 trees of 31 leaves, learning rate 0.1, 255 bins, for everyone. Each program
runs in a process of its own, round by round in alternation; the table has the best time of each (training with binning; scoring of
all test events), the CPU time of the whole training process, the area under the ROC curve on the test events and the peak
memory of the process, with the table of events in it.
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

CASES = {
    "million": dict(events=1_000_000, columns=28),
    "short": dict(events=200_000, columns=28),
    "small": dict(events=10_000, columns=28),
    "big": dict(events=5_000_000, columns=28),
    "wide": dict(events=200_000, columns=200),
    "weights": dict(events=1_000_000, columns=28, weights=True),
    "missing": dict(events=1_000_000, columns=28, missing=True),
}
PROGRAMS = ["apus", "lightgbm", "xgboost", "sklearn"]


def events(case, seed=1):
    """Momenta, angles, tags and seven masses made of them; classes differ in spreads, correlations and resonances."""
    n, width = case["events"], case["columns"]
    rng = np.random.default_rng(seed)
    x = np.empty((n, width), np.float32)
    low = width - 7
    for c in range(low):
        kind = c % 4
        if kind == 0:
            x[:, c] = rng.gamma(2.0, 0.5, n)
        elif kind == 1:
            x[:, c] = rng.normal(size=n)
        elif kind == 2:
            x[:, c] = rng.uniform(-1.74, 1.74, n)
        else:
            x[:, c] = np.array([0, 1.1, 2.2, 3.1])[rng.integers(0, 4, n)]
    signal = rng.uniform(size=n) < 0.5
    s = signal.astype(np.float32)
    x[:, 0] *= 1 + 0.25 * s
    x[:, 4] += 0.2 * s * np.abs(x[:, 1])
    x[:, 5] = np.where(signal, 0.6 * x[:, 1] * rng.normal(size=n) + 0.8 * x[:, 5], x[:, 5])
    x[:, 8] *= np.exp(0.15 * s * x[:, 5])
    for k in range(7):
        a, b = x[:, (4 * k) % low], x[:, (4 * k + 5) % low]
        mass = np.abs(a) + 0.5 * np.abs(b) + 0.4 * rng.gamma(2, 0.5, n)
        peak = 0.25 * mass + 0.75 * (1.2 + 0.1 * rng.normal(size=n))
        x[:, low + k] = np.where(signal & (rng.uniform(size=n) < 0.2), peak, mass)
    if case.get("missing"):
        x[rng.uniform(size=x.shape) < 0.1] = np.nan
    weight = rng.exponential(1.0, n) if case.get("weights") else np.ones(n)
    return x, signal.astype(np.int8), weight


def store(case, folder):
    """The same events as arrays for the peers and as a table for Apus."""
    import h5py

    x, y, w = events(case)
    part = (np.arange(len(y)) >= len(y) * 4 // 5).astype(np.int8)
    np.save(folder + "/x.npy", x)
    np.save(folder + "/y.npy", y)
    np.save(folder + "/w.npy", w)
    with h5py.File(folder + "/events.h5", "w") as file:
        group = file.create_group("events")
        for c in range(x.shape[1]):
            group[f"x{c}"] = x[:, c]
        group["label"], group["weight"], group["part"] = y, w.astype(np.float32), part
    names = ", ".join(f"x{c}" for c in range(x.shape[1]))
    with open(folder + "/trees.yaml", "w") as file:
        file.write(
            f"""events: {{files: {folder}/events.h5, tree: events, label: {{column: label, signal: 1}}, weight: weight}}
inputs: [{names}]
split: {{by: part, train: 0, test: 1}}
preprocess: []
seed: 1
methods:
  bdt: {{trees: 100, leaves: 31, learning_rate: 0.1, bins: 255, early_stopping: false}}
"""
        )


def apus(folder, threads, program):
    out = folder + "/run"
    subprocess.run([program, "train", folder + "/trees.yaml", "--out", out, "--force", "--threads", str(threads)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(out + "/metrics.json") as file:
        result = json.load(file)["methods"]["bdt"]
    # Apus scores all events at the end; the peers only the test events.
    return dict(train=result["seconds"]["train"], score=result["seconds"]["apply"] / 5, auc=result["test"]["auc"],
                cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / 1024)


def peer(name, folder, threads):
    x, y, w = (np.load(f"{folder}/{part}.npy") for part in "xyw")
    m = len(y) * 4 // 5
    weight = None if (w == 1).all() else w[:m]
    start = time.perf_counter()
    if name == "lightgbm":
        import lightgbm

        data = lightgbm.Dataset(x[:m], y[:m], weight=weight)
        options = dict(objective="binary", num_leaves=31, learning_rate=0.1, max_bin=255, num_threads=threads, verbose=-1)
        model = lightgbm.train(options, data, 100)
        score = lambda: model.predict(x[m:], num_threads=threads)
    elif name == "xgboost":
        import xgboost

        start = time.perf_counter()
        data = xgboost.QuantileDMatrix(x[:m], y[:m], weight=weight, max_bin=255, nthread=threads)
        options = dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_depth=0, max_leaves=31, eta=0.1,
                       max_bin=255, nthread=threads)
        model = xgboost.train(options, data, 100)
        score = lambda: model.inplace_predict(x[m:])
    else:
        from sklearn.ensemble import HistGradientBoostingClassifier

        start = time.perf_counter()
        model = HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=31, learning_rate=0.1, early_stopping=False)
        model.fit(x[:m], y[:m], sample_weight=weight)
        score = lambda: model.predict_proba(x[m:])[:, 1]
    trained = time.perf_counter() - start
    start = time.perf_counter()
    scores = score()
    scored = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    from sklearn.metrics import roc_auc_score

    return dict(train=trained, score=scored, auc=roc_auc_score(y[m:], scores, sample_weight=w[m:]), cpu=used.ru_utime + used.ru_stime,
                memory=used.ru_maxrss / 1024)


def run(name, folder, arguments):
    """One program in a process of its own, so that its peak of memory is its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(arguments.threads)}
    command = [sys.executable, __file__, "--one", name, "--folder", folder, "--threads", str(arguments.threads), "--apus", arguments.apus]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=["million"])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--apus", default=".build/release/apus")
    parser.add_argument("--programs", nargs="+", default=PROGRAMS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        apply = apus(arguments.folder, arguments.threads, arguments.apus) if arguments.one == "apus" else peer(
            arguments.one, arguments.folder, arguments.threads)
        print(json.dumps(apply))
        return
    for name in arguments.cases:
        case = CASES[name]
        print(f"\n{name}: {case['events']:,} events x {case['columns']}, {arguments.threads} threads, load {os.getloadavg()[0]:.1f}")
        print(f"{'program':10} {'train s':>9} {'score s':>9} {'CPU s':>9} {'AUC':>9} {'memory MB':>10}")
        with tempfile.TemporaryDirectory() as folder:
            store(case, folder)
            results = {program: [] for program in arguments.programs}
            for _ in range(arguments.rounds):
                for program in arguments.programs:
                    results[program].append(run(program, folder, arguments))
        for program, rounds in results.items():
            best = {key: min(r[key] for r in rounds) for key in rounds[0]}
            print(f"{program:10} {best['train']:9.2f} {best['score']:9.3f} {best['cpu']:9.2f} {best['auc']:9.5f} {best['memory']:10.0f}",
                  flush=True)


if __name__ == "__main__":
    main()
