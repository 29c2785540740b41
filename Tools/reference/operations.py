#!/usr/bin/env python3
"""Values and gradients of every operation of the engine, in float64, from PyTorch's autograd and NumPy.

The gradient is that of sum(result * weight) with weight[i] = sin(0.7 i + 0.3) + 1.5 over the result in row-major order.
All inputs are float32 numbers written in full, so that the same references serve float32 with a wider tolerance.
"""

import itertools
import math

import numpy as np
import torch

import golden

F64 = torch.float64


def spread(shape, low, high, phase=0.1):
    """Uneven numbers over (low, high) that float32 holds exactly."""
    count = math.prod(shape)
    fraction = (np.arange(count) * 0.6180339887 + phase) % 1.0
    return torch.tensor((low + (high - low) * fraction).astype(np.float32).astype(np.float64).reshape(shape), dtype=F64)


INPUTS = {
    "any": spread([3, 5], -2.03, 2.01),
    "other": spread([3, 5], -1.97, 2.23, 0.37),
    "positive": spread([3, 5], 0.21, 3.07),
    "inside": spread([3, 5], -0.93, 0.91),
    "divisor": spread([3, 5], 0.4, 0.9, 0.2),
    "row": spread([5], -1.5, 1.5, 0.33),
    "column": spread([3, 1], -1.5, 1.5, 0.71),
    "cube": spread([2, 3, 4], -1.6, 1.7),
    "cubePositive": spread([2, 3, 4], 0.3, 1.9, 0.5),
    "wide": 40 * spread([3, 5], -2.5, 2.5, 0.9).round(),
    "ties": torch.tensor([[2.0, 0.0, 2.0], [-1.0, 0.0, 2.0]], dtype=F64),
    "tiesToo": torch.tensor([[2.0, 1.0, -2.0], [-1.0, 0.0, 3.0]], dtype=F64),
    "zeros": torch.tensor([[2.0, 0.0, 3.0], [0.0, 0.0, 4.0], [1.5, 2.5, -2.0]], dtype=F64),
    "base": torch.tensor([0.0, 0.0, 0.0, 2.0, 2.0, 3.0], dtype=F64),
    "exponent": torch.tensor([2.0, 1.0, 0.0, 0.0, -1.0, 0.5], dtype=F64),
    "a": spread([3, 4], -1.2, 1.3),
    "aT": spread([4, 3], -1.2, 1.3, 0.6),
    "b": spread([4, 2], -1.4, 1.1, 0.45),
    "bT": spread([2, 4], -1.4, 1.1, 0.25),
    "stackA": spread([2, 3, 4], -1.1, 1.2, 0.8),
    "stackB": spread([2, 4, 2], -1.3, 1.0, 0.15),
    "stackBT": spread([2, 2, 4], -1.3, 1.0, 0.55),
    "deepA": spread([2, 1, 2, 3], -1.0, 1.0, 0.05),
    "deepB": spread([3, 3, 2], -1.0, 1.0, 0.65),
    "largeA": spread([17, 19], -1.0, 1.0, 0.3),
    "largeB": spread([19, 5], -1.0, 1.0, 0.35),
    "vector": spread([1, 4], -1.0, 1.0, 0.85),
}

