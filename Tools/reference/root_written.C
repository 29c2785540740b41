// The files of Tools/reference/root_written.py; one function a file.
#include "root_written.h"
#include <TTree.h>
#include <TFile.h>
#include <TLorentzVector.h>
#include <TClonesArray.h>
#include <TVector3.h>
#include <TH1.h>
#include <TH2.h>
#include <TH3.h>
#include <TProfile.h>
#include <TDatime.h>
#include <TTreeIndex.h>
#include <TTreeFormula.h>
#include <TSystem.h>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <ROOT/RNTupleReader.hxx>
#include <ROOT/RVec.hxx>
#include <ROOT/RField.hxx>
#include <iostream>
#include <map>
#include <set>
#include <array>
#include <variant>
#include <optional>

TTree *named(const char *name) { auto t = new TTree(name, name); t->SetAutoFlush(0); return t; }

void objects(int split, const char *path) {
  TFile file(path, "recreate");
  auto tree = named("tree");
  tree->SetAutoFlush(7);
  TLorentzVector one;  auto onePointer = &one;
  std::vector<TLorentzVector> many;
  TVector3 place;      auto placePointer = &place;
  auto clones = new TClonesArray("TLorentzVector", 10);
  auto late = new TClonesArray("TVector3", 10);
  std::vector<bool> flags; std::vector<std::string> names; std::vector<std::vector<short>> nested;
  std::vector<std::vector<std::string>> words;
  std::map<int, float> map; std::pair<int, double> pair; std::set<int> set; std::array<float, 3> array;
  std::vector<std::pair<int, float>> pairs; std::map<std::string, std::vector<double>> wide;
  std::string text; TString ttext; std::vector<double> numbers; std::vector<unsigned char> bytes; std::vector<Long64_t> longs;
  Hit hit; auto hitPointer = &hit; Track track; auto trackPointer = &track; std::vector<Hit> hits; std::vector<Track> tracks;
  TDatime date; auto datePointer = &date; int i = 0;
  tree->Branch("i", &i);
  tree->Branch("one", &onePointer, 32000, split); tree->Branch("many", &many, 32000, split);
  tree->Branch("place", &placePointer, 32000, split);
  tree->Branch("clones", &clones, 32000, split); tree->Branch("late", &late, 32000, split);
  tree->Branch("flags", &flags); tree->Branch("names", &names); tree->Branch("nested", &nested); tree->Branch("words", &words);
  tree->Branch("map", &map, 32000, split); tree->Branch("pair", &pair, 32000, split); tree->Branch("set", &set);
  tree->Branch("array", &array); tree->Branch("pairs", &pairs, 32000, split); tree->Branch("wide", &wide, 32000, split);
  tree->Branch("text", &text); tree->Branch("ttext", &ttext); tree->Branch("numbers", &numbers); tree->Branch("bytes", &bytes);
  tree->Branch("longs", &longs);
  tree->Branch("hit", &hitPointer, 32000, split); tree->Branch("track", &trackPointer, 32000, split);
  tree->Branch("hits", &hits, 32000, split); tree->Branch("tracks", &tracks, 32000, split);
  tree->Branch("date", &datePointer, 32000, split);
  for (i = 0; i < 20; i++) {
    one.SetPxPyPzE(i, i + 0.5, -i, 100 + i); place.SetXYZ(i * 0.1, -i, 3);
    many.clear(); clones->Clear("C"); late->Clear("C"); flags.clear(); names.clear(); nested.clear(); words.clear();
    map.clear(); set.clear(); pairs.clear(); wide.clear(); numbers.clear(); bytes.clear(); longs.clear(); hits.clear(); tracks.clear();
    hit.x = i * 0.5f; hit.layer = -i; hit.t = i * 1e-3;
    static_cast<Hit &>(track) = hit; track.id = i * 7; track.phi = i * 0.25; track.good = i % 3 == 0; track.chi.assign(i % 4, i * 2.f);
    for (int j = 0; j < i % 5; j++) {
      many.emplace_back(j, i, i * j, 50 + j);
      new ((*clones)[j]) TLorentzVector(j, -i, 2, 60 + j);
      if (i > 9) new ((*late)[j]) TVector3(i, j, i + j);
      flags.push_back((i + j) % 3 == 0); names.push_back(std::string(j * 90, 'a' + j) + std::to_string(i));
      nested.emplace_back(j, short(i * j)); words.push_back(std::vector<std::string>(j, "w" + std::to_string(i)));
      map[j * 3] = i + j * 0.5f; set.insert(i * j); pairs.emplace_back(i, j * 0.25f);
      wide["k" + std::to_string(j)] = std::vector<double>(j, i * 0.125);
      numbers.push_back(i / 7. + j); bytes.push_back(i * 13 + j); longs.push_back((1LL << 40) * j - i);
      hits.push_back({i + j * 0.5f, short(j), i * 0.1}); tracks.push_back(track); tracks.back().id = j; tracks.back().chi.push_back(j);
    }
    pair = {i, i / 3.}; array = {i * 1.f, i * 2.f, i * 3.f}; text = std::string(i * 20, 'x') + "é"; ttext = Form("t%d", i);
    date.Set(20260101 + i, 123000 + i);
    tree->Fill();
  }
  tree->Write(); file.Close();
}

