#!/usr/bin/env python3
"""Regression of several targets at once on 300 stored events: scikit-learn's linear models, tree, neighbours and Gaussian process.

Inputs are rounded to few distinct values, so that a tree has a bin for each; targets have weighted mean 0 and deviation 1, as scikit-learn's
tree adds up the variances of targets as they are and ours those of standardised ones.
"""

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

import golden

rng = np.random.default_rng(11)
EVENTS, INPUTS = 300, 3


def sample():
    x = np.round(rng.normal(size=(EVENTS, INPUTS)), 1)
    first = 2 * x[:, 0] - x[:, 1] + 0.3 * rng.normal(size=EVENTS)
    second = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=EVENTS)
    t = np.stack([first, second], axis=1)
    w = np.round(rng.exponential(1.0, EVENTS) + 0.1, 3)
    t -= np.average(t, axis=0, weights=w)
    t /= np.sqrt(np.average(t * t, axis=0, weights=w))
    return x, np.round(t, 9), w


def process(x, t, kernel, optimizer):
    model = GaussianProcessRegressor(kernel, alpha=1e-12, optimizer=optimizer).fit(x, t)
    return {"predictions": model.predict(x).tolist(), "evidence": float(model.log_marginal_likelihood_value_)}


def main():
    x, t, w = sample()
    tree = DecisionTreeRegressor(max_leaf_nodes=12, min_samples_leaf=5)
    deep = RandomForestRegressor(n_estimators=1, bootstrap=False, min_samples_leaf=3, max_depth=6)
    kernel = ConstantKernel(1.0) * RBF(np.sqrt(INPUTS)) + WhiteKernel(0.1)
    linear = LinearRegression().fit(x, t, w).predict(x)
    cases = {
        "x": x.tolist(), "t": t.tolist(), "w": w.tolist(),
        "linear": linear.tolist(),
        "ridge": Ridge(alpha=20.0).fit(x, t, w).predict(x).tolist(),
        "tree": tree.fit(x, t, w).predict(x).tolist(),
        "forest": deep.fit(x, t, w).predict(x).tolist(),
        "knn": KNeighborsRegressor(9, weights="distance").fit(x, t).predict(x + 0.03).tolist(),
        "process": process(x, t, kernel, None),
        "best_process": process(x, t, kernel, "fmin_l_bfgs_b"),
        "metrics": {
            "mse": mean_squared_error(t, linear, sample_weight=w, multioutput="raw_values").tolist(),
            "mae": mean_absolute_error(t, linear, sample_weight=w, multioutput="raw_values").tolist(),
            "r2": r2_score(t, linear, sample_weight=w, multioutput="raw_values").tolist(),
            "mean_mse": mean_squared_error(t, linear, sample_weight=w),
            "mean_r2": r2_score(t, linear, sample_weight=w),
        },
    }
    golden.write("targets", ["scikit-learn", "numpy"], 1e-6, "targets of weighted mean 0 and deviation 1, in rows", cases)


if __name__ == "__main__":
    main()
