// swift-tools-version: 6.2
// The house as a table: one line a room, with the rooms below it that it may import.
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// `strict` rooms touch raw memory, and say `unsafe` wherever they do.
func room(_ name: String, _ imports: [Target.Dependency], strict: Bool = false) -> Target {
  .target(
    name: "Apus" + name, dependencies: imports, path: "Sources/" + name,
    swiftSettings: settings + (strict ? [.strictMemorySafety()] : []))
}

func tests(_ name: String, _ imports: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: imports + ["TestSupport"], path: "Tests/\(name)Tests",
    swiftSettings: settings)
}

func system(_ name: String, _ pkgConfig: String?, _ packages: [String]) -> Target {
  .systemLibrary(
    name: name, path: "Sources/" + name, pkgConfig: pkgConfig, providers: [.apt(packages)])
}

let package = Package(
  name: "Apus",
  products: [
    .library(name: "Apus", targets: ["Apus"]),
    .executable(name: "apus", targets: ["ApusCLI"]),
    .library(name: "ApusC", type: .dynamic, targets: ["ApusCBridge"]),
  ],
  targets: [
    // The cellar: C loops, threads, oneDNN, LAPACK.
    .target(
      name: "CKernels", path: "Sources/CKernels",
      linkerSettings: [
        .linkedLibrary("dnnl"), .linkedLibrary("lapacke"), .linkedLibrary("openblas"),
        .linkedLibrary(":libgomp.so.1", .when(platforms: [.linux])), .linkedLibrary("m"),
      ]),
    system("CHDF5", "hdf5-serial", ["libhdf5-dev"]),
    system(
      "CCodecs", "zlib",
      ["zlib1g-dev", "libdeflate-dev", "liblzma-dev", "liblz4-dev", "libzstd-dev"]),
    system("CYAML", "yaml-0.1", ["libyaml-dev"]),
    // Files of other machines: libcurl and XRootD's client are looked for when the first such name is read.
    .target(
      name: "CRemote", path: "Sources/CRemote",
      linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    // What C sees: a header whose functions the room CBridge implements.
    .target(name: "CApus", path: "Sources/CApus"),
    // Three floors, four rooms, one roof, two doors.
    room("Kernels", ["CKernels"], strict: true),
    room("Engine", ["CKernels", "ApusKernels"], strict: true),
    room("Events", ["ApusEngine", "ApusKernels"]),
    room(
      "Formats", ["ApusEvents", "ApusEngine", "ApusKernels", "CHDF5", "CCodecs", "CRemote"],
      strict: true),
    room("Physics", ["ApusEvents", "ApusKernels"]),
    room("Methods", ["ApusEvents", "ApusEngine", "ApusKernels"]),
    room("Neural", ["ApusEvents", "ApusEngine", "ApusKernels"]),
    room(
      "Study",
      [
        "ApusFormats", "ApusPhysics", "ApusMethods", "ApusNeural", "ApusEvents", "ApusEngine",
        "ApusKernels", "CYAML",
      ]),
    room("CBridge", ["ApusStudy", "ApusEvents", "ApusKernels", "CApus"], strict: true),
    .executableTarget(
      name: "ApusCLI", dependencies: ["ApusStudy", "ApusKernels"], path: "Sources/CLI",
      swiftSettings: settings),
    .target(
      name: "Apus",
      dependencies: [
        "ApusStudy", "ApusFormats", "ApusPhysics", "ApusMethods", "ApusNeural", "ApusEvents",
        "ApusEngine", "ApusKernels",
      ], path: "Sources/House", swiftSettings: settings),
    // Tests mirror the rooms.
    .target(
      name: "TestSupport", dependencies: ["ApusEvents", "ApusEngine", "ApusKernels"],
      path: "Tests/TestSupport", swiftSettings: settings),
    tests("Kernels", ["ApusKernels", "CKernels"]),
    tests("Engine", ["ApusEngine", "ApusKernels"]),
    tests("Events", ["ApusEvents", "ApusEngine", "ApusKernels"]),
    tests("Formats", ["ApusFormats", "ApusEvents", "ApusEngine", "ApusKernels"]),
    tests("Physics", ["ApusPhysics", "ApusEvents", "ApusEngine"]),
    tests("Methods", ["ApusMethods", "ApusEvents", "ApusEngine", "ApusKernels"]),
    tests("Neural", ["ApusNeural", "ApusEvents", "ApusEngine", "ApusKernels"]),
    tests(
      "Study",
      ["ApusStudy", "ApusFormats", "ApusNeural", "ApusMethods", "ApusEvents", "ApusKernels"]),
    tests("CLI", ["ApusCLI"]),
    tests("CBridge", ["ApusCBridge", "CApus", "ApusStudy"]),
  ],
  cLanguageStandard: .gnu17
)