UNARY = {
    "negate": ("any", torch.neg), "abs": ("any", torch.abs), "sign": ("any", torch.sign), "exp": ("any", torch.exp),
    "expm1": ("any", torch.expm1), "log": ("positive", torch.log), "log1p": ("positive", torch.log1p),
    "sqrt": ("positive", torch.sqrt), "rsqrt": ("positive", torch.rsqrt), "reciprocal": ("positive", torch.reciprocal),
    "squared": ("any", torch.square), "sin": ("any", torch.sin), "cos": ("any", torch.cos), "tan": ("inside", torch.tan),
    "asin": ("inside", torch.asin), "acos": ("inside", torch.acos), "atan": ("any", torch.atan),
    "sinh": ("any", torch.sinh), "cosh": ("any", torch.cosh), "tanh": ("any", torch.tanh),
    "sigmoid": ("any", torch.sigmoid), "erf": ("any", torch.erf), "floor": ("any", torch.floor),
    "ceil": ("any", torch.ceil), "rounded": ("any", torch.round), "relu": ("any", torch.relu),
    "logGamma": ("positive", torch.lgamma),
    "softplus": ("any", lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    "softplus wide": ("wide", lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    "sigmoid wide": ("wide", torch.sigmoid),
    "logicalNot": ("ties", torch.logical_not), "isNaN": ("any", torch.isnan), "isFinite": ("any", torch.isfinite),
}

BINARY = {
    "add": (["any", "other"], torch.add), "subtract": (["any", "other"], torch.sub),
    "multiply": (["any", "other"], torch.mul), "divide": (["any", "positive"], torch.div),
    "power": (["positive", "other"], torch.pow), "power at zero": (["base", "exponent"], torch.pow),
    "maximum": (["any", "other"], torch.maximum), "minimum": (["any", "other"], torch.minimum),
    "maximum of equals": (["ties", "tiesToo"], torch.maximum), "minimum of equals": (["ties", "tiesToo"], torch.minimum),
    "atan2": (["any", "other"], torch.atan2), "modulo": (["any", "divisor"], torch.remainder),
    "less": (["ties", "tiesToo"], torch.lt), "lessOrEqual": (["ties", "tiesToo"], torch.le),
    "greater": (["ties", "tiesToo"], torch.gt), "greaterOrEqual": (["ties", "tiesToo"], torch.ge),
    "equal": (["ties", "tiesToo"], torch.eq), "notEqual": (["ties", "tiesToo"], torch.ne),
    "and": (["ties", "tiesToo"], torch.logical_and), "or": (["ties", "tiesToo"], torch.logical_or),
    "add row": (["any", "row"], torch.add), "multiply column": (["any", "column"], torch.mul),
    "outer divide": (["row", "column"], torch.div),
    "select": (["any", "other"], lambda a, b: torch.where(a > 0.1, a * b, b)),
    "select row": (["any", "row"], lambda a, b: torch.where(a > b, a, b)),
    "select number": (["any"], lambda a: torch.where(a > 0.25, a, torch.tensor(-0.5, dtype=F64))),
}

NUMBER = {  # the number 1.75 on the right, or on the left where the name ends with "from"
    "number add": ("any", lambda x: x + 1.75), "number subtract": ("any", lambda x: x - 1.75),
    "number subtract from": ("any", lambda x: 1.75 - x), "number multiply": ("any", lambda x: x * 1.75),
    "number divide": ("any", lambda x: x / 1.75), "number divide from": ("positive", lambda x: 1.75 / x),
    "number power": ("positive", lambda x: x ** 1.75), "number power 2": ("any", lambda x: x ** 2.0),
    "number power 3": ("any", lambda x: x ** 3.0), "number power -1": ("positive", lambda x: x ** -1.0),
    "number maximum": ("any", lambda x: torch.clamp(x, min=0.75)), "number minimum": ("any", lambda x: torch.clamp(x, max=0.75)),
    "number modulo": ("any", lambda x: torch.remainder(x, 0.75)),
    "number less": ("any", lambda x: x < 0.25), "number lessOrEqual": ("ties", lambda x: x <= 0),
    "number greater": ("any", lambda x: x > 0.25), "number greaterOrEqual": ("ties", lambda x: x >= 0),
    "number equal": ("ties", lambda x: x == 2), "number notEqual": ("ties", lambda x: x != 2),
}

REDUCTIONS = {
    "sum": ("cube", lambda x, d, k: x.sum(d, keepdim=k)),
    "mean": ("cube", lambda x, d, k: x.mean(d, keepdim=k)),
    "variance": ("cube", lambda x, d, k: x.var(d, unbiased=False, keepdim=k)),
    "max": ("cube", lambda x, d, k: x.amax(d, keepdim=k)),
    "min": ("cube", lambda x, d, k: x.amin(d, keepdim=k)),
    "logSumExp": ("cube", lambda x, d, k: torch.logsumexp(x, d, keepdim=k)),
    "product": ("cubePositive", None),
}


def product(x, dims, keep):
    for d in sorted(dims, reverse=True):
        x = x.prod(d, keepdim=keep)
    return x


def scatter_add(x, index, count, axis):
    shape = list(x.shape)
    shape[axis] = count
    return torch.zeros(shape, dtype=x.dtype).index_add(axis, torch.tensor(index), x)


STRUCTURE = {
    "max of equals": (["ties"], lambda x: x.amax(1)), "min of equals": (["ties"], lambda x: x.amin(0)),
    "product with zeros": (["zeros"], lambda x: x.prod(1)),
    "logSumExp wide": (["wide"], lambda x: torch.logsumexp(x, 1)),
    "softmax wide": (["wide"], lambda x: torch.softmax(x, 1)), "logSoftmax wide": (["wide"], lambda x: torch.log_softmax(x, 1)),
    "matmul": (["a", "b"], torch.matmul), "matmul aT": (["aT", "b"], lambda a, b: a.T @ b),
    "matmul bT": (["a", "bT"], lambda a, b: a @ b.T), "matmul aT bT": (["aT", "bT"], lambda a, b: a.T @ b.T),
    "matmul stacks": (["stackA", "stackB"], torch.matmul),
    "matmul stacks bT": (["stackA", "stackBT"], lambda a, b: a @ b.transpose(1, 2)),
    "matmul stacks aT": (["stackA", "stackA"], lambda a, b: a.transpose(1, 2) @ b),
    "matmul stack matrix": (["stackA", "b"], torch.matmul), "matmul matrix stack": (["a", "stackB"], torch.matmul),
    "matmul stretched stacks": (["deepA", "deepB"], torch.matmul), "matmul large": (["largeA", "largeB"], torch.matmul),
    "matmul row": (["vector", "b"], torch.matmul), "matmul column": (["a", "vector"], lambda a, v: a @ v.T),
    "matmul with itself": (["a"], lambda a: a @ a.T),
    "reshape": (["cube"], lambda x: x.reshape(4, 6)), "reshape open": (["cube"], lambda x: x.reshape(3, -1)),
    "flattened": (["cube"], lambda x: x.flatten()), "flattened from 1": (["cube"], lambda x: x.flatten(1)),
    "expanded": (["any"], lambda x: x.unsqueeze(1)), "squeezed": (["column"], lambda x: x.squeeze(1)),
    "broadcast": (["column"], lambda x: x.expand(2, 3, 4)), "broadcast row": (["row"], lambda x: x.expand(2, 3, 5)),
    "slice": (["cube"], lambda x: x[:, 1:3]), "slice stride": (["cube"], lambda x: x[:, :, 0:4:3]),
    "slice last": (["cube"], lambda x: x[1:2]),
    "slice of reversed": (["cube"], lambda x: x.flip(2)[:, :, 1:4:2]), "reversed 0": (["cube"], lambda x: x.flip(0)),
    "reversed 1": (["cube"], lambda x: x.flip(1)), "reversed 2": (["cube"], lambda x: x.flip(2)),
    "padded 0": (["cube"], lambda x: torch.nn.functional.pad(x, (0, 0, 0, 0, 1, 2))),
    "padded 2": (["cube"], lambda x: torch.nn.functional.pad(x, (3, 1))),
    "concatenate 0": (["any", "other", "any"], lambda *p: torch.cat(p, 0)),
    "concatenate 1": (["any", "column"], lambda *p: torch.cat(p, 1)),
    "stack": (["any", "other"], lambda *p: torch.stack(p)),
    "gathered 0": (["cube"], lambda x: x[[1, 0, 1]]), "gathered 1": (["cube"], lambda x: x[:, [2, 2, 0, 1, 2]]),
    "gathered 2": (["cube"], lambda x: x[:, :, [3, 0]]),
    "scatterAdded 0": (["cube"], lambda x: scatter_add(x, [2, 2], 4, 0)),
    "scatterAdded 1": (["cube"], lambda x: scatter_add(x, [1, 0, 1], 2, 1)),
    "scatterAdded 2": (["cube"], lambda x: scatter_add(x, [4, 1, 4, 0], 5, 2)),
}
TOLERANCE = {"logGamma": 1e-9}  # the series of the derivative of log gamma


def run(names, function):
    """The result and, where it is differentiable, the gradients of its weighted sum."""
    inputs = [INPUTS[name].clone().requires_grad_() for name in names]
    result = function(*inputs)
    case = {"inputs": names, "shape": list(result.shape), "value": result.detach().flatten().to(F64)}
    if result.requires_grad:
        weights = torch.sin(0.7 * torch.arange(result.numel(), dtype=F64) + 0.3) + 1.5
        (result.flatten() * weights).sum().backward()
        case["gradients"] = [(torch.zeros_like(x) if x.grad is None else x.grad).flatten() for x in inputs]
    return case


def cases():
    table = {name: run([key], f) for name, (key, f) in (UNARY | NUMBER).items()}
    table |= {name: run(keys, f) for name, (keys, f) in (BINARY | STRUCTURE).items()}
    subsets = [list(s) for n in range(1, 4) for s in itertools.combinations(range(3), n)]
    for name, (key, f) in REDUCTIONS.items():
        for axes in subsets:
            for keep in [False, True] if axes in ([0], [0, 2]) else [False]:
                table[f"{name} {axes}{' kept' if keep else ''}"] = run([key], lambda x: (f or product)(x, axes, keep))
    for axis in range(3):
        table[f"softmax {axis}"] = run(["cube"], lambda x: torch.softmax(x, axis))
        table[f"logSoftmax {axis}"] = run(["cube"], lambda x: torch.log_softmax(x, axis))
        table[f"argMax {axis}"] = run(["cube"], lambda x: x.argmax(axis))
        table[f"argMin {axis}"] = run(["cube"], lambda x: x.argmin(axis))
        table[f"cumulativeSum {axis}"] = run(["cube"], lambda x: x.cumsum(axis))
        table[f"cumulativeSum {axis} reverse"] = run(["cube"], lambda x: x.flip(axis).cumsum(axis).flip(axis))
    for down in [False, True]:
        word = " descending" if down else ""
        table["sorted" + word] = run(["cube"], lambda x: torch.sort(x, dim=-1, descending=down, stable=True).values)
        table["argSorted" + word] = run(["cube"], lambda x: torch.argsort(x, dim=-1, descending=down, stable=True))
        table["argSorted of equals" + word] = run(["ties"], lambda x: torch.argsort(x, dim=-1, descending=down, stable=True))
    for axes in itertools.permutations(range(3)):
        table[f"transposed {list(axes)}"] = run(["cube"], lambda x: x.permute(axes))
    return table


# ---- casts, from every type to every other ----

TYPES = {"float32": np.float32, "float64": np.float64, "int32": np.int32, "int64": np.int64, "uint8": np.uint8, "bool": np.bool_}
CAST_FROM = {
    "float32": [0.0, 0.5, 0.99, 1.0, 2.75, 127.5, 254.9], "float64": [0.0, 1e-9, 0.1, 1.0, 2.75, 127.5, 254.9],
    "int32": [0, 1, 2, 100, 255], "int64": [0, 1, 2, 100, 255], "uint8": [0, 1, 2, 200, 255], "bool": [False, True, True],
}


def casts():
    table = {}
    for source, values in CAST_FROM.items():
        for target, kind in TYPES.items():
            values_in = np.array(values, dtype=TYPES[source])
            table[f"{source} {target}"] = {"from": values_in.astype(np.float64), "to": values_in.astype(kind).astype(np.float64)}
    return table


# ---- special values ----


def word(value):
    """JSON has no such numbers."""
    value = float(value)
    return "nan" if math.isnan(value) else "inf" if value == math.inf else "-inf" if value == -math.inf else value


def specials(kind, huge, tiny, subnormal):
    """Every function at every special value, and every function of two at every pair of them, row by row."""
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 2.5, huge, -huge, tiny, -tiny, subnormal, -subnormal], dtype=kind)
    one = torch.from_numpy(x)
    pairs = np.meshgrid(x, x, indexing="ij")
    a, b = pairs[0].ravel(), pairs[1].ravel()
    unary = {
        "negate": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p,
        "sqrt": np.sqrt, "rsqrt": lambda x: kind(1) / np.sqrt(x), "reciprocal": lambda x: kind(1) / x, "squared": np.square,
        "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh,
        "cosh": np.cosh, "tanh": np.tanh, "sigmoid": lambda _: torch.sigmoid(one).numpy(), "erf": lambda _: torch.erf(one).numpy(),
        "floor": np.floor, "ceil": np.ceil, "rounded": np.round, "relu": lambda _: torch.relu(one).numpy(),
        "logGamma": lambda _: torch.lgamma(one).numpy(),
        "logicalNot": np.logical_not, "isNaN": np.isnan, "isFinite": np.isfinite,
        "softplus": lambda x: np.logaddexp(x, kind(0)),
    }
    binary = {
        "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power,
        "maximum": np.maximum, "minimum": np.minimum, "atan2": np.arctan2, "modulo": np.remainder, "less": np.less,
        "lessOrEqual": np.less_equal, "equal": np.equal, "notEqual": np.not_equal, "and": np.logical_and, "or": np.logical_or,
    }
    with np.errstate(all="ignore"):
        return {
            "values": [word(v) for v in x],
            "unary": {name: [word(v) for v in f(x)] for name, f in unary.items()},
            "binary": {name: [word(v) for v in f(a, b)] for name, f in binary.items()},
        }


