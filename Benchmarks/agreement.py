#!/usr/bin/env python3
"""How far the scores of Apus' methods are from those of scikit-learn, on the same events with the same settings, as one table.

Two samples of five inputs are made (classes and numbers), written as NumPy archives, trained and scored by `apus train` without any
preprocessing, and fitted by scikit-learn on the same rows. Where both solve the same problem, the largest difference over all test
events is what rounding and stopping leave; for trees, whose random draws differ, the areas are compared.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import warnings

import h5py
import numpy as np
from sklearn import ensemble, gaussian_process, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.metrics import r2_score, roc_auc_score

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TRAIN, TEST, WIDTH = 2000, 1000, 5


def events():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(TRAIN + TEST, WIDTH)).astype(np.float32)
    form = x[:, 0] + 0.6 * x[:, 1] ** 2 - 0.5 * x[:, 2] * x[:, 3]
    label = (form - 0.3 + 0.5 * rng.normal(size=len(x)) > 0).astype(np.int32)
    return x, label, form + 0.2 * rng.normal(size=len(x))


class Densities:
    """Scikit-learn's kernel densities as a classifier: one a class, with the priors of the data."""

    def fit(self, x, label):
        self.models = [neighbors.KernelDensity(bandwidth=0.5, rtol=1e-8).fit(x[label == k]) for k in (0, 1)]
        self.priors = [np.log(np.mean(label == k)) for k in (0, 1)]
        return self

    def predict_proba(self, x):
        logs = [model.score_samples(x) + prior for model, prior in zip(self.models, self.priors)]
        p = 1 / (1 + np.exp(logs[0] - logs[1]))
        return np.stack([1 - p, p], axis=1)


KERNEL = ConstantKernel(2.0, "fixed") * RBF(1.5 * np.sqrt(WIDTH), "fixed")
CLASSES = {
    "fisher": ("{type: fisher}", lambda: LinearDiscriminantAnalysis()),
    "quadratic": ("{type: qda}", lambda: QuadraticDiscriminantAnalysis()),
    "logistic": ("{type: logistic}", lambda: linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000)),
    "logistic, L2": ("{type: logistic, C: 0.01}", lambda: linear_model.LogisticRegression(C=0.01, tol=1e-10, max_iter=10_000)),
    "logistic, L1": ("{type: logistic, penalty: l1, C: 0.01}",
                     lambda: linear_model.LogisticRegression(C=0.01, l1_ratio=1.0, solver="saga", tol=1e-10, max_iter=100_000)),
    "naive_bayes": ("{type: naive_bayes}", lambda: naive_bayes.GaussianNB()),
    "kde": ('{type: kde, bandwidth: "0.5", scale: false, tolerance: 1e-8}', Densities),
    "knn": ("{type: knn, k: 25, scale: false}", lambda: neighbors.KNeighborsClassifier(25)),
    "svm, RBF": ("{type: svm, gamma: 0.2, scale: false, probability: false, tol: 1e-6}", lambda: svm.SVC(gamma=0.2, tol=1e-6)),
    "svm, polynomial": ("{type: svm, kernel: poly, degree: 2, gamma: 0.2, scale: false, probability: false, tol: 1e-6}",
                        lambda: svm.SVC(kernel="poly", degree=2, coef0=1, gamma=0.2, tol=1e-6)),
    "gaussian_process": ("{type: gaussian_process, variance: 2, length: 1.5, optimise: false, events: 20000, scale: false}",
                         lambda: gaussian_process.GaussianProcessClassifier(KERNEL, optimizer=None)),
    "tree": ("{type: tree, depth: 4, min_events: 20}", lambda: tree.DecisionTreeClassifier(max_depth=4, min_samples_leaf=20)),
    "random_forest": ("{type: random_forest, trees: 300, min_events: 5}",
                      lambda: ensemble.RandomForestClassifier(300, min_samples_leaf=5, random_state=1)),
    "extra_trees": ("{type: extra_trees, trees: 300, min_events: 5}",
                    lambda: ensemble.ExtraTreesClassifier(300, min_samples_leaf=5, random_state=1)),
    "adaboost": ("{type: adaboost, trees: 100, depth: 2, min_events: 20, learning_rate: 1}",
                 lambda: ensemble.AdaBoostClassifier(tree.DecisionTreeClassifier(max_depth=2, min_samples_leaf=20), n_estimators=100)),
    "bdt": ("{type: bdt, trees: 100, leaves: 15, early_stopping: false}",
            lambda: ensemble.HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=15, early_stopping=False)),
}
NUMBERS = {
    "linear": ("{type: linear}", lambda: linear_model.LinearRegression()),
    "ridge": ("{type: ridge, alpha: 10}", lambda: linear_model.Ridge(10)),
    "lasso": ("{type: lasso, alpha: 0.05}", lambda: linear_model.Lasso(0.05, tol=1e-12)),
    "elastic net": ("{type: lasso, alpha: 0.05, l1_ratio: 0.5}", lambda: linear_model.ElasticNet(0.05, l1_ratio=0.5, tol=1e-12)),
    "knn": ("{type: knn, k: 25, scale: false}", lambda: neighbors.KNeighborsRegressor(25)),
    "svm": ("{type: svm, gamma: 0.2, scale: false, tol: 1e-6}", lambda: svm.SVR(gamma=0.2, tol=1e-6)),
    "gaussian_process": ("{type: gaussian_process, variance: 2, length: 1.5, noise: 0.1, optimise: false, events: 20000, scale: false}",
                         lambda: gaussian_process.GaussianProcessRegressor(KERNEL, alpha=0.1, optimizer=None)),
    "bdt": ("{type: bdt, trees: 100, leaves: 15, early_stopping: false}",
            lambda: ensemble.HistGradientBoostingRegressor(max_iter=100, max_leaf_nodes=15, early_stopping=False)),
}


