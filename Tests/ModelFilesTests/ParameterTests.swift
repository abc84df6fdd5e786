import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of parameters.jsonl.
struct ParameterRow: CustomTestStringConvertible, Sendable {
  let label: String
  let modelType: String
  let configuration: JSONCursor
  let parameters: Int64
  /// How many tensors there are of each shape, dimensions of 1 left out.
  let shapes: [[Int64]: Int64]

  var testDescription: String { label }

  static let all: [ParameterRow] = {
    (try? load()) ?? []
  }()

  /// The rows of known architectures, but for class defaults that describe no model: DeepSeek-V2's
  /// say nothing of the experts that a token uses.
  static let known = all.filter {
    ArchitectureCatalog.modelTypes.contains($0.modelType)
      && $0.label != "deepseek_v2-classdefaults"
  }

  private static func load() throws -> [ParameterRow] {
    try Fixture.text("parameters.jsonl").split(separator: "\n").map { line in
      let row = try JSONCursor(parsing: Array(line.utf8))
      let modelType = try row.required("model_type").string()
      var shapes: [[Int64]: Int64] = [:]
      for tensor in try row.required("tensors").elements() {
        let count = try tensor.required("count").integer(in: 1...1 << 20)
        for shape in try matrices(of: tensor, in: modelType) { shapes[shape, default: 0] += count }
      }
      return ParameterRow(
        label: try row.required("label").string(),
        modelType: modelType,
        configuration: try row.required("config_full"),
        parameters: try row.required("total_params").integer(in: 1...1 << 50), shapes: shapes)
    }
  }

  /// The matrices of a tensor as a model file keeps them: transformers 5 fuses the experts' gate and
  /// up projections, which files keep apart, some families transpose their experts, and GPT-2 all
  /// its matrices (`Conv1D`).
  private static func matrices(of tensor: JSONCursor, in modelType: String) throws -> [[Int64]] {
    let name = try tensor.required("name").string()
    let shape = try tensor.required("shape").elements().map { try $0.integer(in: 1...1 << 40) }
      .filter { $0 > 1 }
    if modelType == "gpt2", name.contains(".c_"), shape.count == 2 { return [shape.reversed()] }
    guard
      name.contains("mlp.experts.") || name.contains("feed_forward.experts.")
        || name.contains("block_sparse_moe.experts.")
    else { return [shape] }
    let isTransposed = shape.count == 3 && transposed.contains(shape)
    var halves = isTransposed ? [shape[0], shape[2], shape[1]] : shape
    guard name.contains("gate_up_proj") else { return [halves] }
    halves[1] /= 2
    return [halves, halves]
  }

  /// The experts of gpt-oss and Llama 4, which are stored as [experts, in, out].
  private static let transposed: [[Int64]] = [
    [32, 2880, 5760], [128, 2880, 5760], [16, 5120, 16384], [16, 8192, 5120],
  ]

  func model() throws -> ModelShape {
    try ModelShape(configuration: configuration, id: label, name: label, source: .config)
  }
}

@Suite("Parameters from a configuration")
struct ParameterTests {
  @Test("The count is what transformers builds", arguments: ParameterRow.known)
  func count(row: ParameterRow) throws {
    #expect(try row.model().parameters == row.parameters)
  }

  @Test("So is every tensor's shape", arguments: ParameterRow.known)
  func shapes(row: ParameterRow) throws {
    var shapes: [[Int64]: Int64] = [:]
    for tensor in try row.model().checkpointTensors where tensor.isParameter {
      shapes[tensor.shape.dimensions.reversed().filter { $0 > 1 }, default: 0] += 1
    }
    for key in Set(shapes.keys).union(row.shapes.keys) where shapes[key] != row.shapes[key] {
      Issue.record("\(key): \(shapes[key] ?? 0) here, \(row.shapes[key] ?? 0) in transformers")
    }
  }

  @Test("A row of an architecture that is not known is refused by name")
  func refused() throws {
    for row in ParameterRow.all where !ArchitectureCatalog.modelTypes.contains(row.modelType) {
      #expect(throws: ConfigurationError.self, "\(row.label)") { try row.model() }
    }
  }

  @Test("Every row is here")
  func rows() {
    print("parameters: \(ParameterRow.known.count) of \(ParameterRow.all.count) rows known")
    #expect(ParameterRow.known.count == 144)
    #expect(ParameterRow.all.count == 157)
  }
}
