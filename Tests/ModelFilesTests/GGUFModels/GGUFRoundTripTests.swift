import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A configuration that llama.cpp's converter takes.
struct ConvertedModel: CustomTestStringConvertible, Sendable {
  let label: String
  let configuration: JSONCursor
  let shape: ModelShape

  var testDescription: String { label }

  /// Those of both lists of parameters, of the models that were measured, of the presets, and some made by
  /// hand, for what none of these has.
  static func all() throws -> [ConvertedModel] { try read.get() }

  /// Read once for all tests.
  private static let read = Result {
    try rows() + published() + files() + presets() + handmade()
  }

  private static func handmade() throws -> [ConvertedModel] {
    try Fixture.text(atPath: "\(folder)/../Fixtures/handmade.jsonl").split(separator: "\n")
      .compactMap { line in
        let row = try JSONCursor(parsing: Array(line.utf8))
        return try model(row.required("label").string(), row.required("config"))
      }
  }

  private static var folder: String { Fixture.folder(of: #filePath) }

  private static func rows() throws -> [ConvertedModel] {
    // Falcon's class writes `num_kv_heads` whatever `multi_query` says, which the converter believes;
    // the published configuration does not have it.
    try ParameterRow.known.filter { $0.label != "falcon-classdefaults" }
      .compactMap { try model($0.label, $0.configuration) }
  }

  private static func published() throws -> [ConvertedModel] {
    try PublishedRow.all.compactMap { try model($0.label, $0.configuration) }
  }

  private static func files() throws -> [ConvertedModel] {
    try KnownGGUF.names.compactMap { name in
      let text = try Fixture.text(atPath: "\(folder)/../Fixtures/configs/\(name).json")
      return try model(name, try JSONCursor(parsing: Array(text.utf8)))
    }
  }

  private static func presets() throws -> [ConvertedModel] {
    try KnownModel.presets().compactMap { try model($0.id, $0.configuration) }
  }

  private static func model(_ label: String, _ configuration: JSONCursor) throws -> ConvertedModel?
  {
    let shape: ModelShape
    do {
      shape = try ModelShape(
        configuration: configuration, id: label, name: label, source: .config)
    } catch ConfigurationError.unknownArchitecture {
      return nil
    }
    guard shape.architecture.ggufName != nil else { return nil }
    return ConvertedModel(label: label, configuration: configuration, shape: shape)
  }
}

@Suite("GGUF files as llama.cpp's converter writes them")
struct GGUFRoundTripTests {
  /// Families whose windows llama.cpp ignores: `swa_type` stays none, phi3's is switched off.
  private static let windowless: Set<String> = [
    "llama", "mistral3", "qwen2", "qwen2moe", "qwen3", "qwen3moe", "smollm3", "phi3", "phimoe",
    "starcoder2",
  ]

  /// Models that llama.cpp takes for others, and why.
  private static let otherLayers = [
    "EXAONE-4.0-1.2B": "llama.cpp knows windows in a model of 64 layers only",
    "laguna-classdefaults": "no pattern is written, and llama.cpp's own has windows",
  ]

  /// Models whose context the converter writes otherwise, and why.
  private static let otherContexts = [
    "BLOOM-560M": "without 'seq_length' it takes the hidden size",
    "granitemoehybrid-classdefaults": "without rotation it knows no limit",
    "granite4:tiny-h": "as the class's defaults", "granite4:small-h": "as the class's defaults",
    "granite4:micro-h": "as the class's defaults", "granite4:1b-h": "as the class's defaults",
    "granite4:350m-h": "as the class's defaults",
  ]

  @Test("There is a configuration to convert of every family")
  func complete() throws {
    let names = Set(try ConvertedModel.all().compactMap(\.shape.architecture.ggufName))
    #expect(Set(ArchitectureCatalog.ggufNames).subtracting(names) == [])
  }

  @Test("A converted model is read as its configuration", arguments: try ConvertedModel.all())
  func roundTrip(model: ConvertedModel) throws {
    let folder = try TemporaryFolder()
    let converted = try ConvertedGGUF(model.shape, model.configuration)
    let path = try converted.path(in: folder)
    let read = try GGUFModel(try GGUFFile(path: path), id: path, name: "")
    let name = try #require(model.shape.architecture.ggufName)
    #expect(read.weights.tensorBytes == converted.tensorBytes)
    #expect(
      read.shape.tensors.count == model.shape.ggufTensors.count && read.skippedTensors == 0)
    #expect(read.shape.vocabularySize == model.shape.vocabularySize)
    let hasOtherContext = read.shape.maximumContext != model.shape.maximumContext
    #expect(hasOtherContext == (Self.otherContexts[model.label] != nil))
    let difference = Self.firstDifference(read.shape, model.shape, in: name)
    #expect((difference != nil) == (Self.otherLayers[model.label] != nil), "\(difference ?? "")")
  }

  @Test("A file without a tensor that llama.cpp's loader needs is refused, and only such a file")
  func withoutTensor() throws {
    let models = Dictionary(try ConvertedModel.all().map { ($0.label, $0) }) { first, _ in first }
    let folder = Fixture.folder(of: #filePath)
    let rows = try FixtureTable("gguf-required.tsv", filePath: folder).rows
    for row in rows {
      let label = try #require(row["model"])
      let name = try #require(row["tensor"])
      let model = try #require(models[label])
      var builder = try ConvertedGGUF(model.shape, model.configuration).builder
      let count = builder.tensors.count
      builder.tensors.removeAll { $0.name == name }
      #expect(builder.tensors.count == count - 1, "\(label) \(name)")
      let folder = try TemporaryFolder()
      let header = builder.header
      let data = builder.tensors.reduce(0) { $0 + ($1.bytes + 31) / 32 * 32 }
      let path = try folder.sparseFile("model.gguf", header, bytes: Int64(header.count + data))
      let file = try GGUFFile(path: path)
      var refusal: GGUFModelError?
      do throws(GGUFModelError) {
        _ = try GGUFModel(file, id: path, name: "")
      } catch {
        refusal = error
      }
      #expect((refusal != nil) == (row["loader"] == "needs"), "\(label) \(name): \(refusal as Any)")
    }
  }

  /// Returns the first layer that differs, in words.
  private static func firstDifference(
    _ read: ModelShape, _ expected: ModelShape, in name: String
  ) -> String? {
    let expectedLayers =
      windowless.contains(name) ? expected.layers.map(\.withoutWindows) : expected.layers
    guard read.layers.count == expectedLayers.count else { return "\(read.layers.count) layers" }
    for (index, layers) in zip(read.layers, expectedLayers).enumerated()
    where layers.0 != layers.1 {
      return "layer \(index): \(layers.0), not \(layers.1)"
    }
    return nil
  }

  @Test("Every family that llama.cpp knows by name is read from a GGUF file")
  func allFamilies() throws {
    var builder = GGUFBuilder()
    builder.entries = [("general.architecture", .string("none"))]
    let folder = try TemporaryFolder()
    let path = try folder.file("model.gguf", builder.file)
    let error = #expect(throws: GGUFModelError.self) {
      try GGUFModel(try GGUFFile(path: path), id: path, name: "")
    }
    guard case .unknownArchitecture(_, let known) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(Set(ArchitectureCatalog.ggufNames).subtracting(known) == [])
    #expect(Set(known).count == known.count)
  }
}

extension Layer {
  fileprivate var withoutWindows: Layer {
    Layer(
      mixers: mixers.map { mixer in
        guard case .attention(let attention) = mixer else { return mixer }
        return .attention(
          Attention(
            queryHeads: attention.queryHeads, keyValueHeads: attention.keyValueHeads,
            keyDimension: attention.keyDimension, valueDimension: attention.valueDimension,
            isRotary: attention.isRotary, isFused: attention.isFused))
      }, feedForward: feedForward)
  }
}
