"""Checks that pyarrow reads a Parquet file of ours as it was meant: Tests/Golden/parquet/ours.parquet, or another.

Checked with pyarrow 26.0.1, numpy 2.4.6:  python parquet_check.py Tests/Golden/parquet/ours.parquet
The table is the one of ParquetWriterTests.table(n); its formulas stand here once more.
"""

import sys

import numpy as np
import pyarrow.parquet as pq

table = pq.read_table(sys.argv[1]).combine_chunks()
n = table.num_rows


def column(name):
    array = table[name].combine_chunks()
    return array.chunk(0) if hasattr(array, "chunk") else array


def starts(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype("i8")


x = np.arange(n) * 0.37 - 4
assert np.array_equal(column("f32").to_numpy(), x.astype("f4"))
assert np.array_equal(column("f64").to_numpy(), np.where(np.arange(n) % 9 == 4, np.nan, x), equal_nan=True)
k = np.arange(n, dtype="i8") * 2654435761 - 99
for name in "i64 i8 i16 i32 u8 u16 u32 u64".split():
    values = column(name).to_numpy()
    assert values.dtype == np.dtype(name.replace("i", "int").replace("u", "uint")), name
    assert np.array_equal(values, k.astype(values.dtype)), name
assert column("flag").to_pylist() == [i % 3 == 0 for i in range(n)]
assert column("text").to_pylist() == [f"µ {i}" for i in range(n)]
outer = starts(np.arange(n) * 7 % 4)
inner = starts(np.arange(outer[-1]) * 5 % 3)
jets, nested, full = column("jet.pt"), column("nested"), column("full")
assert np.array_equal(jets.offsets.to_numpy(), outer)
assert np.array_equal(jets.values.to_numpy(), np.arange(outer[-1], dtype="f4") / np.float32(3))
assert np.array_equal(nested.offsets.to_numpy(), outer) and np.array_equal(nested.values.offsets.to_numpy(), inner)
assert np.array_equal(nested.values.values.to_numpy(), np.arange(inner[-1]).astype("i2"))
assert full.to_pylist() == [[2 * i, 2 * i + 1] for i in range(n)]
print(f"{sys.argv[1]}: pyarrow reads all {table.num_columns} columns of {n} rows as they were meant")
