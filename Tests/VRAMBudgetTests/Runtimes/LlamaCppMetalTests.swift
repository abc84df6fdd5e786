import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("llama.cpp's graphs on Metal")
struct LlamaCppMetalTests {
  /// What Metal fuses and reorders is not described: compute buffers are held by their range.
  @Test("Weights, caches and the host's buffer are exact, the device's compute buffer in its range")
  func buffers() throws {
    var configurations: [String: JSONCursor] = [:]
    for preset in try KnownModel.presets() { configurations[preset.id] = preset.configuration }
    var models: [String: (shape: ModelShape, plan: WeightPlan)] = [:]
    let rows = try RuntimeRow.load("llamacpp-metal.tsv")
    var exact = 0
    var withinTenth = 0
    for row in rows {
      let id = row["model"]
      if models[id] == nil {
        let shape = try ModelShape(
          configuration: #require(configurations[id]), id: id, name: id, source: .config)
        models[id] = (shape, try row.weights(of: shape))
      }
      let (model, plan) = try #require(models[id])
      let budget = try row.budget(for: model, weights: plan)
      let label = Comment(rawValue: row.testDescription)
      let device = try #require(row.buffers["MTL0"])
      let host = try #require(row.buffers["CPU"])
      func expected(_ name: BudgetLine.Name, _ place: Place) -> Int64 {
        budget.estimate(name, on: place).expected.count
      }
      #expect(expected(.weights, .device(0)) == device.model, label)
      #expect(expected(.weights, .host) == host.model, label)
      let kept = expected(.keyValueCache, .device(0)) + expected(.recurrentState, .device(0))
      #expect(kept == device.context, label)
      #expect(expected(.computeBuffer, .host) == host.compute, label)
      let compute = budget.estimate(.computeBuffer, on: .device(0))
      #expect(
        compute.low.count <= device.compute && device.compute <= compute.high.count,
        "\(row.testDescription): \(compute), not \(device.compute)")
      let difference = abs(compute.expected.count - device.compute)
      exact += difference == 0 ? 1 : 0
      withinTenth += difference * 10 <= device.compute ? 1 : 0
    }
    #expect(rows.count == 166)
    #expect(exact == 33 && withinTenth == 145, "\(exact) exact, \(withinTenth) within a tenth")
  }
}
