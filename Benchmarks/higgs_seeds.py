#!/usr/bin/env python3
"""Apus and its peers on the higgs sample: the same networks, the same split, several seeds, one table.

Trains Benchmarks/higgs_auc.yaml once a seed with Apus, then the networks in PyTorch and the linear methods in scikit-learn
(higgs_auc.py) on the split of the first run. The table has the mean area under the ROC curve on the test events, its standard
deviation over the seeds, and the difference of the means in units of its own error (standard deviations over the root of the
number of seeds; the test events are the same, so their number does not enter).
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = {"fisher": "scikit-learn", "logistic": "scikit-learn", "mlp": "PyTorch", "deep": "PyTorch"}
OPTIONS = {"mlp": ["--layers", "128,128,128", "--activation", "tanh", "--dropout", "0.1"]}


def trained(apus, seed, folder):
    """The test area of each method of one run."""
    command = [apus, "train", os.path.join(HERE, "higgs_auc.yaml"), "--seed", str(seed), "--out", folder, "--force"]
    answer = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if answer.returncode != 0:
        sys.exit(f"higgs_seeds: '{' '.join(command)}' failed with exit code {answer.returncode}")
    with open(os.path.join(folder, "metrics.json")) as file:
        methods = json.load(file)["methods"]
    return {name: methods[name]["test"]["auc"] for name in PEERS}


def peers(method, split, seeds):
    command = [sys.executable, os.path.join(HERE, "higgs_auc.py"), "--split", split, "--methods", method, "--json"]
    answer = subprocess.run(command + ["--seeds", str(seeds)] + OPTIONS.get(method, []), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)["auc"]


def summary(areas):
    return statistics.mean(areas), statistics.stdev(areas) if len(areas) > 1 else 0.0


def row(method, ours, theirs):
    (mean, spread), (other, other_spread) = summary(ours), summary(theirs)
    error = math.hypot(spread, other_spread) / math.sqrt(len(ours))
    apart = f"{(mean - other) / error:+.1f} σ" if error > 1e-9 else f"{mean - other:+.1e}"
    return f"| {method} | {mean:.4f} ± {spread:.4f} | {PEERS[method]} {other:.4f} ± {other_spread:.4f} | {apart} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apus", default=".build/release/apus")
    parser.add_argument("--runs", default="runs", help="where the run folders go")
    parser.add_argument("--seeds", type=int, default=5)
    o = parser.parse_args()
    folders = [os.path.join(o.runs, f"auc-{seed}") for seed in range(1, o.seeds + 1)]
    runs = [trained(o.apus, seed, folder) for seed, folder in enumerate(folders, 1)]
    print("| method | Apus | peer | apart |\n|---|---|---|---|", flush=True)
    for method in PEERS:
        print(row(method, [run[method] for run in runs], peers(method, folders[0] + "/scores.h5", o.seeds)), flush=True)


if __name__ == "__main__":
    main()
