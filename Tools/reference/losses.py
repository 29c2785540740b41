#!/usr/bin/env python3
"""Losses with event weights, values and gradients in float64, from PyTorch's per-event losses."""

import torch
import torch.nn.functional as F

import golden


def column(*values):
    return torch.tensor(values, dtype=torch.float64)


WEIGHTS = {
    "one": column(1, 1, 1, 1, 1, 1),
    "positive": column(0.5, 2.0, 1.0, 0.0, 3.0, 0.25),
    "signed": column(1.0, 2.0, -0.5, 1.5, -1.0, 1.0),
}
PREDICTION = column(0.2, -1.5, 3.0, 0.7, -0.4, 2.5)
TARGET = column(0.0, -1.0, 1.5, 0.7, 2.0, -2.0)
NONZERO_TARGET = column(0.5, -1.0, 1.5, 0.7, 2.0, -2.0)
LOGIT = column(0.3, -2.0, 40.0, -30.0, 1.2, 0.0)
LABEL = column(1, 0, 1, 1, 0, 0)
PROBABILITY = column(0.6, 0.1, 0.99, 0.3, 0.8, 0.5)
LOG_VARIANCE = column(0.1, -0.5, 0.8, 0.0, 1.0, -1.0)
LOGITS = torch.tensor([[0.2, -1.0, 0.5], [2.0, 1.0, 0.1], [-3.0, 0.0, 3.0], [30.0, -20.0, 5.0], [0.0, 0.0, 0.0], [1.0, 1.5, -0.7]],
                      dtype=torch.float64)
CLASS = torch.tensor([0, 1, 2, 1, 0, 2])
PREDICTIONS = torch.tensor([[0.2, -1.0], [2.0, 1.0], [-3.0, 0.0], [0.4, 5.0], [0.0, 0.0], [1.0, 1.5]], dtype=torch.float64)
TARGETS = torch.tensor([[0.0, -1.5], [1.0, 1.0], [-2.0, 0.5], [1.0, 4.0], [0.3, -0.2], [1.0, -1.0]], dtype=torch.float64)


def focal(logit, label, gamma=2.0):
    """(1 - p_t)^gamma times the cross-entropy, p_t being the probability of the true class."""
    entropy = F.binary_cross_entropy_with_logits(logit, label, reduction="none")
    return (1 - torch.exp(-entropy)) ** gamma * entropy


def quantile(prediction, target, level=0.3):
    difference = target - prediction
    return torch.maximum(level * difference, (level - 1) * difference)


def hinge(prediction, label):
    return torch.clamp(1 - (2 * label - 1) * prediction, min=0)


def gaussian(prediction, target, log_variance):
    return F.gaussian_nll_loss(prediction, target, log_variance.exp(), full=False, eps=0, reduction="none")


def weighted(per_event, inputs, others=()):
    """For each set of weights sum(w l) / sum(w) and its gradients with respect to each of `inputs`."""
    answers = {"per_event": per_event(*inputs, *others)}
    for name, weights in WEIGHTS.items():
        leaves = [value.clone().requires_grad_() for value in inputs]
        loss = (weights * per_event(*leaves, *others)).sum() / weights.sum()
        loss.backward()
        gradients = {f"gradient{i or ''}": leaf.grad for i, leaf in enumerate(leaves)}
        answers[name] = {"value": loss, **gradients}
    return answers


def case(per_event, prediction, target, **settings):
    return {"prediction": prediction, "target": target, **settings,
            "losses": weighted(per_event, [prediction], [target])}


def cases():
    none = {"reduction": "none"}
    return {
        "mse": case(lambda p, t: F.mse_loss(p, t, **none), PREDICTION, TARGET),
        "mse_vector": case(lambda p, t: F.mse_loss(p, t, **none).mean(dim=1), PREDICTIONS, TARGETS),
        "mae": case(lambda p, t: F.l1_loss(p, t, **none), PREDICTION, TARGET),
        "mae_vector": case(lambda p, t: F.l1_loss(p, t, **none).mean(dim=1), PREDICTIONS, TARGETS),
        "bce_with_logits": case(lambda p, t: F.binary_cross_entropy_with_logits(p, t, **none), LOGIT, LABEL),
        "bce": case(lambda p, t: F.binary_cross_entropy(p, t, **none), PROBABILITY, LABEL),
        "cross_entropy_with_logits": case(lambda p, t: F.cross_entropy(p, t, **none), LOGITS, CLASS),
        "huber": case(lambda p, t: F.huber_loss(p, t, delta=1.0, **none), PREDICTION, TARGET, delta=1.0),
        "huber_half": case(lambda p, t: F.huber_loss(p, t, delta=0.5, **none), PREDICTION, TARGET, delta=0.5),
        "smooth_l1": case(lambda p, t: F.smooth_l1_loss(p, t, beta=0.5, **none), PREDICTION, TARGET, beta=0.5),
        "mape": case(lambda p, t: 100 * ((p - t) / t).abs(), PREDICTION, NONZERO_TARGET),
        "hinge": case(hinge, PREDICTION, LABEL),
        "squared_hinge": case(lambda p, t: hinge(p, t) ** 2, PREDICTION, LABEL),
        "quantile": case(quantile, PREDICTION, TARGET, level=0.3),
        "focal": case(focal, LOGIT, LABEL, gamma=2.0),
        "gaussian_nll": {"prediction": PREDICTION, "log_variance": LOG_VARIANCE, "target": TARGET,
                         "losses": weighted(lambda p, v: gaussian(p, TARGET, v), [PREDICTION, LOG_VARIANCE])},
    }


if __name__ == "__main__":
    golden.write("losses", ["torch"], 1e-12, {
        "value": "sum(w l) / sum(w) over events", "gradient": "with respect to the prediction, for the weights of that name",
        "vector": "several outputs: l is the mean over an event's outputs",
        "mae": "derivative 0 where prediction = target", "mape": "100 |p - t| / |t|, in percent",
        "huber": "r^2/2 for |r| < delta, delta (|r| - delta/2) beyond", "smooth_l1": "r^2/(2 beta) for |r| < beta, |r| - beta/2 beyond",
        "hinge": "max(0, 1 - (2 label - 1) p)", "quantile": "max(q (t - p), (q - 1)(t - p)); where t = p PyTorch takes half of both slopes",
        "focal": "(1 - p_t)^gamma * cross-entropy, from logits, without class factor",
        "gaussian_nll": "(log v + (t - p)^2 / v) / 2, without log(2 pi)/2; gradient1 is with respect to log v",
    }, {"weights": WEIGHTS, "cases": cases()})
