"""Builds small ROOT files byte by byte after ROOT's specification, with what uproot does not write: packed numbers
(Double32_t, Float16_t), two cycles of a tree, baskets that stand in the tree's object, lists of friends.

Writes Tests/Golden/root/features.root, features_friend.root and, from what uproot reads of them, root_features.json.
Layouts: class versions of ROOT 6.20 (TFile, TDirectory 5, TTree 20, TBranch 13, TLeaf 2, TBasket 3, TList 5,
TFriendElement 2); packing after TBufferFile::WriteFloat16 and WriteDouble32.

    python Tools/reference/root_features.py
"""

import json
import os
import struct

import numpy
import uproot

import root

ROOT = root.ROOT
FOLDER = os.path.join(ROOT, "Tests", "Golden", "root")
DATE = 0x0CEE_0000


class Buffer:
    """Bytes of an object; `origin` is the size of the key before it, from which references count."""

    def __init__(self, origin=0):
        self.bytes, self.origin, self.classes = bytearray(), origin, {}

    def put(self, form, *values):
        self.bytes += struct.pack(">" + form, *values)

    def text(self, value):
        data = value.encode()
        self.bytes += bytes([len(data)]) + data

    def sized(self, start):
        struct.pack_into(">I", self.bytes, start, (len(self.bytes) - start - 4) | 0x4000_0000)

    def versioned(self, version, body):
        start = len(self.bytes)
        self.put("IH", 0, version)
        body()
        self.sized(start)

    def pointer(self, name, body):
        """A pointer to an object that follows; returns the number by which others refer to it."""
        start = len(self.bytes)
        self.put("I", 0)
        if name in self.classes:
            self.put("I", self.classes[name])
        else:
            self.classes[name] = (self.origin + len(self.bytes) + 2) | 0x8000_0000
            self.put("I", 0xFFFF_FFFF)
            self.bytes += name.encode() + b"\0"
        body()
        self.sized(start)
        return self.origin + start + 2

    def object(self):
        self.put("HII", 1, 0, 0x0200_0000)

    def named(self, name, title):
        self.versioned(1, lambda: (self.object(), self.text(name), self.text(title)))

    def array(self, bodies):
        """A TObjArray; each body writes a pointer."""
        self.versioned(3, lambda: (self.object(), self.text(""), self.put("ii", len(bodies), 0), [b() for b in bodies]))

    def fill(self):
        self.versioned(2, lambda: self.put("hh", 0, 1001))

    def features(self):
        self.versioned(0, lambda: self.put("IB", 0x1AA1_2F10, 0))


def key(kind, name, title, size, stored, cycle, seek, extra=b""):
    texts = b"".join(bytes([len(t)]) + t.encode() for t in (kind, name, title)) + extra
    head = struct.pack(">ihiIhhii", 26 + len(texts) + stored, 4, size, DATE, 26 + len(texts), cycle, seek, 100)
    return head + texts


class File:
    """A file that is written from front to back, uncompressed."""

    def __init__(self, name):
        self.name, self.keys = name, []
        # Functions that write a description of a class each.
        self.streamers = []
        texts = key("TFile", name, "", 0, 0, 1, 100)
        self.name_size = len(texts) + len(name) + 2
        self.bytes = bytearray(100 + self.name_size + 48)

    def add(self, kind, name, title, data, cycle=1, listed=True, extra=b""):
        """Appends a record; its place."""
        seek = len(self.bytes)
        head = key(kind, name, title, len(data), len(data), cycle, seek, extra)
        self.bytes += head + data
        if listed:
            self.keys.append(head)
        return seek, len(head), len(head) + len(data)

    def write(self):
        streamers = Buffer(len(key("TList", "StreamerInfo", "Doubly linked list", 0, 0, 1, 0)))
        streamers.versioned(5, lambda: (streamers.object(), streamers.text(""), streamers.put("i", len(self.streamers)),
                                       [one(streamers) for one in self.streamers]))
        info, _, info_size = self.add("TList", "StreamerInfo", "Doubly linked list", bytes(streamers.bytes), listed=False)
        listing = struct.pack(">i", len(self.keys)) + b"".join(self.keys)
        keys, _, keys_size = self.add("TFile", self.name, "", listing, listed=False)
        end = len(self.bytes) + len(key("TFile", self.name, "", 10, 10, 1, 0)) + 10
        free, _, free_size = self.add("TFile", self.name, "", struct.pack(">hii", 1, end, 2_000_000_000), listed=False)
        assert end == len(self.bytes)
        head = struct.pack(">4siiiiiiiBiii", b"root", 62004, 100, end, free, free_size, 1, self.name_size, 4, 0, info, info_size)
        self.bytes[: len(head) + 18] = head + struct.pack(">H16x", 1)
        directory = bytes([len(self.name)]) + self.name.encode() + b"\0"
        directory += struct.pack(">HIIiiiiiH16x", 5, DATE, DATE, keys_size, self.name_size, 100, 0, keys, 1)
        record = key("TFile", self.name, "", len(directory), len(directory), 1, 100) + directory
        self.bytes[100 : 100 + len(record)] = record
        with open(os.path.join(FOLDER, self.name), "wb") as out:
            out.write(self.bytes)