void packed(const char *path) {
  TFile file(path, "recreate", "", 505);
  auto tree = named("tree");
  struct { Double32_t a; } d; double plain, ranged, bits, none; float half, halfRanged; int n; double list[9]; float few[4];
  tree->Branch("plain", &plain, "plain/d"); tree->Branch("ranged", &ranged, "ranged/d[-3,5,12]");
  tree->Branch("bits", &bits, "bits/d[0,0,9]"); tree->Branch("pi", &none, "pi/d[-pi,2*pi]");
  tree->Branch("half", &half, "half/f"); tree->Branch("halfRanged", &halfRanged, "halfRanged/f[0,100,10]");
  tree->Branch("halfBits", &half, "halfBits/f[0,0,7]");
  tree->Branch("n", &n, "n/I"); tree->Branch("list", list, "list[n]/d[0,10,16]"); tree->Branch("few", few, "few[4]/f[-1,1,8]");
  for (int i = 0; i < 50; i++) {
    plain = i * 0.1 - 2; ranged = i * 0.16 - 3; bits = std::exp(i * 0.5 - 12); none = i * 0.12 - 3; half = i * i * 0.37f - 100; halfRanged = i * 2.1f;
    n = i % 10; for (int j = 0; j < n; j++) list[j] = i * 0.1 + j * 0.5; for (int j = 0; j < 4; j++) few[j] = std::sin(i + j);
    tree->Fill();
  }
  tree->Write(); file.Close();
}

