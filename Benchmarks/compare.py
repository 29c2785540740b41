#!/usr/bin/env python3
"""Apus beside PyTorch: the same training steps on this machine, in alternation, as one table.

Round by round `apus bench --json` and peer_steps.py run after each other, so that a change of the machine's mood meets both.
The table has the medians over the rounds, their ratio and the budget. A slow result is no error; a failed run is.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
# Seconds a step that Apus is built to stay below, on two cores of the machine on which PyTorch took what the README says.
BUDGET = {
    "jet-mlp-128": 60e-6, "jet-mlp-1024": 220e-6, "higgs-dn-100": 1.6e-3, "higgs-dn-1000": 12e-3, "mnist-mlp-128": 3e-3,
}


def run(command, threads):
    """The JSON objects that a command prints, by case; what it says otherwise goes to standard error."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=False)
    except OSError as error:
        sys.exit(f"compare: cannot run {command[0]}: {error.strerror}; build it first (make build)")
    if answer.returncode != 0:
        sys.exit(f"compare: '{' '.join(command)}' failed with exit code {answer.returncode}")
    lines = [line for line in answer.stdout.splitlines() if line.strip().startswith("{")]
    try:
        results = [json.loads(line) for line in lines]
        return {one["case"]: one for one in results}
    except (json.JSONDecodeError, KeyError) as error:
        sys.exit(f"compare: '{' '.join(command)}' did not print one JSON object a case: {error}")


def shown(seconds):
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def warn_if_busy():
    """Others' work spoils both columns, and spinning threads most of all."""
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"compare: the load is {load:.1f} before anything ran: other work will spoil the times", file=sys.stderr)


def row(case, ours, theirs):
    apus, peer = (statistics.median(one["seconds_per_step"] for one in rounds) for rounds in (ours, theirs))
    within = "yes" if apus <= BUDGET[case] else "no"
    return (f"| {case} | {shown(apus)} | {shown(peer)} | {peer / apus:.1f} | {shown(BUDGET[case])} | {within} | "
            f"{ours[-1]['loss']:.3f} / {theirs[-1]['loss']:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of " + ", ".join(BUDGET) + " (all unless named)")
    parser.add_argument("--apus", default=os.path.join(ROOT, ".build", "release", "apus"), help="the program to time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fused", action="store_true", help="give PyTorch its fused Adam")
    options = parser.parse_args()
    cases = options.cases or list(BUDGET)
    for case in cases:
        if case not in BUDGET:
            parser.error(f"no case '{case}'; there are {', '.join(BUDGET)}")
    warn_if_busy()
    threads = ["--threads", str(options.threads)]
    ours_command = [options.apus, "bench", *cases, "--json", *threads]
    peer_command = [sys.executable, os.path.join(HERE, "peer_steps.py"), *cases, *threads] + ["--fused"] * options.fused
    ours, theirs = {case: [] for case in cases}, {case: [] for case in cases}
    for number in range(1, options.rounds + 1):
        for name, command, into in (("apus", ours_command, ours), ("PyTorch", peer_command, theirs)):
            print(f"round {number} of {options.rounds}: {name}", file=sys.stderr, flush=True)
            results = run(command, options.threads)
            for case in cases:
                if case not in results:
                    sys.exit(f"compare: {name} printed no result for '{case}'")
                into[case].append(results[case])
    print(f"One optimizer step, {options.threads} threads, {processor()}, medians of {options.rounds} alternating rounds.\n")
    print("| case | Apus | PyTorch | PyTorch / Apus | budget | within | last loss |\n|---|---|---|---|---|---|---|")
    for case in cases:
        print(row(case, ours[case], theirs[case]))


if __name__ == "__main__":
    main()
