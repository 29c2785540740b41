"""Writes the small files in Tests/Golden/parquet, which the Parquet reader must read as pyarrow does.

Made with Python 3.11, pyarrow 26.0.1, numpy 2.4.6:  python parquet.py Tests/Golden/parquet

`digests.json` holds for each file its rows, and for each column its type and a checksum (CRC-32) of what pyarrow reads
back: little-endian values as Apus holds them (missing numbers as the NaN 0x7ff8..., numbers that may be missing as float64),
offsets of lists as int64, texts as UTF-8 with a zero byte behind each.
"""

import datetime
import decimal
import itertools
import json
import os
import sys
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(20260101)
n = 150


def missing(values, every):
    return [None if i % every == 3 else v for i, v in enumerate(values)]


def lists(values, lengths, none_every=0):
    out, start = [], 0
    for i, length in enumerate(lengths):
        out.append(None if none_every and i % none_every == 2 else values[start : start + length])
        start += length
    return out


ints = rng.integers(-(2**31), 2**31, n)
floats = rng.normal(size=n)
lengths = rng.integers(0, 5, n)
total = int(lengths.sum())
inner = rng.normal(size=total * 3)
nested, place = [], 0
for length in lengths:
    row = []
    for _ in range(length):
        k = int(rng.integers(0, 4))
        row.append(list(inner[place : place + k]))
        place += k
    nested.append(row)

columns = {
    "i8": pa.array((ints % 100 - 50).astype("i1")),
    "i16": pa.array((ints % 10000).astype("i2")),
    "i32": pa.array(ints.astype("i4")),
    "i64": pa.array(ints.astype("i8") * 123456789),
    "u8": pa.array((ints % 256).astype("u1")),
    "u16": pa.array((ints % 65536).astype("u2")),
    "u32": pa.array((ints % 2**32).astype("u4")),
    "u64": pa.array(ints.astype("u8") * np.uint64(7)),
    "flag": pa.array(ints % 3 == 0),
    "f32": pa.array(floats.astype("f4")),
    "f64": pa.array(floats),
    "few": pa.array(np.round(floats)),
    "text": pa.array([f"jet {i % 7} \u00b5" for i in range(n)]),
    "i32_null": pa.array(missing(ints.tolist(), 5), pa.int32()),
    "f64_null": pa.array(missing(floats.tolist(), 4), pa.float64()),
    "text_null": pa.array(missing([f"t{i}" for i in range(n)], 6)),
    "list_f32": pa.array(lists(floats.astype("f4").repeat(5)[:total].tolist(), lengths), pa.list_(pa.float32())),
    "list_null": pa.array(lists(missing(list(range(total)), 7), lengths, 9), pa.list_(pa.int16())),
    "list_text": pa.array(lists([f"p{i % 11}" for i in range(total)], lengths, 8), pa.list_(pa.string())),
    "nested": pa.array(nested, pa.list_(pa.list_(pa.float64()))),
    "jets": pa.array([[{"pt": float(v), "id": int(v * 10)} for v in row or []] for row in lists(floats.repeat(5)[:total].tolist(), lengths)],
                     pa.list_(pa.struct([("pt", pa.float64()), ("id", pa.int32())]))),
    "met": pa.array([{"pt": float(v), "phi": None if i % 10 == 1 else float(-v)} for i, v in enumerate(floats)],
                    pa.struct([("pt", pa.float32()), ("phi", pa.float64())])),
}
more = {
    "half": pa.array(floats.astype("f2")),
    "decimal32": pa.array([decimal.Decimal(int(v)).scaleb(-2) for v in ints % 10**6], pa.decimal128(8, 2)),
    "decimal64": pa.array([decimal.Decimal(int(v)).scaleb(-5) for v in ints], pa.decimal128(17, 5)),
    "decimal128": pa.array([decimal.Decimal(int(v) * 10**15 + int(v)).scaleb(-12) for v in ints], pa.decimal128(35, 12)),
    "date": pa.array([datetime.date(1960, 1, 1) + datetime.timedelta(int(v)) for v in ints % 30000]),
    "time": pa.array(np.abs(ints) % 86400000, pa.time64("us")),
    "stamp_ms": pa.array(ints.astype("i8") * 1000, pa.timestamp("ms", "UTC")),
    "stamp_ns": pa.array(ints.astype("i8") * 10**9 + 7, pa.timestamp("ns")),
    "bytes": pa.array([b"b%d" % i for i in range(n)], pa.binary()),
    "all_null": pa.array([None] * n, pa.float32()),
    "map": pa.array([[("a", 1)]] * n, pa.map_(pa.string(), pa.int32())),
    "empty_lists": pa.array([[]] * n, pa.list_(pa.int32())),
    "flag_null": pa.array(missing((ints % 2 == 0).tolist(), 6), pa.bool_()),
}


