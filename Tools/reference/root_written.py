"""Lets CERN ROOT write small files of what our readers claim, and notes the values that ROOT itself reads back.

Writes Tests/Golden/written/*.root and written.json. Objects: TLorentzVector whole and split, vectors of them, TClonesArray whole (also
with an object whose class is new in an entry) and split, vectors of strings, truth values, vectors, maps, pairs; structures of a class of
our own; packed numbers; friends, an index, cycles, trees saved on the way, a tree of a file that was never closed; histograms; every codec
with the old zlib; RNTuple with every column encoding, nested fields, variants, optional values, late fields, projections.

    python3 -m venv VENV && VENV/bin/pip install root numpy      ROOT 6.40.00 as the package `root` 0.1a12, numpy 2.4.6
    VENV/bin/python Tools/reference/root_written.py
"""

import json
import os
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import ROOT  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tests", "Golden", "written")
os.makedirs(FOLDER, exist_ok=True)
os.chdir(FOLDER)
ROOT.gROOT.SetBatch(True)
ROOT.gSystem.Load("libTreePlayer")
ROOT.gSystem.Load("libROOTNTuple")
golden = {"made by": "Tools/reference/root_written.py", "versions": {"ROOT": str(ROOT.gROOT.GetVersion())}}

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT.gInterpreter.AddIncludePath(HERE)
scratch = tempfile.mkdtemp()
os.chdir(scratch)
ROOT.gInterpreter.GenerateDictionary(
    "Hit;Track;vector<Hit>;vector<Track>;vector<TLorentzVector>;vector<vector<short> >;vector<vector<string> >;map<int,float>;"
    "vector<pair<int,float> >;map<string,vector<double> >;set<int>;map<int,string>;set<long>",
    "root_written.h;TLorentzVector.h;vector;string;map;set;array;utility")
os.chdir(FOLDER)
ROOT.gInterpreter.Declare('#include "root_written.C"')

ROOT.gInterpreter.Declare(r"""
/// The numbers of a column in order, its texts, and the lengths of all lists, outer ones first; NaN for what is not there.
struct Notes { std::vector<double> numbers; std::vector<std::string> texts; std::vector<double> lengths; } notes;
template <class T> void note(const T &x);
template <class T, class = void> struct Noted { static void add(const T &x) { notes.lengths.push_back(x.size()); for (const auto &y : x) note(y); } };
template <class T> struct Noted<T, std::enable_if_t<std::is_arithmetic_v<T> || std::is_enum_v<T>>> { static void add(T x) { notes.numbers.push_back(double(x)); } };
template <> struct Noted<std::string> { static void add(const std::string &x) { notes.texts.push_back(x); } };
template <> struct Noted<TString> { static void add(const TString &x) { notes.texts.push_back(x.Data()); } };
template <> struct Noted<const char *> { static void add(const char *x) { notes.texts.push_back(x); } };
template <> struct Noted<std::vector<bool>> { static void add(const std::vector<bool> &x) { notes.lengths.push_back(x.size()); for (bool y : x) notes.numbers.push_back(y); } };
template <> struct Noted<ROOT::RVec<bool>> { static void add(const ROOT::RVec<bool> &x) { notes.lengths.push_back(x.size()); for (auto y : x) notes.numbers.push_back(y); } };
template <std::size_t N> struct Noted<std::bitset<N>> { static void add(const std::bitset<N> &x) { notes.lengths.push_back(N); for (std::size_t i = 0; i < N; i++) notes.numbers.push_back(x[i]); } };
template <class T> struct Noted<std::optional<T>> { static void add(const std::optional<T> &x) { notes.numbers.push_back(x ? double(*x) : NAN); } };
template <class T> struct Noted<std::unique_ptr<T>> { static void add(const std::unique_ptr<T> &x) { notes.numbers.push_back(x ? double(*x) : NAN); } };
template <class T> struct Noted<std::atomic<T>> { static void add(const std::atomic<T> &x) { notes.numbers.push_back(x.load()); } };
template <class T> void note(const T &x) { Noted<std::decay_t<T>>::add(x); }
template <class T> int noted(const T &x) { note(x); return 0; }
/// A field of an RNTuple by its own view.
template <class T> void viewed(const char *path, const char *tuple, const char *field) {
  auto reader = ROOT::RNTupleReader::Open(tuple, path);
  auto view = reader->GetView<T>(field);
  for (auto i : reader->GetEntryRange()) note(view(i));
}
/// A formula of a tree: its values, and how many each entry has.
void drawn(const char *path, const char *name, const char *formula) {
  TFile file(path);
  auto tree = file.Get<TTree>(name);
  TTreeFormula f("f", formula, tree);
  if (f.GetNdim() <= 0) { std::cerr << "ROOT does not know the formula " << formula << " of " << path << "\n"; return; }
  for (Long64_t i = 0; i < tree->GetEntries(); i++) {
    tree->LoadTree(i);
    int count = f.GetNdata();
    notes.lengths.push_back(count);
    for (int j = 0; j < count; j++) notes.numbers.push_back(f.EvalInstance(j));
  }
}
""")


