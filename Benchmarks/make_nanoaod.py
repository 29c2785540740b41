#!/usr/bin/env python3
"""Makes trees like those of CMS NanoAOD, flat and jagged, in four files: LZ4 and ZSTD, small and large baskets.

    make_nanoaod.py FOLDER [--megabytes 1024] [--seed 1]

Each file holds the tree `Events` of about that many megabytes of values: 40 flat branches of float32, 10 of int32 and
bool, and five collections of 8 members each (float32, int32, uint8) with 0 to 10 objects an event, counted by `nX`.
Values have a coarse mantissa, as NanoAOD's have, so that they compress about as well. Small baskets have about 32 KiB
of flat values, large ones 2 MiB and more. Files that are there already are kept.
"""

import argparse
import os
import sys

import awkward
import numpy
import uproot


def branches(rng, events):
    """One cluster's values: floats keep ten bits of mantissa, as in NanoAOD."""

    def coarse(x):
        return (x.astype("<f4").view("<u4") & 0xFFFFE000).view("<f4")

    made = {f"MET_{i}": coarse(rng.exponential(40, events)) for i in range(40)}
    made |= {f"HLT_{i}": rng.random(events) < 0.03 for i in range(5)}
    made |= {f"id_{i}": rng.integers(-5, 6, events).astype("i4") for i in range(5)}
    for name, mean in (("Jet", 5), ("Muon", 1), ("Electron", 1), ("GenPart", 12), ("FatJet", 0.5)):
        counts = rng.poisson(mean, events)
        total = int(counts.sum())
        members = {f"f{i}": coarse(rng.exponential(30, total)) for i in range(5)}
        members |= {f"i{i}": rng.integers(-1, 2, total).astype("i4") for i in range(2)}
        members |= {"u0": rng.integers(0, 8, total).astype("u1")}
        made[name] = awkward.zip({k: awkward.unflatten(v, counts) for k, v in members.items()})
    return made


def size(made):
    return sum(awkward.to_packed(awkward.Array(v)).nbytes if isinstance(v, awkward.Array) else v.nbytes for v in made.values())


def write(path, compression, events, megabytes, seed):
    rng = numpy.random.default_rng(seed)
    total = 0
    with uproot.recreate(path, compression=compression) as file:
        tree = None
        while total < megabytes * 1e6:
            made = branches(rng, events)
            if tree is None:
                tree = file.mktree("Events", {k: awkward.type(awkward.Array(v)).content if isinstance(v, awkward.Array) else v.dtype for k, v in made.items()})
            tree.extend(made)
            total += size(made)
    print(f"{path}: {total / 1e6:.0f} MB of values, {os.path.getsize(path) / 1e6:.0f} MB", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--megabytes", type=float, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    for codec, compression in (("lz4", uproot.LZ4(4)), ("zstd", uproot.ZSTD(5))):
        for baskets, events in (("small", 8_000), ("large", 500_000)):
            path = os.path.join(options.folder, f"nano_{codec}_{baskets}.root")
            if os.path.exists(path):
                continue
            # A run that is stopped leaves no half file behind.
            write(path + ".part", compression, events, options.megabytes, options.seed)
            os.rename(path + ".part", path)


if __name__ == "__main__":
    main()
