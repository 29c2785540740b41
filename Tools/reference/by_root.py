"""Lets CERN ROOT read what Apus writes, and compares every value bit for bit with what Apus was given.

    python3 -m venv VENV && VENV/bin/pip install root numpy      ROOT 6.40.00 as the package `root` 0.1a12, numpy 2.4.6
    VENV/bin/python Tools/reference/by_root.py .build/release/apus

TTree: all numbers, truth values, texts, arrays of one or two axes, counted lists, lists of arrays; several clusters; a converted tree
as a friend beside its parent. RNTuple: the same and lists of lists. Each by TTreeReader or RNTupleReader views, RDataFrame (also with
threads) and, of trees, TTree::Draw. Whatever ROOT prints as warning or error fails the check.
"""

import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")
log = tempfile.TemporaryFile("w+b")
told = os.dup(2)
os.dup2(log.fileno(), 2)
import ROOT  # noqa: E402

ROOT.gROOT.SetBatch(True)
checks = 0
program = os.path.abspath(sys.argv[1])


def shown(kind, error, trace):
    os.dup2(told, 2)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = shown


def fail(what):
    os.dup2(told, 2)
    log.seek(0)
    sys.exit(f"by_root: {what}\n" + log.read().decode()[-2000:])


def quiet(what):
    """Nothing may have been printed."""
    log.seek(0)
    text = log.read().decode()
    # The system without a home folder or terminal, and the wheel's own word that it is new, say nothing of our files.
    lines = [l for l in text.splitlines() if l.strip() and "alpha" not in l and "warnings.warn" not in l]
    if lines:
        fail(f"{what}: ROOT says:\n" + "\n".join(lines[:30]))


def same(what, found, wanted):
    """Two arrays have the same type and the same bits."""
    global checks
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.dtype.kind != wanted.dtype.kind or found.dtype.itemsize != wanted.dtype.itemsize:
        fail(f"{what}: ROOT finds {found.dtype}, written was {wanted.dtype}")
    if found.shape != wanted.shape or found.tobytes() != wanted.tobytes():
        bad = np.flatnonzero(found.reshape(-1) != wanted.reshape(-1))[:3] if found.shape == wanted.shape else "shapes"
        fail(f"{what}: differs ({found.shape}, {wanted.shape}) at {bad}: {found.reshape(-1)[:5]} {wanted.reshape(-1)[:5]}")
    checks += 1


def columns(count, nested):
    """Columns by name: an array, a list of texts, or (lengths, content)."""
    n = np.arange(count)
    mixed = n * np.int64(7919317) - 500
    lengths = n * n % 5
    values = np.arange(lengths.sum())
    inner = values % 3
    kinds = [("i8", "i1"), ("u8", "u1"), ("i16", "i2"), ("u16", "u2"), ("i32", "i4"), ("u32", "u4"), ("i64", "i8"), ("u64", "u8")]
    made = {name: mixed.astype(kind) for name, kind in kinds}
    made["flag"] = n % 3 == 0
    made["f32"] = (n * 0.5 - 3).astype("f4")
    made["f64"] = np.where(n == 1, np.nan, np.where(n == 2, -np.inf, n * 0.1))
    made["text"] = [f"\u00b5{i} " * (i % 97) for i in n]
    for name, kind in kinds + [("f32", "f4"), ("f64", "f8")]:
        made["jag_" + name] = (lengths, (values * 77 - 9).astype(kind))
    made["jag_flag"] = (lengths, values % 2 == 0)
    made["njag_f32"] = n.astype("f8")
    if nested:
        made["jag_jag"] = (lengths, (inner, np.arange(inner.sum()) * -3.5))
    return made


