#!/usr/bin/env python3
"""Formulas over lists: the same values from awkward-array, each written by hand in its own words."""

import awkward as ak
import numpy as np

import golden

rng = np.random.default_rng(11)
EVENTS = 40
counts = rng.integers(0, 5, EVENTS)
counts[:5] = [0, 1, 2, 3, 4]


def lists(low, high):
    return ak.unflatten(np.round(rng.uniform(low, high, counts.sum()), 3), counts)


pt, eta = lists(10, 100), lists(-3, 3)
idx = ak.unflatten(rng.integers(0, 4, counts.sum()), counts)
met = np.round(rng.uniform(0, 80, EVENTS), 3)
k = rng.integers(-3, 4, EVENTS)
# Lists of lists: for each jet its tracks.
inner = rng.integers(0, 4, counts.sum())
tracks = ak.unflatten(ak.unflatten(np.round(rng.uniform(0, 9, inner.sum()), 3), inner), counts)
grid = np.round(rng.uniform(-5, 5, (EVENTS, 2, 3)), 3)


def at(x, i):
    """x[i] of each list, None where there is none; i counts from the back where it is negative."""
    i = np.broadcast_to(i, len(x))
    return [row[int(j)] if -len(row) <= j < len(row) else None for row, j in zip(ak.to_list(x), i)]


def minus(a, b):
    return [None if p is None or q is None else p - q for p, q in zip(a, b)]


def gather(x, places):
    return [[row[int(p)] if p < len(row) else None for p in own] for row, own in zip(ak.to_list(x), ak.to_list(places))]


