#!/usr/bin/env python3
"""Training on a sample ten times as large as the memory it may take: peak memory, and the rate beside that in memory.

    Benchmarks/memory.py [--memory 200MB] [--scale 1] [--rate]

Makes Parquet files of random events (28 inputs in single precision and a label, sorted by class) from a tenth to ten times
the bound, trains a small network on each with `apus train --memory`, and prints the peak resident memory of the program
as the kernel counted it. With --rate the deep network of the Higgs benchmark (28-300x5-1, batch 1000) is trained for
an epoch with the events in memory and streamed, and both rates are printed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

INPUTS = 28
BYTES = 4 * (INPUTS + 1)
ROWS = 65536


def write_sample(path, events, seed=1):
    """Events sorted by class; the first inputs know something of it."""
    random = np.random.default_rng(seed)
    names = [f"x{c}" for c in range(INPUTS)] + ["label"]
    schema = pa.schema([(name, pa.float32()) for name in names])
    with pq.ParquetWriter(path, schema, compression="NONE", use_dictionary=False) as writer:
        for start in range(0, events, ROWS):
            count = min(ROWS, events - start)
            label = (np.arange(start, start + count) >= events // 2).astype(np.float32)
            columns = [random.standard_normal(count, dtype=np.float32) + (0.5 * label if c < 4 else 0) for c in range(INPUTS)]
            writer.write_table(pa.table([pa.array(c) for c in columns + [label]], schema=schema), row_group_size=ROWS)


def size(text):
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if text.endswith(unit):
            return int(float(text[: -len(unit)]) * factor)
    raise SystemExit(f"{text}: a size must end in MB or GB")


def train(apus, folder, sample, method, memory, threads):
    """Trains; gives peak resident bytes, seconds of all, seconds of the fit, and the metrics."""
    config = os.path.join(folder, "study.yaml")
    with open(config, "w") as file:
        file.write(f"events: {{files: {sample}, label: {{column: label, signal: 1}}}}\n")
        file.write(f'inputs: ["x*"]\nmethods:\n  net: {method}\n')
    words = [apus, "train", config, "--out", os.path.join(folder, "run"), "--force", "--memory", memory]
    if threads:
        words += ["--threads", str(threads)]
    start = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=folder))
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"apus failed: {errors}")
    with open(os.path.join(folder, "run", "metrics.json")) as file:
        metrics = json.load(file)
    return usage.ru_maxrss * 1024, time.monotonic() - start, metrics, "streamed" in errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--apus", default=".build/release/apus")
    parser.add_argument("--memory", default="200MB")
    parser.add_argument("--scale", type=float, default=1, help="a fraction makes the samples smaller, for a quick look")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--rate", action="store_true", help="compare the rates of the deep network, too")
    parser.add_argument("--folder", help="where samples, scratch and runs go")
    options = parser.parse_args()
    bound = size(options.memory)
    failed = False
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        small = "{type: mlp, layers: [16], epochs: 1, batch: 1000, dropout: 0}"
        print(f"{'sample':>8} {'events':>12} {'in the file':>12} {'peak memory':>12} {'seconds':>8} {'auc':>7}")
        for times in (0.1, 0.3, 1, 10):
            events = int(times * bound * options.scale / BYTES)
            sample = os.path.join(folder, f"events{times:g}.parquet")
            write_sample(sample, events)
            peak, seconds, metrics, _ = train(options.apus, folder, sample, small, options.memory, options.threads)
            auc = metrics["methods"]["net"]["test"]["auc"]
            print(f"{times:>7g}x {events:>12} {os.path.getsize(sample)/1e6:>9.0f} MB {peak/1e6:>9.0f} MB {seconds:>8.1f} {auc:>7.4f}")
            failed = failed or peak > bound
            os.remove(sample)
        if options.rate:
            deep = "{type: mlp, layers: [300, 300, 300, 300, 300], epochs: 1, batch: 1000, dropout: 0}"
            sample = os.path.join(folder, "rate.parquet")
            write_sample(sample, 800_000)
            for memory in ("20GB", options.memory):
                _, _, metrics, streamed = train(options.apus, folder, sample, deep, memory, options.threads)
                rate = metrics["split"]["train"] / metrics["methods"]["net"]["seconds"]["train"]
                print(f"28-300x5-1, batch 1000, {'streamed' if streamed else 'in memory'}: {rate:,.0f} events/s")
    if failed:
        print(f"the bound of {options.memory} was passed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
