#!/usr/bin/env python3
"""Jets of five kinds near 1 TeV: gluon, light quark, W, Z and top, generated with PYTHIA 8 and FastJet.

Proton-proton collisions at 13 TeV, W, Z and top to quarks, anti-kt jets of radius 0.8 without detector. A jet is kept when a
parton or boson of the hard process lies within 0.4 of it. Features and constituents are explained in Datasets/README.md.
"""

import argparse
import itertools

import awkward as ak
import fastjet
import numpy as np

import common
import tables

ENERGY, RADIUS = 13000.0, 0.8
PT_RANGE, ETA_LIMIT = (800.0, 1200.0), 2.4
CONSTITUENTS = 50  # stored a jet
CORRELATED = 40  # leading constituents that enter the energy correlations
CLASSES = ("g", "q", "W", "Z", "t")
QUARKS = "1 2 3 4 5"
# For each class the processes, and what a jet must be near to: the particle codes and statuses in the hard process.
PROCESSES = {
    "g": (["HardQCD:gg2gg=on"], (21,), 23),
    "q": (["HardQCD:qq2qq=on"], (1, 2, 3), 23),
    "W": (["WeakDoubleBoson:ffbar2WW=on", "24:onMode=off", f"24:onIfAny={QUARKS}"], (24,), 22),
    "Z": (["WeakDoubleBoson:ffbar2gmZgmZ=on", "WeakZ0:gmZmode=2", "23:onMode=off", f"23:onIfAny={QUARKS}"], (23,), 22),
    "t": (["Top:gg2ttbar=on", "Top:qqbar2ttbar=on", "24:onMode=off", f"24:onIfAny={QUARKS}"], (6,), 22),
}
PHASE_SPACE = ["PhaseSpace:pTHatMin=950", "PhaseSpace:pTHatMax=1050"]
FEATURES = [
    "mass", "mass_mmdt", "multiplicity", "tau21", "tau32", "c1_b0", "c1_b1", "c1_b2", "c2_b1", "d2_b1", "m2_b1", "n2_b1",
    "ptd", "girth", "lha", "zlogz",
]
BATCH = 100


def cluster(record, algorithm, radius):
    return fastjet.ClusterSequence(record, fastjet.JetDefinition(algorithm, radius))


def one_of(codes, wanted):
    return sum((codes == code) for code in wanted) > 0


def sum_of(constituents):
    """A jet's momentum from its constituents (E scheme), with pt, eta and phi."""
    total = {p: ak.sum(constituents[p], axis=-1) for p in ("px", "py", "pz", "E")}
    pt = np.hypot(total["px"], total["py"])
    return ak.zip({**total, "pt": pt, "eta": np.arcsinh(total["pz"] / pt), "phi": np.arctan2(total["py"], total["px"])})


def matched_jets(batch, codes, status):
    """The constituents of each jet that is near one of the wanted particles, and its place in the batch."""
    record = common.particles(batch)
    wanted = record[(abs(record.status) == status) & one_of(record.id, codes)]
    clustered = cluster(common.momenta(common.visible(record)), fastjet.antikt_algorithm, RADIUS)
    constituents = clustered.constituents(PT_RANGE[0])
    jets = sum_of(constituents)
    inside = (jets.pt > PT_RANGE[0]) & (jets.pt < PT_RANGE[1]) & (abs(jets.eta) < ETA_LIMIT)
    keep = inside & (common.nearest(jets, wanted) < 0.4) & (ak.num(constituents, axis=2) > 3)
    places = np.repeat(np.arange(len(batch)), ak.sum(keep, axis=1).to_numpy())
    return common.momenta(ak.flatten(constituents[keep], axis=1)), places


# ---- features --------------------------------------------------------------------------------------------------------

TRIPLES = np.array(list(itertools.combinations(range(CORRELATED), 3)))


