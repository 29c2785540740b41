#!/usr/bin/env python3
"""Forward values and gradients of layers in float64, from PyTorch."""

import torch

import golden

torch.manual_seed(20)
BATCH, INPUTS, OUTPUTS = 5, 4, 3


def random(*shape):
    """Numbers with three decimals, so that the file is readable."""
    return torch.round(torch.randn(*shape, dtype=torch.float64), decimals=3)


def leaves(**tensors):
    return {name: tensor.clone().requires_grad_() for name, tensor in tensors.items()}


def case(function, tensors, upstream, **more):
    """The output, and the gradients of sum(output * upstream) with respect to every tensor."""
    inputs = leaves(**tensors)
    output = function(**inputs)
    (output * upstream).sum().backward()
    gradients = {name: tensor.grad for name, tensor in inputs.items()}
    return {"inputs": tensors, "upstream": upstream, "output": output, "gradients": gradients, **more}


def dense(x, weight, bias):
    return x @ weight + bias


def layer_norm(x, scale, shift):
    return torch.nn.functional.layer_norm(x, (INPUTS,), scale, shift, eps=1e-5)


def batch_norm(training):
    mean, variance = torch.tensor([0.1, -0.2, 0.3, 0.0]).double(), torch.tensor([1.0, 0.5, 2.0, 1.5]).double()
    before = {"running_mean": mean.clone(), "running_variance": variance.clone()}

    def apply(x, scale, shift):
        return torch.nn.functional.batch_norm(x, mean, variance, scale, shift, training=training, momentum=0.1, eps=1e-5)

    answer = case(apply, {"x": X, "scale": SCALE, "shift": SHIFT}, WIDE)
    return {**answer, "before": before, "after": {"running_mean": mean, "running_variance": variance}}


def mlp(x, w1, b1, w2, b2, w3, b3):
    h1 = torch.tanh(x @ w1 + b1)
    h2 = torch.relu(h1 @ w2 + b2) + h1
    return h2 @ w3 + b3


X, WIDE, NARROW = random(BATCH, INPUTS), random(BATCH, INPUTS), random(BATCH, OUTPUTS)
SCALE, SHIFT = random(INPUTS), random(INPUTS)


def cases():
    weights = {"w1": random(INPUTS, 6), "b1": random(6), "w2": random(6, 6), "b2": random(6), "w3": random(6, OUTPUTS), "b3": random(OUTPUTS)}
    return {
        "dense": case(dense, {"x": X, "weight": random(INPUTS, OUTPUTS), "bias": random(OUTPUTS)}, NARROW),
        "layer_norm": case(layer_norm, {"x": X, "scale": SCALE, "shift": SHIFT}, WIDE),
        "batch_norm_training": batch_norm(True),
        "batch_norm_evaluation": batch_norm(False),
        "residual_mlp": case(mlp, {"x": X, **weights}, NARROW),
    }


if __name__ == "__main__":
    golden.write("layers", ["torch"], 1e-12, {
        "dense": "y = x W + b with W[input][output]",
        "gradients": "of sum(output * upstream) with respect to each of the inputs of that name",
        "layer_norm": "over the last axis, variance / n, eps 1e-5 inside the square root",
        "batch_norm": "over the batch, variance / n, eps 1e-5; running = 0.9 running + 0.1 batch, the running variance / (n - 1)",
        "residual_mlp": "h1 = tanh(x w1 + b1); h2 = relu(h1 w2 + b2) + h1; y = h2 w3 + b3",
    }, {"cases": cases()})
