"""Builds small ROOT files byte by byte after ROOT's specification, with objects that are not split into branches:
TLorentzVector, a TClonesArray of them, TDatime, TMatrixTSym<double>; and trees whose friends have friends and an index.

Writes Tests/Golden/root/objects.root, friends.root and, from what uproot reads of the objects, root_objects.json.
Layouts: TBranchElement 10, TLeafElement 1, TStreamerInfo 9, TStreamerElement 4; TLorentzVector 4, TVector3 3, TClonesArray 4 after
their Streamer functions, TMatrixTSym after TMatrixTSym::Streamer (the header of TMatrixTBase 5, then the upper triangle),
TTreeIndex 2 after TTreeIndex::Streamer.

    python Tools/reference/root_objects.py
"""

import json
import os
import struct

import numpy
import uproot

import root_features
from root_features import FOLDER, ROOT, Branch, Buffer, File, numbers, tree


class Objects(Branch):
    """A branch of whole objects: each entry is written by a function."""

    def __init__(self, name, class_name, version, bodies, clones=""):
        self.class_name, self.version, self.clones = class_name, version, clones
        entries = []
        for body in bodies:
            buffer = Buffer()
            body(buffer)
            entries.append(bytes(buffer.bytes))
        super().__init__(name, "TLeafElement", "", entries)

    def basket(self, entries, name, key_size):
        data = b"".join(entries)
        places = numpy.cumsum([key_size] + [len(e) for e in entries])[:-1]
        behind = struct.pack(f">{len(entries) + 2}i", len(entries) + 1, *places, 0)
        own = struct.pack(">HiiiiB", 3, 32000, len(entries) + 1, len(entries), key_size + len(data), 0)
        return own, data + behind

    def append(self, buffer, tree):
        places = 10
        stored = sum(b[2] for b in self.baskets)

        def leaf():
            def base():
                buffer.named(self.name + "_", self.name + "_")
                buffer.put("iii??I", 1, 0, 0, False, False, 0)

            self.reference = buffer.pointer(
                "TLeafElement", lambda: buffer.versioned(1, lambda: (buffer.versioned(2, base), buffer.put("ii", -1, -1))))

        def base():
            buffer.named(self.name, self.name)
            buffer.fill()
            buffer.put("iiii", 0, 32000, 1000, len(self.baskets))
            buffer.put("q", len(self.entries))
            buffer.features()
            buffer.put("iiiqqqq", 0, places, 0, len(self.entries), 0, stored, stored)
            buffer.array([])
            buffer.array([leaf])
            buffer.array([lambda: buffer.put("I", 0)] * len(self.baskets))
            for form, values in (
                ("i", [b[2] for b in self.baskets]), ("q", self.starts), ("q", [b[0] for b in self.baskets])):
                buffer.put("B" + form * places, 1, *(values + [0] * (places - len(values))))
            buffer.text("")

        def body():
            buffer.versioned(13, base)
            for text in (self.class_name, "", self.clones):
                buffer.text(text)
            # Checksum, version, number in the class, kind of branch, streamer type, greatest count; branches that count.
            buffer.put("IhiiiiII", 0, self.version, -1, 0, -1, 0, 0, 0)

        buffer.pointer("TBranchElement", lambda: buffer.versioned(10, body))


def description(name, version, members):
    """The description of a class; members are (kind, name, type, size, type name, version of a base)."""

    def element(buffer, member):
        kind, own, number, size, type_name, base = member
        title = "" if kind != "TStreamerBase" else "base"

        def body():
            def plain():
                buffer.named(own, title)
                buffer.put("iiii5i", number, size, 0, 0, 0, 0, 0, 0, 0)
                buffer.text(type_name)

            buffer.versioned(4, plain)
            if kind == "TStreamerBase":
                buffer.put("i", base)

        buffer.pointer(kind, lambda: buffer.versioned(3 if kind == "TStreamerBase" else 2, body))

    def write(buffer):
        def body():
            buffer.named(name, "")
            buffer.put("Ii", 0x1234_0000 + version, version)
            buffer.pointer("TObjArray", lambda: buffer.array([lambda m=m: element(buffer, m) for m in members]))

        buffer.pointer("TStreamerInfo", lambda: buffer.versioned(9, body))
        buffer.text("")

    return write


TVECTOR3 = description("TVector3", 3, [("TStreamerBase", "TObject", 66, 0, "BASE", 1)] + [
    ("TStreamerBasicType", n, 8, 8, "double", 0) for n in ("fX", "fY", "fZ")])
TLORENTZVECTOR = description("TLorentzVector", 4, [
    ("TStreamerBase", "TObject", 66, 0, "BASE", 1), ("TStreamerObject", "fP", 61, 40, "TVector3", 0),
    ("TStreamerBasicType", "fE", 8, 8, "double", 0)])


def lorentz(x, y, z, e):
    def body(b):
        b.versioned(4, lambda: (b.object(), b.versioned(3, lambda: (b.object(), b.put("ddd", x, y, z))), b.put("d", e)))

    return body


