#!/usr/bin/env python3
"""Weighted metrics: scikit-learn where it has them, plain NumPy sums where it does not (negative weights, DeLong)."""

import numpy as np
from sklearn import metrics

import golden

rng = np.random.default_rng(7)
EVENTS = 60


def sample():
    """Scores with many ties, weights of three kinds."""
    label = (rng.random(EVENTS) < 0.45).astype(int)
    score = np.clip(np.round(0.5 + 0.2 * (2 * label - 1) + 0.3 * rng.standard_normal(EVENTS), 1), 0.05, 0.95)
    positive = np.round(rng.exponential(1.0, EVENTS), 3)
    signed = np.where(rng.random(EVENTS) < 0.15, -1.0, 1.0)
    return label, score, {"one": np.ones(EVENTS), "positive": positive, "signed": signed}


def pair_auc(label, score, weight):
    """sum over pairs of w_s w_b (1 where the signal scores higher, 1/2 where equal) over the product of the sums."""
    s, b = label == 1, label == 0
    higher = np.sign(score[s][:, None] - score[b][None, :]) / 2 + 0.5
    return weight[s] @ higher @ weight[b] / (weight[s].sum() * weight[b].sum())


def delong(label, score, weight):
    """Variance of the AUC from its structural components (DeLong 1988); for weights see "conventions"."""
    s, b = label == 1, label == 0
    higher = np.sign(score[s][:, None] - score[b][None, :]) / 2 + 0.5
    area = pair_auc(label, score, weight)
    variance = 0.0
    for mine, other, matrix in ((s, b, higher), (b, s, higher.T)):
        component = matrix @ weight[other] / weight[other].sum()
        share = weight[mine] / weight[mine].sum()
        effective = 1 / np.sum(share**2)
        variance += np.sum(share**2 * (component - area) ** 2) * effective / (effective - 1)
    return variance


def curve(label, score, weight):
    """Efficiencies for the cut score >= threshold at every distinct score, from above."""
    thresholds = np.unique(score)[::-1]
    passed = score[None, :] >= thresholds[:, None]
    efficiency = lambda value: (passed * (weight * (label == value))).sum(axis=1) / weight[label == value].sum()
    return {"threshold": thresholds, "background_efficiency": efficiency(0), "signal_efficiency": efficiency(1)}


def binary():
    label, score, weights = sample()
    answers = {}
    for name, weight in weights.items():
        points = curve(label, score, weight)
        answers[name] = {
            "auc": pair_auc(label, score, weight), "auc_variance": delong(label, score, weight), "curve": points,
            "accuracy": metrics.accuracy_score(label, score > 0.5, sample_weight=weight),
            "log_loss": -np.sum(weight * np.where(label == 1, np.log(score), np.log1p(-score))) / weight.sum(),
            "brier": np.sum(weight * (score - label) ** 2) / weight.sum(),
        }
        if (weight < 0).any():
            continue
        fpr, tpr, _ = metrics.roc_curve(label, score, sample_weight=weight, drop_intermediate=False)
        np.testing.assert_allclose(fpr[1:], points["background_efficiency"], atol=1e-12)
        np.testing.assert_allclose(tpr[1:], points["signal_efficiency"], atol=1e-12)
        np.testing.assert_allclose(metrics.roc_auc_score(label, score, sample_weight=weight), answers[name]["auc"], atol=1e-12)
        np.testing.assert_allclose(metrics.log_loss(label, score, sample_weight=weight), answers[name]["log_loss"], atol=1e-12)
        answers[name]["signal_efficiency_at_background"] = {f"{x:.2f}": np.interp(x, fpr, tpr) for x in (0.01, 0.1, 0.3)}
        answers[name]["confusion"] = metrics.confusion_matrix(label, score > 0.5, sample_weight=weight)
    return {"label": label, "score": score, "weights": weights, "answers": answers}


def multiclass():
    label = np.arange(45) % 3
    raw = rng.standard_normal((45, 3)) + 1.2 * np.eye(3)[label]
    probability = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    weight = np.round(rng.exponential(1.0, 45), 3)
    one_vs_rest = [metrics.roc_auc_score(label == k, probability[:, k], sample_weight=weight) for k in range(3)]
    one_vs_one = {}
    for i, j in ((0, 1), (0, 2), (1, 2)):
        pair = (label == i) | (label == j)
        ratio = probability[pair, i] / (probability[pair, i] + probability[pair, j])
        one_vs_one[f"{i},{j}"] = metrics.roc_auc_score(label[pair] == i, ratio, sample_weight=weight[pair])
    chosen = probability.argmax(axis=1)
    return {
        "label": label, "probability": probability, "weight": weight, "auc_one_vs_rest": one_vs_rest,
        "auc_macro": np.mean(one_vs_rest), "auc_one_vs_one": one_vs_one,
        "accuracy": metrics.accuracy_score(label, chosen, sample_weight=weight),
        "log_loss": metrics.log_loss(label, probability, sample_weight=weight),
        "confusion": metrics.confusion_matrix(label, chosen, sample_weight=weight),
    }


def regression():
    target = np.round(rng.standard_normal(30), 3)
    prediction = np.round(target + 0.3 * rng.standard_normal(30), 3)
    weight = np.round(rng.exponential(1.0, 30), 3)
    keywords = {"sample_weight": weight}
    return {
        "target": target, "prediction": prediction, "weight": weight,
        "r2": metrics.r2_score(target, prediction, **keywords), "mae": metrics.mean_absolute_error(target, prediction, **keywords),
        "rmse": np.sqrt(metrics.mean_squared_error(target, prediction, **keywords)),
        "bias": np.average(prediction - target, weights=weight),
        "unweighted": {"r2": metrics.r2_score(target, prediction), "mae": metrics.mean_absolute_error(target, prediction),
                       "rmse": np.sqrt(metrics.mean_squared_error(target, prediction))},
    }


def asimov(s, b, sigma):
    """Median significance of s over b with the uncertainty sigma of b (arXiv:1007.1727)."""
    if sigma == 0:
        return np.sqrt(2 * ((s + b) * np.log(1 + s / b) - s))
    v = sigma**2
    first = (s + b) * np.log((s + b) * (b + v) / (b * b + (s + b) * v))
    return np.sqrt(2 * (first - b * b / v * np.log(1 + v * s / (b * (b + v)))))


if __name__ == "__main__":
    golden.write("metrics", ["scikit-learn", "numpy"], 1e-12, {
        "auc": "ties count one half; weights, also negative, as they are",
        "auc_variance": "V = sum over both classes of sum_i p_i^2 (V_i - AUC)^2 n/(n-1), p_i = w_i / sum w, n = 1 / sum p_i^2; "
                        "weights of one give DeLong's estimate",
        "curve": "cut score >= threshold, one point for each distinct score, from above; the point (0, 0) is left out",
        "accuracy": "score > 0.5 is signal; sum of the right weights over sum of weights",
        "signal_efficiency_at_background": "linear between the points of the curve, from (0, 0)",
        "confusion": "rows are true classes, columns chosen classes",
        "one_vs_one": "score p_i / (p_i + p_j) on events of the two classes",
    }, {"binary": binary(), "multiclass": multiclass(), "regression": regression(),
        "asimov": [{"s": s, "b": b, "sigma": d, "z": asimov(s, b, d)} for s, b, d in ((100, 1000, 0), (100, 1000, 50), (5, 1, 0.3))]})
