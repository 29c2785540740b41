#!/usr/bin/env python3
"""Boosted trees on 500 stored events: predictions of LightGBM, XGBoost and scikit-learn; a single tree of scikit-learn.

Inputs are rounded to few distinct values, so that every program has a bin for each value and all see the same cuts.
"""

import json

import lightgbm
import numpy as np
import xgboost
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import golden

rng = np.random.default_rng(5)
EVENTS, INPUTS = 500, 4


def sample():
    x = np.round(rng.normal(size=(EVENTS, INPUTS)), 1)
    z = 1.5 * x[:, 0] * x[:, 1] + x[:, 2] + 0.7 * rng.normal(size=EVENTS)
    label = (z > 0.2).astype(int)
    classes = np.digitize(z, [-0.7, 0.9])
    target = np.round(z + 0.3 * rng.standard_t(3, EVENTS), 4)
    return x, label, classes, target, np.round(rng.exponential(1.0, EVENTS) + 0.1, 3)


# LightGBM estimates numbers of events from curvatures, so here leaves are limited by their curvature.
COMMON = dict(num_leaves=7, learning_rate=0.2, min_data_in_leaf=0, min_sum_hessian_in_leaf=2, boost_from_average=True, max_bin=255, min_data_in_bin=1,
              num_threads=1, verbose=-1, deterministic=True, force_row_wise=True)


def light(objective, x, y, w, trees=20, **more):
    data = lightgbm.Dataset(x, y, weight=w)
    return lightgbm.train({**COMMON, "objective": objective, **more}, data, trees).predict(x)


def extreme(x, y, w):
    data = xgboost.DMatrix(x, y, weight=w)
    options = dict(objective="binary:logistic", max_depth=3, eta=0.3, tree_method="exact", min_child_weight=1, reg_lambda=1, gamma=0.1,
                   base_score=0.5, nthread=1)
    return xgboost.train(options, data, 15).predict(data)


def extreme_squares(x, y, w):
    """Trees of XGBoost with what each input contributes (exact Shapley values): a node is a column (-1: leaf), the largest value that goes left,
    the left child within the tree, the cover and the value of a leaf."""
    data = xgboost.DMatrix(x, y, weight=w)
    options = dict(objective="reg:squarederror", max_depth=4, eta=0.3, tree_method="exact", reg_lambda=1, base_score=0, nthread=1)
    model = xgboost.train(options, data, 8)
    trees = []
    for text in model.get_dump(dump_format="json", with_stats=True):
        tree = [json.loads(text)]
        for node in tree:  # grows while it is walked: children stand side by side behind their parents
            if "leaf" not in node:
                yes, no = (next(c for c in node["children"] if c["nodeid"] == node[side]) for side in ("yes", "no"))
                node["child"] = len(tree)
                tree += [yes, no]
        trees.append([
            [-1, 0, 0, n["cover"], n["leaf"]] if "leaf" in n else
            [int(n["split"][1:]), float(np.nextafter(np.float32(n["split_condition"]), np.float32(-np.inf))), n["child"], n["cover"], 0]
            for n in tree])
    return trees, model.predict(data, pred_contribs=True)[:40]


def adaptive(x, y, w):
    """Twice the sum of votes, that for one class and that against the other: scikit-learn divides it by the total of votes."""
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1, random_state=0), n_estimators=12, learning_rate=1.0).fit(x, y, w)
    return model.decision_function(x) * model.estimator_weights_.sum()


def adaptive_classes(x, y, w):
    """SAMME of several classes: the sums of votes for each class, without their mean over classes."""
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2, random_state=0), n_estimators=12, learning_rate=0.7).fit(x, y, w)
    votes = np.stack([weight * (tree.predict(x)[:, None] == model.classes_)
                      for tree, weight in zip(model.estimators_, model.estimator_weights_)]).sum(0)
    assert np.array_equal(model.classes_[votes.argmax(1)], model.predict(x))
    return votes - votes.mean(1, keepdims=True)