number, flat = (lambda a: ak.values_astype(a, np.float64)), (lambda a: ak.flatten(a, axis=None))
CASES = [
    ("jet_pt[0]", at(pt, 0)), ("jet_pt[-1]", at(pt, -1)), ("jet_pt[2] - met", minus(at(pt, 2), met)),
    ("jet_pt[k]", at(pt, k)), ("jet_pt[:2]", pt[:, :2]), ("jet_pt[1:]", pt[:, 1:]), ("jet_pt[-2:]", pt[:, -2:]),
    ("jet_pt[1:3]", pt[:, 1:3]), ("jet_pt[:-1]", pt[:, :-1]),
    ("jet_pt[abs(jet_eta) < 2.5]", pt[abs(eta) < 2.5]),
    ("jet_pt[jet_eta > 0 && jet_pt > 30]", pt[(eta > 0) & (pt > 30)]),
    ("jet_pt[jet_pt > met]", pt[pt > met]), ("jet_pt * 2 + met", pt * 2 + met), ("jet_pt / jet_eta", pt / eta),
    ("sum(jet_pt)", ak.sum(pt, axis=1)), ("Sum$(jet_pt)", ak.sum(pt, axis=1)), ("max(jet_pt)", ak.max(pt, axis=1)),
    ("Min$(jet_eta)", ak.min(eta, axis=1)), ("mean(jet_pt)", ak.mean(pt, axis=1)), ("count(jet_pt)", ak.num(pt)),
    ("Length$(jet_pt)", ak.num(pt)), ("Length$(jet_pt > 50)", ak.num(pt)),
    ("count(jet_pt > 50)", ak.sum(pt > 50, axis=1)), ("sum(jet_pt > 50)", ak.sum(pt > 50, axis=1)),
    ("Sum$(jet_pt * (jet_eta > 0))", ak.sum(pt * (eta > 0), axis=1)), ("any(jet_pt > 90)", number(ak.any(pt > 90, axis=1))),
    ("all(jet_pt > 20)", number(ak.all(pt > 20, axis=1))), ("product(jet_eta)", ak.prod(eta, axis=1)),
    ("argmax(jet_eta)", ak.argmax(eta, axis=1)), ("argmin(jet_eta)", ak.argmin(eta, axis=1)),
    ("jet_pt[argmax(jet_eta)]", [row[int(np.argmax(e))] if row else None for row, e in zip(pt.to_list(), eta.to_list())]),
    ("sorted(jet_pt)", ak.sort(pt)), ("reversed(jet_pt)", pt[:, ::-1]), ("argsort(jet_pt)", ak.argsort(pt)),
    ("sorted(jet_pt, jet_eta)", pt[ak.argsort(eta)]), ("reversed(sorted(jet_pt))[0]", at(ak.sort(pt, ascending=False), 0)),
    ("places(jet_pt)", ak.local_index(pt)), ("jet_pt[idx]", gather(pt, idx)),
    ("MaxIf$(jet_pt, jet_eta < 0)", ak.max(pt[eta < 0], axis=1)), ("MinIf$(jet_pt, jet_eta < 0)", ak.min(pt[eta < 0], axis=1)),
    ("Alt$(jet_pt[2], -1)", ak.fill_none(ak.pad_none(pt, 3), -1)[:, 2]), ("Alt$(max(jet_pt), met)", ak.where(ak.num(pt) > 0, ak.fill_none(ak.max(pt, axis=1), 0), met)),
    ("jet_pt[1] > 30 || met > 40", [float((v is not None and v > 30) or m > 40) for v, m in zip(at(pt, 1), met)]),
    ("sum(jet_pt > 30 ? jet_pt : met)", ak.sum(ak.where(pt > 30, pt, met), axis=1)), ("max(jet_pt, 40)", ak.where(pt > 40, pt, 40)),
    ("min(jet_pt, met, 50)", np.minimum(np.minimum(pt, met), 50)), ("sqrt(abs(jet_eta))", np.sqrt(abs(eta))),
    ("sum(track)", ak.sum(track := tracks, axis=2)), ("Sum$(track)", [float(flat(row).to_numpy().sum()) for row in track]),
    ("sum(sum(track))", ak.sum(ak.sum(track, axis=2), axis=1)), ("count(track)", ak.num(track, axis=2)),
    ("Length$(track)", ak.sum(ak.num(track, axis=2), axis=1)), ("max(sum(track))", ak.max(ak.sum(track, axis=2), axis=1)),
    ("track[0]", [[] if not row else row[0] for row in track.to_list()]),
    ("track[1][0]", [row[1][0] if len(row) > 1 and row[1] else None for row in track.to_list()]),
    ("track[1, 0]", [row[1][0] if len(row) > 1 and row[1] else None for row in track.to_list()]),
    ("track[:, 0]", [[one[0] if one else None for one in row] for row in track.to_list()]),
    ("sum(track[track > 4])", ak.sum(track[track > 4], axis=2)), ("sum(track * jet_pt)", ak.sum(track * pt, axis=2)),
    ("sum(track + met)", ak.sum(track + met, axis=2)), ("max(track[jet_pt > 50][0])", [max(next((t for t, p in zip(row, own) if p > 50), []) or [None], default=None) for row, own in zip(track.to_list(), pt.to_list())]),
    ("sum(sorted(track)[:, 0])", [None if any(not one for one in row) else sum(min(one) for one in row) for row in track.to_list()]),
    ("grid[1][2]", grid[:, 1, 2]), ("grid[1, 2] - grid[0][0]", grid[:, 1, 2] - grid[:, 0, 0]), ("sum(grid[0])", grid[:, 0].sum(1)),
    ("sum(grid)", grid.sum(2)), ("Sum$(grid)", grid.sum((1, 2))), ("grid[-1][-1]", grid[:, -1, -1]), ("grid[:, 1]", grid[:, :, 1]),
]


def case(formula, values):
    """Numbers with None for NaN, and where lists start."""
    values = [None if v is None else v for v in (values if isinstance(values, list) else ak.to_list(values))]
    if any(isinstance(v, list) for v in values):
        offsets = np.concatenate([[0], np.cumsum([len(v) for v in values])])
        numbers = [one for v in values for one in v]
        return {"formula": formula, "offsets": offsets, "values": clean(numbers)}
    return {"formula": formula, "values": clean(values)}


def clean(values):
    return [None if v is None or v != v else float(v) for v in values]


golden.write(
    "formulas", ["awkward", "numpy"], 1e-14,
    "values: one an event, or those of all lists with offsets; null is missing; offsets of track: of jets, then of tracks",
    {
        "columns": {
            "counts": counts, "jet_pt": flat(pt), "jet_eta": flat(eta), "idx": flat(idx), "met": met, "k": k,
            "track_counts": inner, "track": flat(tracks), "grid": grid.ravel(),
        },
        "cases": [case(*one) for one in CASES],
    },
)
