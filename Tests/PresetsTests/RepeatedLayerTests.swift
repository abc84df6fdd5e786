import PresetEntries
import Presets
import TestSupport
import Testing
import VRAMBudget

/// Compute buffers are sized on a few of a model's repeated layers; what holds them at their fullest
/// is found on the whole graph.
@Suite("Repeated layers")
struct RepeatedLayerTests {
  @Test(
    "Leaving out layers that repeat changes no compute buffer",
    arguments: try everyFourthPreset())
  func sameAsWhole(model id: String) throws {
    let model = try PresetCatalog().model(named: id)
    guard let weights = try? FormatRecipe.llamaCpp(.q4_K_M).plan(for: model) else { return }
    var generator = SeededGenerator(seed: id.utf8.reduce(5) { 31 &* $0 &+ UInt64($1) })
    let cards = [Device(memory: .gibibytes(24), named: "24GiB")]
    let processor = Device(id: "cpu", name: "cpu", backend: .cpu, total: .gibibytes(64))
    for devices in [cards, cards + cards, [processor]] {
      let runtime = Runtime.llamaCpp(settings(&generator))
      let contexts: [Int64] = [512, 3000, 8192, 32_768]
      let tokens = contexts.randomElement(using: &generator) ?? 512
      let budget = try? Budget(
        of: [
          Deployment(
            model: model, weights: weights, runtime: runtime,
            workload: Workload(
              contextTokens: tokens, contextOrigin: .given,
              sequences: Int64.random(in: 1...3, using: &generator)))
        ], on: devices)
      guard let budget else { continue }
      for (place, peak) in budget.computePeaks(of: 0) {
        let lines = budget.entries(on: place).filter { $0.line.name == .computeBuffer }
        #expect(
          lines.map(\.line.estimate.expected) == [peak.bytes],
          Comment(rawValue: "\(place) \(tokens) \(runtime)"))
      }
    }
  }

  private func settings(_ generator: inout SeededGenerator) -> LlamaCppSettings {
    let format = LlamaCppSettings.cacheFormats.randomElement(using: &generator) ?? .f16
    return LlamaCppSettings(
      microbatchTokens: [512, 16, 1].randomElement(using: &generator) ?? 512,
      flashAttention: Bool.random(using: &generator) ? .auto : .on, keyFormat: format,
      valueFormat: format, isUnified: Bool.random(using: &generator),
      gpuLayers: Int.random(in: 0..<3, using: &generator) == 0 ? .count(9) : .all,
      offloadsCache: Int.random(in: 0..<3, using: &generator) > 0,
      hostExpertLayers: Int.random(in: 0..<3, using: &generator) == 0 ? 3 : 0)
  }
}

/// The ids of every fourth preset, for tests that take long over one: all of them were run by hand.
func everyFourthPreset() throws -> [String] {
  try PresetCatalog().allModels().enumerated().filter { $0.offset.isMultiple(of: 4) }
    .map(\.element.entry.id)
}