def archive(made, path):
    """The columns as Apus reads them from NPZ."""
    flat = {}

    def offsets(lengths):
        return np.concatenate([[0], np.cumsum(lengths)]).astype("i8")

    for name, value in made.items():
        if isinstance(value, list):
            flat[name] = np.array(value, dtype="U")
        elif not isinstance(value, tuple):
            flat[name] = value
        else:
            flat[name + ".offsets"], content = offsets(value[0]), value[1]
            if isinstance(content, tuple):
                flat[name + ".offsets1"], content = offsets(content[0]), content[1]
            flat[name] = content
    np.savez(path, **flat)


def convert(*words):
    done = subprocess.run([program, "convert", *words, "--force"], capture_output=True, text=True)
    if done.returncode != 0:
        fail(" ".join(words) + ": " + done.stdout + done.stderr)


def rows(value):
    """The entries of a column as arrays or texts."""
    if isinstance(value, tuple):
        lengths, content = value
        ends = np.cumsum(lengths)
        inner = rows(content) if isinstance(content, tuple) else content
        return [inner[e - l:e] for l, e in zip(lengths, ends)]
    return value


ROOT.gInterpreter.Declare(r"""
/// The bits of all numbers in order, and the lengths of all lists, outer ones first.
struct Bits { std::vector<Long64_t> numbers, lengths; };
template <class T> void add(const T &x, Bits &bits) {
  if constexpr (std::is_arithmetic_v<T>) { Long64_t wide = 0; memcpy(&wide, &x, sizeof(T)); bits.numbers.push_back(wide); }
  else { bits.lengths.push_back(x.size()); for (auto &&y : x) add<typename T::value_type>(y, bits); }
}
template <class T> Bits flat(TTree &tree, const char *name, int axes) {
  Bits bits;
  TTreeReader reader(&tree);
  if (axes == 0) { TTreeReaderValue<T> value(reader, name); while (reader.Next()) add<T>(*value, bits); }
  else { TTreeReaderArray<T> value(reader, name);
    while (reader.Next()) { bits.lengths.push_back(value.GetSize()); for (auto x : value) add<T>(x, bits); } }
  if (reader.GetEntryStatus() != TTreeReader::kEntryBeyondEnd) Error("flat", "%s ended with status %d", name, reader.GetEntryStatus());
  return bits;
}
std::vector<std::string> texts(TTree &tree, const char *name) {
  std::vector<std::string> all;
  std::vector<char> buffer(1 << 16);
  tree.SetBranchAddress(name, buffer.data());
  for (Long64_t i = 0; i < tree.GetEntries(); i++) { tree.GetBranch(name)->GetEntry(i); all.push_back(buffer.data()); }
  tree.ResetBranchAddresses();
  return all;
}
template <class T> Bits column(const char *tuple, const char *path, const char *name) {
  auto reader = ROOT::RNTupleReader::Open(tuple, path);
  auto view = reader->GetView<T>(name);
  Bits bits;
  for (auto i : reader->GetEntryRange()) add<T>(view(i), bits);
  return bits;
}
std::vector<std::string> column_of_texts(const char *tuple, const char *path, const char *name) {
  auto reader = ROOT::RNTupleReader::Open(tuple, path);
  auto view = reader->GetView<std::string>(name);
  std::vector<std::string> all;
  for (auto i : reader->GetEntryRange()) all.push_back(view(i));
  return all;
}
""")

TYPES = {
    "i1": "Char_t", "u1": "UChar_t", "i2": "Short_t", "u2": "UShort_t", "i4": "Int_t", "u4": "UInt_t", "i8": "Long64_t",
    "u8": "ULong64_t", "f4": "Float_t", "f8": "Double_t", "b1": "Bool_t"}
FIXED = {
    "i1": "std::int8_t", "u1": "std::uint8_t", "i2": "std::int16_t", "u2": "std::uint16_t", "i4": "std::int32_t",
    "u4": "std::uint32_t", "i8": "std::int64_t", "u8": "std::uint64_t", "f4": "float", "f8": "double", "b1": "bool"}


