#!/usr/bin/env python3
"""The Higgs benchmark of Baldi, Sadowski and Whiteson (Nature Commun. 5 (2014) 4308), generated with PYTHIA 8 and FastJet.

Signal (label 1): g g -> H0(425) -> W H+-(325) -> W W h0(125) -> W W b b. Background (label 0): t tbar -> W W b b.
Proton-proton collisions at 8 TeV, one W to e or mu and its neutrino, the other to quarks. Columns, units and the choices
that the paper leaves open are in Datasets/README.md.
"""

import argparse
import math

import awkward as ak
import numpy as np

import common
import tables

ENERGY = 8000.0
MASS_W, MASS_TOP, MASS_CHARGED_HIGGS = 80.4, 173.0, 325.0
SIGNAL = [
    "Higgs:useBSM=on", "HiggsBSM:gg2H2=on", "HiggsH2:coup2u=1", "HiggsH2:coup2d=1", "HiggsH2:coup2HchgW=1",
    "HiggsHchg:coup2H1W=1", "25:m0=125", "35:m0=425", "36:m0=5000", "37:m0=325",
    "35:onMode=off", "35:onIfAny=37", "37:onMode=off", "37:onIfMatch=24 25", "25:onMode=off", "25:onIfMatch=5 -5",
]
BACKGROUND = ["Top:gg2ttbar=on", "Top:qqbar2ttbar=on"]
# The leptonic W is the W+ in one generator and the W- in the other, half the events each.
LEPTONIC_W = {
    +1: ["24:onMode=off", "24:onPosIfAny=11 13", "24:onNegIfAny=1 2 3 4 5"],
    -1: ["24:onMode=off", "24:onNegIfAny=11 13", "24:onPosIfAny=1 2 3 4 5"],
}
LOW_LEVEL = ["lepton_pT", "lepton_eta", "lepton_phi", "missing_energy_magnitude", "missing_energy_phi"] + [
    f"jet_{jet}_{what}" for jet in (1, 2, 3, 4) for what in ("pt", "eta", "phi", "b_tag")
]
HIGH_LEVEL = ["m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb"]
# Event numbers of the two classes start at different multiples of ten, so `event % 10` splits both alike.
FIRST_EVENT = {0: 0, 1: 1_000_000_000}
BATCH = 250


# ---- detector: parametric smearing and b-tag -------------------------------------------------------------------------

def isolated_leptons(seen, rng):
    """Electrons and muons, pT > 20, |eta| < 2.5, less than 15 % of their pT beside them within 0.3; 90 % are found."""
    light = (seen.id == 11) | (seen.id == 13)
    candidate = light & (seen.pt > 15) & (abs(seen.eta) < 2.5)
    leptons = seen[candidate]
    a, b = ak.unzip(ak.cartesian([leptons, seen], nested=True))
    distance = np.hypot(a.eta - b.eta, common.delta_phi(a.phi, b.phi))
    beside = ak.sum(ak.where(distance < 0.3, b.pt, 0.0), axis=-1) - leptons.pt
    isolated = ak.fill_none(beside, 0.0) < 0.15 * leptons.pt
    scale = jagged(leptons, 1 + 0.015 * rng.standard_normal(ak.sum(ak.num(leptons))))
    found = jagged(leptons, rng.random(ak.sum(ak.num(leptons))) < 0.90)
    smeared = ak.with_field(leptons, leptons.pt * scale, "pt")
    return smeared[isolated & found & (smeared.pt > 20)], isolated, candidate


def jagged(like, flat):
    return ak.unflatten(flat, ak.num(like))


def without_isolated(seen, isolated, candidate):
    """The particles that go into jets: all that are seen but the isolated leptons."""
    order = ak.local_index(seen.pt)
    taken = order[candidate][isolated]
    mask = np.ones(ak.sum(ak.num(seen)), dtype=bool)
    starts = np.concatenate([[0], np.cumsum(ak.num(seen).to_numpy())[:-1]])
    mask[ak.flatten(taken + starts).to_numpy()] = False
    return seen[ak.unflatten(mask, ak.num(seen))]


def smear_jets(jets, rng):
    """Energy resolution 0.8/sqrt(pT) (+) 5 %, the angles kept."""
    pt = ak.flatten(jets.pt).to_numpy()
    resolution = np.sqrt(0.64 / pt + 0.05**2)
    scale = jagged(jets, np.maximum(1 + resolution * rng.standard_normal(len(pt)), 0.1))
    return ak.zip({**{name: jets[name] * scale for name in ("px", "py", "pz", "E", "pt")}, "eta": jets.eta, "phi": jets.phi})


