#!/usr/bin/env python3
"""Classical methods of Apus beside scikit-learn: the same events, settings and threads, in one run, as one table of ratios.

Each case is written as a NumPy archive, trained and scored by `apus train` (times from its metrics.json, which scores all events), and
then fitted by scikit-learn on the same rows. Scikit-learn scores the test events only, and its time is scaled to all events, since its
trees would take many minutes. Also printed: how much the scores agree (the area under the curve of both).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.svm import SVC

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def events(count, width, seed=1):
    """Two classes that overlap: a curved border in the first inputs, the others independent of the class."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, width)).astype(np.float32)
    label = (x[:, 0] + 0.5 * x[:, 1] ** 2 - 0.5 + 0.7 * rng.normal(size=count) > 0).astype(np.int32)
    return x, label


def densities(train, label, queries, tolerance, workers):
    """ln of both densities; the queries are shared out over processes, since KernelDensity uses one thread."""
    from joblib import Parallel, delayed

    answers = []
    for k in (0, 1):
        own = train[label == k]
        width = own.std(axis=0)
        model = KernelDensity(bandwidth=len(own) ** (-1 / (train.shape[1] + 4)), rtol=tolerance).fit(own / width)
        parts = np.array_split(queries / width, workers)
        found = Parallel(n_jobs=workers, prefer="threads")(delayed(model.score_samples)(part) for part in parts)
        answers.append(np.concatenate(found) - np.log(width).sum() + np.log(len(own)))
    return 1 / (1 + np.exp(np.clip(answers[0] - answers[1], -700, 700)))


def peer(case, x, label, train, threads):
    """Seconds to fit, seconds to score all events as measured on the test events, and the scores of these."""
    test, scale = x[~train], len(x) / np.count_nonzero(~train)
    begin = time.perf_counter()
    if case["method"] == "svm":
        model = SVC(C=1, gamma=1 / x.shape[1], tol=1e-3, cache_size=200).fit(x[train], label[train])
        fitted = time.perf_counter()
        scores = model.decision_function(test)
    elif case["method"] == "knn":
        model = KNeighborsClassifier(20, n_jobs=threads).fit(x[train], label[train])
        fitted = time.perf_counter()
        scores = model.predict_proba(test)[:, 1]
    else:
        fitted = begin
        scores = densities(x[train].astype(float), label[train], test.astype(float), 1e-3, threads)
    return fitted - begin, (time.perf_counter() - fitted) * scale, scores


def ours(case, folder, x, label, train, apus, threads):
    path = os.path.join(folder, "events.npz")
    part = np.where(train, 0, 2).astype(np.int64)
    np.savez(path, **{f"x{j}": x[:, j] for j in range(x.shape[1])}, label=label, part=part)
    inputs = ", ".join(f"x{j}" for j in range(x.shape[1]))
    config = os.path.join(folder, "case.yaml")
    with open(config, "w") as file:
        file.write(f"events: {{files: {path}, label: {{column: label, signal: 1}}}}\ninputs: [{inputs}]\npreprocess: []\n"
                   f"split: {{by: part, train: 0, validation: 1, test: 2}}\nthreads: {threads}\nmethods: {{{case['method']}: {case['options']}}}\n")
    out = os.path.join(folder, "run")
    answer = subprocess.run([apus, "train", config, "--out", out, "--force"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if answer.returncode != 0:
        sys.exit(f"classical: apus failed:\n{answer.stdout}")
    with open(os.path.join(out, "metrics.json")) as file:
        method = json.load(file)["methods"][case["method"]]
    return method["seconds"]["train"], method["seconds"]["apply"], method["test"]["auc"]


CASES = {
    "svm-20k-10": {"events": 20_000, "width": 10, "method": "svm",
                   "options": "{C: 1, gamma: 0.1, scale: false, probability: false}"},
    "knn-200k-8": {"events": 200_000, "width": 8, "method": "knn", "options": "{neighbours: 20, scale: false}"},
    "knn-50k-28": {"events": 50_000, "width": 28, "method": "knn", "options": "{neighbours: 20, scale: false}"},
    "kde-200k-4": {"events": 200_000, "width": 4, "method": "kde", "options": "{bandwidth: scott, tolerance: 0.001}"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of " + ", ".join(CASES) + " (all unless named)")
    parser.add_argument("--apus", default=os.path.join(ROOT, ".build", "release", "apus"), help="the program to time")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    print(f"Seconds, {options.threads} threads, {platform.processor() or platform.machine()}; load before: {os.getloadavg()[0]:.1f}\n")
    print("| case | Apus fit | score | scikit-learn fit | score | ratio (fit + score) | AUC Apus / scikit-learn |\n|---|---|---|---|---|---|---|")
    for name in options.cases or CASES:
        if name not in CASES:
            parser.error(f"no case '{name}'; there are {', '.join(CASES)}")
        case = CASES[name]
        queries = case["events"] // 10
        x, label = events(case["events"] + queries, case["width"])
        train = np.arange(len(x)) < case["events"]
        with tempfile.TemporaryDirectory() as folder:
            fit, score, area = ours(case, folder, x, label, train, options.apus, options.threads)
        peer_fit, peer_score, scores = peer(case, x, label, train, options.threads)
        peer_area = roc_auc_score(label[~train], scores)
        print(f"| {name} | {fit:.2f} | {score:.2f} | {peer_fit:.2f} | {peer_score:.2f} | {(peer_fit + peer_score) / (fit + score):.1f} | "
              f"{area:.4f} / {peer_area:.4f} |", flush=True)


if __name__ == "__main__":
    main()
