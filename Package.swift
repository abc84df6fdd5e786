// swift-tools-version: 6.1

import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "vram-budget",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "VRAMBudget", targets: ["VRAMBudget"]),
  ],
  targets: [
    // The library: pure functions from values to values. Imports the standard library only.
    .target(name: "VRAMBudget", swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
