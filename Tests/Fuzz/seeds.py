#!/usr/bin/env python3
"""Makes the first inputs of the fuzzer, one folder a reader.

    Tests/Fuzz/seeds.py FOLDER [ROOT_FILES...]

From Tests/Golden and the given ROOT files. ROOT compresses the descriptions of trees, and a changed byte of a compressed
block says little; so copies get descriptions that are stored as they are. Needs uproot.
"""

import struct
import sys
from pathlib import Path

import numpy as np
import uproot

GOLDEN = Path(__file__).resolve().parent.parent / "Golden"
MOST = 100_000

TEXTS = {
    "csv": [
        "a,b,c\n1,2.5,x\n-3,nan,\"y,\"\"z\"\n",
        "# comment\na\tb\n1e300\t-0.1\n\n2\t3\n",
        "pt/F:n/I:flag/O\n1.5 2 1\n3 4 0\n",
        "x;y\r\n1;2\r\n3;4\r\n",
        "1 2 3\n4 5 6\n",
        "a\n" + "123456789.123456789e-10\n" * 9,
    ],
    "lhe": [
        '<LesHouchesEvents version="3.0">\n<header>\n<initrwgt>\n<weightgroup name="scale" combine="envelope">\n'
        '<weight id="1001">mur=1</weight>\n<weight id="1002">mur=2</weight>\n</weightgroup>\n</initrwgt>\n</header>\n'
        "<init>\n2212 2212 6500 6500 0 0 247000 247000 -4 1\n1.0 0.1 1.0 1\n</init>\n<event>\n"
        "3 1 +1.5e+00 91.2 7.5e-03 0.118\n11 -1 0 0 0 0 0 0 45 45 0 0 9\n-11 -1 0 0 0 0 0 0 -45 45 0 0 9\n"
        "23 2 1 2 0 0 0 0 0 90 91.2 0 9\n<rwgt>\n<wgt id='1001'> 1.1 </wgt>\n<wgt id='1002'> 1.2 </wgt>\n</rwgt>\n"
        "</event>\n</LesHouchesEvents>\n"
    ],
    "formula": [
        "n >= 1 && x > 2 || !(x < -1)", "m = sqrt(x^2 + 2*n) % 3", "sum(jet_pt[jet_eta < 2.5])", "jet_pt[0] / jet_pt[-1]",
        "Sum$(jet_pt) + Length$(jet_eta)", "x > 0 ? max(jet_pt) : -999", "jet_pt[argsort(jet_eta)][:2][0]",
        "mass(jet[0] + jet[1])", "deltaR(jet[0], jet[1])", "`x` ** 2 // 3", "any(jet_pt > 30) & (n < 3)", "pi * abs(jet_eta)",
    ],
    "configuration": [],
}


def stored(path):
    """A copy of a ROOT file whose trees and class descriptions are stored without compression behind the rest."""
    data = bytearray(path.read_bytes())
    with uproot.open(path) as file:
        keys = [file.key(name) for name in file.keys(recursive=False)]
        keys.append(uproot.reading.ReadOnlyKey(
            file.file.chunk(file.file.fSeekInfo, file.file.fSeekInfo + file.file.fNbytesInfo),
            uproot.source.cursor.Cursor(file.file.fSeekInfo), {}, file.file, file, read_strings=True))
        for key in keys:
            if key.fClassName in ("TDirectory", "TDirectoryFile") or key.fVersion > 1000:
                continue
            chunk, cursor = key.get_uncompressed_chunk_cursor()
            content = bytes(chunk.raw_data)[-key.fObjlen:]
            seek, header = key.fSeekKey, bytes(data[key.fSeekKey:key.fSeekKey + key.fKeylen])
            new = struct.pack(">i", key.fKeylen + key.fObjlen) + header[4:18] + struct.pack(">i", len(data)) + header[22:]
            copy = data.find(header, seek + 1)
            copy = copy if copy >= 0 else data.find(header, 0, seek)
            if copy >= 0:
                data[copy:copy + len(header)] = new
            elif seek == file.file.fSeekInfo:
                struct.pack_into(">ii", data, 37, len(data), len(new) + len(content))
            data += new + content
    struct.pack_into(">i", data, 12, len(data))
    return bytes(data)


def main():
    out = Path(sys.argv[1])

    def put(reader, name, data):
        folder = out / reader
        folder.mkdir(parents=True, exist_ok=True)
        if len(data) <= MOST:
            (folder / name).write_bytes(data)

    for reader, texts in TEXTS.items():
        for number, text in enumerate(texts):
            put(reader, f"{number}.txt", text.encode())
    for path in sorted((GOLDEN.parent.parent / "Examples").glob("*.yaml")):
        put("configuration", path.name, path.read_bytes())
    endings = {".npy": "npy", ".npz": "npz", ".h5": "hdf5", ".apus": "model", ".safetensors": "model", ".parquet": "parquet"}
    for path in sorted(GOLDEN.glob("*/*")):
        data = path.read_bytes()
        if path.suffix in endings:
            put(endings[path.suffix], path.name, data)
        elif path.name.endswith(".csv.gz"):
            put("csv", path.name, data)
        elif path.name.endswith(".lhe.gz"):
            put("lhe", path.name, data)
        elif ".hepmc" in path.name:
            put("hepmc", path.name, data)
        elif path.name.endswith(".idx.gz"):
            put("idx", path.name, data)
    put("idx", "image.idx", bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(range(8)))
    files = sorted(GOLDEN.glob("*/*.root")) + [Path(p) for p in sys.argv[2:]]
    for path in files:
        if path.stat().st_size > MOST:
            continue
        kind = "rntuple" if "ntuple" in path.name or "ntpl" in path.name else "root"
        put(kind, path.name, path.read_bytes())
        if kind == "root":
            try:
                put(kind, "stored_" + path.name, stored(path))
            except Exception as error:
                print(f"{path.name}: no stored copy ({error})", file=sys.stderr)
    put("histogram", "histograms.root", histograms(out / "histograms.root"))


def histograms(path):
    """A small file of stored histograms and a profile."""
    values = np.linspace(-1, 1, 40)
    with uproot.recreate(path, compression=None) as file:
        file["one"] = np.histogram(values, 5)
        file["two"] = np.histogram2d(values, values**2, (3, 2))
        file["wide"] = np.histogram(values, np.array([-1, 0.1, 0.2, 1]))
    data = path.read_bytes()
    path.unlink()
    return data


if __name__ == "__main__":
    main()
