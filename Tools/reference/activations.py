#!/usr/bin/env python3
"""Values and derivatives of the activations on a grid, in float64, from PyTorch."""

import torch
import torch.nn.functional as F

import golden

GRID = 0.3 * torch.arange(-20, 21, dtype=torch.float64)
FAR = torch.tensor([-700.0, -100.0, -30.0, -1e-8, 1e-8, 30.0, 100.0, 700.0], dtype=torch.float64)
ROWS = torch.tensor([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [-4.0, 0.5, 0.25], [1000.0, 999.0, -1000.0]], dtype=torch.float64)
UPSTREAM = torch.tensor([0.3, -1.2, 0.7], dtype=torch.float64)

FUNCTIONS = {
    "identity": lambda x: x * 1.0,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.01),
    "elu": F.elu,
    "selu": F.selu,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "gelu": F.gelu,
    "silu": F.silu,
    "atan": torch.atan,
    "prelu": lambda x: F.prelu(x, torch.tensor(0.25, dtype=x.dtype)),
    "shifted_relu": lambda x: torch.clamp(x, min=-1.0),
    "log_sigmoid": F.logsigmoid,
}


def on(function, points):
    x = points.clone().requires_grad_()
    y = function(x)
    y.sum().backward()
    return {"value": y, "derivative": x.grad}


def rows(function):
    x = ROWS.clone().requires_grad_()
    y = function(x, dim=1)
    (y * UPSTREAM).sum().backward()
    return {"value": y, "gradient": x.grad}


if __name__ == "__main__":
    golden.write("activations", ["torch"], 1e-13, {
        "derivative": "at a kink PyTorch's choice: relu'(0)=0, leaky_relu'(0)=0.01, prelu'(0)=0.25, selu'(0)=scale*alpha",
        "leaky_relu": "slope 0.01", "prelu": "slope 0.25", "elu": "alpha 1", "gelu": "x (1 + erf(x / sqrt 2)) / 2",
        "selu": "scale 1.0507009873554805, alpha 1.6732632423543772", "shifted_relu": "max(-1, x)",
        "softplus": "log(1 + exp x), without threshold",
        "rows": "softmax over the last axis; gradient of sum(value * upstream)",
    }, {
        "grid": GRID, "far": FAR,
        "cases": {name: {"grid": on(f, GRID), "far": on(f, FAR)} for name, f in FUNCTIONS.items()},
        "rows": {"input": ROWS, "upstream": UPSTREAM, "softmax": rows(F.softmax), "log_softmax": rows(F.log_softmax)},
    })