def numbers(bits, dtype):
    """The numbers whose bits C++ has given."""
    wide = np.frombuffer(bits.data(), dtype="i8", count=bits.size()) if bits.size() else np.zeros(0, "i8")
    return np.ascontiguousarray(wide.view("u1").reshape(-1, 8)[:, :dtype.itemsize]).view(dtype).reshape(-1)


def lists(vector):
    return numbers(vector, np.dtype("i8"))


def tree(what, found, made):
    count = len(next(iter(made.values()))) if "x" not in made else len(made["x"])
    if found.GetEntries() != count:
        fail(f"{what}: {found.GetEntries()} entries, written were {count}")
    for name, value in made.items():
        if isinstance(value, list):
            if [str(t) for t in ROOT.texts(found, name)] != value:
                fail(f"{what}: texts of {name} differ")
            continue
        content = value[1] if isinstance(value, tuple) else value
        is_array = isinstance(value, tuple) or value.ndim > 1
        got = ROOT.flat[TYPES[content.dtype.str[1:]]](found, name, int(is_array))
        same(f"{what}: {name}", numbers(got.numbers, content.dtype), content.reshape(-1))
        if is_array:
            wanted = value[0] if isinstance(value, tuple) else np.full(count, int(np.prod(content.shape[1:])))
            same(f"{what}: lengths of {name}", lists(got.lengths), wanted.astype("i8"))
    quiet(what)


def draw(what, found, made):
    """TTree::Draw with a selection, on numbers, lists and reductions of lists."""
    for expression, cut, wanted in [
        ("f32", "i16>0", made["f32"][made["i16"] > 0]),
        ("jag_f32", "", made["jag_f32"][1]),
        ("jag_f64*2", "jag_f64>3", made["jag_f64"][1][made["jag_f64"][1] > 3] * 2),
        ("Length$(jag_i16)", "", made["jag_f32"][0]),
        ("Sum$(jag_i16)", "", [r.astype("f8").sum() for r in rows(made["jag_i16"])]),
        ("Entry$", "!(text==\"\")", [i for i, t in enumerate(made["text"]) if t]),
    ]:
        found.SetEstimate(1_000_000)
        count = found.Draw(expression, cut, "goff")
        got = np.array([found.GetV1()[i] for i in range(count)])
        same(f"{what}: Draw {expression}, {cut}", got, np.asarray(wanted, dtype="f8"))
    quiet(what + ", Draw")


def frame(what, name, path, made):
    """RDataFrame, with threads."""
    got = ROOT.RDataFrame(name, path)
    arrays = got.AsNumpy([n for n, v in made.items() if not isinstance(v, (tuple, list)) and v.ndim == 1 and v.itemsize > 1])
    for n in arrays:
        same(f"{what}: RDataFrame {n}", np.asarray(arrays[n]).astype(made[n].dtype), made[n])
    total = got.Define("s", "Sum(jag_f64)").Sum("s").GetValue()
    same(what + ": sum of a list", np.float64(total), np.float64(np.cumsum([r.sum() for r in rows(made["jag_f64"])])[-1]))
    quiet(what + ", RDataFrame")


def ntuple(what, name, path, made):
    reader = ROOT.RNTupleReader.Open(name, path)
    count = len(next(iter(made.values())))
    if reader.GetNEntries() != count:
        fail(f"{what}: {reader.GetNEntries()} entries")
    for field, value in made.items():
        if isinstance(value, list):
            if [str(t) for t in ROOT.column_of_texts(name, path, field)] != value:
                fail(f"{what}: texts of {field} differ")
            continue

        got = ROOT.column[type_of(value)](name, path, field)
        content, lengths = flat(value)
        same(f"{what}: {field}", numbers(got.numbers, content.dtype), content.reshape(-1))
        same(f"{what}: lengths of {field}", lists(got.lengths), np.array(lengths, dtype="i8"))
    quiet(what)