def relative(constituents, axis):
    """(pt, d_eta, d_phi) of one jet's constituents with respect to the jet, by falling pt."""
    px, py, pz = (constituents[p].to_numpy() for p in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    d_eta = np.arcsinh(pz / pt) - axis.eta
    d_phi = common.delta_phi(np.arctan2(py, px), axis.phi)
    return np.stack([pt, d_eta, d_phi], axis=1)[np.argsort(-pt, kind="stable")]


def ratio(a, b):
    return a / b if b > 0 else 0.0


def correlations(groomed):
    """Energy-correlation ratios of the groomed jet, from its 40 leading constituents.

    With fractions z of the transverse momentum and distances t: e2 = sum z z t^b, e3 = sum z z z (t t t)^b, and for M2 and N2
    the smallest t, and the product of the two smallest, in place of t t t (arXiv:1305.0007, 1409.6298, 1609.07483).
    """
    leading = groomed[:CORRELATED]
    z = leading[:, 0] / groomed[:, 0].sum()
    distance = np.hypot(leading[:, None, 1] - leading[None, :, 1], leading[:, None, 2] - leading[None, :, 2])
    e2 = {beta: 0.5 * z @ distance**beta @ z for beta in (1, 2)}
    i, j, k = TRIPLES[TRIPLES[:, 2] < len(leading)].T
    product = z[i] * z[j] * z[k]
    sides = np.sort(np.stack([distance[i, j], distance[i, k], distance[j, k]]), axis=0)
    smallest, two_smallest, all_three = (product @ sides[: n + 1].prod(axis=0) for n in range(3))
    return {
        "c1_b0": 0.5 * (1 - z @ z), "c1_b1": e2[1], "c1_b2": e2[2],
        "c2_b1": ratio(all_three, e2[1] ** 2), "d2_b1": ratio(all_three, e2[1] ** 3),
        "m2_b1": ratio(smallest, e2[1]), "n2_b1": ratio(two_smallest, e2[1] ** 2),
    }


def shapes(constituents):
    """Multiplicity and pT-weighted sums over all constituents of the jet."""
    fraction = constituents[:, 0] / constituents[:, 0].sum()
    radius = np.hypot(constituents[:, 1], constituents[:, 2])
    return {
        "multiplicity": len(fraction), "ptd": np.sqrt(fraction @ fraction), "girth": fraction @ radius,
        "lha": fraction @ np.sqrt(radius / RADIUS), "zlogz": fraction @ np.log(fraction),
    }


def describe(constituents):
    """Features and relative constituents of a flat list of jets."""
    axes = sum_of(constituents)
    subjettiness = cluster(constituents, fastjet.kt_algorithm, 1.5).njettiness(njets=[1, 2, 3], R0=RADIUS).to_numpy()
    # Soft drop with beta = 0 and z > 0.1 is the modified mass-drop tagger (mMDT).
    groomed = cluster(constituents, fastjet.cambridge_algorithm, 1.5).exclusive_jets_softdrop_grooming(
        njets=1, beta=0.0, symmetry_cut=0.1, R0=RADIUS
    )
    for jet, axis in enumerate(axes):
        mass = np.sqrt(max(axis.E**2 - axis.px**2 - axis.py**2 - axis.pz**2, 0.0))
        all_of_it = relative(constituents[jet], axis)
        tau1, tau2, tau3 = subjettiness[jet]
        features = {
            "mass": mass, "mass_mmdt": groomed.msoftdrop[jet], "tau21": ratio(tau2, tau1), "tau32": ratio(tau3, tau2),
            **correlations(relative(groomed.constituents[jet], axis)), **shapes(all_of_it),
        }
        scaled = all_of_it[:CONSTITUENTS] / [axis.pt, 1.0, 1.0]
        yield [axis.pt, axis.eta] + [features[name] for name in FEATURES], scaled


# ---- one class, then the table ---------------------------------------------------------------------------------------

def generate(index, count, seed, energy=ENERGY):
    """`count` jets of the class with that index: rows of pt, eta and features, constituents, event numbers."""
    name = CLASSES[index]
    settings, codes, status = PROCESSES[name]
    machine = common.generator(settings + PHASE_SPACE, 5 * seed + index + 1, energy)
    progress = common.Progress(f"{name} jets", count, "jets")
    rows, lists, events, generated = [], [], [], 0
    while len(rows) < count:
        batch = machine.nextBatch(BATCH)
        constituents, places = matched_jets(batch, codes, status)
        for row, scaled in describe(constituents) if len(places) else ():
            rows.append(row)
            lists.append(scaled)
        events.extend(index * 1_000_000_000 + generated + places)
        generated += len(batch)
        progress.show(min(len(rows), count))
    return rows[:count], lists[:count], events[:count]


def table(per_class, seed):
    """All columns by name and the padded constituents [jets, 50, 3], the classes mixed."""
    parts = [generate(index, per_class, seed) for index in range(len(CLASSES))]
    order = np.random.default_rng(seed).permutation(per_class * len(CLASSES))
    values = np.concatenate([part[0] for part in parts])[order]
    lists = [one for part in parts for one in part[1]]
    constituents = np.zeros((len(order), CONSTITUENTS, 3), dtype=np.float32)
    for place, origin in enumerate(order):
        constituents[place, : len(lists[origin])] = lists[origin]
    columns = {name: tables.round_mantissa(values[:, i]) for i, name in enumerate(["pt", "eta"] + FEATURES)}
    columns["weight"] = np.ones(len(order), dtype=np.float32)
    columns["class"] = np.repeat(np.arange(len(CLASSES), dtype=np.int32), per_class)[order]
    columns["event"] = np.concatenate([part[2] for part in parts]).astype(np.int64)[order]
    return columns, tables.round_mantissa(constituents.ravel(), 11).reshape(constituents.shape)


def write(path, columns, constituents, facts):
    if path.endswith(".h5"):
        tables.write_hdf5(path, {"jets": tables.structured(columns), "constituents": constituents}, facts)
    elif path.endswith(".root"):
        real = constituents[:, :, 0] > 0
        names = ("pt", "eta", "phi")
        jagged = ak.zip({n: ak.unflatten(constituents[:, :, i][real], real.sum(axis=1)) for i, n in enumerate(names)})
        tables.write_root(path, "Jets", {**columns, "constituent": jagged})
    else:
        tables.write_csv(path, columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-class", type=int, default=200, help="jets of each of the five classes")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and versions give the same jets")
    parser.add_argument("--out", nargs="+", required=True, help="files to write: .h5, .root or .csv.gz (features only)")
    options = parser.parse_args()
    for path in options.out:
        tables.check_suffix(path)
    if options.per_class < 1:
        parser.error(f"--per-class {options.per_class}: at least 1")
    columns, constituents = table(options.per_class, options.seed)
    facts = {
        "title": "Jets near 1 TeV, anti-kt 0.8, 13 TeV; class 0 g, 1 q, 2 W, 3 Z, 4 t", "classes": " ".join(CLASSES),
        "seed": options.seed, **common.versions(),
    }
    for path in options.out:
        write(path, columns, constituents, facts)
        print(f"wrote {path}: {options.per_class} jets of each of {', '.join(CLASSES)}")


if __name__ == "__main__":
    main()
