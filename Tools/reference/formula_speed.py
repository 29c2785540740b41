#!/usr/bin/env python3
"""How long awkward-array takes for the formulas of FormulaSpeedTests.swift, on as many events; milliseconds, best of three.

Run it beside  SLOW=1 swift test -c release --filter FormulaSpeedTests  on the same machine.
"""

import time

import awkward as ak
import numpy as np

rng = np.random.default_rng(1)
EVENTS = 1_000_000
counts = rng.integers(0, 11, EVENTS)


def lists(low, high):
    return ak.unflatten(rng.uniform(low, high, counts.sum()).astype(np.float32), counts)


pt, eta, phi = lists(20, 100), lists(-3, 3), lists(-3, 3)
met = rng.uniform(0, 80, EVENTS).astype(np.float32)
CASES = {
    "met * 2 + 1": lambda: met * 2 + 1,
    "sum(jet_pt)": lambda: ak.sum(pt, axis=1),
    "max(jet_pt)": lambda: ak.max(pt, axis=1),
    "jet_pt[0]": lambda: ak.fill_none(ak.firsts(pt), np.nan),
    "jet_pt[2]": lambda: ak.fill_none(ak.firsts(pt[:, 2:3]), np.nan),
    "count(jet_pt > 30)": lambda: ak.sum(pt > 30, axis=1),
    "sum(jet_pt[jet_pt > 30 && abs(jet_eta) < 2.5])": lambda: ak.sum(pt[(pt > 30) & (abs(eta) < 2.5)], axis=1),
    "max(jet_pt / met)": lambda: ak.max(pt / met, axis=1),
    "sum(jet_pt * cos(jet_phi))": lambda: ak.sum(pt * np.cos(phi), axis=1),
    "sorted(jet_pt)[0]": lambda: ak.fill_none(ak.firsts(ak.sort(pt)), np.nan),
}
for name, run in CASES.items():
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    print(f"{name:50s} {1e3 * best:8.1f} ms")
