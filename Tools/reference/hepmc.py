"""Writes Tests/Golden/formats/events.hepmc3, events.hepmc2.gz (in MeV) and, as pyhepmc reads them, Tests/Golden/hepmc.json.

Made with Python 3.11, pyhepmc 2.16.1 (HepMC 3):
    python Tools/reference/hepmc.py
"""

import gzip
import json
import os

import numpy as np
import pyhepmc
from pyhepmc import io

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tests", "Golden")
THREE, TWO = (os.path.join(FOLDER, "formats", n) for n in ("events.hepmc3", "events.hepmc2.gz"))
random = np.random.default_rng(3)


def particle(pid, status):
    px, py, pz, m = np.round(random.normal(0, 20, 3), 6).tolist() + [round(float(random.random()), 6)]
    return pyhepmc.GenParticle((px, py, pz, (px * px + py * py + pz * pz + m * m) ** 0.5), pid, status)


def event(number, run, unit):
    made = pyhepmc.GenEvent(unit, pyhepmc.Units.MM)
    made.run_info = run
    made.event_number = number
    beams = [particle(2212, 4), particle(2212, 4)]
    vertex = pyhepmc.GenVertex((0, 0, 0, 0))
    for beam in beams:
        vertex.add_particle_in(beam)
    made.add_vertex(vertex)
    open_ends = [particle(int(p), 2) for p in random.choice([1, -2, 21, 23, 6], random.integers(1, 5))]
    for p in open_ends:
        vertex.add_particle_out(p)
    for depth in range(3):
        ends = []
        while open_ends:
            inner = pyhepmc.GenVertex((depth, 0.1, 0.2, 0.3))
            for p in [open_ends.pop() for _ in range(min(len(open_ends), int(random.integers(1, 4))))]:
                inner.add_particle_in(p)
            for _ in range(random.integers(1, 4)):
                out = particle(int(random.choice([11, -13, 22, 211, 111])), 1 if depth == 2 else 2)
                inner.add_particle_out(out)
                ends.append(out)
            made.add_vertex(inner)
        open_ends = ends
    made.weights = [1.0 + number, -0.5 * number, 2.25]
    return made


def write(writer, unit):
    run = pyhepmc.GenRunInfo()
    run.weight_names = ["Default", "muR=2", "PDF12"]
    for number in range(6):
        writer.write(event(number * 3, run, unit))
    writer.close()


def read(path):
    events = []
    with io.open(path) as file:
        for e in file:
            scale = 1e-3 if e.momentum_unit == pyhepmc.Units.MEV else 1.0
            particles = []
            for p in e.particles:
                mothers = [m.pid for m in p.production_vertex.particles_in] if p.production_vertex else []
                momentum = [p.momentum.px, p.momentum.py, p.momentum.pz, p.momentum.e, p.generated_mass]
                particles.append([p.pid, p.status] + [x * scale for x in momentum] + [sum(mothers[:1]), sum(mothers[-1:])])
            events.append({"number": e.event_number, "weights": list(e.weights), "particles": particles})
    return events


write(io.WriterAscii(THREE), pyhepmc.Units.GEV)
write(io.WriterAsciiHepMC2(TWO[:-3]), pyhepmc.Units.MEV)
golden = {"made by": "Tools/reference/hepmc.py", "versions": {"pyhepmc": pyhepmc.__version__}, "three": read(THREE), "two": read(TWO[:-3])}
with open(TWO[:-3], "rb") as text, gzip.GzipFile(TWO, "wb", mtime=0) as out:
    out.write(text.read())
os.remove(TWO[:-3])
with open(os.path.join(FOLDER, "hepmc.json"), "w") as out:
    json.dump(golden, out, separators=(",", ":"))
