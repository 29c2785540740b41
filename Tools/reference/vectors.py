#!/usr/bin/env python3
"""Four-vectors with 60 digits (mpmath), from inputs that are exact in single precision; the package vector beside it.

Pairs and triples of particles up to boosts of 10^7, side by side, back to back, massless, with pt = 0.
"""

import mpmath as mp
import numpy as np
import vector

import golden

mp.mp.dps = 60
rng = np.random.default_rng(5)


def single(x):
    return float(np.float32(x))


def components(p):
    pt, eta, phi, m = (mp.mpf(x) for x in p)
    px, py, pz = pt * mp.cos(phi), pt * mp.sin(phi), pt * mp.sinh(eta)
    return px, py, pz, mp.sqrt(m * m + (pt * mp.cosh(eta)) ** 2)


def wrapped(d):
    return d - 2 * mp.pi * mp.nint(d / (2 * mp.pi))


def quantities(*particles):
    px, py, pz, e = (sum(c) for c in zip(*map(components, particles)))
    a, b = particles[:2]
    pt = mp.sqrt(px * px + py * py)
    dphi = wrapped(mp.mpf(a[2]) - mp.mpf(b[2]))
    return {
        "mass": mp.sqrt(max(e * e - px * px - py * py - pz * pz, 0)), "pt": pt, "eta": mp.asinh(pz / pt), "phi": mp.atan2(py, px),
        "energy": e, "rapidity": mp.log((e + pz) / (e - pz)) / 2, "deltaR": mp.sqrt((mp.mpf(a[1]) - mp.mpf(b[1])) ** 2 + dphi**2),
        "deltaPhi": dphi, "mt": mp.sqrt(2 * mp.mpf(a[0]) * mp.mpf(b[0]) * (1 - mp.cos(mp.mpf(a[2]) - mp.mpf(b[2])))),
    }


def particle(pt, eta, phi, m):
    return [single(pt), single(eta), single(phi), single(m)]


pairs = []
for boost in [1.5, 10, 1e2, 1e3, 1e4, 1e5, 1e7]:
    for _ in range(4):
        m, eta, phi = rng.uniform(0.1, 5), rng.uniform(-2.5, 2.5), rng.uniform(-3, 3)
        one = particle(m * boost, eta, phi, m)
        angle = rng.uniform(0.3, 3) / boost
        pairs.append([one, particle(m * boost * rng.uniform(0.5, 2), eta + angle, phi - angle, rng.uniform(0, 5))])
for _ in range(12):
    pairs.append([particle(rng.uniform(5, 500), rng.uniform(-4, 4), rng.uniform(-3.14, 3.14), rng.uniform(0, 90)) for _ in range(2)])
pairs += [
    [particle(45.6, 0.3, 1, 0), particle(40, -0.3, 1 - np.pi, 0)], [particle(100, 1, 3.1, 0), particle(50, 1.001, -3.1, 0)],
    [particle(1000, 5, 0.5, 0.000511), particle(900, 5.0001, 0.5, 0.000511)], [particle(30, 0, 0, 0), particle(30, 0, 0, 0)],
]
triples = [pair + [particle(rng.uniform(5, 500), rng.uniform(-4, 4), rng.uniform(-3.14, 3.14), rng.uniform(0, 90))] for pair in pairs[::4]]


def float_of(numbers):
    return {name: float(value) for name, value in numbers.items()}


def peer(a, b):
    """The mass by the package vector, in double precision."""
    u, v = (vector.obj(pt=p[0], eta=p[1], phi=p[2], mass=p[3]) for p in (a, b))
    return float((u + v).mass)


exact = [float_of(quantities(*pair)) for pair in pairs]
worst = max(abs(peer(*pair) - own["mass"]) / own["mass"] for pair, own in zip(pairs, exact) if own["mass"] > 0)
print(f"largest relative error of the package vector's mass, double precision: {worst:.2e}")
golden.write(
    "vectors", ["mpmath", "numpy", "vector"], 1e-12,
    "particles are pt, eta, phi, m, exact in single precision; phi of a sum in (-pi, pi]; peer_mass: vector's, double precision",
    {
        "pairs": [[x for p in pair for x in p] for pair in pairs],
        "expected": {name: [one[name] for one in exact] for name in exact[0]},
        "peer_mass": [peer(*pair) for pair in pairs],
        "triples": [[x for p in triple for x in p] for triple in triples],
        "triple_mass": [float(quantities(*triple)["mass"]) for triple in triples],
    },
)