def b_tags(jets, record, rng):
    """1 with a probability of 70 % (bottom), 20 % (charm) or 1.5 % (light); a hadron within 0.4 gives the flavour."""
    bottom = common.nearest(jets, common.hadrons_with(record, 5)) < 0.4
    charm = common.nearest(jets, common.hadrons_with(record, 4)) < 0.4
    probability = ak.where(bottom, 0.70, ak.where(charm, 0.20, 0.015))
    return ak.values_astype(jagged(jets, rng.random(ak.sum(ak.num(jets)))) < probability, np.int32)


def missing_momentum(seen, true_jets, jets, all_leptons, rng):
    """Minus the sum of what was measured; the soft rest is measured with 0.5 sqrt(sum of its pT) in x and y."""
    change = [ak.sum(jets[p] - true_jets[p], axis=1) for p in ("px", "py")]
    soft = np.maximum(ak.sum(seen.pt, axis=1) - ak.sum(true_jets.pt, axis=1) - ak.sum(all_leptons.pt, axis=1), 0)
    noise = 0.5 * np.sqrt(soft.to_numpy())
    return [
        -(ak.sum(seen[p], axis=1) + change[i]).to_numpy() + noise * rng.standard_normal(len(noise))
        for i, p in enumerate(("px", "py"))
    ]


# ---- reconstruction --------------------------------------------------------------------------------------------------

def add(*vectors):
    return [sum(component) for component in zip(*vectors)]


def mass(vector):
    px, py, pz, energy = vector
    return math.sqrt(max(energy**2 - px**2 - py**2 - pz**2, 0.0))


def neutrino(lepton, met_x, met_y):
    """The neutrino with the measured transverse momentum whose pz brings m(lv) closest to the W's mass.

    Two solutions: that of the smaller |pz|. None: the pz at which m(lv) is smallest, which then is the transverse mass.
    """
    px, py, pz, energy = lepton
    lepton_pt2, met2 = px * px + py * py, met_x**2 + met_y**2
    a = 0.5 * MASS_W**2 + px * met_x + py * met_y
    discriminant = a * a - lepton_pt2 * met2
    if discriminant > 0:
        root = energy * math.sqrt(discriminant)
        longitudinal = min(((a * pz + sign * root) / lepton_pt2 for sign in (1, -1)), key=abs)
    else:
        longitudinal = pz * math.sqrt(met2 / lepton_pt2)
    return [met_x, met_y, longitudinal, math.sqrt(met2 + longitudinal**2)]


def masses(lepton, met_x, met_y, jets, tags):
    """m_jj, m_jjj, m_lv, m_jlv, m_bb, m_wbb, m_wwbb; `jets` by falling pT, at least two of them tagged."""
    tagged = [i for i, tag in enumerate(tags) if tag][:2]
    bottom = [jets[i] for i in tagged]
    rest = [jet for i, jet in enumerate(jets) if i not in tagged]
    pairs = [add(rest[i], rest[j]) for i in range(len(rest)) for j in range(i)]
    hadronic = min(pairs, key=lambda pair: abs(mass(pair) - MASS_W))
    leptonic = add(lepton, neutrino(lepton, met_x, met_y))
    tops = [(mass(add(hadronic, bottom[k])), mass(add(leptonic, bottom[1 - k]))) for k in (0, 1)]
    m_jjj, m_jlv = min(tops, key=lambda pair: sum((m - MASS_TOP) ** 2 for m in pair))
    higgs = add(*bottom)
    m_wbb = min((mass(add(higgs, w)) for w in (hadronic, leptonic)), key=lambda m: abs(m - MASS_CHARGED_HIGGS))
    return [mass(hadronic), m_jjj, mass(leptonic), m_jlv, mass(higgs), m_wbb, mass(add(higgs, hadronic, leptonic))]


def selected_rows(batch, rng):
    """(row of LOW_LEVEL + HIGH_LEVEL, generator weight, place in the batch) of the events that pass."""
    record = common.particles(batch)
    seen = common.visible(record)
    leptons, isolated, candidate = isolated_leptons(seen, rng)
    all_leptons = seen[candidate][isolated]
    true_jets = common.anti_kt(without_isolated(seen, isolated, candidate), 0.5, 10.0)
    smeared = smear_jets(true_jets, rng)
    met_x, met_y = missing_momentum(seen, true_jets, smeared, all_leptons, rng)
    jets = smeared[(smeared.pt > 20) & (abs(smeared.eta) < 2.5)]
    jets = jets[ak.argsort(jets.pt, ascending=False)]
    tags = b_tags(jets, record, rng)
    passed = (ak.num(leptons) == 1) & (ak.num(jets) >= 4) & (ak.sum(tags, axis=1) >= 2)
    weights = ak.to_numpy(batch.info.weights[:, 0])
    for event in np.flatnonzero(ak.to_numpy(passed)):
        yield row(leptons[event][0], met_x[event], met_y[event], jets[event], tags[event]), weights[event], event


