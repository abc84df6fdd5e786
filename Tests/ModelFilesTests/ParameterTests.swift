import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of parameters.jsonl.
struct ParameterRow: CustomTestStringConvertible, Sendable {
  let label: String
  let model: ModelShape
  let parameters: Int64
  /// How many tensors there are of each shape, as a checkpoint has them: output first.
  let shapes: [[Int64]: Int64]

  var testDescription: String { label }

  static func load() throws -> [ParameterRow] {
    try Fixture.text("parameters.jsonl").split(separator: "\n").map { line in
      let row = try JSONCursor(parsing: Array(line.utf8))
      let label = try row.required("label").string()
      var shapes: [[Int64]: Int64] = [:]
      for tensor in try row.required("tensors").elements() {
        let shape = try tensor.required("shape").elements().map { try $0.integer(in: 1...1 << 40) }
        shapes[shape, default: 0] += try tensor.required("count").integer(in: 1...1 << 20)
      }
      return ParameterRow(
        label: label,
        model: try ModelShape(
          configuration: row.required("config_full"), id: label, name: label, source: .config),
        parameters: try row.required("total_params").integer(in: 1...1 << 50), shapes: shapes)
    }
  }
}

@Suite("Parameters from a configuration")
struct ParameterTests {
  @Test("The count is what transformers builds", arguments: try ParameterRow.load())
  func count(row: ParameterRow) {
    #expect(row.model.parameters == row.parameters)
  }

  @Test("So is every tensor's shape", arguments: try ParameterRow.load())
  func shapes(row: ParameterRow) {
    var shapes: [[Int64]: Int64] = [:]
    for tensor in row.model.checkpointTensors {
      shapes[tensor.shape.dimensions.reversed(), default: 0] += 1
    }
    #expect(shapes == row.shapes)
  }

  @Test("Every row of a known architecture is here")
  func rows() throws {
    #expect(try ParameterRow.load().count == 27)
  }
}