def clones(vectors):
    """A TClonesArray that is written object by object: a mark, then the object with its version."""

    def body(b):
        def inside():
            b.object()
            b.text("TLorentzVectors")
            b.text("TLorentzVector;4")
            b.put("ii", len(vectors), 0)
            for vector in vectors:
                b.put("B", 1)
                vector(b)

        b.versioned(4, inside)

    return body


def symmetric(rows):
    """A symmetric matrix of so many rows: i + j / 8 in row i and column j from i on."""

    def body(b):
        count = len(rows)
        b.versioned(5, lambda: (b.object(), b.put("iiiiiid", count, count, 0, 0, count * count, 0, 1e-9)))
        b.put(f"{count * (count + 1) // 2}d", *[rows[i][j] for i in range(count) for j in range(i, count)])

    return body


def index(major, minor, keys):
    """A TTreeIndex over pairs of numbers, one an entry."""

    def write(buffer):
        def body():
            buffer.versioned(1, lambda: buffer.named("", ""))
            buffer.text(major)
            buffer.text(minor)
            order = sorted(range(len(keys)), key=lambda i: keys[i])
            buffer.put("q", len(keys))
            for column in (0, 1):
                buffer.put(f"{len(keys)}q", *[keys[i][column] for i in order])
            buffer.put(f"{len(keys)}q", *order)

        buffer.pointer("TTreeIndex", lambda: buffer.versioned(2, body))

    return write


def friends():
    file = File("friends.root")
    tree(file, "third", [numbers("z", range(0, 400, 100))])
    tree(file, "second", [numbers("y", range(0, 40, 10))], friends=[("third", "", "third"), ("first", "", "first")])
    tree(file, "first", [numbers("x", range(4))], friends=[("second", "", "second")])
    keys = [(2, 1), (1, 2), (1, 1), (7, 7)]
    tree(file, "under", [numbers("u", [-(10 * r + e) for r, e in keys])])
    tree(file, "weights", [numbers("run", [r for r, _ in keys]), numbers("event", [e for _, e in keys]),
                           numbers("w", [10 * r + e for r, e in keys])],
         friends=[("under", "", "under")], index=index("run", "event", keys))
    tree(file, "events", [numbers("run", [1, 1, 2, 5]), numbers("event", [1, 2, 1, 5])], friends=[("weights", "", "weights")])
    file.write()


def main():
    file = File("objects.root")
    file.streamers = [TVECTOR3, TLORENTZVECTOR]
    vectors = [[(0.5 * i + k, -i, 0.25 * k, 100 + i + k) for k in range(i % 4)] for i in range(9)]
    matrices = [[[i + r + c / 8 for c in range(n)] for r in range(n)] for i, n in enumerate([3, 1, 2, 0, 3, 4, 2, 1, 3])]
    dates = [0x5A21_0000 + 7 * i for i in range(9)]
    tree(file, "objects", [
        Objects("vector", "TLorentzVector", 4, [lorentz(i, 2 * i, -i, 10 + i) for i in range(9)]),
        Objects("vectors", "TClonesArray", 4, [clones([lorentz(*v) for v in one]) for one in vectors], "TLorentzVector"),
        Objects("date", "TDatime", 1, [lambda b, d=d: b.put("I", d) for d in dates]),
        Objects("matrix", "TMatrixTSym<double>", 2, [symmetric(m) for m in matrices]),
        numbers("n", range(9)),
    ])
    file.write()
    friends()
    with uproot.open(os.path.join(FOLDER, "objects.root")) as file:
        read = file["objects"]
        found = {
            "vector.fP.fX": [v.member("fP").member("fX") for v in read["vector"].array(library="np")],
            "vector.fE": [v.member("fE") for v in read["vector"].array(library="np")],
            "vectors.fP.fX": [[v.member("fP").member("fX") for v in one] for one in read["vectors"].array(library="np")],
            "vectors.fE": [[v.member("fE") for v in one] for one in read["vectors"].array(library="np")],
            "date.fDatime": [d.member("fDatime") for d in read["date"].array(library="np")],
            "matrix.fNrows": [m.member("fNrows") for m in read["matrix"].array(library="np")],
            "matrix.fTol": [m.member("fTol") for m in read["matrix"].array(library="np")],
            "matrix.fElements": [m.member("fElements").tolist() for m in read["matrix"].array(library="np")],
            "n": read["n"].array(library="np").tolist(),
        }
    found = json.loads(json.dumps(found, default=float))
    assert found["vectors.fP.fX"] == [[v[0] for v in one] for one in vectors], found["vectors.fP.fX"]
    assert found["date.fDatime"] == dates
    made = {"made by": "Tools/reference/root_objects.py",
            "versions": {m.__name__: m.__version__ for m in (uproot, numpy)}, "columns": found}
    with open(os.path.join(ROOT, "Tests", "Golden", "root_objects.json"), "w") as out:
        json.dump(made, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