def type_of(value):
    """The C++ type of a column."""
    if isinstance(value, tuple):
        return f"std::vector<{type_of(value[1])}>"
    inner = FIXED[value.dtype.str[1:]]
    for size in reversed(value.shape[1:]):
        inner = f"std::array<{inner},{size}>"
    return inner


def flat(value):
    """All numbers of a column, and the lengths of its lists and arrays as `add` visits them."""
    if isinstance(value, np.ndarray):
        shape, lengths = value.shape, []
        for _ in range(shape[0] if len(shape) > 1 else 0):
            lengths += [shape[1]] + ([shape[2]] * shape[1] if len(shape) > 2 else [])
        return value, lengths
    outer, content = value
    if isinstance(content, np.ndarray):
        return content, list(outer)
    inner, lengths, place = content[0], [], 0
    for length in outer:
        lengths += [length, *inner[place:place + length]]
        place += length
    return content[1], lengths


def main():
    os.chdir(tempfile.mkdtemp())
    for count, rounds in [(300, 1), (0, 1), (1, 1)]:
        made = columns(count, False)
        nested = columns(count, True)
        archive(made, "given.npz")
        archive(nested, "nested.npz")
        convert("given.npz", "tree.root:dummy")
        convert("nested.npz", "ntuple.rntuple.root:tuple")
        file = ROOT.TFile.Open("tree.root")
        what = f"TTree of {count}"
        tree(what, file.Get("dummy"), made)
        if count == 300:
            draw(what, file.Get("dummy"), made)
        file.Close()
        ntuple(f"RNTuple of {count}", "tuple", "ntuple.rntuple.root", nested)
        if count:
            frame(what, "dummy", "tree.root", made)
            frame(f"RNTuple of {count}", "tuple", "ntuple.rntuple.root", nested)
    large()
    friend()
    quiet("the end")
    os.dup2(told, 2)
    print(f"{checks} comparisons: ROOT {ROOT.gROOT.GetVersion()} reads what Apus writes, without a warning")


def large():
    """More than two clusters, and baskets that events do not divide."""
    count = 3_000_000
    n = np.arange(count)
    lengths = n % 4
    total = int(lengths.sum())
    made = {"x": n * 0.5, "y": (n % 1000).astype("i2"), "jag": (lengths, np.arange(total).astype("f4"))}
    frame = ROOT.RDataFrame(count).Define("x", "rdfentry_ * 0.5").Define("y", "short(rdfentry_ % 1000)")
    frame = frame.Define("jag", "auto n = Long64_t(rdfentry_ % 4); auto f = rdfentry_ / 4 * 6 + n * (n - 1) / 2; "
                         "ROOT::RVecF v; for (Long64_t i = 0; i < n; i++) v.push_back(f + i); return v;")
    frame.Snapshot("Events", "given.root", ["x", "y", "jag"])
    convert("given.root:Events", "large.root:Events")
    convert("given.root:Events", "large.rntuple.root:Events")
    file = ROOT.TFile.Open("large.root")
    found = file.Get("Events")
    ends, cluster = [], found.GetClusterIterator(0)
    while (start := cluster()) < found.GetEntries():
        ends.append(start)
    if len(ends) < 3:
        fail(f"a large tree has {len(ends)} clusters")
    tree("large tree", found, made)
    file.Close()
    ROOT.EnableImplicitMT(2)
    for path in ["large.root", "large.rntuple.root"]:
        got = ROOT.RDataFrame("Events", path)
        sums = [got.Sum("y"), got.Define("s", "Sum(jag)").Count(), got.Define("k", "jag.size()").Sum("k"), got.Max("x")]
        values = [float(s.GetValue()) for s in sums]
        if values != [float(made["y"].astype("i8").sum()), count, total, made["x"][-1]]:
            fail(f"RDataFrame with threads of {path}: {values}")
    ROOT.DisableImplicitMT()
    quiet("large tables")


