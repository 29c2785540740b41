/// Descriptions of the classes that make a tree, for files that lack them: a program that was killed never wrote
/// the list.
///
/// The newest two versions, as ROOT 6 writes them; each member with ROOT's type number.
enum RootBuiltIn {
  /// The description of a class, where this version is known here.
  static func description(_ name: String, version: Int) -> RootClass? {
    known["\(name);\(version)"]
  }

  private static let known: [String: RootClass] = Dictionary(
    uniqueKeysWithValues: table.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      let parts = words[0].split(separator: ";").map(String.init)
      let made = RootClass(
        name: parts[0], version: Int(parts[1]) ?? 0, checksum: 0,
        members: words.dropFirst().map(member))
      return (words[0], made)
    })

  /// `^Base`, `name=type`, `name=type=Class` or `name=type=[count`.
  private static func member(_ word: String) -> RootMember {
    var member = RootMember(
      kind: "", name: word, title: "", type: 0, arrayLength: 0, dimensions: [], typeName: "")
    if word.first == "^" {
      member.kind = "TStreamerBase"
      member.name = String(word.dropFirst())
      return member
    }
    let parts = word.split(separator: "=").map(String.init)
    member.name = parts[0]
    member.type = Int(parts[1]) ?? 0
    guard parts.count > 2 else { return member }
    if parts[2].first == "[" {
      member.countName = String(parts[2].dropFirst())
    } else {
      member.typeName = parts[2]
    }
    return member
  }

  private static let branch = """
    ^TNamed ^TAttFill fCompress=3 fBasketSize=3 fEntryOffsetLen=3 fWriteBasket=3 fEntryNumber=16
    """
  private static let branchEnd = """
    fOffset=3 fMaxBaskets=6 fSplitLevel=3 fEntries=16 fFirstEntry=16 fTotBytes=16 fZipBytes=16 \
    fBranches=61=TObjArray fLeaves=61=TObjArray fBaskets=61=TObjArray fBasketBytes=43=[fMaxBaskets \
    fBasketEntry=56=[fMaxBaskets fBasketSeek=56=[fMaxBaskets fFileName=65
    """
  private static let tree = """
    ^TNamed ^TAttLine ^TAttFill ^TAttMarker fEntries=16 fTotBytes=16 fZipBytes=16 fSavedBytes=16 \
    fFlushedBytes=16 fWeight=8 fTimerInterval=3 fScanField=3 fUpdate=3 fDefaultEntryOffsetLen=3 \
    fNClusterRange=6 fMaxEntries=16 fMaxEntryLoop=16 fMaxVirtualSize=16 fAutoSave=16 fAutoFlush=16 \
    fEstimate=16 fClusterRangeEnd=56=[fNClusterRange fClusterSize=56=[fNClusterRange
    """
  private static let treeEnd = """
    fBranches=61=TObjArray fLeaves=61=TObjArray fAliases=64 fIndexValues=62=TArrayD fIndex=62=TArrayI \
    fTreeIndex=64 fFriends=64 fUserInfo=64 fBranchRef=64
    """
  private static let table = """
    ROOT::TIOFeatures;1 fIOBits=11
    TAttFill;1 fFillColor=2 fFillStyle=2
    TAttFill;2 fFillColor=2 fFillStyle=2
    TAttLine;1 fLineColor=2 fLineStyle=2 fLineWidth=2
    TAttLine;2 fLineColor=2 fLineStyle=2 fLineWidth=2
    TAttMarker;2 fMarkerColor=2 fMarkerStyle=2 fMarkerSize=5
    TBranch;12 \(branch) \(branchEnd)
    TBranch;13 \(branch) fIOFeatures=62=ROOT::TIOFeatures \(branchEnd)
    TBranchElement;10 ^TBranch fClassName=65 fParentName=65 fClonesName=65 fCheckSum=13 fClassVersion=2 \
    fID=3 fType=3 fStreamerType=3 fMaximum=3 fBranchCount=64 fBranchCount2=64
    TFriendElement;2 ^TNamed fTreeName=65 fOwnFile=18
    TLeaf;2 ^TNamed fLen=3 fLenType=3 fOffset=3 fIsRange=18 fIsUnsigned=18 fLeafCount=64
    TLeafB;1 ^TLeaf fMinimum=1 fMaximum=1
    TLeafC;1 ^TLeaf fMinimum=3 fMaximum=3
    TLeafD;1 ^TLeaf fMinimum=8 fMaximum=8
    TLeafD32;1 ^TLeaf fMinimum=9 fMaximum=9
    TLeafElement;1 ^TLeaf fID=3 fType=3
    TLeafF;1 ^TLeaf fMinimum=5 fMaximum=5
    TLeafF16;1 ^TLeaf fMinimum=19 fMaximum=19
    TLeafG;1 ^TLeaf fMinimum=16 fMaximum=16
    TLeafI;1 ^TLeaf fMinimum=3 fMaximum=3
    TLeafL;1 ^TLeaf fMinimum=16 fMaximum=16
    TLeafO;1 ^TLeaf fMinimum=18 fMaximum=18
    TLeafS;1 ^TLeaf fMinimum=2 fMaximum=2
    TNtuple;2 ^TTree fNvar=3
    TTree;19 \(tree) \(treeEnd)
    TTree;20 \(tree) fIOFeatures=62=ROOT::TIOFeatures \(treeEnd)
    """
}
