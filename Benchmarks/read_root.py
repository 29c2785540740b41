#!/usr/bin/env python3
"""Apus beside uproot: the same ROOT trees read whole into memory, in alternation, as one table.

    read_root.py FOLDER [--apus .build/release/apus] [--rounds 2] [--reads 3]

FOLDER holds the files of make_nanoaod.py. Each round runs `apus bench read FILE --json` and uproot one after the other, each in
a process of its own, on flat branches (MET_*, HLT_*, id_*) and on jagged ones (Jet_*, Muon_*, Electron_*, GenPart_*, FatJet_*).
Each process opens the file and reads the columns `--reads` times over, so that file and memory are warm; the best time counts.
For the memory to be warm both programs are told to keep what they free (`warm`); with `--fresh` each read takes new memory, whose
clearing by the system is then measured too. uproot reads with one thread a core into awkward arrays, its fastest. The last
column is the rate of Apus as a share of the rate at which the same columns' baskets are read and decompressed and thrown away, on
the same threads.
"""

import argparse
import glob
import json
import os
import subprocess
import sys

from warm import warm

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = {"flat": "MET_*,HLT_*,id_*", "jagged": "Jet_*,Muon_*,Electron_*,GenPart_*,FatJet_*"}
PEER = """
import concurrent.futures, os, sys, time
import uproot
pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
best = float("inf")
for _ in range(int(sys.argv[3])):
    arrays = None
    start = time.perf_counter()
    with uproot.open(sys.argv[1] + ":Events") as tree:
        arrays = tree.arrays(filter_name=sys.argv[2].split(","), decompression_executor=pool, interpretation_executor=pool, library="ak")
    best = min(best, time.perf_counter() - start)
print(best)
"""


def run(command, environment):
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    if answer.returncode != 0:
        sys.exit(f"read_root: '{command[0]}' failed with exit code {answer.returncode}")
    return answer.stdout.strip().splitlines()[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--apus", default=os.path.join(ROOT, ".build/release/apus"))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--reads", type=int, default=3)
    parser.add_argument("--fresh", action="store_true", help="new memory for each read")
    options = parser.parse_args()
    environment = dict(os.environ) if options.fresh else warm()
    print(f"{'file':22} {'columns':7} {'values':>8} {'Apus':>12} {'uproot':>12} {'ratio':>6} {'of decompression':>17}")
    for path in sorted(glob.glob(os.path.join(options.folder, "nano_*.root"))):
        for part, columns in PARTS.items():
            best, theirs, unpacking, size = float("inf"), float("inf"), float("inf"), 0
            for _ in range(options.rounds):
                ours = json.loads(run([options.apus, "bench", "read", path, "--json", "--tree", "Events", "--columns", columns, "--rounds", str(options.reads)], environment))
                best, size = min(best, ours["seconds"]), ours["bytes"]
                unpacking = min(unpacking, ours["decompression_seconds"])
                theirs = min(theirs, float(run([sys.executable, "-c", PEER, path, columns, str(options.reads)], environment)))
            rates = [f"{size / s / 1e6:7.0f} MB/s" for s in (best, theirs)]
            print(f"{os.path.basename(path):22} {part:7} {size / 1e6:5.0f} MB {rates[0]:>12} {rates[1]:>12} {theirs / best:6.2f} {100 * unpacking / best:15.0f} %", flush=True)


if __name__ == "__main__":
    main()
