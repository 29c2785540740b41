#!/usr/bin/env python3
"""The peers' AUC on the higgs sample, on the very split that Apus used: networks in PyTorch, Fisher and logistic regression in scikit-learn.

The split is a dataset `split` of one integer an event of the sample, in its order: 0 train, 1 validation, 2 test. A run's
scores.h5 has it: --split runs/demo/scores.h5. Without --split a seeded random one (60 : 20 : 20) is made.

Networks: Glorot uniform weights, zero biases, standardised inputs (mean and standard deviation of the training events), Adam,
cross-entropy with event weights sum(w l)/sum(w), early stopping on the validation loss with the best weights restored.
"""

import argparse
import json
import statistics
import sys

import h5py
import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "selu": nn.SELU, "elu": nn.ELU, "gelu": nn.GELU, "silu": nn.SiLU}
NOT_INPUTS = ("label", "weight", "event")


class Sample:
    """Standardised inputs, labels and weights of the three parts."""

    def __init__(self, path, split):
        with h5py.File(path) as file:
            events = file["events"][:]
        names = [name for name in events.dtype.names if name not in NOT_INPUTS]
        inputs = np.stack([events[name] for name in names], axis=1).astype(np.float64)
        label, weight = events["label"].astype(np.float64), events["weight"].astype(np.float64)
        part = read_split(split, len(label))
        center = np.average(inputs[part == 0], axis=0, weights=weight[part == 0])
        spread = np.sqrt(np.average((inputs[part == 0] - center) ** 2, axis=0, weights=weight[part == 0]))
        scaled = (inputs - center) / np.where(spread > 0, spread, 1)
        self.parts = [(scaled[part == k], label[part == k], weight[part == k]) for k in range(3)]
        self.inputs = len(names)

    def tensors(self, k):
        return [torch.tensor(values, dtype=torch.float32) for values in self.parts[k]]

    def test_auc(self, score):
        _, label, weight = self.parts[2]
        return auc(label, np.asarray(score, dtype=np.float64), weight)


def read_split(path, events):
    if path is None:
        return np.random.default_rng(1).choice(3, size=events, p=[0.6, 0.2, 0.2])
    with h5py.File(path) as file:
        if "split" not in file:
            sys.exit(f"{path}: no dataset 'split'; there are {', '.join(file)}")
        split = file["split"][:]
    if len(split) != events:
        sys.exit(f"{path}: 'split' has {len(split)} entries, the sample has {events} events")
    return split


def auc(label, score, weight):
    """Area under the ROC curve; ties count one half, weights of either sign enter as they are."""
    _, group = np.unique(score, return_inverse=True)
    signal = np.bincount(group, weight * (label == 1))
    background = np.bincount(group, weight * (label == 0))
    below = np.cumsum(background) - background
    return float(signal @ (below + background / 2) / (signal.sum() * background.sum()))


def statistical_error(area, label):
    """Hanley and McNeil's error of an AUC that comes from the finite test sample."""
    s, b = np.sum(label == 1), np.sum(label == 0)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    return float(np.sqrt((area * (1 - area) + (s - 1) * (q1 - area**2) + (b - 1) * (q2 - area**2)) / (s * b)))


# ---- networks --------------------------------------------------------------------------------------------------------

def network(inputs, layers, activation, dropout):
    parts, width = [], inputs
    for units in layers:
        parts += [nn.Linear(width, units), ACTIVATIONS[activation]()] + ([nn.Dropout(dropout)] if dropout else [])
        width = units
    model = nn.Sequential(*parts, nn.Linear(width, 1))
    for part in model:
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            nn.init.zeros_(part.bias)
    return model


def weighted_loss(model, inputs, label, weight):
    each = nn.functional.binary_cross_entropy_with_logits(model(inputs).squeeze(1), label, reduction="none")
    return (weight * each).sum() / weight.sum()


def evaluated(model, function, *arguments):
    model.eval()
    with torch.no_grad():
        return function(model, *arguments)


def epoch(model, optimizer, data, batch):
    model.train()
    for index in torch.randperm(len(data[0])).split(batch):
        optimizer.zero_grad()
        weighted_loss(model, *(values[index] for values in data)).backward()
        optimizer.step()


def trained(sample, seed, o, layers, activation):
    """The test AUC of one training, and the epoch whose weights it has."""
    torch.manual_seed(seed)
    model = network(sample.inputs, layers, activation, o.dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=o.learning_rate)
    training, validation = sample.tensors(0), sample.tensors(1)
    best, best_epoch, kept = float("inf"), 0, None
    for number in range(1, o.epochs + 1):
        epoch(model, optimizer, training, o.batch)
        loss = evaluated(model, weighted_loss, *validation).item()
        if loss < best - o.min_delta:
            best, best_epoch = loss, number
            kept = {name: value.clone() for name, value in model.state_dict().items()}
        elif number - best_epoch >= o.patience:
            break
    model.load_state_dict(kept)
    score = evaluated(model, lambda m, x: m(x).squeeze(1), sample.tensors(2)[0])
    return sample.test_auc(score.numpy()), best_epoch


def networks(sample, o, layers, activation):
    areas = []
    for seed in range(1, o.seeds + 1):
        area, best_epoch = trained(sample, seed, o, layers, activation)
        print(f"  seed {seed}: AUC {area:.4f}, epoch {best_epoch}", file=sys.stderr, flush=True)
        areas.append(area)
    return areas


# ---- linear methods --------------------------------------------------------------------------------------------------

def fisher(sample, o):
    inputs, label, _ = sample.parts[0]
    return [sample.test_auc(LinearDiscriminantAnalysis(solver="lsqr").fit(inputs, label).decision_function(sample.parts[2][0]))]


def logistic(sample, o):
    inputs, label, weight = sample.parts[0]
    model = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8).fit(inputs, label, sample_weight=weight)
    return [sample.test_auc(model.decision_function(sample.parts[2][0]))]


METHODS = {
    "fisher": fisher,
    "logistic": logistic,
    "mlp": lambda sample, o: networks(sample, o, o.layers, o.activation),
    "deep": lambda sample, o: networks(sample, o, [300] * 5, "tanh"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="Datasets/samples/higgs.h5")
    parser.add_argument("--split", help="HDF5 file with the dataset 'split'")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--layers", default="64,64", help="hidden layers of mlp, as 64,64 (deep is always 300 x 5, tanh)")
    parser.add_argument("--activation", default="relu", choices=list(ACTIVATIONS), help="of mlp")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--min-delta", type=float, default=0.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one JSON object a method instead of the table")
    options = parser.parse_args()
    options.layers = [int(units) for units in options.layers.split(",")]
    torch.set_num_threads(options.threads)
    sample = Sample(options.data, options.split)
    label = sample.parts[2][1]
    if not options.json:
        print(f"{options.data}: {', '.join(str(len(part[1])) for part in sample.parts)} events to train, validate, test\n")
        print("| method | AUC on test | s.d. over seeds | error of the test sample |\n|---|---|---|---|", flush=True)
    for name in options.methods:
        areas = METHODS[name](sample, options)
        mean, spread = statistics.mean(areas), statistics.stdev(areas) if len(areas) > 1 else 0.0
        error = statistical_error(mean, label)
        if options.json:
            print(json.dumps({"method": name, "auc": areas, "mean": mean, "sd": spread, "auc_error": error}), flush=True)
        else:
            print(f"| {name} | {mean:.4f} | {spread:.4f} | {error:.4f} |", flush=True)


if __name__ == "__main__":
    main()
