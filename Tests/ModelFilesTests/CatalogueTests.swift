import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of catalogue.tsv.
struct CatalogueRow: CustomTestStringConvertible, Sendable {
  let model: String
  /// How the count was held against a published one.
  let check: String
  /// Elements of the checkpoint; nil where no formula is known.
  let parameters: Int64?
  let activeParameters: Int64?
  let configuration: JSONCursor

  var testDescription: String { model }

  static func load() throws -> [CatalogueRow] {
    try FixtureTable("catalogue.tsv").rows.map { row in
      CatalogueRow(
        model: try #require(row["model"]), check: try #require(row["check"]),
        parameters: row["parameters"].flatMap { Int64($0) },
        activeParameters: row["active_parameters"].flatMap { Int64($0) },
        configuration: try JSONCursor(parsing: Array(try #require(row["config"]).utf8)))
    }
  }

  /// The model, or nil when its architecture is not known.
  func shape() throws -> ModelShape? {
    do {
      return try ModelShape(configuration: configuration, id: model, name: model, source: .config)
    } catch ConfigurationError.unknownArchitecture {
      return nil
    }
  }
}

@Suite("Parameters of catalogued models")
struct CatalogueTests {
  /// Models of known architectures that are refused, and why.
  private static let refused: [String: String] = [
    "mistralai/Mistral-Large-Instruct-2407": "the catalogue has no max_position_embeddings",
    "MiniMaxAI/MiniMax-M3": "the catalogue has no keys of its indexers and dense layers",
    "moonshotai/Kimi-K3": "the catalogue has no keys of its delta attention",
  ]

  /// Models of known architectures for which the catalogue has no formula.
  private static let uncounted: Set<String> = [
    "deepseek-ai/DeepSeek-V4-Flash", "deepseek-ai/DeepSeek-V4-Pro",
  ]

  /// Elements that are stored but not trained, which counts of safetensors files include: the biases
  /// that steer the choice of experts.
  private func buffers(of model: ModelShape) -> Int64 {
    model.checkpointTensors.reduce(0) { $0 + ($1.isParameter ? 0 : $1.shape.elements) }
  }

  @Test("Every model of a known architecture has the elements that were counted for it")
  func counts() throws {
    var equal: [String: Int] = [:]
    var unknown = 0
    for row in try CatalogueRow.load() where Self.refused[row.model] == nil {
      guard let model = try row.shape() else {
        unknown += 1
        continue
      }
      guard let expected = row.parameters else {
        // The published count holds more than the text model: published-parameters.jsonl.
        #expect(Self.uncounted.contains(row.model), "\(row.model)")
        continue
      }
      // Published counts of files include what is stored but not trained, NVIDIA's do not.
      let counts = [model.parameters, model.parameters + buffers(of: model)]
      #expect(counts.contains(expected), "\(row.model): \(counts)")
      if counts.contains(expected) { equal[row.check, default: 0] += 1 }
      if let active = row.activeParameters {
        let counts = [model.activeParameters, model.activeParameters + buffers(of: model)]
        #expect(counts.contains(active), "\(row.model): \(counts)")
      }
    }
    let kinds = equal.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "catalogue: equal \(kinds.joined(separator: ", "));"
        + " \(Self.refused.count) refused, \(unknown) of unknown architectures")
    // One of the 114 is refused above.
    #expect(equal["independent"] == 113)
  }

  @Test("What is refused is refused", arguments: refused.keys.sorted())
  func refusals(model: String) throws {
    let row = try #require(try CatalogueRow.load().first { $0.model == model })
    #expect(throws: ConfigurationError.self, "\(Self.refused[model] ?? "")") { try row.shape() }
  }

  @Test("Every row is here")
  func rows() throws { #expect(try CatalogueRow.load().count == 199) }
}
