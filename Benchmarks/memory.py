#!/usr/bin/env python3
"""Training on a sample ten times as large as the memory it may take: peak memory, and the rate beside that in memory.

    Benchmarks/memory.py [--memory 200MB] [--scale 1] [--format parquet] [--rate] [--rounds 3]

Makes files of random events (28 inputs in single precision and a label, sorted by class) from a tenth to ten times
the bound, trains a small network on each with `apus train --memory`, and prints the peak resident memory of the program
as the kernel counted it. The files are Parquet; with --format csv text, whose values are what the bound is compared with.

With --rate, and nothing else, the deep network of the Higgs benchmark (28-300x5-1, batch 1000) is trained for an epoch with
the events in memory and streamed. Rounds change their order (memory first, streamed first, ...), and the medians of both
rates and all single ones are printed; a rate is that of the fit, a total that of the whole program, which also reads the file.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

INPUTS = 28
BYTES = 4 * (INPUTS + 1)
ROWS = 65536


def write_sample(path, events, seed=1):
    """Events sorted by class; the first inputs know something of it."""
    random = np.random.default_rng(seed)
    names = [f"x{c}" for c in range(INPUTS)] + ["label"]
    schema = pa.schema([(name, pa.float32()) for name in names])
    is_text = path.endswith(".csv")
    with pc.CSVWriter(path, schema) if is_text else pq.ParquetWriter(path, schema, compression="NONE", use_dictionary=False) as writer:
        for start in range(0, events, ROWS):
            count = min(ROWS, events - start)
            label = (np.arange(start, start + count) >= events // 2).astype(np.float32)
            columns = [random.standard_normal(count, dtype=np.float32) + (0.5 * label if c < 4 else 0) for c in range(INPUTS)]
            table = pa.table([pa.array(c) for c in columns + [label]], schema=schema)
            writer.write_table(table) if is_text else writer.write_table(table, row_group_size=ROWS)


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
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--times", default="0.1,0.3,1,10", help="the sizes of the samples, as multiples of the bound")
    parser.add_argument("--rate", action="store_true", help="only compare the rates of the deep network")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=800_000, help="the events of --rate")
    parser.add_argument("--folder", help="where samples, scratch and runs go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.rate:
            return rates(options, folder)
        return peaks(options, folder)


def peaks(options, folder):
    """The peak memory for samples of several sizes; 1 where the bound was passed."""
    bound = size(options.memory)
    failed = False
    small = "{type: mlp, layers: [16], epochs: 1, batch: 1000, dropout: 0}"
    print(f"{'sample':>8} {'events':>12} {'in the file':>12} {'peak memory':>12} {'seconds':>8} {'auc':>7}")
    for times in map(float, options.times.split(",")):
        events = int(times * bound * options.scale / BYTES)
        sample = os.path.join(folder, f"events{times:g}.{options.format}")
        write_sample(sample, events)
        peak, seconds, metrics, _ = train(options.apus, folder, sample, small, options.memory, options.threads)
        auc = metrics["methods"]["net"]["test"]["auc"]
        print(f"{times:>7g}x {events:>12} {os.path.getsize(sample)/1e6:>9.0f} MB {peak/1e6:>9.0f} MB {seconds:>8.1f} {auc:>7.4f}", flush=True)
        failed = failed or peak > bound
        os.remove(sample)
    if failed:
        print(f"the bound of {options.memory} was passed", file=sys.stderr)
    return 1 if failed else 0


def rates(options, folder):
    """The rate of the deep network, in memory and streamed, in rounds of changing order."""
    deep = "{type: mlp, layers: [300, 300, 300, 300, 300], epochs: 1, batch: 1000, dropout: 0}"
    sample = os.path.join(folder, "rate.parquet")
    write_sample(sample, options.events)
    found = {"in memory": [], "streamed": []}
    for number in range(options.rounds):
        order = ("20GB", options.memory) if number % 2 == 0 else (options.memory, "20GB")
        for memory in order:
            _, total, metrics, streamed = train(options.apus, folder, sample, deep, memory, options.threads)
            rate = metrics["split"]["train"] / metrics["methods"]["net"]["seconds"]["train"]
            found["streamed" if streamed else "in memory"].append((rate, total))
    for name, runs in found.items():
        single = ", ".join(f"{rate:,.0f}" for rate, _ in runs)
        total = statistics.median(total for _, total in runs)
        print(f"28-300x5-1, batch 1000, {name}: {statistics.median(rate for rate, _ in runs):,.0f} events/s (median of {single}); {total:.1f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
