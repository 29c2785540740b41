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


def kinds(layout):
    """The type of a column as Apus names it, and its canonical bytes, of an awkward layout without records."""
    layout = layout.to_packed() if hasattr(layout, "to_packed") else layout
    if layout.parameter("__array__") in ("string", "bytestring"):
        texts = [t.encode(errors="surrogateescape") if isinstance(t, str) else bytes(t) for t in awkward.to_list(layout)]
        return "string", b"".join(len(t).to_bytes(8, "little") + t for t in texts)
    if layout.is_numpy:
        data = numpy.ascontiguousarray(layout.data)
        shape = "".join(f"[{n}]" for n in data.shape[1:])
        return data.dtype.name + shape, data.astype(data.dtype.newbyteorder("<")).tobytes()
    if layout.is_regular:
        name, data = kinds(layout.content[: len(layout) * layout.size])
        end = name.find("[") if "[" in name and not name.startswith("list") else len(name)
        return name[:end] + f"[{layout.size}]" + name[end:], data
    if layout.is_list:
        layout = layout.to_ListOffsetArray64(True)
        name, data = kinds(layout.content[: layout.offsets[-1]])
        return f"list<{name}>", numpy.asarray(layout.offsets.data).astype("<i8").tobytes() + data
    raise TypeError(str(type(layout)))


def columns(layout, path=""):
    """The columns of a layout: records at any depth become a column for each of their members."""
    layout = layout.to_packed()
    if layout.is_record:
        names = {"0": "first", "1": "second"} if layout.is_tuple else {}
        for field in layout.fields:
            inner = layout.content(field)
            yield from columns(inner[: len(layout)], path + "." + names.get(field, field))
    elif layout.is_list and layout.parameter("__array__") not in ("string", "bytestring"):
        if layout.is_regular:
            for name, inner in columns(layout.content, path):
                yield name, awkward.contents.RegularArray(inner, layout.size, len(layout))
        else:
            layout = layout.to_ListOffsetArray64(True)
            for name, inner in columns(layout.content[: layout.offsets[-1]], path):
                yield name, awkward.contents.ListOffsetArray(layout.offsets, inner)
    else:
        yield path, layout


def branch_columns(branch):
    """Each column of a branch: its name in Apus' spelling, type and digest."""
    if branch.interpretation.__class__.__name__ == "AsGrouped":
        return {}
    try:
        array = branch.array(library="ak")
    except Exception as error:  # what uproot can't read, Apus need not
        return {"": ["unread", type(error).__name__]}
    found = {}
    layout = awkward.to_layout(array)
    if isinstance(layout, awkward.contents.RecordArray) and not layout.fields:
        return {}
    for name, inner in columns(layout):
        kind, data = kinds(inner)
        found[name] = [kind, digest(data)]
    return found


def trees(file):
    """Every tree of a file: its number of entries, and its columns by their paths."""
    found = {}
    for path, name in file.classnames().items():
        if name not in ("TTree", "TNtuple", "TNtupleD"):
            continue
        tree = file[path]
        made = {}
        for key, branch in tree.iteritems(recursive=True):
            for suffix, column in branch_columns(branch).items():
                made[key + suffix.replace(".", "/")] = column
        found[path] = {"entries": tree.num_entries, "columns": made}
    return found


def histograms(file):
    """Every histogram of a file: its bins with those below and above, and their errors, x fastest."""
    found = {}
    for path, name in file.classnames().items():
        if not (name.startswith("TH") or name.startswith("TProfile")) or name == "THashList":
            continue
        one = file[path]
        axes = [one.axis(i) for i in range(len(numpy.shape(one.values())))]
        values, errors = (numpy.asarray(x(flow=True), dtype="<f8").T for x in (one.values, one.errors))
        found[path] = {
            "values": digest(numpy.ascontiguousarray(values).tobytes()),
            "errors": digest(numpy.ascontiguousarray(errors).tobytes()),
            "edges": [[float(a.edges()[i]) for i in (0, 1, -1)] + [len(a.edges())] for a in axes],
            "labels": [a.labels() or [] for a in axes],
        }
    return found


def write_small(folder):
    """Trees of a few kilobytes in every codec, for tests without the sample files."""
    os.makedirs(folder, exist_ok=True)
    n = numpy.arange(12)
    codecs = {"plain": None, "zlib": uproot.ZLIB(6), "lzma": uproot.LZMA(6), "lz4": uproot.LZ4(9), "zstd": uproot.ZSTD(9)}
    lists = awkward.Array([[10.0 * i + k for k in range(i % 4)] for i in range(12)])
    for name, compression in codecs.items():
        with uproot.recreate(os.path.join(folder, name + ".root"), compression=compression) as file:
            file.mktree("tree", {"x": "f8", "flag": "?", "short": "i2", "cube": ("f8", (2, 2)), "list": "var * float32"},
                        counter_name=lambda name: "n")
            for part in (slice(0, 7), slice(7, 12)):
                file["tree"].extend({
                    "x": n[part] * 0.5, "flag": n[part] % 3 == 0, "short": n[part].astype("i2"), "n": (n[part] % 4).astype("i4"),
                    "cube": numpy.arange(48.0).reshape(12, 2, 2)[part], "list": awkward.values_astype(lists[part], "float32")})
            file["histogram"] = numpy.array([1, 2, 3.5]), numpy.array([0.0, 1, 2, 4])


def main():
    write_small(os.path.join(ROOT, "Tests", "Golden", "root"))
    files = {}
    for path in sorted(glob.glob(os.path.join(DATA, "*.root"))):
        with uproot.open(path) as file:
            files[os.path.basename(path)] = {"objects": objects(file), "trees": trees(file), "histograms": histograms(file)}
    made = {
        "made by": "Tools/reference/root.py",
        "versions": {m.__name__: m.__version__ for m in (uproot, awkward, numpy)},
        "files": files,
    }
    with open(GOLDEN, "w") as out:
        json.dump(made, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