def taken():
    """What was noted, as JSON holds it."""
    found = {}
    numbers = [None if x != x else int(x) if x == int(x) else x for x in ROOT.notes.numbers]
    if numbers:
        found["numbers"] = numbers
    if ROOT.notes.texts.size():
        found["texts"] = [str(t) for t in ROOT.notes.texts]
    if ROOT.notes.lengths.size() and any(n != 1 for n in ROOT.notes.lengths):
        found["lengths"] = [int(n) for n in ROOT.notes.lengths]
    for part in (ROOT.notes.numbers, ROOT.notes.texts, ROOT.notes.lengths):
        part.clear()
    return found


def draw(path, name, columns):
    """Columns by the formula of TTree::Draw that gives them."""
    made = {}
    for column in columns:
        key, formula = column if isinstance(column, tuple) else (column, column)
        ROOT.drawn(path, name, formula)
        made[key] = taken()
    golden.setdefault("tables", {}).setdefault(f"{path}:{name}", {}).update(made)


def frame(path, name, columns):
    """Columns by RDataFrame."""
    made = {}
    for column in columns:
        key, formula = column if isinstance(column, tuple) else (column, column)
        ROOT.RDataFrame(name, path).Define("noted_", f"noted({formula})").Sum("noted_").GetValue()
        made[key] = taken()
    golden.setdefault("tables", {}).setdefault(f"{path}:{name}", {}).update(made)


def view(path, name, columns):
    """Fields of an RNTuple by views of their types."""
    made = {}
    for field, kind in columns.items():
        ROOT.viewed[kind](path, name, field)
        made[field] = taken()
    golden.setdefault("tables", {}).setdefault(f"{path}:{name}", {}).update(made)


ROOT.objects(99, "split.root")
ROOT.objects(0, "whole.root")
ROOT.packed("packed.root")
for name, settings in [("plain", 0), ("zlib", 101), ("lzma", 201), ("old", 301), ("lz4", 401), ("zstd", 501)]:
    ROOT.leaves(f"leaves_{name}.root", settings, True, 90)
ROOT.leaves("saved.root", 101, False, 240)
os.replace("killed.tmp", "killed.root")
os.remove("saved.root")
ROOT.growing("cycles.root")
ROOT.friends("friends.root", "extra.root")
ROOT.histograms("histograms.root")
ROOT.encodings("encodings.root")
ROOT.nested("nested.root")

