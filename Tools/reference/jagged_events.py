#!/usr/bin/env python3
"""A small file of events with jagged jets for tests of formulas and samples: Tests/Golden/formats/jagged_events.parquet.

A resonance of mass 125 with two jets against jets at random; negative weights; jets stored by falling pt.
"""

import os

import awkward as ak
import numpy as np

import golden

EVENTS = 900
rng = np.random.default_rng(3)
label = (np.arange(EVENTS) % 3 == 0).astype(np.int32)
rows = {name: [] for name in ("Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass")}


def two_body(mass):
    """Two massless jets of a resonance at rest in the plane, boosted along the beam."""
    cosine, phi, y = rng.uniform(-0.9, 0.9), rng.uniform(-np.pi, np.pi), rng.normal(0, 0.8)
    pt, eta = mass / 2 * np.sqrt(1 - cosine**2), np.arctanh(cosine)
    return [(pt, y + eta, phi), (pt, y - eta, phi - np.pi if phi > 0 else phi + np.pi)]


for event in range(EVENTS):
    jets = two_body(rng.normal(125, 12)) if label[event] else []
    for _ in range(rng.integers(0, 4) if label[event] else rng.integers(0, 6)):
        jets.append((20 + rng.exponential(30), rng.normal(0, 1.5), rng.uniform(-np.pi, np.pi)))
    jets.sort(reverse=True)
    for name, c in (("Jet_pt", 0), ("Jet_eta", 1), ("Jet_phi", 2)):
        rows[name].append([np.float32(jet[c]) for jet in jets])
    rows["Jet_mass"].append([np.float32(rng.uniform(2, 10)) for _ in jets])
table = {name: ak.values_astype(ak.Array(values), np.float32) for name, values in rows.items()}
table |= {
    "MET_pt": rng.exponential(30, EVENTS).astype(np.float32), "MET_phi": rng.uniform(-3.1, 3.1, EVENTS).astype(np.float32),
    "genWeight": np.where(rng.random(EVENTS) < 0.15, -1.0, 1.0) * 1.25, "event": np.arange(EVENTS, dtype=np.int64) * 7 + 3, "label": label,
}
path = os.path.join(golden.ROOT, "Tests", "Golden", "formats", "jagged_events.parquet")
ak.to_parquet(ak.Array(table), path, compression="zstd", extensionarray=False)
weights = np.asarray(table["genWeight"])
print(os.path.getsize(path), "bytes; sum of weights", weights.sum(), "; of signal", weights[label == 1].sum())
print("events with two jets", sum(len(own) > 1 for own in rows["Jet_pt"]))
