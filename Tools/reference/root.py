"""Digests of what uproot reads from ROOT files, for Tests/FormatsTests/Root.

Writes Tests/Golden/root.json. The files are not part of the project: they lie at $APUS_DATA/root, else at
../shared/data/root. A digest is FNV-1a (64 bits) over 8-byte words with a shift; see `digest`.

    python Tools/reference/root.py
"""

import glob
import json
import os

import awkward
import numpy
import uproot

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DATA = os.path.join(os.environ.get("APUS_DATA", os.path.join(ROOT, "..", "shared", "data")), "root")
GOLDEN = os.path.join(ROOT, "Tests", "Golden", "root.json")


def digest(data):
    """FNV-1a over little-endian words of eight bytes, the last filled with zeros, then the length."""
    data = bytes(data)
    words = numpy.frombuffer(data + b"\0" * (-len(data) % 8), dtype="<u8").tolist()
    value = 0xCBF29CE484222325
    for word in words + [len(data)]:
        value = ((value ^ word) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        value ^= value >> 32  # so that two flipped signs do not cancel
    return f"{value:016x}"


def objects(file):
    """Every object of a file: path, class and digest of its decompressed bytes."""
    found = {}
    for path, key in ((p, file.key(p)) for p in file.keys()):
        chunk, cursor = key.get_uncompressed_chunk_cursor()
        data = chunk.get(cursor.index, cursor.index + key.data_uncompressed_bytes, cursor, {})
        found[path] = [key.fClassName, digest(data.tobytes())]
    return found


def main():
    files = {}
    for path in sorted(glob.glob(os.path.join(DATA, "*.root"))):
        with uproot.open(path) as file:
            files[os.path.basename(path)] = {"objects": objects(file)}
    made = {
        "made by": "Tools/reference/root.py",
        "versions": {m.__name__: m.__version__ for m in (uproot, awkward, numpy)},
        "files": files,
    }
    with open(GOLDEN, "w") as out:
        json.dump(made, out, indent=0, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
