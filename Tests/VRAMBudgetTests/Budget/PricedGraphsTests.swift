import TestSupport
import Testing
import VRAMBudget

@Suite("Priced graphs")
struct PricedGraphsTests {
  private static let card = Device(memory: .gibibytes(24), named: "24GiB")

  private func workload(_ tokens: Int64) -> Workload {
    Workload(contextTokens: tokens, contextOrigin: .given)
  }

  @Test("A graph is built once for all formats of a model's weights, and for all cards of a kind")
  func shared() throws {
    let model = try KnownModel.named("Qwen2.5-Coder-14B")
    let graphs = PricedGraphs()
    for fileType in [LlamaCppFileType.q4_K_M, .q8_0] {
      let weights = try FormatRecipe.llamaCpp(fileType).plan(for: model)
      var evaluator = BudgetEvaluator(
        of: model, weights: weights, on: [Self.card], graphs: graphs)
      for tokens: Int64 in [8192, 8000, 16384] {
        _ = try evaluator.totals(of: workload(tokens), under: .llamaCpp(LlamaCppSettings()))
      }
      evaluator.move(to: [Device(memory: .gibibytes(12), named: "12GiB")])
      _ = try evaluator.totals(of: workload(8192), under: .llamaCpp(LlamaCppSettings()))
    }
    // 8,000 tokens take the cells of 8,192.
    #expect(graphs.built == 2)
    #expect(graphs.count == 2)
  }

  @Test("No more graphs are kept than the limit says")
  func limited() throws {
    let model = try KnownModel.named("Qwen2.5-Coder-14B")
    let graphs = PricedGraphs(limit: 3)
    var evaluator = BudgetEvaluator(
      of: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model), on: [Self.card],
      graphs: graphs)
    for step: Int64 in 1...8 {
      _ = try evaluator.totals(of: workload(1024 * step), under: .llamaCpp(LlamaCppSettings()))
      #expect(graphs.count <= 3)
    }
    #expect(graphs.built == 8)
  }

  @Test("A budget is the same whatever was priced before, however much of it is forgotten again")
  func budgets() throws {
    let graphs = PricedGraphs(limit: 9)
    let cards = [Self.card, Device(memory: .gibibytes(8), named: "8GiB")]
    let model = try KnownModel.named("SmolLM3-3B")
    let weights = try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model)
    // Overheads alone make more models than are kept.
    for overhead: Int64 in Array(0..<34) + [0, 33] {
      let deployment = Deployment(
        model: model, weights: weights,
        runtime: .llamaCpp(LlamaCppSettings(gpuLayers: overhead < 30 ? .all : .count(9))),
        workload: workload(4096 * (overhead % 3 + 1)), overhead: .mebibytes(overhead))
      let devices = Array(cards.prefix(1 + Int(overhead) % 2))
      let shared = try Budget(of: [deployment], on: devices, graphs: graphs)
      let alone = try Budget(of: [deployment], on: devices)
      #expect(shared == alone)
    }
  }

  @Test("The totals of two models are those of a budget for both")
  func together() throws {
    let models = [("Qwen2.5-Coder-14B", Int64(8192)), ("SmolLM3-3B", 2048)]
    let devices = [Self.card]
    var deployments: [Deployment] = []
    var totals: [BudgetTotals] = []
    for (index, (name, tokens)) in models.enumerated() {
      let model = try KnownModel.named(name)
      let weights = try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model)
      // Ollama keeps some of the device free, llama.cpp does not.
      let runtime: Runtime =
        index == 0 ? .llamaCpp(LlamaCppSettings()) : .ollama(OllamaSettings())
      var evaluator = BudgetEvaluator(of: model, weights: weights, on: devices)
      totals.append(try evaluator.totals(of: workload(tokens), under: runtime))
      deployments.append(
        Deployment(model: model, weights: weights, runtime: runtime, workload: workload(tokens)))
    }
    let budget = try Budget(of: deployments, on: devices)
    for whole in [totals[0].adding(totals[1]), totals[1].adding(totals[0])] {
      #expect(whole.constraint(of: 0) == budget.constraint(of: 0))
      #expect(whole.needed(on: .host) == budget.needed(on: .host))
      #expect(
        whole.expected(.keyValueCache)
          == budget.expected(.keyValueCache, of: 0) + budget.expected(.keyValueCache, of: 1))
    }
  }
}