def main():
    finite = {name: {"shape": list(x.shape), "data": x.flatten()} for name, x in INPUTS.items()}
    table = cases()
    for case in table.values():
        case["value"] = [word(v) for v in case["value"]]
        if "gradients" in case:
            case["gradients"] = [[word(v) for v in g] for g in case["gradients"]]
    golden.write(
        "operations", ["torch", "numpy"], 1e-13,
        {
            "tolerances": "float64: |error| <= 1e-13 (1 + |value|), wider where a case says so; float32: 4e-6 (1 + |value|); "
                          "special values: 4 units in the last place of the type, NaN and signs of infinities and zeros as they are",
            "gradients": "of sum(result * weight), weight[i] = sin(0.7 i + 0.3) + 1.5; absent where nothing is differentiable",
            "equals": "maximum, minimum, max, min share the gradient among equals; abs, relu and sign have gradient 0 at 0",
            "variance": "divided by N", "modulo": "the divisor's sign, as numpy.remainder", "numbers": "'nan', 'inf' and '-inf' stand for themselves",
        },
        {
            "tolerances": TOLERANCE, "inputs": finite, "cases": table, "casts": casts(),
            "specials": {
                "float32": specials(np.float32, 1e38, 2.0 ** -126, 1e-40),
                "float64": specials(np.float64, 1e300, 2.0 ** -1022, 5e-324),
            },
        },
    )


main()
