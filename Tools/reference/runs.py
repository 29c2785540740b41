#!/usr/bin/env python3
"""Makes two files as NanoAOD jobs leave them: a tree Events, already thinned, and a tree Runs with the sums of before.

    python Tools/reference/runs.py        writes Tests/Golden/root/runs_1.root and runs_2.root (uproot 5.7.7)

Of the first job two runs are left and of the second one; the sums of weights are 1000.5 + 20.25 and 300.25, together
1321. Events: 60 and 40, label event % 2, genWeight 1 and -0.5 for every tenth.
"""

from pathlib import Path

import numpy as np
import uproot

FOLDER = Path(__file__).resolve().parent.parent.parent / "Tests" / "Golden" / "root"


def write(name, first, count, runs, sums):
    event = np.arange(first, first + count)
    random = np.random.default_rng(first)
    with uproot.recreate(FOLDER / name, compression=uproot.ZLIB(6)) as file:
        file["Events"] = {
            "event": event.astype("u8"),
            "genWeight": np.where(event % 10 == 0, -0.5, 1).astype("f4"),
            "label": (event % 2).astype("i4"),
            "MET_pt": (random.exponential(30, count) + 20 * (event % 2)).astype("f4"),
        }
        file["Runs"] = {
            "run": np.array(runs, "u4"),
            "genEventCount": np.array([1000] * len(runs), "i8"),
            "genEventSumw": np.array(sums, "f8"),
        }


write("runs_1.root", 0, 60, [1, 2], [1000.5, 20.25])
write("runs_2.root", 60, 40, [3], [300.25])
