#!/usr/bin/env python3
"""Prints what a physicist would look at first in the samples, and fails where a sample is not the physics it claims to be.

Peaks of the masses, separation of each column, and, where scikit-learn is installed, the AUC of quick classifiers on
low-level, high-level and all columns (a third of the events is held out).
"""

import argparse
import os
import sys

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
NOT_INPUTS = ("label", "class", "weight", "event", "pt", "eta")
# Where the most populated bin must be: column, class, GeV, how far off it may be.
HIGGS_PEAKS = [
    ("m_jj", 1, 80, 8), ("m_jj", 0, 80, 8), ("m_lv", 1, 80, 8), ("m_lv", 0, 80, 8), ("m_bb", 1, 122, 12),
    ("m_wbb", 1, 322, 15), ("m_wwbb", 1, 425, 25), ("m_jjj", 0, 173, 12), ("m_jlv", 0, 173, 12),
]
JET_PEAKS = [("mass_mmdt", 2, 80, 5), ("mass_mmdt", 3, 91, 5), ("mass_mmdt", 4, 173, 10)]
mistakes = []


def demand(holds, message):
    if not holds:
        mistakes.append(message)
        print("  NOT SO: " + message)


def peak(values, weights, width=6.0, upper=700.0):
    """Centre of the highest bin of a smoothed histogram."""
    counts, edges = np.histogram(values, bins=np.arange(20, upper, width), weights=weights)
    smooth = np.convolve(counts, [0.25, 0.5, 0.25], mode="same")
    best = int(smooth.argmax())
    return 0.5 * (edges[best] + edges[best + 1])


def separation(a, b, wa, wb):
    """<S^2> = 1/2 sum (s - b)^2 / (s + b) over 50 bins between the 0.5 % and 99.5 % quantiles: 0 alike, 1 apart."""
    edges = np.unique(np.quantile(np.concatenate([a, b]), np.linspace(0.005, 0.995, 51)))
    s, t = (np.histogram(values, bins=edges, weights=w)[0] for values, w in ((a, wa), (b, wb)))
    s, t = s / s.sum(), t / t.sum()
    filled = s + t > 0
    return 0.5 * np.sum((s - t)[filled] ** 2 / (s + t)[filled])


def check_peaks(table, classes, wanted):
    for name, index, place, tolerance in wanted:
        chosen = classes == index
        found = peak(table[name][chosen], table["weight"][chosen])
        print(f"  {name} of class {index}: most events near {found:.0f} GeV (expected {place} +- {tolerance})")
        demand(abs(found - place) <= tolerance, f"{name} of class {index} peaks at {found:.0f} GeV")


def check_table(table, classes, names):
    for name in table.dtype.names:
        demand(np.isfinite(table[name]).all(), f"{name} has values that are not finite")
    print("  events a class: " + ", ".join(f"{name} {np.sum(classes == k)}" for k, name in enumerate(names)))
    signed = table["weight"] < 0
    print(f"  sum of weights {table['weight'].sum():.1f}, negative {signed.mean():.1%}")


def quick_auc(inputs, classes, weights):
    """One-against-rest AUC of a gradient-boosting and of a linear classifier on the held-out third, or nothing."""
    try:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.metrics import roc_auc_score
    except ImportError:
        return None
    held_out = np.arange(len(classes)) % 3 == 0
    answers = {}
    for name, model in (("boosted trees", HistGradientBoostingClassifier(random_state=1)), ("Fisher", LinearDiscriminantAnalysis())):
        model.fit(inputs[~held_out], classes[~held_out])
        probability = model.predict_proba(inputs[held_out])
        answers[name] = [roc_auc_score(classes[held_out] == k, probability[:, k]) for k in model.classes_]
    return answers


def check_higgs(path):
    with h5py.File(path) as file:
        table = file["events"][:]
        print(f"{path}: " + ", ".join(f"{name} {value}" for name, value in file.attrs.items()))
    check_table(table, table["label"], ("background", "signal"))
    check_peaks(table, table["label"], HIGGS_PEAKS)
    s, b = table[table["label"] == 1], table[table["label"] == 0]
    names = [n for n in table.dtype.names if n not in NOT_INPUTS]
    masses = [n for n in names if n.startswith("m_")]
    momenta = [n for n in names if n not in masses]
    ranked = sorted(((separation(s[n], b[n], s["weight"], b["weight"]), n) for n in names), reverse=True)
    print("  separation: " + ", ".join(f"{name} {value:.3f}" for value, name in ranked[:10]))
    areas = {}
    for name, chosen in (("low-level", momenta), ("high-level", masses), ("all", names)):
        answer = quick_auc(np.stack([table[c] for c in chosen], axis=1), table["label"], table["weight"])
        if answer:
            areas[name] = answer["boosted trees"][1]
            print(f"  AUC on {name} columns: " + ", ".join(f"{model} {values[1]:.3f}" for model, values in answer.items()))
    if areas:
        demand(areas["high-level"] > areas["low-level"], "the masses should separate better than the momenta in so small a sample")
        demand(0.70 < areas["all"] < 0.95, f"the AUC on all columns is {areas['all']:.3f}, far from the paper's 0.81 (trees)")


def check_jets(path):
    with h5py.File(path) as file:
        table, constituents = file["jets"][:], file["constituents"][:]
        names = file.attrs["classes"].split()
        print(f"{path}: " + ", ".join(f"{name} {value}" for name, value in file.attrs.items()))
    classes = table["class"]
    check_table(table, classes, names)
    check_peaks(table, classes, JET_PEAKS)
    demand(np.isfinite(constituents).all(), "constituents have values that are not finite")
    stored = (constituents[:, :, 0] > 0).sum(axis=1)
    print(f"  constituents: {stored.mean():.1f} of {table['multiplicity'].mean():.1f} a jet stored, "
          f"with {constituents[:, :, 0].sum(axis=1).mean():.3f} of its pT")
    for name in ("multiplicity", "tau21", "tau32", "d2_b1", "n2_b1", "ptd"):
        print(f"  median {name}: " + ", ".join(f"{c} {np.median(table[name][classes == k]):.3g}" for k, c in enumerate(names)))
    inputs = np.stack([table[n] for n in table.dtype.names if n not in NOT_INPUTS], axis=1)
    for model, values in (quick_auc(inputs, classes, table["weight"]) or {}).items():
        print(f"  AUC against the rest, {model}: " + ", ".join(f"{c} {v:.3f}" for c, v in zip(names, values)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--higgs", default=os.path.join(HERE, "samples", "higgs.h5"))
    parser.add_argument("--jets", default=os.path.join(HERE, "samples", "jets.h5"))
    options = parser.parse_args()
    check_higgs(options.higgs)
    check_jets(options.jets)
    sys.exit(f"{len(mistakes)} checks failed" if mistakes else 0)


if __name__ == "__main__":
    main()
