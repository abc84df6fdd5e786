import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("llama.cpp's graphs, by family")
struct LlamaCppFamilyTests {
  /// The configuration of a preset, or of a row of parameters.jsonl.
  private static func configurations() throws -> [String: JSONCursor] {
    var all: [String: JSONCursor] = [:]
    for preset in try KnownModel.presets() { all[preset.id] = preset.configuration }
    let path =
      Fixture.folder(of: #filePath) + "/../../ModelFilesTests/Fixtures/parameters.jsonl"
    for line in try Fixture.text(atPath: path).split(separator: "\n") {
      let row = try JSONCursor(parsing: Array(line.utf8))
      all[try row.required("label").string()] = try row.required("config_full")
    }
    return all
  }

  /// The bytes that llama.cpp allocates of one part: on each device, then on the host.
  private func measured(
    _ row: RuntimeRow, _ part: (RuntimeRow.Buffer) -> Int64
  ) -> [Int64] {
    guard row["n_dev"] != "0" else { return [row.buffers["CPU"].map(part) ?? 0] }
    let host = row.buffers.filter { !$0.key.hasPrefix("CUDA") || $0.key == "CUDA_Host" }
    return (0..<row.number("n_dev")).map { row.buffers["CUDA\($0)"].map(part) ?? 0 }
      + [host.values.reduce(0) { $0 + part($1) }]
  }

  @Test("Every buffer of every family is exact, or held by the range that it is given")
  func buffers() throws {
    let configurations = try Self.configurations()
    var models: [String: ModelShape] = [:]
    var plans: [String: WeightPlan] = [:]
    var exact = 0
    let rows = try RuntimeRow.load("llamacpp-families.tsv")
    for row in rows {
      let id = row["model"]
      let model =
        try models[id]
        ?? ModelShape(
          configuration: #require(configurations[id]), id: id, name: id, source: .config)
      models[id] = model
      let plan = try plans[id] ?? row.weights(of: model)
      plans[id] = plan
      let budget = try row.budget(for: model, weights: plan)
      let places =
        budget.devices.indices.map(Place.device) + (row["n_dev"] == "0" ? [] : [.host])
      let label = Comment(rawValue: row.testDescription + " ngl=\(row["ngl"])")
      // Where no file is mapped, a processor holds the tied embedding of these two twice.
      let isDoubled =
        row["n_dev"] == "0" && ["gemma3n", "gemma4"].contains(model.architecture.ggufName)
      if !isDoubled {
        #expect(
          places.map { budget.estimate(.weights, on: $0).expected.count }
            == measured(row, \.model), label)
      }
      #expect(
        places.map {
          (budget.estimate(.keyValueCache, on: $0) + budget.estimate(.recurrentState, on: $0))
            .expected.count
        } == measured(row, \.context), label)
      let compute = places.map { budget.estimate(.computeBuffer, on: $0) }
      for (estimate, bytes) in zip(compute, measured(row, \.compute)) {
        #expect(estimate.low.count <= bytes && bytes <= estimate.high.count, label)
      }
      exact += compute.map(\.expected.count) == measured(row, \.compute) ? 1 : 0
    }
    #expect(rows.count == 807)
    #expect(exact == 787)
  }
}
