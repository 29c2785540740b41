"""Writes the small files in Tests/Golden/formats, which the readers must read as NumPy, h5py and safetensors do.

Made with Python 3.11, numpy 2.4.6, h5py 3.16.0, safetensors 0.8.0:  python formats.py Tests/Golden/formats
The expected numbers stand in Tests/FormatsTests; they follow from the formulas here.
"""

import gzip
import os
import struct
import sys
import zipfile

import h5py
import numpy as np
from safetensors.numpy import save_file

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)


def at(name):
    return os.path.join(folder, name)


n = 6
x = np.arange(n) * 0.5 - 1  # -1, -0.5, 0, 0.5, 1, 1.5
k = np.arange(n) - 2

# NumPy
np.save(at("column.npy"), x)
np.save(at("matrix_fortran_big_endian.npy"), np.asfortranarray(np.arange(12).reshape(4, 3).astype(">i4")))
np.save(at("cube_fortran.npy"), np.asfortranarray(np.arange(12.0).reshape(2, 3, 2)))
np.save(at("half.npy"), np.array([0.5, -2, 6e-8, np.inf, np.nan, 65504], "f2"))
np.save(at("unsigned.npy"), np.array([0, 2**64 - 1, 7], "u8"))
np.save(at("text.npy"), np.array(["tt\u0304", "H", ""]))
np.save(at("objects.npy"), np.array([{"a": 1}], object), allow_pickle=True)
record = np.zeros(n, [("pt", ">f4"), ("id", "i2"), ("is_b", "?"), ("tag", "S4"), ("p", "f8", (3,)), ("in", [("a", "u1")])])
record["pt"], record["id"], record["is_b"], record["tag"] = x, k, k > 0, b"jet"
record["p"] = np.arange(3 * n).reshape(n, 3)
record["in"]["a"] = 250 + np.arange(n)
np.save(at("record.npy"), record)
np.savez(at("stored.npz"), x=x, k=k.astype("i8"), m=np.arange(2.0 * n).reshape(n, 2))
np.savez_compressed(at("deflated.npz"), x=x.astype("f4"), label=np.array(["s", "b"] * 3))
np.savez(at("lengths.npz"), x=x, y=x[:4])
lists = dict(pt=np.array([0.5, 1.5, 2.5], "f4"), hits=np.array([1, 2, 3, 4], "i2"), n=np.arange(3))
lists |= {"hits.offsets": np.array([0, 1, 1, 4]), "hits.offsets1": np.array([0, 2, 2, 3, 4], "i4")}
np.savez(at("bad_offsets.npz"), pt=lists["pt"], **{"pt.offsets": np.array([0, 2, 2, 4])})
np.savez(at("jagged.npz"), n=lists.pop("n"), pt=lists.pop("pt"), **lists, **{"pt.offsets": np.array([0, 2, 2, 3])})
zipfile.ZIP64_LIMIT = 100  # sizes and places from here on take 64 bits, as those beyond 4 GiB do elsewhere
with zipfile.ZipFile(at("zip64.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for name in ("half", "column"):
        archive.writestr(zipfile.ZipInfo(name + ".npy"), open(at(name + ".npy"), "rb").read(), zipfile.ZIP_DEFLATED)

# HDF5
with h5py.File(at("shuffled.h5"), "w") as f:
    i = np.arange(1000)
    for name, values in (("d", i * 0.37 - 5), ("f", (i * 0.37 - 5).astype("f4")), ("s", (i - 500).astype("i2")), ("k", i**3), ("b", (i % 251).astype("u1"))):
        f.create_dataset("events/" + name, data=values, chunks=(128,), compression="gzip", shuffle=True)
with h5py.File(at("lzf.h5"), "w") as f:
    i = np.arange(300)
    f.create_dataset("events/d", data=(i % 7) * 0.5, chunks=(64,), compression="lzf", shuffle=True)
    f.create_dataset("events/k", data=i // 10, chunks=(300,), compression="lzf")
    f.create_dataset("events/m", data=np.stack([i % 3, i % 5], 1).astype("i2"), chunks=(100, 2), compression="lzf")
    f.create_dataset("events/noise", data=(i * i * 7919 % 251).astype("u1"), chunks=(300,), compression="lzf")
    # Blosc, which neither h5py nor most libraries have: what is stored is no matter.
    filters = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    filters.set_chunk((300,))
    filters.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (2, 2, 8))
    dataset = h5py.h5d.create(f["events"].id, b"blosc", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((300,)), filters)
    dataset.write_direct_chunk((0,), bytes(100))
    # The same filter, and a chunk that went past it.
    dataset = h5py.h5d.create(f["events"].id, b"past", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((300,)), filters)
    dataset.write_direct_chunk((0,), (i * 0.5).tobytes(), filter_mask=1)
with h5py.File(at("newer.h5"), "w", libver="latest") as f:  # of HDF5 2.0
    f.create_dataset("x", data=np.arange(8.0), chunks=(8,))
    f.create_dataset("y", data=np.arange(8.0))
with h5py.File(at("columns.h5"), "w") as f:
    g = f.create_group("events", track_order=True)
    g.create_dataset("pt", data=x.astype("f4"), chunks=(4,), compression="gzip", shuffle=True)
    g.create_dataset("eta", data=x.astype(">f8"))
    g.create_dataset("id", data=k.astype("i2"), chunks=(2,), fletcher32=True)
    g.create_dataset("is_b", data=k > 0)
    g.create_dataset("tag", data=np.array([b"s", b"bb"] * 3))
    g.create_dataset("name", data=["top", "", "Higgs", "W", "Z\u2070", "g"], dtype=h5py.string_dtype())
    g.create_dataset("half", data=x.astype("f2"))
    g.create_dataset("p", data=np.arange(2 * n).reshape(n, 2).astype("u1"))
    g.attrs["note"] = "made by hand"
    g.attrs["energy"] = 13.6
    g.attrs["runs"] = 3
with h5py.File(at("compound.h5"), "w") as f:
    table = np.zeros(n, record.dtype.descr[:4] + [("p", "f8", (3,)), ("in", [("a", "u1"), ("b", "<f4")])])
    for name in ("pt", "id", "is_b", "tag", "p"):
        table[name] = record[name]
    table["in"]["a"], table["in"]["b"] = record["in"]["a"], x
    f.create_dataset("jets", data=table, chunks=(4,), compression="gzip")
    f.create_dataset("constituents", data=np.arange(n * 2 * 2.0).reshape(n, 2, 2))
    f.attrs["seed"] = 7
with h5py.File(at("two_tables.h5"), "w") as f:
    f["train/x"], f["test/x"] = x, x[:2]
with h5py.File(at("lengths.h5"), "w") as f:
    f["x"], f["y"] = x, x[:4]
with h5py.File(at("pandas.h5"), "w") as f:  # what DataFrame.to_hdf(path, "df") writes: h5ls of pandas 2.3
    g = f.create_group("df")
    g["axis0"], g["axis1"] = np.array([b"pt", b"n", b"eta"]), np.arange(n)
    g["block0_items"], g["block0_values"] = np.array([b"pt", b"eta"]), np.stack([x, 2 * x], axis=1)
    g["block1_items"], g["block1_values"] = np.array([b"n"]), k.reshape(n, 1)
with h5py.File(at("matrix.h5"), "w") as f:
    f["m"] = np.arange(12.0).reshape(4, 3)

# IDX and text
with open(at("labels.idx.gz"), "wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as f:
    f.write(struct.pack(">HBBII", 0, 8, 2, 2, 3) + bytes([1, 2, 3, 4, 5, 255]))
with open(at("table.csv.gz"), "wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as f:
    f.write(b"x,k\n" + b"".join(b"%.18e,%d\n" % (a, b) for a, b in zip(x, k)))

# Model files
save_file(
    {"w": np.arange(6, dtype="f4").reshape(2, 3), "b": np.array([0.1, -0.2]), "flag": np.array([True, False]),
     "half": np.array([0.5, -2], "f2"), "steps": np.array(5, "i8")},
    at("public.safetensors"), {"format": "test"})
save_file({"odd": np.array([1, 2], "u4")}, at("unsigned.safetensors"))