def friend():
    """Arrays of ROOT's own, converted, as a friend beside their parent."""
    count = 5000
    n = np.arange(count)
    parent = ROOT.TFile("parent.root", "recreate")
    written = ROOT.TTree("Events", "")
    jets = ROOT.std.vector("float")()
    cells = {"x": (np.zeros(1, "f8"), "x/D"), "m": (np.zeros(1, "i4"), "m/I"), "pair": (np.zeros((3, 2), "i2"), "pair[m][2]/S"),
             "arr3": (np.zeros(3, "f8"), "arr3[3]/D"), "flags": (np.zeros(4, "?"), "flags[4]/O"),
             "matrix": (np.zeros((2, 3), "u4"), "matrix[2][3]/i")}
    for name, (cell, leaf) in cells.items():
        written.Branch(name, cell, leaf)
    written.Branch("jets", jets)
    for i in range(count):
        cells["x"][0][0], cells["m"][0][0] = i * 0.25, i % 4
        cells["pair"][0][:] = i + np.arange(6).reshape(3, 2)
        cells["arr3"][0][:] = i / 8 + np.arange(3)
        cells["flags"][0][:] = (i >> np.arange(4)) & 1
        cells["matrix"][0][:] = i * 6 + np.arange(6).reshape(2, 3)
        jets.clear()
        for j in range(i % 3):
            jets.push_back(i + j)
        written.Fill()
    written.Write()
    parent.Close()
    columns = "x,jets,pair,arr3,flags,matrix"
    convert("parent.root:Events", "scores.root:scores", "--columns", columns)
    convert("parent.root:Events", "scores.rntuple.root:scores", "--columns", columns)
    made = {
        "x": n * 0.25, "arr3": n[:, None] / 8 + np.arange(3.0), "flags": (n[:, None] >> np.arange(4)) & 1 == 1,
        "matrix": (n[:, None, None] * 6 + np.arange(6).reshape(2, 3)).astype("u4"),
        "jets": (n % 3, np.concatenate([i + np.arange(i % 3) for i in range(count)]).astype("f4")),
    }
    file = ROOT.TFile.Open("scores.root")
    tree("arrays", file.Get("scores"), made)
    file.Close()
    ntuple("RNTuple of arrays", "scores", "scores.rntuple.root", made)
    parent = ROOT.TFile.Open("parent.root")
    both = parent.Get("Events")
    both.AddFriend("scores", "scores.root")
    both.SetEstimate(1_000_000)
    found = both.Draw("x-scores.x:Sum$(jets)-Sum$(scores.jets):scores.x", "scores.x>1", "goff")
    if found != int((n * 0.25 > 1).sum()):
        fail(f"friend: {found} events pass")
    for get in (both.GetV1, both.GetV2):
        same("friend: differences", np.array([get()[i] for i in range(found)]), np.zeros(found))
    same("friend: values", np.array([both.GetV3()[i] for i in range(found)]), (n * 0.25)[n * 0.25 > 1])
    found = both.Draw("pair[][1]-scores.pair[][1]:scores.pair[][1]", "", "goff")
    same("friend: lists of arrays", np.array([both.GetV1()[i] for i in range(found)]), np.zeros(int((n % 4).clip(0, 3).sum())))
    wanted = np.concatenate([(i + np.array([1.0, 3, 5]))[: i % 4] for i in range(count)])
    same("friend: values of lists of arrays", np.array([both.GetV2()[i] for i in range(found)]), wanted)
    found = both.Draw("scores.matrix[1][2]:scores.arr3[1]", "scores.flags[3]", "goff")
    chosen = n[(n >> 3) & 1 == 1]
    same("friend: matrix", np.array([both.GetV1()[i] for i in range(found)]), chosen * 6.0 + 5)
    frame = ROOT.RDataFrame(both)
    if frame.Filter("x == scores.x").Count().GetValue() != count:
        fail("RDataFrame over a friend: values differ")
    quiet("friend")


main()