def row(lepton, met_x, met_y, jets, tags):
    pt, eta, phi = float(lepton.pt), float(lepton.eta), float(lepton.phi)
    lepton_vector = [pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta), pt * math.cosh(eta)]
    shape = np.stack([jets[name].to_numpy() for name in ("pt", "eta", "phi")], axis=1)
    vectors = np.stack([jets[name].to_numpy() for name in ("px", "py", "pz", "E")], axis=1).tolist()
    flags = tags.to_numpy()
    leading = [value for jet in range(4) for value in (*shape[jet], float(flags[jet]))]
    low = [pt, eta, phi, math.hypot(met_x, met_y), math.atan2(met_y, met_x), *leading]
    return low + masses(lepton_vector, met_x, met_y, vectors, flags)


# ---- one class, then the table ---------------------------------------------------------------------------------------

def generate(label, count, seed, energy=ENERGY):
    """`count` selected events of one class, with the number of events generated for them."""
    settings = SIGNAL if label == 1 else BACKGROUND
    rng = np.random.default_rng([seed, label])
    machines = [common.generator(settings + LEPTONIC_W[sign], 2 * (2 * seed + label) + (sign > 0) + 1, energy) for sign in (1, -1)]
    progress = common.Progress("signal" if label == 1 else "background", count)
    rows, weights, events, generated = [], [], [], 0
    while len(rows) < count:
        for machine in machines:
            batch = machine.nextBatch(BATCH)
            for values, weight, place in selected_rows(batch, rng):
                rows.append(values)
                weights.append(weight)
                events.append(FIRST_EVENT[label] + generated + place)
            generated += len(batch)
        progress.show(min(len(rows), count))
    kept = slice(0, count)
    return np.array(rows[kept]), np.array(weights[kept]), np.array(events[kept], dtype=np.int64), generated


def signed(weights, fraction, rng):
    """Turns a share of the weights negative and scales all by 1/(1 - 2 fraction): the expected sum stays what it was."""
    sign = np.where(rng.random(len(weights)) < fraction, -1.0, 1.0)
    return weights * sign / (1 - 2 * fraction)


def table(events, seed, negative_fraction):
    """All columns by name, the classes mixed, and what has to be known about them."""
    parts = {label: generate(label, count, seed) for label, count in ((1, events // 2), (0, events - events // 2))}
    rng = np.random.default_rng([seed, 2])
    order = rng.permutation(events)
    together = lambda index: np.concatenate([parts[1][index], parts[0][index]])[order]
    values, weights, numbers = together(0), together(1), together(2)
    labels = np.repeat(np.array([1, 0], dtype=np.int32), [events // 2, events - events // 2])[order]
    columns = {name: tables.round_mantissa(values[:, i]) for i, name in enumerate(LOW_LEVEL + HIGH_LEVEL)}
    columns["weight"] = signed(weights, negative_fraction, rng).astype(np.float32)
    columns["label"] = labels
    columns["event"] = numbers
    facts = {
        "title": "Higgs benchmark: H0(425) -> W H+-(325) -> WW h0(125) -> WWbb (label 1) against t tbar (label 0), 8 TeV",
        "seed": seed, **common.versions(),
        "generated_signal": parts[1][3], "generated_background": parts[0][3],
        "negative_fraction": negative_fraction,
    }
    return columns, facts


def write(path, columns, facts):
    if path.endswith(".h5"):
        tables.write_hdf5(path, {"events": tables.structured(columns)}, facts)
    elif path.endswith(".root"):
        tables.write_root(path, "Events", columns)
    else:
        tables.write_csv(path, columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1000, help="events that pass the selection, half of them signal")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and versions give the same events")
    parser.add_argument("--negative-fraction", type=float, default=0.0, help="share of negative weights, as 0.15, below 0.5")
    parser.add_argument("--out", nargs="+", required=True, help="files to write: .h5, .root or .csv.gz")
    options = parser.parse_args()
    for path in options.out:
        tables.check_suffix(path)
    if options.events < 2:
        parser.error(f"--events {options.events}: at least 2, one of each class")
    if not 0 <= options.negative_fraction < 0.5:
        parser.error(f"--negative-fraction {options.negative_fraction}: must be at least 0 and below 0.5")
    columns, facts = table(options.events, options.seed, options.negative_fraction)
    for path in options.out:
        write(path, columns, facts)
        print(f"wrote {path}: {options.events} events; of the generated events "
              f"{options.events // 2 / facts['generated_signal']:.3f} of the signal and "
              f"{(options.events - options.events // 2) / facts['generated_background']:.3f} of the background passed")


if __name__ == "__main__":
    main()
