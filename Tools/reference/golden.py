"""Writes reference numbers for the Swift tests as Tests/Golden/<name>.json.

Each file is one object: "script", "versions", "tolerance" (a hint, relative and absolute alike) and "conventions", then the
cases. Numbers are float64 with all their digits. Run every script with .venv/bin/python after `Tools/setup-python benchmarks`.
"""

import importlib.metadata
import json
import os

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def plain(value):
    """Tensors, arrays and NumPy scalars as lists and numbers."""
    if hasattr(value, "detach"):
        return value.detach().tolist()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def layout(value, depth):
    """JSON with one line for each innermost list, so that a change of one number is a change of one line."""
    pad, deeper = " " * depth, " " * (depth + 1)
    if isinstance(value, dict) and value:
        lines = [f"{deeper}{json.dumps(key)}: {layout(one, depth + 1)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{pad}}}"
    if isinstance(value, list) and any(isinstance(one, (list, dict)) for one in value):
        return "[\n" + ",\n".join(deeper + layout(one, depth + 1) for one in value) + f"\n{pad}]"
    return json.dumps(value, allow_nan=False)


def write(name, packages, tolerance, conventions, cases):
    header = {
        "script": f"Tools/reference/{name}.py",
        "versions": {package: importlib.metadata.version(package) for package in packages},
        "tolerance": tolerance,
        "conventions": conventions,
    }
    path = os.path.normpath(os.path.join(ROOT, "Tests", "Golden", f"{name}.json"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(layout(plain({**header, **cases}), 0) + "\n")
    print(f"wrote {os.path.relpath(path)}")
