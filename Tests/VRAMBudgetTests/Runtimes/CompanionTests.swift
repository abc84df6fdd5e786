import TestSupport
import Testing
import VRAMBudget

@Suite("What llama.cpp loads beside a model")
struct CompanionTests {
  private let card = Device(id: "card", name: "a card", backend: .cuda, total: .gibibytes(24))

  private func budget(
    _ name: String, _ companions: Companions, settings: LlamaCppSettings = LlamaCppSettings(),
    sequences: Int64 = 1, context: Int64 = 8192
  ) throws -> Budget {
    let model = try KnownModel.named(name)
    return try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model),
          runtime: .llamaCpp(settings),
          workload: Workload(
            contextTokens: context, contextOrigin: .given, sequences: sequences),
          companions: companions)
      ], on: [card])
  }

  /// The trainable parameters that peft and Unsloth print for Llama 3 8B at rank 16: 13,631,488 for
  /// q, k, v and o, 41,943,040 with gate, up and down.
  @Test(
    "An adapter of rank 16 has its two matrices for each target, in f16",
    arguments: [
      ([Adapter.Targets.attention], 13_631_488), ([.query, .key, .value, .output], 13_631_488),
      ([.all], 41_943_040), ([.attention, .gate, .up, .down], 41_943_040),
    ])
  func adapter(targets: [Adapter.Targets], parameters: Int) throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    let adapter = Adapter(rank: 16, targets: Set(targets), of: model)
    let budget = try budget("Llama-3.1-8B", Companions(adapters: [adapter]))
    #expect(budget.expected(.adapter, of: 0) == Bytes(Int64(4 * parameters)))
    let twice = try self.budget("Llama-3.1-8B", Companions(adapters: [adapter, adapter]))
    #expect(twice.expected(.adapter, of: 0) == Bytes(Int64(8 * parameters)))
  }

  @Test("An adapter lies beside its matrices, and one of another model is refused")
  func places() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    let adapter = Adapter(rank: 16, targets: [.attention], of: model)
    let half = try budget(
      "Llama-3.1-8B", Companions(adapters: [adapter]),
      settings: LlamaCppSettings(gpuLayers: .count(17)))
    let onCard = half.entries(on: .device(0)).first { $0.line.name == .adapter }
    let onHost = half.entries(on: .host).first { $0.line.name == .adapter }
    #expect(onCard?.line.estimate.expected.count == 27_262_976)
    #expect(onHost?.line.estimate.expected.count == 27_262_976)
    #expect(throws: RuntimeError.self) {
      try budget("Llama-3.2-1B", Companions(adapters: [adapter]))
    }
  }

  /// What `common_base_params_to_speculative` hands on, and what it does not, case by case.
  private static let draftSettings: [(pair: LlamaCppSettings, alone: LlamaCppSettings)] = [
    (.init(), .init(outputs: .perSequence(1))),
    (.init(offloadsCache: false), .init(offloadsCache: false, outputs: .perSequence(1))),
    (.init(keepsFullWindows: true), .init(keepsFullWindows: true, outputs: .perSequence(1))),
    (.init(isUnified: true), .init(isUnified: true, outputs: .perSequence(1))),
    (
      .init(batchTokens: 96, microbatchTokens: 64, flashAttention: .off),
      .init(
        batchTokens: 96, microbatchTokens: 64, flashAttention: .off, outputs: .perSequence(1))
    ),
    (.init(keyFormat: .q8_0, valueFormat: .q8_0), .init(outputs: .perSequence(1))),
    (.init(gpuLayers: .count(4), hostExpertLayers: 2), .init(outputs: .perSequence(1))),
  ]

  /// Contexts as they come out: 3 sequences of 100 tokens have 256 cells each, 768 together.
  @Test(
    "A draft model takes what it takes alone, with the settings that are handed on",
    arguments: draftSettings.indices, [(8192, 2, 8192), (100, 3, 768)])
  func draft(number: Int, work: (context: Int64, sequences: Int64, alone: Int64)) throws {
    let settings = Self.draftSettings[number]
    let small = try KnownModel.named("Gemma-3-1B")
    let plan = try FormatRecipe.llamaCpp(.q4_K_M).plan(for: small)
    let isUnified = settings.pair.isUnified
    let alone = try budget(
      "Gemma-3-1B", Companions(), settings: settings.alone, sequences: work.sequences,
      context: isUnified ? (work.context + 255) / 256 * 256 : work.alone)
    let pair = try budget(
      "Llama-3.2-1B", Companions(draft: .init(model: small, weights: plan)),
      settings: settings.pair, sequences: work.sequences, context: work.context)
    for place in [Place.device(0), .host] {
      let parts = alone.entries(on: place).filter { $0.line.name != .runtimeContext }
      let expected = parts.reduce(Int64(0)) { $0 + $1.line.estimate.expected.count }
      let line = try #require(pair.entries(on: place).first { $0.line.name == .draftModel }).line
      #expect(line.estimate.expected.count == expected)
      #expect(line.formula.bytes == line.estimate.expected)
    }
    // The model's own lines do not change.
    let without = try budget(
      "Llama-3.2-1B", Companions(), settings: settings.pair, sequences: work.sequences,
      context: work.context)
    #expect(without.expected(.weights, of: 0) == pair.expected(.weights, of: 0))
  }

  @Test("A projector's tensors are the least that it takes; an unknown one is never sure to fit")
  func projector() throws {
    let weights = Bytes.mebibytes(800)
    let known = try budget(
      "Llama-3.2-1B", Companions(projector: .file(name: "mmproj.gguf", tensorBytes: weights)))
    let line = try #require(known.entries.first { $0.line.name == .projector }).line
    #expect(line.estimate.low == weights && line.estimate.high > line.estimate.expected)
    #expect(known.verdict == .fits)
    let unknown = try budget("Llama-3.2-1B", Companions(projector: .unknown))
    #expect(unknown.verdict == .tight)
  }
}
