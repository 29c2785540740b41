// swift-tools-version: 6.2
// The fuzzer of the readers: a package of its own, because every module below it must be built with libFuzzer's
// counters. Tools/fuzz builds and runs it.
import PackageDescription

let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "Apus", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz-readers", dependencies: [.product(name: "Apus", package: "Apus")],
      path: "Sources",
      swiftSettings: [
        .unsafeFlags(["-parse-as-library"]), .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
      ])
  ]
)