def ours(folder, apus, x, answer, cases, target):
    path = os.path.join(folder, "events.npz")
    part = np.where(np.arange(len(x)) < TRAIN, 0, 2).astype(np.int64)
    np.savez(path, **{f"x{j}": x[:, j] for j in range(WIDTH)}, answer=answer, part=part)
    lines = [f"events: {{files: {path}, {target}}}", f"inputs: [{', '.join(f'x{j}' for j in range(WIDTH))}]", "preprocess: []",
             "split: {by: part, train: 0, validation: 1, test: 2}", "methods:"]
    lines += [f"  m{place}: {options}" for place, (options, _) in enumerate(cases.values())]
    config = os.path.join(folder, "case.yaml")
    with open(config, "w") as file:
        file.write("\n".join(lines) + "\n")
    out = os.path.join(folder, "run")
    run = subprocess.run([apus, "train", config, "--out", out, "--force"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        sys.exit(f"agreement: apus failed:\n{run.stdout}")
    with h5py.File(os.path.join(out, "scores.h5")) as file:
        return [file[f"score_m{place}"][TRAIN:] for place in range(len(cases))]


def theirs(model, x, answer):
    model = model.fit(x[:TRAIN].astype(float), answer[:TRAIN])
    test = x[TRAIN:].astype(float)
    if hasattr(model, "predict_proba"):
        return model.predict_proba(test)[:, 1]
    return model.decision_function(test) if hasattr(model, "decision_function") else model.predict(test)


def table(apus, x, answer, cases, target, quality, title, measure):
    print(f"| {title} | largest difference of a score | {measure} Apus | scikit-learn |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        scores = ours(folder, apus, x, answer, cases, target)
    for own, (name, (_, make)) in zip(scores, cases.items()):
        peer = theirs(make(), x, answer)
        truth = answer[TRAIN:]
        print(f"| {name} | {np.abs(own - peer).max():.1e} | {quality(truth, own):.4f} | {quality(truth, peer):.4f} |", flush=True)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--apus", default=os.path.join(ROOT, ".build", "release", "apus"), help="the program to compare")
    options = parser.parse_args()
    x, label, number = events()
    table(options.apus, x, label, CLASSES, "label: {column: answer, signal: 1}", roc_auc_score, "two classes", "AUC")
    table(options.apus, x, number, NUMBERS, "target: answer", r2_score, "numbers", "R²")


if __name__ == "__main__":
    main()
