"""Writes Tests/Golden/rntuple.json: a digest of every column of every RNTuple in the sample files, as uproot reads it,
and before that Tests/Golden/formats/uproot_rntuple.root, with types that the sample files lack.

Made with Python 3.11, uproot 5.7.7, awkward 2.14.0, xxhash 4.1.0:
    python rntuple.py FOLDER_OF_ROOT_FILES Tests/Golden

A column's digest is XXH3-64 over its bytes: for a number its little-endian values; for a list its offsets (int64, from 0)
and then its content; for a text offsets and UTF-8; for arrays of one size their content alone. Optional numbers are float64
with NaN where nothing is (float32 ones stay float32). Columns are named by members joined with dots, as in Apus.
"""

import glob
import json
import os
import sys

import awkward as ak
import numpy as np
import uproot
import xxhash


def offsets_bytes(layout):
    return np.asarray(layout.offsets.data).astype("<i8").tobytes()


def walk(layout, name):
    """Yields (name, type, bytes) of all columns below a layout."""
    if layout.is_indexed and not layout.is_option:
        layout = layout.project()
    if isinstance(layout, ak.contents.NumpyArray):
        data = np.ascontiguousarray(np.asarray(layout.data))
        yield name, str(data.dtype), data.tobytes()
    elif isinstance(layout, ak.contents.RegularArray):
        content = layout.content[: layout.size * len(layout)]
        for n, t, b in walk(content, name):
            yield n, f"{t}|{layout.size}", b
    elif layout.is_list:
        layout = layout.to_ListOffsetArray64(True)
        content = layout.content[: layout.offsets[-1]]
        if layout.parameter("__array__") == "string":
            yield name, "string", offsets_bytes(layout) + np.ascontiguousarray(content.data).tobytes()
        else:
            for n, t, b in walk(content, name):
                yield n, f"list<{t}>", offsets_bytes(layout) + b
    elif layout.is_record:
        for i, field in enumerate(layout.fields):
            part = layout.content(i)[: len(layout)]
            yield from walk(part, f"{name}._{field}" if layout.is_tuple else f"{name}.{field}")
    elif layout.is_union:
        tags = np.asarray(layout.tags.data)
        yield f"{name}.tag", "uint8", tags.astype("u1").tobytes()
        for i, content in enumerate(layout.contents[1:]):
            index = np.where(tags == i + 1, np.asarray(layout.index.data), -1)
            if content.is_option:
                content = content.project()
            option = ak.contents.IndexedOptionArray(ak.index.Index64(index), content)
            yield from walk(option, f"{name}._{i}")
    elif layout.is_option:
        yield from optional(layout.to_IndexedOptionArray64(), name)
    else:
        raise NotImplementedError(f"{name}: {type(layout)}")


def optional(layout, name):
    index = np.asarray(layout.index.data)
    content = layout.content
    if isinstance(content, ak.contents.NumpyArray):
        data = np.asarray(content.data)
        kind = "f4" if data.dtype == np.float32 else "f8"
        filled = np.full(len(index), np.nan, kind)
        filled[index >= 0] = data[index[index >= 0]]
        yield name, str(filled.dtype), filled.tobytes()
    elif content.is_list:
        filled = ak.to_layout(ak.fill_none(ak.Array(layout), "" if content.parameter("__array__") == "string" else [], axis=0))
        while filled.is_union:
            raise NotImplementedError(name)
        yield from walk(filled, name)
    elif content.is_record:
        for i, field in enumerate(content.fields):
            inner = ak.contents.IndexedOptionArray(layout.index, content.content(i)).simplified(layout.index, content.content(i))
            yield from walk(inner, f"{name}.{field}")
    else:
        raise NotImplementedError(f"{name}: optional {type(content)}")


def variant(ntuple, field):
    """A variant's columns. uproot 5.7.7 reads them wrongly behind the first cluster, so clusters are read one by one."""
    ends = np.cumsum([0] + [c.num_entries for c in ntuple.cluster_summaries])
    parts = [list(walk(ak.materialize(field.array(entry_start=a, entry_stop=b)).layout, field.name))
             for a, b in zip(ends, ends[1:])]
    for columns in zip(*parts):
        name, kind, _ = columns[0]
        data = [c[2] for c in columns]
        if kind == "string":
            counts = 8 * (1 + np.diff(ends))
            offsets, shift = [np.zeros(1, "<i8")], 0
            for n, d in zip(counts, data):
                offsets.append(np.frombuffer(d[:n], "<i8")[1:] + shift)
                shift = offsets[-1][-1]
            data = [np.concatenate(offsets).astype("<i8").tobytes()] + [d[n:] for n, d in zip(counts, data)]
        yield name, kind, b"".join(data)


def columns(ntuple):
    found = {}
    for field in ntuple.fields:
        try:
            if "std::variant" in field.typename and len(ntuple.cluster_summaries) > 1:
                for name, kind, data in variant(ntuple, field):
                    found[name] = [kind, f"{xxhash.xxh3_64_intdigest(data):016x}"]
                continue
            layout = ak.materialize(field.array()).layout
        except (NotImplementedError, ValueError, KeyError) as error:
            print("skipped", field.name, type(error).__name__, error, file=sys.stderr)
            continue
        for name, kind, data in walk(layout, field.name):
            found[name] = [kind, f"{xxhash.xxh3_64_intdigest(data):016x}"]
    return found


def write_types(path):
    """A file of uproot's own with optional values, a variant, arrays, records in lists, and two clusters."""
    def events(shift):
        return ak.zip({
            "maybe_int": ak.Array([1 + shift, None, 3]), "maybe_float": ak.Array([None, np.float32(2.5), np.float32(shift)]),
            "maybe_text": ak.Array(["a", None, "ccc"]), "maybe_list": ak.Array([[1.5, shift], None, []]),
            "either": ak.Array([7 + shift, "seven", 9]), "grid": ak.Array(np.arange(18, dtype="i4").reshape(3, 2, 3) + shift),
            "flags": ak.Array([[True, False], [], [True]]), "text": ak.Array(["", "\u03bc\u03bd", "x" * 300]),
            "jets": ak.Array([[{"pt": 1.0, "hits": [1, 2]}, {"pt": 2.0, "hits": []}], [], [{"pt": shift, "hits": [3]}]]),
            "pair": ak.zip((ak.Array([1, 2, 3]), ak.Array([0.5, 1.5, 2.5]))),
            "tiny": ak.Array(np.array([-1, 0, 1], "i1")), "large": ak.Array(np.array([0, 2**64 - 1, shift], "u8")),
        }, depth_limit=1)
    with uproot.recreate(path, compression=uproot.ZSTD(1)) as file:
        ntuple = file.mkrntuple("types", events(0))
        ntuple.extend(events(5))


types = os.path.join(sys.argv[2], "formats", "uproot_rntuple.root")
write_types(types)
result = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.root"))) + [types]:
    with uproot.open(path) as file:
        for key, kind in file.classnames().items():
            if kind == "ROOT::RNTuple":
                ntuple = file[key]
                result[f"{os.path.basename(path)}:{key.split(';')[0]}"] = {
                    "entries": ntuple.num_entries, "columns": columns(ntuple)}
with open(os.path.join(sys.argv[2], "rntuple.json"), "w") as out:
    # A line a column: changes show in a comparison.
    text = json.dumps(result, indent=1).replace("[\n    ", "[").replace(",\n    \"", ", \"").replace("\n   ]", "]")
    out.write(text + "\n")
print({k: len(v["columns"]) for k, v in result.items()})