void leaves(const char *path, int settings, bool closes, int entries) {
  TFile file(path, "recreate", "", settings);
  auto tree = named("tree");
  tree->SetAutoFlush(entries / 3);
  tree->SetAutoSave(0);
  struct { int a; float b; double c; short d; char e; } parts;
  int n; float x[300]; double y; char text[64], label[16]; bool flag; unsigned char u; Long64_t l; ULong64_t ul; float matrix[2][3]; Long_t G;
  tree->Branch("y", &y, "y/D"); tree->Branch("n", &n, "n/I"); tree->Branch("x", x, "x[n]/F"); tree->Branch("text", text, "text/C");
  tree->Branch("flag", &flag, "flag/O"); tree->Branch("u", &u, "u/b"); tree->Branch("l", &l, "l/L"); tree->Branch("ul", &ul, "ul/l");
  tree->Branch("label", label, "label/C"); tree->Branch("matrix", matrix, "matrix[2][3]/F"); tree->Branch("G", &G, "G/G");
  tree->Branch("parts", &parts, "c/D:a/I:b/F:d/S:e/B");
  struct { double c; int a; float b; short d; char e; } mixed; tree->GetBranch("parts")->SetAddress(&mixed);
  for (int i = 0; i < entries; i++) {
    y = i / 3.; n = i % 40 == 39 ? 300 : i % 4; for (int j = 0; j < n; j++) x[j] = i + j * 0.5f;
    snprintf(text, 64, "%.*s%d", i % 50, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", i);
    flag = i % 3 == 1; u = i * 7; l = (1LL << 45) - i; ul = ~0ULL - i; G = -i * (1L << 33);
    for (int j = 0; j < 6; j++) matrix[j / 3][j % 3] = i * 10 + j;
    // Empty texts have no bytes at all, also the last one.
    if (i % 7 == 3 || i == entries - 1) label[0] = 0; else snprintf(label, 16, "l%d", i);
    mixed = {i * 0.1, i, i * 0.5f, short(-i), char(i)};
    tree->Fill();
    // The tree is written, but no list of keys: what a job that is killed leaves.
    if (!closes && i == entries / 2) tree->AutoSave("");
  }
  if (closes) { tree->Write(); file.Close(); return; }
  // The job ends here without closing: the rest of the tree is lost.
  gSystem->Exec(Form("cp %s killed.tmp", path)); tree->Write(); file.Close();
}

void growing(const char *path) {
  TFile file(path, "recreate", "", 404);
  auto tree = new TTree("tree", "saved on the way");
  tree->SetAutoSave(40); tree->SetAutoFlush(-600);
  double x; std::vector<int> v; tree->Branch("x", &x, "x/D", 256); tree->Branch("v", &v, 256, 0);
  for (int i = 0; i < 150; i++) { x = i * i; v.assign(i % 6, i); tree->Fill(); if (i == 100) tree->Write(); }
  tree->Write();
  auto folder = file.mkdir("a/b"); folder = file.GetDirectory("a/b"); folder->cd();
  auto second = tree->CloneTree(10); second->SetName("part"); second->Write();
  file.Close();
}

void friends(const char *first, const char *second) {
  TFile other(second, "recreate");
  auto tree = named("extra");
  int run, event; double z;
  tree->Branch("run", &run); tree->Branch("event", &event); tree->Branch("z", &z);
  for (int i = 29; i >= 0; i--) { run = i / 10; event = i % 10; z = i * 0.5; if (i != 13) tree->Fill(); }
  tree->BuildIndex("run", "event"); tree->Write();
  auto aligned = named("aligned"); double w; aligned->Branch("w", &w);
  for (int i = 0; i < 30; i++) { w = -i; aligned->Fill(); }
  aligned->Write();
  other.Close();
  TFile file(first, "recreate");
  auto events = named("events"); double x;
  events->Branch("run", &run); events->Branch("event", &event); events->Branch("x", &x);
  for (int i = 0; i < 30; i++) { run = i % 3; event = i / 3; x = i; events->Fill(); }
  auto opened = TFile::Open(second);
  events->AddFriend("aligned", second); events->AddFriend("extra", second);
  file.cd(); events->Write(); file.Close();
}

void histograms(const char *path) {
  TFile file(path, "recreate", "", 101);
  TH1F a("a", "weights;x [GeV];events", 5, 0, 10); a.Sumw2();
  double edges[] = {0, 1, 3, 10}; TH1D b("b", "variable", 3, edges); TH1I c("c", "", 4, -1, 1); TH1S s("s", "", 3, 0, 3); TH1C k("k", "", 3, 0, 3);
  TH1L big("big", "", 3, 0, 3);
  TH2F d("d", ";x;y", 3, 0, 3, 2, 0, 1); d.Sumw2(); TH2D e("e", "", 3, edges, 2, edges); TProfile p("p", "profile", 4, 0, 4, "");
  TProfile ps("ps", "spread", 4, 0, 4, "s"); TH3F h3("h3", "", 2, 0, 1, 2, 0, 1, 2, 0, 1);
  TH1F labels("labels", "", 3, 0, 3); labels.GetXaxis()->SetBinLabel(1, "one"); labels.GetXaxis()->SetBinLabel(2, "two"); labels.Fill(0.5);
  for (int i = 0; i < 200; i++) {
    double x = (i * 37 % 113) / 10., y = (i * 53 % 97) / 60., w = i % 7 ? 0.5 + i % 3 : -1;
    a.Fill(x, w); b.Fill(x, w); c.Fill(y - 1); d.Fill(x / 3, y, w); e.Fill(x, y * 5, w); p.Fill(x / 2, y, std::abs(w)); ps.Fill(x / 2, y);
    h3.Fill(x / 10, y, y); s.Fill(y); k.Fill(y * 2); big.Fill(x / 4);
  }
  file.Write(); file.Close();
}

using namespace ROOT::Experimental;
template <class F> void onlyAs(std::unique_ptr<ROOT::RFieldBase> &field, F encoding) {
  ROOT::RFieldBase::ColumnRepresentation_t types = {encoding};
  field->SetColumnRepresentatives({types});
}
template <class T> void encoded(ROOT::RNTupleModel &model, const char *name, ROOT::ENTupleColumnType type) {
  std::unique_ptr<ROOT::RFieldBase> field = std::make_unique<ROOT::RField<T>>(name);
  try { onlyAs(field, type); } catch (const std::exception &e) { std::cerr << name << ": " << e.what() << "\n"; }
  model.AddField(std::move(field));
}
void encodings(const char *path) {
  using E = ROOT::ENTupleColumnType;
  auto model = ROOT::RNTupleModel::Create();
  encoded<bool>(*model, "bit", E::kBit);
  encoded<std::int8_t>(*model, "int8", E::kInt8); encoded<std::uint8_t>(*model, "uint8", E::kUInt8);
  encoded<std::byte>(*model, "byte", E::kByte); encoded<char>(*model, "chr", E::kChar);
  encoded<std::int16_t>(*model, "int16", E::kInt16); encoded<std::int16_t>(*model, "split_int16", E::kSplitInt16);
  encoded<std::uint16_t>(*model, "uint16", E::kUInt16); encoded<std::uint16_t>(*model, "split_uint16", E::kSplitUInt16);
  encoded<std::int32_t>(*model, "int32", E::kInt32); encoded<std::int32_t>(*model, "split_int32", E::kSplitInt32);
  encoded<std::uint32_t>(*model, "uint32", E::kUInt32); encoded<std::uint32_t>(*model, "split_uint32", E::kSplitUInt32);
  encoded<std::int64_t>(*model, "int64", E::kInt64); encoded<std::int64_t>(*model, "split_int64", E::kSplitInt64);
  encoded<std::uint64_t>(*model, "uint64", E::kUInt64); encoded<std::uint64_t>(*model, "split_uint64", E::kSplitUInt64);
  model->MakeField<std::int64_t>("int64_as_32");
  encoded<float>(*model, "real32", E::kReal32); encoded<float>(*model, "split_real32", E::kSplitReal32);
  encoded<float>(*model, "real16", E::kReal16);
  encoded<double>(*model, "real64", E::kReal64); encoded<double>(*model, "split_real64", E::kSplitReal64);
  encoded<double>(*model, "real64_as_32", E::kReal32); encoded<double>(*model, "real64_as_split32", E::kSplitReal32);
  encoded<double>(*model, "real64_as_16", E::kReal16);
  auto trunc = std::make_unique<ROOT::RField<float>>("trunc"); trunc->SetTruncated(17); model->AddField(std::move(trunc));
  auto truncD = std::make_unique<ROOT::RField<double>>("trunc_double"); truncD->SetTruncated(20); model->AddField(std::move(truncD));
  auto quant = std::make_unique<ROOT::RField<float>>("quant"); quant->SetQuantized(13, {-2.f, 60.f}); model->AddField(std::move(quant));
  auto quantD = std::make_unique<ROOT::RField<double>>("quant_double"); quantD->SetQuantized(20, {-2., 60.}); model->AddField(std::move(quantD));
  auto d32 = std::make_unique<ROOT::RField<double>>("double32"); d32->SetDouble32(); model->AddField(std::move(d32));
  auto idx = model->MakeField<std::vector<std::int32_t>>("list");
  { auto f = ROOT::RFieldBase::Create("list_index32", "std::vector<float>").Unwrap(); onlyAs(f, E::kIndex32); model->AddField(std::move(f)); }
  { auto f = ROOT::RFieldBase::Create("list_split32", "std::vector<float>").Unwrap(); onlyAs(f, E::kSplitIndex32); model->AddField(std::move(f)); }
  { auto f = ROOT::RFieldBase::Create("list_index64", "std::vector<float>").Unwrap(); onlyAs(f, E::kIndex64); model->AddField(std::move(f)); }
  ROOT::RNTupleWriteOptions options; options.SetCompression(505);
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "tuple", path, options);
  auto entry = writer->CreateEntry();
  for (int i = 0; i < 60; i++) {
    *entry->GetPtr<bool>("bit") = i % 3 == 0; *entry->GetPtr<std::int8_t>("int8") = i * 5 - 100; *entry->GetPtr<std::uint8_t>("uint8") = i * 4;
    *entry->GetPtr<std::byte>("byte") = std::byte(i); *entry->GetPtr<char>("chr") = 'A' + i % 50;
    for (auto n : {"int16", "split_int16"}) *entry->GetPtr<std::int16_t>(n) = i * 1001 - 30000;
    for (auto n : {"uint16", "split_uint16"}) *entry->GetPtr<std::uint16_t>(n) = i * 1001;
    for (auto n : {"int32", "split_int32"}) *entry->GetPtr<std::int32_t>(n) = i * 70000003 - 2000000000;
    for (auto n : {"uint32", "split_uint32"}) *entry->GetPtr<std::uint32_t>(n) = i * 70000003u;
    for (auto n : {"int64", "split_int64"}) *entry->GetPtr<std::int64_t>(n) = (i - 30) * 100000000000007LL;
    for (auto n : {"uint64", "split_uint64"}) *entry->GetPtr<std::uint64_t>(n) = ~0ULL - i * 100000000000007ULL;
    *entry->GetPtr<std::int64_t>("int64_as_32") = i * 7 - 100;
    for (auto n : {"real32", "split_real32", "real16", "trunc", "quant"}) *entry->GetPtr<float>(n) = i * 0.999f - 1.5f;
    for (auto n : {"real64", "split_real64", "real64_as_32", "real64_as_split32", "real64_as_16", "trunc_double", "quant_double", "double32"})
      *entry->GetPtr<double>(n) = i / 3. - 1.5;
    auto list = entry->GetPtr<std::vector<std::int32_t>>("list"); list->assign(i % 5, i);
    for (auto n : {"list_index32", "list_split32", "list_index64"}) entry->GetPtr<std::vector<float>>(n)->assign(i % 4, i * 0.5f);
    writer->Fill(*entry);
    if (i == 19 || i == 39) writer->CommitCluster(i == 39);
  }
}