def leaves(name, array):
    """The columns that Apus makes of an array: structures part by part, lists around them as offsets."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0)
    t = array.type
    if pa.types.is_map(t):
        return []
    if pa.types.is_struct(t):
        return [leaf for i in range(t.num_fields) for leaf in leaves(f"{name}.{t.field(i).name}", pa.StructArray.flatten(array)[i])]
    if pa.types.is_list(t):
        # Null lists are empty; flatten() drops what a null list may cover.
        counts = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype("<i8")
        return [(leaf, f"list<{kind}>", offsets.tobytes() + data) for leaf, kind, data in leaves(name, array.flatten())]
    return [(name, *values(array))]


def values(array):
    t = array.type
    if pa.types.is_string(t) or pa.types.is_binary(t):
        return "string", b"".join((v.as_py() if v.is_valid else b"") + b"\0" for v in array.cast(pa.binary()))
    if pa.types.is_decimal(t):
        return "float64", np.array([float(v) if v is not None else np.nan for v in array.to_pylist()], "<f8").tobytes()
    if pa.types.is_date32(t):
        array = array.cast(pa.int32())
    if pa.types.is_time64(t) or pa.types.is_timestamp(t):
        array = array.cast(pa.int64())
    if pa.types.is_boolean(array.type) and array.null_count == 0:
        return "bool", array.to_numpy(zero_copy_only=False).astype("u1").tobytes()
    if pa.types.is_floating(array.type):
        width = max(32, array.type.bit_width)
        v = np.array(array.to_numpy(zero_copy_only=False), f"<f{width // 8}")
        if array.null_count:
            v[~np.array(array.is_valid())] = np.nan
        return f"float{width}", v.tobytes()
    if array.null_count:
        v = np.array([np.nan if x is None else float(x) for x in array.to_pylist()], "<f8")
        return "float64", v.tobytes()
    v = array.to_numpy()
    return str(v.dtype), v.astype(v.dtype.newbyteorder("<")).tobytes()


digests = {}


def write(name, table, **options):
    path = os.path.join(folder, name)
    pq.write_table(table, path, store_schema=False, **options)
    record(name)


def record(name):
    """Keeps what pyarrow reads back."""
    back = pq.read_table(os.path.join(folder, name))
    found = {leaf: [kind, zlib.crc32(data)] for field in back.schema.names for leaf, kind, data in leaves(field, back[field])}
    digests[name] = {"rows": back.num_rows, "columns": found}


plain = pa.table(columns)
for version, codec in itertools.product(["1.0", "2.0"], ["none", "snappy", "gzip", "zstd", "lz4"]):
    write(f"{codec}_v{version[0]}.parquet", plain, data_page_version=version, compression=codec, row_group_size=90,
          data_page_size=400, use_dictionary=["few", "text", "list_text", "i32_null"], write_statistics=version == "1.0")
write("types.parquet", pa.table(more), compression="zstd", row_group_size=100)
write("types_dictionary.parquet", pa.table(more), compression="snappy", use_dictionary=True, use_deprecated_int96_timestamps=True)
encodings = {
    "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "i32_null": "DELTA_BINARY_PACKED", "flag": "RLE",
    "text": "DELTA_BYTE_ARRAY", "text_null": "DELTA_LENGTH_BYTE_ARRAY", "f32": "BYTE_STREAM_SPLIT", "f64": "BYTE_STREAM_SPLIT",
    "f64_null": "BYTE_STREAM_SPLIT", "u64": "BYTE_STREAM_SPLIT",
}
for version in ["1.0", "2.0"]:
    write(f"encodings_v{version[0]}.parquet", plain.select(list(encodings)), compression="none", use_dictionary=False,
          column_encoding=encodings, data_page_version=version, write_page_checksum=True)
write("half_split.parquet", pa.table({"half": more["half"], "decimal128": more["decimal128"]}), compression="none", use_dictionary=False,
      column_encoding={"half": "BYTE_STREAM_SPLIT", "decimal128": "DELTA_BYTE_ARRAY"})
gaps = [[i, i + 1] if i % 3 else [] for i in range(40)]
gaps[30] = [1, None, 3]  # only in the second row group
write("late_gap.parquet", pa.table({"k": pa.array(gaps, pa.list_(pa.int32())), "none": pa.nulls(40)}), row_group_size=20)
write("two_level.parquet", plain.select(["list_f32", "nested", "jets"]), compression="zstd", use_compliant_nested_type=False)
write("empty.parquet", plain.slice(0, 0).select(["i32", "f64", "text", "list_f32"]))
required = pa.schema([pa.field("x", pa.float64(), nullable=False), pa.field("k", pa.int32(), nullable=False)])
write("required.parquet", pa.table([columns["f64"], columns["i32"]], required), compression="none", use_dictionary=False)


# Forms that pyarrow reads and does not write: lists of two levels, repeated fields without a list around them, levels packed
# highest bit first, LZ4 in Hadoop's frames, pages of version 2 that are not compressed although their column is.
def varint(n):
    out = b""
    while n >= 0x80:
        out, n = out + bytes([n & 0x7F | 0x80]), n >> 7
    return out + bytes([n])


def number(n):
    return varint(n << 1 if n >= 0 else ~(n << 1))


def struct(fields):
    """Fields in rising order: (id, value); an int is an i32, (int,) an i64, bytes a string, [..] a list, a dict a structure, bool itself."""
    out, last = b"", 0
    for field, value in fields.items():
        kind, body = thrift(value)
        out, last = out + bytes([(field - last) << 4 | kind]) + body, field
    return out + b"\0"


def thrift(value):
    if isinstance(value, bool):
        return (1 if value else 2), b""
    if isinstance(value, int):
        return 5, number(value)
    if isinstance(value, tuple):
        return 6, number(value[0])
    if isinstance(value, bytes):
        return 8, varint(len(value)) + value
    if isinstance(value, dict):
        return 12, struct(value)
    kind = thrift(value[0])[0]
    return 9, bytes([len(value) << 4 | kind]) + b"".join(thrift(v)[1] for v in value)


def runs(levels, width):
    """Levels as runs of one."""
    body = b"".join(varint(2) + bytes([v]) for v in levels)
    return len(body).to_bytes(4, "little") + body


def old(levels, width):
    bits = "".join(f"{v:0{width}b}" for v in levels)
    return bytes(int(bits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(bits), 8))


def hadoop(raw):
    half = len(raw) // 2
    parts = [(p, pa.compress(p, codec="lz4_raw", asbytes=True)) for p in (raw[:half], raw[half:])]
    return b"".join(len(p).to_bytes(4, "big") + len(c).to_bytes(4, "big") + c for p, c in parts)


def by_hand(path):
    # (path, physical type, widths of levels, repetition, definition, values, codec, how levels are packed)
    leaves = [
        (["a", "element"], 1, 2, [0, 1, 0, 0, 0], [2, 2, 0, 1, 2], np.array([1, 2, 3], "<i4"), 0, "old"),
        (["b", "b_tuple", "x"], 4, 2, [0, 1, 0, 0, 0], [2, 2, 1, 0, 2], np.array([0.5, 1.5, 2.5], "<f4"), 5, "runs"),
        (["b", "b_tuple", "y"], 1, 2, [0, 1, 0, 0, 0], [3, 2, 1, 0, 3], np.array([1, 7], "<i4"), 5, "runs"),
        (["c"], 5, 1, [0, 0, 0, 1, 0], [1, 0, 1, 1, 0], np.array([1.0, 2.0, 3.0]), 1, "v2"),
    ]
    out, chunks = b"PAR1", []
    for name, kind, width, repetition, definition, values, codec, form in leaves:
        start, raw = len(out), values.tobytes()
        if form == "v2":
            r, d = runs(repetition, 1)[4:], runs(definition, width)[4:]
            body = r + d + raw
            head = {1: 3, 2: len(body), 3: len(body), 8: {1: 5, 2: 2, 3: 4, 4: 0, 5: len(d), 6: len(r), 7: False}}
            stored = body
        else:
            pack = old if form == "old" else runs
            body = pack(repetition, 1) + pack(definition, width) + raw
            stored = hadoop(body) if codec == 5 else body
            levels = 4 if form == "old" else 3
            head = {1: 0, 2: len(body), 3: len(stored), 5: {1: 5, 2: 0, 3: levels, 4: levels}}
        out += struct(head) + stored
        size = (len(out) - start,)
        meta = {1: kind, 2: [0, 3], 3: [n.encode() for n in name], 4: codec, 5: (5,), 6: size, 7: size, 9: (start,)}
        chunks.append({2: (start,), 3: meta})
    schema = [
        {4: b"schema", 5: 3},
        {3: 1, 4: b"a", 5: 1, 6: 3}, {1: 1, 3: 2, 4: b"element"},
        {3: 1, 4: b"b", 5: 1, 6: 3}, {3: 2, 4: b"b_tuple", 5: 2}, {1: 4, 3: 0, 4: b"x"}, {1: 1, 3: 1, 4: b"y"},
        {1: 5, 3: 2, 4: b"c"},
    ]
    footer = struct({1: 1, 2: schema, 3: (4,), 4: [{1: chunks, 2: (1,), 3: (4,)}]})
    with open(path, "wb") as file:
        file.write(out + footer + len(footer).to_bytes(4, "little") + b"PAR1")


by_hand(os.path.join(folder, "by_hand.parquet"))
record("by_hand.parquet")
# pyarrow takes the old levels lowest bit first, against the format, and reads [[], None, [1], [2]]; this is what was written.
_, kind, data = leaves("a", pa.array([[1, 2], None, [], [3]], pa.list_(pa.int32())))[0]
digests["by_hand.parquet"]["columns"]["a"] = [kind, zlib.crc32(data)]
with open(os.path.join(folder, "digests.json"), "w") as f:
    json.dump({"made_by": f"Tools/reference/parquet.py, pyarrow {pa.__version__}, numpy {np.__version__}", "files": digests}, f, indent=1)
