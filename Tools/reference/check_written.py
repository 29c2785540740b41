"""Reads with uproot what the tests of the writers wrote, and compares every value with the formulas of the tests.

    APUS_KEEP=FOLDER swift test --filter WriterTests     writes the files
    python check_written.py FOLDER                       reads them (uproot 5.7.7, awkward 2.14.0)
"""

import os
import sys
import zipfile

import awkward as ak
import h5py
import numpy as np
import uproot


def expected(count, nested=False):
    n = np.arange(count)
    mixed = n * np.int64(7919317) - 500
    lengths = n * n % 5
    values = np.arange(lengths.sum())
    columns = {name: mixed.astype(kind) for name, kind in [
        ("i8", "i1"), ("u8", "u1"), ("i16", "i2"), ("u16", "u2"), ("i32", "i4"), ("u32", "u4"), ("i64", "i8"), ("u64", "u8")]}
    columns["flag"] = n % 3 == 0
    columns["f32"] = (n * 0.5 - 3).astype("f4")
    columns["f64"] = np.where(n == 1, np.nan, n * 0.1)
    columns["text"] = ak.Array([f"\u00b5{i} " * (i % 97) for i in n])
    columns["jag"] = ak.unflatten((values * 0.25).astype("f4"), lengths)
    columns["njag"] = n.astype("f8")
    columns["jag_flag"] = ak.unflatten(values % 2 == 0, lengths)
    columns["array"] = np.arange(3 * count).reshape(count, 3) / 8
    columns["matrix"] = np.arange(6 * count, dtype="i4").reshape(count, 2, 3)
    columns["jag_array"] = ak.unflatten(np.arange(2 * len(values)).astype("i2").reshape(-1, 2), lengths)
    if nested:
        inner = values % 3
        columns["jag_jag"] = ak.unflatten(ak.unflatten(np.arange(inner.sum()) * -3, inner), lengths)
        columns["jag_text"] = ak.unflatten(ak.Array([f"t{i}" for i in values]), lengths)
    return columns


def same(name, found, wanted):
    wanted = ak.Array(wanted)
    found = ak.Array(found)
    if wanted.ndim == 1 and name != "text":
        assert ak.to_numpy(found).dtype == ak.to_numpy(wanted).dtype, (name, found.type, wanted.type)
        assert np.array_equal(ak.to_numpy(found), ak.to_numpy(wanted), equal_nan=found.type.content.primitive[0] == "f"), name
    else:
        assert ak.to_list(found) == ak.to_list(wanted), name
        assert str(found.type).split("*")[-1] == str(wanted.type).split("*")[-1], (name, found.type, wanted.type)


def tree(path, name, count):
    with uproot.open(path) as file:
        assert [k.split(";")[0] for k in file.keys()] == [name], file.keys()
        found = file[name]
        assert found.num_entries == count
        arrays = found.arrays()
        for column, wanted in expected(count).items():
            if count:
                same(column, arrays[column], wanted)
                same(column, found[column].array(), wanted)
        assert found["jag"].member("fLeaves")[0].member("fLeafCount").member("fName") == "njag_"
        assert len(file.file.streamers) == 24 and file.file.streamers["TTree"][20].member("fCheckSum") == 0x7264E07F
        for branch in found.branches:
            baskets = branch.num_baskets
            assert branch.member("fBasketEntry")[baskets] == count == branch.num_entries
            assert [branch.basket(i).num_entries for i in range(baskets)] == list(np.diff(branch.entry_offsets))
        print(path, "ok:", len(found.keys()), "branches,", found["i64"].num_baskets, "baskets, clusters",
              found.member("fClusterRangeEnd"), found.member("fAutoFlush"))


def ntuple(path, name, count):
    with uproot.open(path) as file:
        found = file[name]
        assert found.num_entries == count
        arrays = found.arrays()
        for column, wanted in expected(count, nested=True).items():
            if count:
                same(column, arrays[column], wanted)
        print(path, "ok:", len(found.keys()), "fields,", found.num_entries, "events")


def arrays(path):
    """The arrays of lists in NPZ and HDF5: values and offsets."""
    if path.endswith(".npz"):
        found = dict(np.load(path))
    else:
        with h5py.File(path) as file:
            found = {k: v.asstr()[()] if v.dtype.kind == "S" else v[()] for k, v in file["events"].items()}
    for name, wanted in expected(100, nested=True).items():
        layout = ak.to_layout(wanted)
        level = ""
        while layout.is_list and not layout.is_regular and layout.parameter("__array__") != "string":
            layout = layout.to_ListOffsetArray64(True)
            offsets = found[f"{name}.offsets{level}"]
            assert offsets.dtype == "i8" and np.array_equal(offsets, layout.offsets.data), name
            layout = layout.content[: layout.offsets[-1]]
            level = 1 if level == "" else level + 1
        values = found[name]
        if layout.parameter("__array__") == "string":
            assert list(values) == ak.to_list(layout), name
        else:
            content = ak.to_numpy(layout)
            assert values.dtype == content.dtype and values.shape == content.shape, (name, values.dtype, values.shape)
            assert np.array_equal(values, content, equal_nan=content.dtype.kind == "f"), name
    print(path, "ok:", len(found), "arrays")


folder = sys.argv[1]
for name in ["lists.npz", "lists.h5"]:
    if os.path.exists(os.path.join(folder, name)):
        arrays(os.path.join(folder, name))
for name in ["tree_zstd.root", "tree_zlib.root", "tree_plain.root"]:
    tree(os.path.join(folder, name), "Events", 1000)
tree(os.path.join(folder, "tree_empty.root"), "none", 0)
for name in ["ntuple_zstd.root", "ntuple_zlib.root", "ntuple_plain.root"]:
    if os.path.exists(os.path.join(folder, name)):
        ntuple(os.path.join(folder, name), "Events", 1000)

# Beyond 2 GB: the last events of what LargeFileTests wrote.
last = np.arange(300 * 2**20 - 1500, 300 * 2**20)
for name in ["big_tree.root", "big_ntuple.rntuple.root"]:
    big = os.path.join(folder, name)
    if os.path.exists(big):
        with uproot.open(big) as file:
            x = file["Events"].arrays(["x0"], entry_start=2**20 - 5)["x0"]
            assert np.array_equal(ak.to_numpy(x).reshape(-1), last), x
            print(big, "ok:", file.file.fEND, "bytes, version", file.file.fVersion)
big = os.path.join(folder, "big.h5")
if os.path.exists(big):
    with h5py.File(big) as file:
        assert np.array_equal(file["events/x0"][-5:].reshape(-1), last)
        print(big, "ok:", file["events/x0"].shape)
big = os.path.join(folder, "big.npz")
if os.path.exists(big):
    with zipfile.ZipFile(big) as file:
        entry = file.getinfo("x0.npy")
        assert entry.file_size > 2**32, entry
        with file.open(entry) as stream:
            version = np.lib.format.read_magic(stream)
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            total = sum(len(part) for part in iter(lambda: stream.read(1 << 24), b""))
        assert shape == (1_800_000, 300) and dtype == "f8" and total == 8 * 300 * 1_800_000
        print(big, "ok:", shape, "and its checksum")
big = os.path.join(folder, "big.parquet")
if os.path.exists(big):
    import pyarrow.parquet as pq

    file = pq.ParquetFile(big)
    rows = file.read_row_group(file.num_row_groups - 1).column("x0").to_pylist()[-5:]
    assert np.array_equal(np.array(rows).reshape(-1), last)
    print(big, "ok:", file.metadata.num_rows)
