#!/usr/bin/env python3
"""Fisher's discriminant and logistic regression on 200 stored events: scikit-learn's coefficients, and with weights."""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

import golden

rng = np.random.default_rng(11)
EVENTS, INPUTS = 200, 3


def sample():
    label = (rng.random(EVENTS) < 0.4).astype(int)
    mix = np.array([[1.0, 0.4, 0.0], [0.0, 1.0, -0.3], [0.2, 0.0, 2.0]])
    x = rng.standard_normal((EVENTS, INPUTS)) @ mix + np.outer(label, [0.8, -0.5, 1.0])
    return np.round(x, 3), label, np.round(rng.exponential(1.0, EVENTS), 3)


def fisher(x, label, weight):
    """Direction S_W^-1 (m_1 - m_0); S_W is the mean over events of the covariance within the classes."""
    within, means, sums = np.zeros((INPUTS, INPUTS)), [], []
    for k in (0, 1):
        w, points = weight[label == k], x[label == k]
        mean = np.average(points, axis=0, weights=w)
        within += (points - mean).T @ ((points - mean) * w[:, None])
        means.append(mean)
        sums.append(w.sum())
    within /= sum(sums)
    direction = np.linalg.solve(within, means[1] - means[0])
    offset = -0.5 * direction @ (means[0] + means[1]) + np.log(sums[1] / sums[0])
    return {"means": means, "within": within, "direction": direction, "intercept": offset}


def logistic(x, label, weight, penalty):
    """Newton's method on sum w l + penalty |beta|^2 / 2; the intercept is not penalised."""
    design = np.column_stack([x, np.ones(len(x))])
    ridge = penalty * np.diag([1.0] * INPUTS + [0.0])
    beta = np.zeros(INPUTS + 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (weight * (p - label)) + ridge @ beta
        beta = beta - np.linalg.solve(design.T @ (design * (weight * p * (1 - p))[:, None]) + ridge, slope)
    p = 1 / (1 + np.exp(-design @ beta))
    loss = -np.sum(weight * np.where(label == 1, np.log(p), np.log1p(-p))) / weight.sum()
    return {"penalty": penalty, "coefficients": beta[:-1], "intercept": beta[-1], "mean_loss": loss, "first_five": p[:5]}


def checked_logistic(x, label, weight, penalty):
    """The same by scikit-learn, whose C is 1 / penalty; both must agree."""
    answer = logistic(x, label, weight, penalty)
    peer = LogisticRegression(C=np.inf if penalty == 0 else 1 / penalty, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    peer.fit(x, label, sample_weight=weight)
    np.testing.assert_allclose(answer["coefficients"], peer.coef_[0], rtol=1e-7)
    np.testing.assert_allclose(answer["intercept"], peer.intercept_[0], rtol=1e-7)
    return answer


def checked_fisher(x, label):
    """Unweighted: scikit-learn's LDA, which has no weights, gives the same direction and intercept."""
    answer = fisher(x, label, np.ones(EVENTS))
    peer = LinearDiscriminantAnalysis(solver="lsqr").fit(x, label)
    np.testing.assert_allclose(answer["direction"], peer.coef_[0], rtol=1e-9)
    np.testing.assert_allclose(answer["intercept"], peer.intercept_[0], rtol=1e-9)
    return answer


if __name__ == "__main__":
    X, LABEL, WEIGHT = sample()
    ONES = np.ones(EVENTS)
    golden.write("linear", ["scikit-learn", "numpy"], 1e-9, {
        "fisher": "direction = S_W^-1 (m_1 - m_0), S_W = sum over classes of sum w (x-m)(x-m)^T / sum w; "
                  "intercept = -direction.(m_0 + m_1)/2 + log(W_1 / W_0); for unit weights this is scikit-learn's LDA",
        "logistic": "minimises sum w l + penalty |beta|^2 / 2, intercept not penalised; scikit-learn's C = 1 / penalty",
    }, {"x": X, "label": LABEL, "weight": WEIGHT,
        "fisher": checked_fisher(X, LABEL), "fisher_weighted": fisher(X, LABEL, WEIGHT),
        "logistic": checked_logistic(X, LABEL, ONES, 0.0), "logistic_weighted": checked_logistic(X, LABEL, WEIGHT, 0.0),
        "logistic_weighted_l2": checked_logistic(X, LABEL, WEIGHT, 4.0)})
