import TestSupport
import Testing
import VRAMBudget

/// A row of llamacpp-weights.tsv.
struct WeightRow: CustomTestStringConvertible, Sendable {
  let model: String
  let fileType: LlamaCppFileType
  let hasImatrix: Bool
  let tensors: Int
  let bytes: Int64
  /// Tensors and bytes by format.
  let types: [String: String]
  /// FNV-1a of every tensor's name and format.
  let digest: UInt64

  var testDescription: String {
    "\(model) \(fileType.rawValue)\(hasImatrix ? " with imatrix" : "")"
  }

  static func load() throws -> [WeightRow] {
    try FixtureTable("llamacpp-weights.tsv", filePath: fixtureAnchor).rows.map { row in
      let types = try #require(row["types"]).split(separator: " ").map { entry in
        let parts = entry.split(separator: "=").map(String.init)
        return (parts[0], parts[1])
      }
      return WeightRow(
        model: try #require(row["model"]),
        fileType: try #require(row["file_type"].flatMap(LlamaCppFileType.init)),
        hasImatrix: row["imatrix"] == "1",
        tensors: try #require(row["tensors"].flatMap { Int($0) }),
        bytes: try #require(row["bytes"].flatMap { Int64($0) }),
        types: Dictionary(uniqueKeysWithValues: types),
        digest: try #require(row["digest"].flatMap { UInt64($0, radix: 16) }))
    }
  }
}

@Suite("llama.cpp's choice of formats")
struct LlamaCppMixTests {
  /// FNV-1a, 64 bits, of the plan's tensors as the fixture's first lines say.
  private func digest(_ plan: WeightPlan) -> UInt64 {
    let lines = plan.entries.map { Array("\($0.tensor.name) \($0.format.name)\n".utf8) }
    return lines.sorted { $0.lexicographicallyPrecedes($1) }.joined()
      .reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  @Test("Every measured file of a known architecture is exact, in total and by tensor")
  func measured() throws {
    var checked = 0
    var models: [String: ModelShape] = [:]
    for row in try WeightRow.load() {
      let model = try models[row.model] ?? KnownModel.ifSupported(row.model)
      guard let model else { continue }
      models[row.model] = model
      let plan = try FormatRecipe.llamaCpp(row.fileType, hasImatrix: row.hasImatrix)
        .plan(for: model)
      #expect(plan.tensorBytes == Bytes(row.bytes), "\(row.testDescription)")
      #expect(plan.entries.count == row.tensors, "\(row.testDescription)")
      let types = plan.totalsByFormat.map { ($0.format.name, "\($0.tensors):\($0.bytes.count)") }
      #expect(Dictionary(uniqueKeysWithValues: types) == row.types, "\(row.testDescription)")
      #expect(digest(plan) == row.digest, "\(row.testDescription)")
      checked += 1
    }
    #expect(checked == 1386)
  }
}