def adaptive_real(x, y, w, rate=0.7, trees=8):
    """SAMME.R, which scikit-learn no longer has, by its trees: Zhu et al. 2009, algorithm 4; shares are kept within 1e-4 of 0 and 1."""
    classes, w, sums = np.unique(y), w / w.sum(), 0
    count = len(classes)
    for _ in range(trees):
        tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=20, random_state=0).fit(x, y, w)
        logs = np.log(np.clip(tree.predict_proba(x), 1e-4, 1 - 1e-4))
        sums = sums + rate * (logs - logs.mean(1, keepdims=True))
        code = np.where(y[:, None] == classes, 1, -1 / (count - 1))
        w = w * np.exp(-rate * (count - 1) / count * (code * logs).sum(1))
        w = w / w.sum()
    return sums


def several(x, y, w, **options):
    return DecisionTreeClassifier(random_state=0, **options).fit(x, y, w).predict_proba(x)


def scikit(x, y, w, regression):
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    model = kind(max_iter=20, max_leaf_nodes=7, learning_rate=0.2, min_samples_leaf=10, early_stopping=False).fit(x, y, w)
    return model.predict(x) if regression else model.predict_proba(x)[:, 1]


def single(x, y, w, criterion):
    tree = DecisionTreeClassifier(criterion=criterion, max_depth=3, min_samples_leaf=10, random_state=0).fit(x, y, w)
    return tree.predict_proba(x)[:, 1]


x, label, classes, target, weight = sample()
gaps = x.copy()
gaps[rng.random(x.shape) < 0.15] = np.nan
hist = HistGradientBoostingClassifier(max_iter=10, max_leaf_nodes=7, learning_rate=0.2, min_samples_leaf=10, early_stopping=False)
trees, contributions = extreme_squares(x, target, weight)
cases = {
    "x": x, "label": label, "classes": classes, "target": target, "weight": weight,
    "missing": np.isnan(gaps).astype(int),
    "lightgbm_binary": light("binary", x, label, weight),
    "lightgbm_l1_l2": light("binary", x, label, weight, lambda_l1=0.5, lambda_l2=2.0),
    "lightgbm_multiclass": light("multiclass", x, classes, weight, num_class=3),
    "lightgbm_squared": light("regression", x, target, weight),
    "lightgbm_poisson": light("poisson", x, np.exp(target / 2), weight, poisson_max_delta_step=1e-12),
    "xgboost_binary": extreme(x, label, weight),
    "xgboost_trees": trees,
    "xgboost_contributions": contributions,
    "sklearn_adaboost": adaptive(x, label, weight),
    "sklearn_samme": adaptive_classes(x, classes, weight),
    "samme_real": adaptive_real(x, classes, weight),
    "classes_gini": several(x, classes, weight, max_depth=3, min_samples_leaf=10),
    "classes_entropy": several(x, classes, weight, max_leaf_nodes=6, min_samples_leaf=10, criterion="entropy"),
    "classes_pruned": several(x, classes, weight, min_samples_leaf=10, ccp_alpha=0.01),
    "sklearn_binary": scikit(x, label, weight, False),
    "sklearn_squared": scikit(x, target, weight, True),
    "sklearn_missing": hist.fit(gaps, label, weight).predict_proba(gaps)[:, 1],
    "tree_gini": single(x, label, weight, "gini"),
    "tree_entropy": single(x, label, weight, "entropy"),
    "tree_pruned": DecisionTreeClassifier(min_samples_leaf=10, ccp_alpha=0.01, random_state=0).fit(x, label, weight).predict_proba(x)[:, 1],
    "tree_squared": DecisionTreeRegressor(max_depth=4, min_samples_leaf=10, random_state=0).fit(x, target, weight).predict(x),
}
golden.write(
    "trees", ["lightgbm", "xgboost", "scikit-learn", "numpy"], 1e-5,
    "float32 gradients there; 7 leaves, learning rate 0.2, at least 10 events a leaf, 20 trees (XGBoost: depth 3, eta 0.3, lambda 1, "
    "gamma 0.1, 15 trees; missing: 10 trees)", cases)