class Branch:
    """A branch of one leaf: its values as they stand in the file, entry by entry."""

    def __init__(self, name, leaf, letter, entries, title=None, length=1, size=4, extremes=b"", in_tree=0):
        self.name, self.leaf, self.letter, self.entries = name, leaf, letter, entries
        self.title, self.length, self.size = title or name, length, size
        self.extremes = extremes or b"\0" * (2 * size)
        # So many of the last entries stand in the tree's object instead of in a basket of their own.
        self.in_tree = in_tree

    def basket(self, entries, name, key_size):
        """What stands before and in a basket of these entries."""
        data = b"".join(entries)
        own = struct.pack(">HiiiiB", 3, 32000, len(data) // max(1, len(entries)), len(entries), key_size + len(data), 0)
        return own, data

    def store(self, file, tree):
        """Writes the baskets that have places of their own."""
        self.baskets, self.starts = [], [0]
        kept = self.entries[: len(self.entries) - self.in_tree]
        half = (len(kept) + 1) // 2
        for run in (kept[:half], kept[half:]):
            if not run:
                continue
            size = len(key("TBasket", self.name, tree, 0, 0, 0, 0)) + 19
            own, data = self.basket(run, tree, size)
            self.baskets.append(file.add("TBasket", self.name, tree, data, 0, False, own))
            self.starts.append(self.starts[-1] + len(run))

    def append(self, buffer, tree):
        places = 10
        stored = sum(b[2] for b in self.baskets)

        def leaf():
            def body():
                def base():
                    buffer.named(self.name, self.title)
                    buffer.put("iii??I", self.length, self.size, 0, False, False, 0)

                buffer.versioned(1, lambda: (buffer.versioned(2, base), buffer.bytes.extend(self.extremes)))

            self.reference = buffer.pointer(self.leaf, body)

        def rescued():
            run = self.entries[len(self.entries) - self.in_tree :]
            head = key("TBasket", self.name, tree, 0, 0, 0, 0)
            own, data = self.basket(run, tree, len(head) + 19)
            # 12: no positions, the data follow as ROOT's buffer has them, with room for the key in front.
            head = head[:14] + struct.pack(">h", len(head) + 19) + head[16:]
            buffer.bytes.extend(head + own[:-1] + b"\x0c" + b"\0" * (len(head) + 19) + data)

        def body():
            buffer.named(self.name, self.title + "/" + self.letter)
            buffer.fill()
            buffer.put("iiii", 0, 32000, 0, len(self.baskets))
            buffer.put("q", len(self.entries))
            buffer.features()
            buffer.put("iiiqqqq", 0, places, 0, len(self.entries), 0, stored, stored)
            buffer.array([])
            buffer.array([leaf])
            empty = [lambda: buffer.put("I", 0)] * len(self.baskets)
            buffer.array(empty + [lambda: buffer.pointer("TBasket", rescued)] if self.in_tree else [])
            for form, values in (
                ("i", [b[2] for b in self.baskets]), ("q", self.starts), ("q", [b[0] for b in self.baskets])):
                buffer.put("B" + form * places, 1, *(values + [0] * (places - len(values))))
            buffer.text("")

        buffer.pointer("TBranch", lambda: buffer.versioned(13, body))


def tree(file, name, branches, cycle=1, friends=(), index=None):
    """Writes a tree; friends are (name, file, tree), an index writes an object of a class that it returns."""
    for branch in branches:
        branch.store(file, name)
    entries = len(branches[0].entries)
    buffer = Buffer(len(key("TTree", name, "", 0, 0, cycle, 0)))

    def friend(one):
        def body():
            buffer.versioned(2, lambda: (buffer.named(one[0], one[1]), buffer.text(one[2]), buffer.put("?", True)))

        buffer.pointer("TFriendElement", body)
        buffer.text("")

    def friend_list():
        buffer.versioned(5, lambda: (buffer.object(), buffer.text(""), buffer.put("i", len(friends)), [friend(f) for f in friends]))

    def body():
        buffer.named(name, "")
        buffer.versioned(2, lambda: buffer.put("hhh", 602, 1, 1))
        buffer.fill()
        buffer.versioned(2, lambda: buffer.put("hhf", 1, 1, 1))
        buffer.put("qqqqqd", entries, 0, 0, 0, 0, 1)
        buffer.put("iiiii", 0, 25, 0, 1000, 0)
        buffer.put("qqqqqq", 10**12, 10**12, 0, -300_000_000, -30_000_000, 10**6)
        buffer.put("BB", 0, 0)
        buffer.features()
        buffer.array([lambda b=b: b.append(buffer, name) for b in branches])
        buffer.array([lambda b=b: buffer.put("I", b.reference) for b in branches])
        # No aliases, old index values, old index.
        buffer.put("III", 0, 0, 0)
        if index:
            index(buffer)
        else:
            buffer.put("I", 0)
        if friends:
            buffer.pointer("TList", friend_list)
        else:
            buffer.put("I", 0)
        buffer.put("II", 0, 0)

    buffer.versioned(20, body)
    file.add("TTree", name, "", bytes(buffer.bytes), cycle)


def ranged(x, low, high, bits):
    """A whole number of steps: TBufferFile::WriteDouble32 with a range."""
    factor = (0xFFFF_FFFF if bits == 32 else 1 << bits) / (high - low)
    return struct.pack(">I", int(0.5 + factor * (min(max(x, low), high) - low)))


def truncated(x, bits):
    """Exponent, then sign and a rounded mantissa: TBufferFile::WriteFloat16 without a range."""
    pattern = struct.unpack(">I", struct.pack(">f", x))[0]
    exponent = pattern >> 23 & 0xFF
    mantissa = (pattern >> (23 - bits - 1) & (1 << (bits + 1)) - 1) + 1 >> 1
    if mantissa == 1 << bits:
        mantissa -= 1
    return struct.pack(">BH", exponent, mantissa | ((1 << (bits + 1)) if x < 0 else 0))


def numbers(name, values, in_tree=0):
    return Branch(name, "TLeafI", "I", [struct.pack(">i", x) for x in values], in_tree=in_tree)


def packed(file):
    x = [-2.4 + 0.3 * i for i in range(40)]
    floats = [struct.pack(">f", v) for v in x]
    # The smallest and the largest value of such a leaf are packed numbers themselves.
    d, f = {"extremes": bytes(8), "size": 8}, {"extremes": bytes(6), "size": 4}
    tree(file, "packed", [
        Branch("d", "TLeafD32", "d", floats, **d),
        Branch("d_bits", "TLeafD32", "d", [truncated(v, 10) for v in x], "d_bits[0,0,10]", **d),
        Branch("d_range", "TLeafD32", "d", [ranged(v, -2.5, 10, 16) for v in x], "d_range[-2.5,10,16]", **d),
        Branch("d_whole", "TLeafD32", "d", [ranged(v, -2.5, 10, 32) for v in x], "d_whole[-2.5,10]", **d),
        Branch("f", "TLeafF16", "f", [truncated(v, 12) for v in x], **f),
        Branch("f_bits", "TLeafF16", "f", [truncated(v, 8) for v in x], "f_bits[0,0,8]", **f),
        Branch("f_range", "TLeafF16", "f", [ranged(v, -2.5, 10, 12) for v in x], "f_range[-2.5,10,12]", **f),
        Branch("d_array", "TLeafD32", "d", [ranged(v, -2.5, 10, 12) + ranged(v / 2, -2.5, 10, 12) + ranged(-v / 9, -2.5, 10, 12)
                                            for v in x], "d[-2.5,10,12]", length=3, **d),  # as ROOT spells it
    ])


def main():
    file = File("features.root")
    packed(file)
    tree(file, "cycled", [numbers("x", [1, 2, 3])], 1)
    tree(file, "cycled", [numbers("x", [1, 2, 3, 4, 5])], 2)
    tree(file, "rescued", [numbers("x", range(11), 4), numbers("y", range(100, 111), 11), numbers("z", range(11))])
    tree(file, "near", [numbers("y", range(0, 60, 10)), numbers("w", range(6))])
    tree(file, "short", [numbers("y", range(5))])
    tree(file, "main", [numbers("x", range(6))], friends=[
        ("near", "", "near"), ("far", "features_friend.root", "beside"), ("short", "", "short"), ("lost", "nothing.root", "t"),
        ("remote", "root://far.away//a.root", "t")])
    file.write()
    friend = File("features_friend.root")
    tree(friend, "beside", [numbers("z", range(0, 600, 100)), numbers("w", range(7, 13)), numbers("x", [-i for i in range(6)])])
    friend.write()
    with uproot.open(os.path.join(FOLDER, "features.root")) as file:
        made = {"made by": "Tools/reference/root_features.py", "versions": {m.__name__: m.__version__ for m in (uproot, numpy)},
                "trees": root.trees(file)}
    for name, one in made["trees"].items():
        print(name, one)
    with open(os.path.join(ROOT, "Tests", "Golden", "root_features.json"), "w") as out:
        json.dump(made, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