vectors = [f"{base}.{part}" for base in ("one", "many", "clones") for part in ("fP.fX", "fP.fY", "fP.fZ", "fE")]
places = [f"{base}.{part}" for base in ("place", "late") for part in ("fX", "fY", "fZ")]
hits = [f"{base}.{part}" for base in ("hits", "tracks") for part in ("x", "layer", "t")]
tracks = [f"tracks.{part}" for part in ("id", "phi", "good")]
plain = ["i", "flags", "numbers", "bytes", "longs", "set", "array", "nested", "text", "ttext", "names"]
for path in ("split.root", "whole.root"):
    part = path == "split.root"
    draw(path, "tree", [("one.fP.fX", "one.X()"), ("one.fP.fY", "one.Y()"), ("one.fP.fZ", "one.Z()"), ("one.fE", "one.E()")])
    draw(path, "tree", [("many.fP.fX", "many.fP.fX"), ("many.fP.fY", "many.fP.fY"), ("many.fP.fZ", "many.fP.fZ"), ("many.fE", "many.fE")])
    draw(path, "tree", [("place.fX", "place.X()"), ("place.fY", "place.Y()"), ("place.fZ", "place.Z()")])
    draw(path, "tree", [(f"clones.fP.f{c}", f"clones.{c}()") for c in "XYZ"] + [("clones.fE", "clones.E()")])
    draw(path, "tree", [(f"late.f{c}", f"late.{c}()") for c in "XYZ"])
    draw(path, "tree", hits + tracks)
    frame(path, "tree", plain + ["words"])
    draw(path, "tree", [("map.first", "map.first"), ("map.second", "map.second"), ("pairs.first", "pairs.first"), ("pairs.second", "pairs.second")])
    if part:
        draw(path, "tree", ["x", "layer", "t", ("track.Hit.x", "track.Hit.x"), "id", "chi", "phi", "good"])
    else:
        draw(path, "tree", ["pair.first", "pair.second"])
        draw(path, "tree", [f"hit.{c}" for c in ("x", "layer", "t")] + [f"track.{c}" for c in ("x", "layer", "t", "id", "phi", "good", "chi")])
draw("packed.root", "tree", ["plain", "ranged", "bits", "pi", "half", "halfRanged", "halfBits", "n", "list", "few"])
flat = ["y", "n", "x", "flag", "u", "l", "ul", "matrix", "G", "parts.a", "parts.b", "parts.c", "parts.d", "parts.e"]
draw("leaves_plain.root", "tree", flat)
draw("cycles.root", "tree", ["x", "v"])
draw("cycles.root", "tree;4", ["x", "v"])
draw("cycles.root", "a/b/part", ["x", "v"])
fields = """bit int8 uint8 int16 split_int16 uint16 split_uint16 int32 split_int32 uint32 split_uint32 int64 split_int64 uint64 split_uint64
int64_as_32 real32 split_real32 real16 real64 split_real64 real64_as_32 real64_as_split32 real64_as_16 trunc trunc_double quant
quant_double double32 list list_index32 list_split32 list_index64 chr"""
frame("encodings.root", "tuple", fields.split())
view("nested.root", "deep/tuple", {
    "i": "int", "text": "std::string", "lists": "std::vector<std::vector<float>>", "words": "std::vector<std::string>",
    "flags": "std::vector<bool>", "array": "std::array<double,3>", "arrays": "std::vector<std::array<short,2>>", "set": "std::set<std::int64_t>",
    "optional": "std::optional<float>", "bits": "std::bitset<11>", "unique": "std::unique_ptr<double>", "colour": "int", "rvec": "ROOT::RVec<float>",
    "d32": "double", "optionals": "std::vector<std::optional<int>>", "atomic": "std::atomic<int>", "hit.x": "float", "hit.layer": "short", "hit.t": "double",
    "track.id": "int", "track.chi": "std::vector<float>", "track.phi": "double", "track.good": "bool", "pair._0": "int", "pair._1": "float",
    "tuple._0": "char", "tuple._1": "double", "tuple._2": "std::string", "hits_x": "ROOT::RVec<float>", "late": "float", "late_list": "std::vector<int>"})
nested = golden["tables"]["nested.root:deep/tuple"]
nested["hits.x"] = nested["hits_x"]


def histogram(path, name):
    """Contents, squared errors and edges of a histogram, with the bins below and above."""
    file = ROOT.TFile.Open(path)
    h = file.Get(name)
    axes = [h.GetXaxis(), h.GetYaxis(), h.GetZaxis()][: h.GetDimension()]
    cells = range(h.GetNcells())
    return {
        "contents": [h.GetBinContent(i) for i in cells], "errors": [h.GetBinError(i) for i in cells], "entries": h.GetEntries(),
        "edges": [[a.GetBinLowEdge(i) for i in range(1, a.GetNbins() + 2)] for a in axes],
        "labels": [[str(a.GetBinLabel(i)) for i in range(1, a.GetNbins() + 1)] if a.GetLabels() else [] for a in axes]}


golden["histograms"] = {n: histogram("histograms.root", n) for n in ("a", "b", "c", "s", "k", "big", "d", "e", "p", "ps", "h3", "labels")}
with open(os.path.join("..", "written.json"), "w") as out:
    json.dump(golden, out, separators=(",", ":"))
