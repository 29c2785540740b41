"""Writes Tests/Golden/formats/rntuple_features.root: what no writer at hand writes, after the format's specification.

Several representations of a field with suppressed columns, columns wider or narrower than their C++ type, quantised, truncated and
half-precision numbers, unsplit Index32, a projected cardinality, a bitset, an enumeration, fields added while writing (deferred
columns), pages without checksums, several pages a column, and a locator for large blocks.

Made with Python 3.11, uproot 5.7.7 (for the file around it), xxhash 4.1.0:
    python rntuple_features.py Tests/Golden/formats/rntuple_features.root
The expected values stand in Tests/FormatsTests/RNTuple/RNTupleFeatureTests.swift.
"""

import struct
import sys

import numpy as np
import uproot
import xxhash

path = sys.argv[1]
with uproot.recreate(path, compression=None) as file:
    file.mkrntuple("features", {"x": np.zeros(1, "f4")})
with uproot.open(path) as file:
    key = file.key("features")
    anchor = key.fSeekKey + key.fKeylen
data = bytearray(open(path, "rb").read())


def text(s):
    return struct.pack("<I", len(s)) + s.encode()


def record(payload):
    return struct.pack("<q", len(payload) + 8) + payload


def array(items, tail=b""):
    payload = b"".join(items) + tail
    return struct.pack("<qI", -(len(payload) + 12), len(items)) + payload


def envelope(kind, payload):
    whole = struct.pack("<Q", kind | (len(payload) + 16) << 16) + payload
    return whole + struct.pack("<Q", xxhash.xxh3_64_intdigest(whole))


def append(block):
    place = len(data)
    data.extend(block)
    return place


def field(name, kind, parent, role=0, flags=0, extra=b""):
    return record(struct.pack("<IIIHH", 0, 0, parent, role, flags) + text(name) + text(kind) + text("") + text("") + extra)


def column(kind, bits, field, flags=0, representation=0, extra=b""):
    return record(struct.pack("<HHIHH", kind, bits, field, flags, representation) + extra)


def page(block, count, checksum=True, large=False):
    place = append(block + (struct.pack("<Q", xxhash.xxh3_64_intdigest(block)) if checksum else b""))
    locator = struct.pack("<iQQ", -(1 << 24 | 20), len(block), place) if large else struct.pack("<iQ", len(block), place)
    return struct.pack("<i", -count if checksum else count) + locator


def pages(*items, first=0):
    return array(items, struct.pack("<qI", first, 0))


suppressed = array([], struct.pack("<q", -(2**63)))


def split(values):
    return np.ascontiguousarray(values).view("u1").reshape(len(values), -1).T.tobytes()


def packed(values, bits):
    number = sum(int(v) << (bits * i) for i, v in enumerate(values))
    return number.to_bytes((len(values) * bits + 7) // 8, "little")


def zigzag(values):
    v = np.array(values, "i4")
    return split((v << 1 ^ v >> 31).view("u4"))


def truncated(values):
    return packed(np.array(values, "f4").view("u4") >> 12, 20)


fields = array([
    field("f", "float", 0), field("i", "std::int64_t", 1), field("q", "double", 2), field("t", "float", 3),
    field("h", "float", 4), field("v", "std::vector<std::uint8_t>", 5, role=1), field("_0", "std::uint8_t", 5),
    field("n", "ROOT::RNTupleCardinality<std::uint32_t>", 7, flags=2, extra=struct.pack("<I", 5)),
    field("bits", "std::bitset<10>", 8, flags=1, extra=struct.pack("<Q", 10)),
    field("e", "Colour", 9), field("_0", "std::int32_t", 9)])
columns = array([
    column(0x0C, 32, 0), column(0x19, 64, 0, representation=1), column(0x13, 32, 1),
    column(0x1D, 7, 2, flags=2, extra=struct.pack("<dd", -1, 1)), column(0x1C, 20, 3), column(0x0B, 16, 4),
    column(0x0E, 32, 5), column(0x04, 8, 6), column(0x00, 1, 8), column(0x07, 32, 10)])
aliases = array([record(struct.pack("<II", 6, 7))])
header = envelope(1, struct.pack("<Q", 0) + text("features") + text("") + text("by hand") + fields + columns + aliases + array([]))
checksum = header[-8:]

# The first cluster, of three events, knows nothing of the fields that come later.
first = array([
    pages(page(np.array([1.5, -2, 0.25], "<f4").tobytes(), 3)), suppressed,
    pages(page(zigzag([-5, 70000]), 2), page(zigzag([-(2**31)]), 1, checksum=False)),
    pages(page(packed([0, 127, 100], 7), 3)), pages(page(truncated([1.5, -3.25, 1e10]), 3)),
    pages(page(np.array([0.5, -2, 65504], "<f2").tobytes(), 3, large=True)),
    pages(page(np.array([2, 2, 5], "<u4").tobytes(), 3)), pages(page(bytes([9, 8, 7, 6, 255]), 5)),
    pages(page(packed([1, 0b1000000001, 0b1111100000], 10), 30)), pages(page(np.array([3, -1, 2], "<i4").tobytes(), 3))])
# The second, of two: another representation of f, and one event with the late fields.
second = array([
    suppressed, pages(page(split(np.array([4.5, 1e-3], "<f8")), 2), first=3), pages(page(zigzag([1, 2]), 2), first=3),
    pages(page(packed([64, 1], 7), 2), first=3), pages(page(truncated([0, 7]), 2), first=3),
    pages(page(np.array([np.inf, 6e-8], "<f2").tobytes(), 2), first=3),
    pages(page(np.array([0, 1], "<u4").tobytes(), 2), first=3), pages(page(bytes([5]), 1), first=5),
    pages(page(packed([0, 1023], 10), 20), first=30), pages(page(np.array([0, 4], "<i4").tobytes(), 2), first=3),
    pages(page(np.array([2.5], "<f8").tobytes(), 1), first=3), pages(page(np.array([2], "<u8").tobytes(), 1), first=3),
    pages(page(np.array([1, 2], "<f4").tobytes(), 2), first=0)])
summaries = array([record(struct.pack("<QQ", 0, 3)), record(struct.pack("<QQ", 3, 2))])
page_list = envelope(3, checksum + summaries + array([first, second]))
extension = record(
    array([field("late", "double", 11), field("late_v", "std::vector<float>", 12, role=1), field("_0", "float", 12)])
    + array([column(0x0D, 64, 11, flags=1, extra=struct.pack("<Q", 4)), column(0x0F, 64, 12, flags=1, extra=struct.pack("<Q", 4)),
             column(0x0C, 32, 13, flags=1, extra=struct.pack("<Q", 0))])
    + array([]) + array([]))
link = struct.pack("<QiQ", len(page_list), len(page_list), append(page_list))
footer = envelope(2, struct.pack("<Q", 0) + checksum + extension + array([record(struct.pack("<QQI", 0, 5, 2) + link)]))

places = [append(header), append(footer)]
numbers = struct.pack(">HHHH6QQ", 1, 0, 0, 1, places[0], len(header), len(header), places[1], len(footer), len(footer), 1 << 30)
data[anchor + 6 : anchor + 6 + len(numbers)] = numbers
data[anchor + 6 + len(numbers) : anchor + 14 + len(numbers)] = struct.pack(">Q", xxhash.xxh3_64_intdigest(numbers))
data[12:16] = struct.pack(">I", len(data))
open(path, "wb").write(data)

with uproot.open(path) as file:
    for found in file["features"].fields:
        try:
            print(found.name, found.array().tolist())
        except Exception as error:
            print(found.name, type(error).__name__, str(error).split("\n")[0])
