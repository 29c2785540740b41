"""Writers for generated events. Every file appears under its name only when it is complete."""

import contextlib
import csv
import gzip
import os
import sys

import h5py
import numpy as np
import uproot

SUFFIXES = (".h5", ".root", ".csv.gz")


def round_mantissa(values, bits=14):
    """Rounds float32 to `bits` mantissa bits (14: 3e-5 relative), so that files compress; CMS does the same in NanoAOD."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    drop = 23 - bits
    raw = values.view(np.uint32)
    half = np.uint32((1 << (drop - 1)) - 1) + ((raw >> np.uint32(drop)) & np.uint32(1))
    return ((raw + half) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)).view(np.float32)


@contextlib.contextmanager
def complete_or_absent(path):
    """A temporary name to write to, which becomes `path` if nothing goes wrong."""
    folder, name = os.path.split(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{os.getpid()}.{name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def structured(columns):
    """A dictionary of equally long columns as one NumPy record array, in the dictionary's order."""
    table = np.empty(len(next(iter(columns.values()))), dtype=[(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        table[name] = values
    return table


def write_hdf5(path, tables, attributes):
    """`tables` maps a dataset's name to a record array or a plain array."""
    with complete_or_absent(path) as temporary, h5py.File(temporary, "w") as file:
        for name, table in tables.items():
            file.create_dataset(name, data=table, compression="gzip", compression_opts=9, shuffle=True)
        for name, value in attributes.items():
            file.attrs[name] = value


def write_root(path, tree, branches):
    """One TTree; awkward branches become counted (jagged) branches."""
    with complete_or_absent(path) as temporary, uproot.recreate(temporary, compression=uproot.ZLIB(6)) as file:
        file.mktree(tree, branches)  # assignment would write an RNTuple


def write_csv(path, columns):
    """A header and one line an event, compressed with gzip (no time stamp, so that the same events give the same bytes)."""
    with complete_or_absent(path) as temporary, open(temporary, "wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as zipped:
            lines = csv.writer(_Text(zipped))
            lines.writerow(columns)
            lines.writerows(zip(*(map(_shortest, values) for values in columns.values())))


def check_suffix(path):
    if not path.endswith(SUFFIXES):
        sys.exit(f"--out {path}: the name must end in one of {', '.join(SUFFIXES)}")


def _shortest(value):
    return str(value) if isinstance(value, np.floating) else int(value)


class _Text:
    def __init__(self, binary):
        self.binary = binary

    def write(self, text):
        self.binary.write(text.encode("ascii"))
