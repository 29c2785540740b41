#!/usr/bin/env python3
"""Ten float64 steps of each optimizer on one small objective, from PyTorch or, where a convention differs, from NumPy."""

import numpy as np
import torch

import golden

A = np.array([1.0, 10.0, 0.5, 4.0])
B = np.array([0.1, 0.5, 1.0, 0.0])
C = np.array([0.3, -0.2, 0.1, 0.0])
COUPLING = 0.5
START = np.array([1.0, -0.8, 0.5, -2.0])
STEPS = 10


def objective(x):
    """f(x) = sum_i (a_i x_i^2 / 2 + b_i x_i^4 / 4 - c_i x_i) + k x_0 x_1, for tensors."""
    a, b, c = (torch.tensor(values) for values in (A, B, C))
    return (a * x**2 / 2 + b * x**4 / 4 - c * x).sum() + COUPLING * x[0] * x[1]


def gradient(x):
    cross = np.array([x[1], x[0], 0.0, 0.0])
    return A * x + B * x**3 - C + COUPLING * cross


def with_torch(make):
    x = torch.tensor(START, requires_grad=True)
    optimizer = make([x])
    iterates = [x.tolist()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        objective(x).backward()
        optimizer.step()
        iterates.append(x.tolist())
    return iterates


def with_numpy(rule):
    """`rule(x, step, state)` gives the next point; `state` is a dictionary that it may fill."""
    x, state, iterates = START.copy(), {}, [START.tolist()]
    for step in range(1, STEPS + 1):
        x = rule(x, step, state)
        iterates.append(x.tolist())
    return iterates


def nesterov_lookahead(x, step, state, lr=0.02, momentum=0.9):
    velocity = momentum * state.get("v", 0.0) - lr * gradient(x + momentum * state.get("v", 0.0))
    state["v"] = velocity
    return x + velocity


def rmsprop(x, step, state, lr=0.05, decay=0.9, eps=1e-7, inside=False):
    g = gradient(x)
    state["s"] = decay * state.get("s", 0.0) + (1 - decay) * g * g
    return x - lr * g / (np.sqrt(state["s"] + eps) if inside else np.sqrt(state["s"]) + eps)


def adagrad_keras(x, step, state, lr=0.1, initial=0.1, eps=1e-7):
    g = gradient(x)
    state["s"] = state.get("s", initial) + g * g
    return x - lr * g / np.sqrt(state["s"] + eps)


def adam_keras(x, step, state, lr=0.05, b1=0.9, b2=0.999, eps=1e-7):
    g = gradient(x)
    state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
    state["v"] = b2 * state.get("v", 0.0) + (1 - b2) * g * g
    return x - lr * np.sqrt(1 - b2**step) / (1 - b1**step) * state["m"] / (np.sqrt(state["v"]) + eps)


def torch_case(formula, maker, **settings):
    return {"from": f"torch.optim.{maker.__name__}", "formula": formula, "settings": settings,
            "iterates": with_torch(lambda parameters: maker(parameters, foreach=False, **settings))}


def numpy_case(formula, rule, **settings):
    return {"from": "numpy", "formula": formula, "settings": settings,
            "iterates": with_numpy(lambda x, step, state: rule(x, step, state, **settings))}


def cases():
    o = torch.optim
    adam = "m=b1 m+(1-b1)g; v=b2 v+(1-b2)g^2; x-=lr (m/(1-b1^t)) / (sqrt(v/(1-b2^t))+eps)"
    return {
        "sgd": torch_case("x-=lr g", o.SGD, lr=0.05),
        "sgd_weight_decay": torch_case("g+=wd x; x-=lr g", o.SGD, lr=0.05, weight_decay=0.1),
        "momentum": torch_case("v=mu v+g; x-=lr v", o.SGD, lr=0.02, momentum=0.9),
        "nesterov": torch_case("v=mu v+g; x-=lr (g+mu v)", o.SGD, lr=0.02, momentum=0.9, nesterov=True),
        "nesterov_lookahead": numpy_case("v=mu v-lr g(x+mu v); x+=v", nesterov_lookahead, lr=0.02, momentum=0.9),
        "rmsprop": torch_case("s=a s+(1-a)g^2; x-=lr g/(sqrt(s)+eps)", o.RMSprop, lr=0.02, alpha=0.99, eps=1e-8),
        "rmsprop_momentum": torch_case("s as rmsprop; v=mu v+g/(sqrt(s)+eps); x-=lr v", o.RMSprop, lr=0.02, alpha=0.9,
                                       eps=1e-8, momentum=0.5),
        "rmsprop_centered": torch_case("s as rmsprop; m=a m+(1-a)g; x-=lr g/(sqrt(s-m^2)+eps)", o.RMSprop, lr=0.02,
                                       alpha=0.9, eps=1e-8, centered=True),
        "rmsprop_lecture": numpy_case("s=b s+(1-b)g^2; x-=lr g/(sqrt(s)+eps)", rmsprop, lr=0.05, decay=0.9, eps=1e-7),
        "rmsprop_keras": numpy_case("s=b s+(1-b)g^2; x-=lr g/sqrt(s+eps)", rmsprop, lr=0.05, decay=0.9, eps=1e-7, inside=True),
        "adagrad": torch_case("s+=g^2; x-=lr g/(sqrt(s)+eps), s starts at 0", o.Adagrad, lr=0.1, eps=1e-10),
        "adagrad_keras": numpy_case("s+=g^2; x-=lr g/sqrt(s+eps), s starts at `initial`", adagrad_keras, lr=0.1, initial=0.1, eps=1e-7),
        "adadelta": torch_case("s=r s+(1-r)g^2; d=g sqrt(u+eps)/sqrt(s+eps); u=r u+(1-r)d^2; x-=lr d", o.Adadelta, lr=1.0,
                               rho=0.9, eps=1e-6),
        "adam": torch_case(adam, o.Adam, lr=0.05, betas=(0.9, 0.999), eps=1e-8),
        "adam_weight_decay": torch_case("g+=wd x, then adam", o.Adam, lr=0.05, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
        "adam_keras": numpy_case("m, v as adam; x-=lr sqrt(1-b2^t)/(1-b1^t) m/(sqrt(v)+eps)", adam_keras, lr=0.05, b1=0.9,
                                 b2=0.999, eps=1e-7),
        "amsgrad": torch_case("adam with the largest v so far (before bias correction)", o.Adam, lr=0.05, betas=(0.9, 0.999), eps=1e-8, amsgrad=True),
        "adamw": torch_case("x*=1-lr wd, then adam", o.AdamW, lr=0.05, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
        "nadam": torch_case("mu_t=b1(1-0.5*0.96^(t d)); p_t=product of mu; x-=lr ((1-mu_t)g/(1-p_t)+mu_(t+1)m/(1-p_t mu_(t+1)))"
                            " / (sqrt(v/(1-b2^t))+eps)", o.NAdam, lr=0.05, betas=(0.9, 0.999), eps=1e-8, momentum_decay=0.004),
    }


if __name__ == "__main__":
    golden.write("optimizers", ["torch", "numpy"], 1e-12, {
        "objective": "f(x) = sum_i (a_i x_i^2 / 2 + b_i x_i^4 / 4 - c_i x_i) + k x_0 x_1",
        "gradient": "a_i x_i + b_i x_i^3 - c_i, and k x_1 on x_0, k x_0 on x_1",
        "iterates": "the start and the point after each of ten steps; t counts from 1",
    }, {"a": A, "b": B, "c": C, "k": COUPLING, "start": START, "value_at_start": objective(torch.tensor(START)),
        "gradient_at_start": gradient(START), "cases": cases()})
