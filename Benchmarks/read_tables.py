#!/usr/bin/env python3
"""Apus beside pyarrow and h5py: the same Parquet, HDF5 and CSV files read whole into memory, in alternation, as one table.

The files are generated (2 million events, 17 flat columns; 1 million events, 6 lists of 4 values on average; seed 1). Each round
runs `apus bench read FILE --json` and the peer after each other, each `--reads` times over so that file and memory are warm (`warm`:
both programs keep the memory that they free); the table has the best of all, in megabytes of values a second, and their ratio; of
CSV also in megabytes of text a second and core. pyarrow reads Parquet and CSV with all threads into Arrow's columns, h5py into
NumPy arrays.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from warm import warm

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def make(folder, events):
    """Writes the files that are not there yet."""
    rng = np.random.default_rng(1)
    flat = {f"f{i}": rng.normal(50, 20, events).astype("f4") for i in range(8)}
    flat |= {f"d{i}": rng.normal(size=events) for i in range(4)}
    flat |= {f"k{i}": rng.integers(0, 1000, events).astype("i4") for i in range(3)}
    flat |= {"n": rng.integers(0, 8, events).astype("u1"), "event": np.arange(events)}
    offsets = np.concatenate([[0], np.cumsum(rng.poisson(4, events // 2))]).astype("i4")
    lists = {f"j{i}": pa.ListArray.from_arrays(pa.array(offsets), pa.array(rng.exponential(40, offsets[-1]).astype("f4"))) for i in range(6)}
    tables = {"flat": pa.table(flat), "lists": pa.table(lists)}
    for name, table in tables.items():
        for codec in ("none", "snappy", "zstd"):
            path = os.path.join(folder, f"{name}_{codec}.parquet")
            if not os.path.exists(path):
                pq.write_table(table, path, compression=codec, use_dictionary=codec != "none")
    for name, options in (("plain", {}), ("gzip", {"chunks": (65536,), "compression": "gzip", "compression_opts": 1, "shuffle": True})):
        path = os.path.join(folder, f"flat_{name}.h5")
        if not os.path.exists(path):
            with h5py.File(path, "w") as file:
                for column, values in flat.items():
                    file.create_dataset("events/" + column, data=values, **options)
    path = os.path.join(folder, "flat.csv")
    if not os.path.exists(path):
        pc.write_csv(tables["flat"].slice(0, events // 5), path)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith((".parquet", ".h5", ".csv")))


def ours(apus, path, reads):
    command = [apus, "bench", "read", path, "--json", "--rounds", str(reads)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"read_tables: '{' '.join(command)}' failed with exit code {answer.returncode}")
    result = json.loads(answer.stdout.strip().splitlines()[-1])
    return result["seconds"], result["bytes"]


def peer(path):
    start = time.perf_counter()
    if path.endswith(".parquet"):
        pq.read_table(path)
    elif path.endswith(".csv"):
        pc.read_csv(path)
    else:
        with h5py.File(path) as file:
            [dataset[()] for dataset in file["events"].values()]
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--apus", default=os.path.join(ROOT, ".build/release/apus"))
    parser.add_argument("--folder", default=os.path.join(ROOT, ".build/bench-tables"))
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--reads", type=int, default=4)
    parser.add_argument("--fresh", action="store_true", help="new memory for each read")
    parser.add_argument("--make", action="store_true", help="only write the files")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    if options.make:
        return make(options.folder, options.events)
    if not options.fresh and os.environ != warm():
        os.execve(sys.executable, [sys.executable] + sys.argv, warm())
    print(f"pyarrow {pa.__version__}, h5py {h5py.__version__}, {pa.cpu_count()} threads")
    print(f"{'file':24} {'values':>9} {'Apus':>12} {'peer':>12}  ratio")
    for path in make(options.folder, options.events):
        best, theirs, size = float("inf"), float("inf"), 0
        for _ in range(options.rounds):
            seconds, size = ours(options.apus, path, options.reads)
            best, theirs = min(best, seconds), min([theirs] + [peer(path) for _ in range(options.reads)])
        rates = [f"{size / s / 1e6:7.0f} MB/s" for s in (best, theirs)]
        text = f"  {os.path.getsize(path) / best / 1e6 / os.cpu_count():.0f} MB/s of text a core" if path.endswith(".csv") else ""
        print(f"{os.path.basename(path):24} {size / 1e6:6.0f} MB {rates[0]:>12} {rates[1]:>12}  {theirs / best:5.2f}{text}")


if __name__ == "__main__":
    main()