void nested(const char *path) {
  auto model = ROOT::RNTupleModel::Create();
  auto i = model->MakeField<int>("i"); auto text = model->MakeField<std::string>("text");
  auto lists = model->MakeField<std::vector<std::vector<float>>>("lists");
  auto words = model->MakeField<std::vector<std::string>>("words"); auto flags = model->MakeField<std::vector<bool>>("flags");
  auto array = model->MakeField<std::array<double, 3>>("array"); auto arrays = model->MakeField<std::vector<std::array<short, 2>>>("arrays");
  auto pair = model->MakeField<std::pair<int, float>>("pair"); auto tuple = model->MakeField<std::tuple<char, double, std::string>>("tuple");
  auto map = model->MakeField<std::map<int, std::string>>("map"); auto set = model->MakeField<std::set<std::int64_t>>("set");
  auto variant = model->MakeField<std::variant<int, double, std::string>>("variant");
  auto optional = model->MakeField<std::optional<float>>("optional"); auto unique = model->MakeField<std::unique_ptr<double>>("unique");
  auto bits = model->MakeField<std::bitset<11>>("bits"); auto hit = model->MakeField<Hit>("hit"); auto track = model->MakeField<Track>("track");
  auto hits = model->MakeField<std::vector<Hit>>("hits"); auto tracks = model->MakeField<std::vector<Track>>("tracks");
  auto colour = model->MakeField<Colour>("colour"); auto kinds = model->MakeField<std::vector<Kind>>("kinds");
  auto rvec = model->MakeField<ROOT::RVec<float>>("rvec"); auto d32 = model->MakeField<Double32_t>("d32");
  auto optionals = model->MakeField<std::vector<std::optional<int>>>("optionals");
  auto atomic = model->MakeField<std::atomic<int>>("atomic");
  auto cardinality = ROOT::RFieldBase::Create("nhits", "ROOT::RNTupleCardinality<std::uint32_t>").Unwrap();
  model->AddProjectedField(std::move(cardinality), [](const std::string &) { return std::string("hits"); });
  auto xs = ROOT::RFieldBase::Create("hits_x", "ROOT::VecOps::RVec<float>").Unwrap();
  model->AddProjectedField(std::move(xs), [](const std::string &n) { return n == "hits_x" ? std::string("hits") : std::string("hits._0.x"); });
  ROOT::RNTupleWriteOptions options; options.SetCompression(404);
  TFile file(path, "recreate");
  auto folder = file.mkdir("deep");
  auto writer = ROOT::RNTupleWriter::Append(std::move(model), "tuple", *folder, options);
  std::shared_ptr<float> late; std::shared_ptr<std::vector<int>> lateList;
  for (*i = 0; *i < 30; ++*i) {
    int k = *i;
    if (k == 12) {
      auto updater = writer->CreateModelUpdater(); updater->BeginUpdate(); late = updater->MakeField<float>("late");
      lateList = updater->MakeField<std::vector<int>>("late_list"); updater->CommitUpdate();
    }
    if (late) { *late = k * 0.5f; lateList->assign(k % 3, k); }
    *text = std::string(k, 'a' + k % 26); lists->clear(); words->clear(); flags->clear(); arrays->clear(); map->clear(); set->clear();
    hits->clear(); tracks->clear(); kinds->clear(); rvec->clear(); optionals->clear();
    *array = {k * 1., k * 2., k * 3.}; *pair = {k, k * 0.5f}; *tuple = {char('a' + k % 20), k / 3., "t" + std::to_string(k)};
    if (k % 3 == 0) *variant = k; else if (k % 3 == 1) *variant = k * 0.5; else *variant = std::string("v") + std::to_string(k);
    if (k % 2) *optional = k * 0.25f; else optional->reset();
    if (k % 3) *unique = std::make_unique<double>(k); else unique->reset();
    *bits = std::bitset<11>(k * 37); *hit = {k * 0.5f, short(-k), k * 0.1}; track->id = k; track->x = k; track->chi.assign(k % 3, k); track->phi = k * 0.3;
    track->good = k % 2; *colour = k % 2 ? red : green; *d32 = k / 3.; *atomic = -k;
    for (int j = 0; j < k % 4; j++) {
      lists->emplace_back(j, k * 0.5f); words->push_back(std::string(j * 100, 'w')); flags->push_back((k + j) % 2);
      arrays->push_back({short(k), short(j)}); (*map)[j] = std::to_string(k); set->insert(k * j); hits->push_back({j * 0.5f, short(k), k + 0.5});
      tracks->push_back(*track); kinds->push_back(j % 2 ? Kind::gluon : Kind::quark); rvec->push_back(j + k);
      optionals->push_back(j % 2 ? std::optional<int>(k) : std::nullopt);
    }
    writer->Fill();
    if (k == 9 || k == 19) writer->CommitCluster(true);
  }
}
