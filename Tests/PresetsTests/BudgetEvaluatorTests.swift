import PresetEntries
import Presets
import TestSupport
import Testing
import VRAMBudget

/// The evaluator against the budget, whose lines say where each byte comes from.
@Suite("An evaluator")
struct BudgetEvaluatorTests {
  @Test(
    "A preset's totals are its budget's, under any runtime and settings",
    arguments: try everyFourthPreset())
  func totals(model id: String) throws {
    let model = try PresetCatalog().model(named: id)
    var choices = RandomConfiguration(seed: id.utf8.reduce(17) { 31 &* $0 &+ UInt64($1) })
    let graphs = PricedGraphs(limit: 4)
    for kind in RuntimeKind.allCases {
      guard let weights = try choices.weights(of: model, for: kind) else { continue }
      let companions = choices.companions(of: model, for: kind)
      let overhead: Bytes? = choices.one(in: 3) ? .mebibytes(300) : nil
      var evaluator = BudgetEvaluator(
        of: model, weights: weights, on: choices.devices(), overhead: overhead,
        companions: companions, graphs: graphs)
      for _ in 0..<(kind == .llamaCpp ? 6 : 3) {
        if choices.one(in: 3) { evaluator.move(to: choices.devices()) }
        let workload = choices.workload()
        let runtime = choices.runtime(kind)
        let deployment = Deployment(
          model: model, weights: weights, runtime: runtime, workload: workload,
          overhead: overhead, companions: companions)
        let budget = outcome { () throws(RuntimeError) in
          try Budget(of: [deployment], on: evaluator.devices)
        }
        let totals = outcome { () throws(RuntimeError) in
          try evaluator.totals(of: workload, under: runtime)
        }
        expectSame(totals, budget)
      }
    }
  }

  private func outcome<Value>(
    _ body: () throws(RuntimeError) -> Value
  ) -> Result<Value, RuntimeError> {
    do { return .success(try body()) } catch { return .failure(error) }
  }

  private func expectSame(
    _ totals: Result<BudgetTotals, RuntimeError>, _ budget: Result<Budget, RuntimeError>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    switch (totals, budget) {
    case (.success(let totals), .success(let budget)):
      let what = Comment(rawValue: "\(budget.deployments[0].runtime)")
      for place in budget.devices.indices.map(Place.device) + [.host] {
        #expect(
          totals.needed(on: place) == budget.needed(on: place), what,
          sourceLocation: sourceLocation)
      }
      for name in BudgetLine.Name.allCases {
        let lines = budget.entries.filter { $0.line.name == name }
        let sum = lines.reduce(ByteEstimate.zero) { $0 + $1.line.estimate }
        #expect(totals.needed(for: name) == sum, what, sourceLocation: sourceLocation)
      }
      for entry in budget.entries where entry.line.name != .draftModel {
        #expect(
          entry.line.formula.bytes == entry.line.estimate.expected, what,
          sourceLocation: sourceLocation)
      }
      for device in budget.devices.indices {
        #expect(
          totals.constraint(of: device) == budget.constraint(of: device), what,
          sourceLocation: sourceLocation)
      }
      #expect(totals.verdict == budget.verdict, what, sourceLocation: sourceLocation)
      #expect(totals.headroom == budget.headroom, what, sourceLocation: sourceLocation)
    case (.failure(let a), .failure(let b)):
      #expect(a == b, sourceLocation: sourceLocation)
    default: Issue.record("\(totals), \(budget)", sourceLocation: sourceLocation)
    }
  }
}

/// Configurations at random, the same in every run.
private struct RandomConfiguration {
  private var generator: SeededGenerator
  private let known: [Device]

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    known = Self.presets
  }

  private static let presets = {
    let catalogue = PresetCatalog()
    let devices = (try? catalogue.allDevices()) ?? []
    return devices.compactMap { try? catalogue.entry(of: $0) }.map { Device($0) }
  }()

  mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: values.indices, using: &generator)]
  }

  mutating func devices() -> [Device] {
    let first = pick(known)
    return Array(repeating: first, count: pick([1, 1, 1, 2, 4]) - 1) + [pick([first, pick(known)])]
  }

  mutating func workload() -> Workload {
    Workload(
      contextTokens: pick([1, 300, 2048, 8192, 5001, 33_000, 131_072]), contextOrigin: .given,
      sequences: pick([1, 1, 1, 2, 7]))
  }

  /// Weights that the runtime loads; nil where none can be made of the model.
  mutating func weights(of model: ModelShape, for kind: RuntimeKind) throws -> WeightPlan? {
    let name =
      switch kind {
      case .llamaCpp, .ollama: pick(["Q4_K_M", "Q8_0", "F16", "IQ3_M"])
      case .vllm, .transformers: "HF-BF16"
      case .execuTorch: "8da4w"
      case .mlx: pick(["MLX-4bit", "HF-BF16"])
      }
    let recipe = (try? FormatRecipe.named(name)) ?? .usual(under: kind)
    return try? recipe.plan(for: model)
  }

  mutating func companions(of model: ModelShape, for kind: RuntimeKind) -> Companions {
    guard kind == .llamaCpp, one(in: 4) else { return Companions() }
    let draft = try? PresetCatalog().model(named: "smollm3-3b")
    let weights = draft.flatMap { try? FormatRecipe.llamaCpp(.q8_0).plan(for: $0) }
    return Companions(
      draft: draft.flatMap { draft in
        weights.map { Companions.Draft(model: draft, weights: $0) }
      },
      adapters: [Adapter(rank: 16, targets: [.attention], of: model)],
      projector: .file(name: "mmproj", tensorBytes: .mebibytes(600)))
  }

  mutating func runtime(_ kind: RuntimeKind) -> Runtime {
    switch kind {
    case .llamaCpp: .llamaCpp(llamaCpp())
    case .ollama:
      .ollama(
        OllamaSettings(
          batchTokens: pick([512, 64]), cacheFormat: pick(OllamaSettings.cacheFormats)))
    case .vllm:
      .vllm(
        VLLMSettings(
          utilizationPermille: pick([920, 500]), tensorParallel: pick([1, 1, 2]),
          pipelineParallel: pick([1, 1, 2]), enforcesEager: one(in: 2),
          cacheElementBytes: pick([1, 2])))
    case .transformers:
      .transformers(
        TransformersSettings(
          attention: pick(TransformersSettings.Attention.allCases),
          cache: pick(TransformersSettings.Cache.allCases)))
    case .execuTorch: .execuTorch(ExecuTorchSettings())
    case .mlx:
      .mlx(MLXSettings(cacheBits: pick([nil, 4]), quantizedFrom: pick([0, 5000])))
    }
  }

  private mutating func llamaCpp() -> LlamaCppSettings {
    let formats = LlamaCppSettings.cacheFormats
    let key = pick([.f16, pick(formats)])
    return LlamaCppSettings(
      batchTokens: pick([2048, 128]), microbatchTokens: pick([512, 16]),
      flashAttention: pick([.auto, .on, .off]), keyFormat: key,
      valueFormat: pick([key, .f16]), isUnified: one(in: 3),
      gpuLayers: pick([.all, .all, .count(0), .count(7)]), offloadsCache: !one(in: 4),
      keepsFullWindows: one(in: 4), hostExpertLayers: pick([0, 0, 3, .max]),
      outputs: pick([.all, .perSequence(1)]))
  }
}
