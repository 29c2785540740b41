"""What the generators of Datasets/ share: PYTHIA, particle arrays, jets, and a progress line.

All arrays are per event (awkward) until an event has passed its selection; momenta are in GeV.
"""

import importlib.metadata
import sys
import time

import awkward as ak
import fastjet
import numpy as np
import pythia8mc
import vector

vector.register_awkward()

NEUTRINOS = (12, 14, 16)
CALORIMETER_ETA = 5.0


def generator(settings, seed, energy):
    """A PYTHIA 8 instance for proton-proton collisions at `energy` (GeV); a refused setting ends the program."""
    pythia = pythia8mc.Pythia("", False)
    common = [f"Beams:eCM={energy}", "Random:setSeed=on", f"Random:seed={seed}", "Print:quiet=on"]
    for setting in common + list(settings):
        if not pythia.readString(setting):
            sys.exit(f"PYTHIA refused the setting '{setting}'; does this version know it?")
    if not pythia.init():
        sys.exit("PYTHIA could not be initialised with " + "; ".join(settings))
    return pythia


def versions():
    """What made a file, for its attributes."""
    return {name: importlib.metadata.version(name) for name in ("pythia8mc", "fastjet", "awkward", "numpy")}


def particles(batch):
    """The event record of a batch with transverse kinematics beside it: id, status, px, py, pz, E, pt, eta, phi."""
    record = batch.prt
    px, py, pz, energy = record.p.px, record.p.py, record.p.pz, record.p.e
    pt = np.sqrt(px * px + py * py)
    return ak.zip(
        {
            "id": abs(record.id), "status": record.status, "px": px, "py": py, "pz": pz, "E": energy,
            "pt": pt, "eta": np.arcsinh(pz / np.maximum(pt, 1e-9)), "phi": np.arctan2(py, px),
        }
    )


def visible(record):
    """Stable particles that a calorimeter sees: everything but neutrinos, |eta| < 5."""
    keep = (record.status > 0) & (abs(record.eta) < CALORIMETER_ETA)
    for neutrino in NEUTRINOS:
        keep = keep & (record.id != neutrino)
    return record[keep]


def momenta(record):
    """Only the four-momentum, in the form in which FastJet takes it."""
    return ak.zip({"px": record.px, "py": record.py, "pz": record.pz, "E": record.E}, with_name="Momentum4D")


def sorted_jets(jets):
    """Four-momenta with pt, eta and phi, by falling pt."""
    pt = np.sqrt(jets.px**2 + jets.py**2)
    eta, phi = np.arcsinh(jets.pz / pt), np.arctan2(jets.py, jets.px)
    full = ak.zip({"px": jets.px, "py": jets.py, "pz": jets.pz, "E": jets.E, "pt": pt, "eta": eta, "phi": phi})
    return full[ak.argsort(pt, ascending=False)]


def anti_kt(record, radius, minimum_pt):
    """Anti-kt jets of a particle array, by falling pt."""
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    return sorted_jets(fastjet.ClusterSequence(momenta(record), definition).inclusive_jets(min_pt=minimum_pt))


def delta_phi(a, b):
    """Difference of two azimuths, in [-pi, pi)."""
    return (a - b + np.pi) % (2 * np.pi) - np.pi


def nearest(objects, others):
    """For each object of each event the distance sqrt(d_eta^2 + d_phi^2) to the nearest of `others` (infinite if none)."""
    pairs = ak.cartesian([objects, others], nested=True)
    a, b = ak.unzip(pairs)
    distance = np.sqrt((a.eta - b.eta) ** 2 + delta_phi(a.phi, b.phi) ** 2)
    return ak.fill_none(ak.min(distance, axis=-1), np.inf)


def hadrons_with(record, flavour, minimum_pt=5.0):
    """Hadrons that contain a quark of that flavour (4 charm, 5 bottom), also those that decay."""
    code = record.id
    contains = ((code // 100) % 10 == flavour) | ((code // 1000) % 10 == flavour)
    return record[contains & (record.pt > minimum_pt) & (code > 100) & (code < 100000)]


class Progress:
    """One line with the rate and the time left: redrawn on a terminal, every tenth in a log."""

    def __init__(self, label, total, unit="events"):
        self.label, self.total, self.unit, self.start, self.shown = label, total, unit, time.time(), -1

    def show(self, done):
        elapsed = max(time.time() - self.start, 1e-9)
        rate = done / elapsed
        left = (self.total - done) / rate if rate > 0 else float("inf")
        line = f"{self.label}: {done}/{self.total} {self.unit}, {rate:.0f}/s, {max(left, 0):.0f} s left"
        terminal = sys.stderr.isatty()
        tenth = 10 * done // self.total
        if terminal or tenth != self.shown:
            print(("\r" + line + "  ") if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)
            self.shown = tenth
        if terminal and done >= self.total:
            print(file=sys.stderr)
