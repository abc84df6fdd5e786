import TestSupport
import Testing
import VRAMBudget

/// vLLM 0.27.1, vllm/v1/worker/utils.py, `request_memory`: each instance asks for its share of the
/// device's total and does not start where less is free.
@Suite("What vLLM claims")
struct VLLMClaimTests {
  private static let small = Bytes.gibibytes(24)

  private func card(_ reserved: Reservation? = nil, total: Bytes = small) -> Device {
    Device(
      id: "card", name: "card", backend: .cuda, total: total,
      reservations: reserved.map { [$0] } ?? [])
  }

  private func vllm(
    _ model: String = "Qwen2.5-0.5B", permille: Int64 = 920, overhead: Bytes? = nil
  ) throws -> Deployment {
    let model = try KnownModel.named(model)
    return Deployment(
      model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
      runtime: .vllm(VLLMSettings(utilizationPermille: permille)),
      workload: Workload(contextTokens: 4096, contextOrigin: .given), overhead: overhead)
  }

  private func llamaCpp() throws -> Deployment {
    let model = try KnownModel.named("Llama-3.2-1B")
    return Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model),
      runtime: .llamaCpp(LlamaCppSettings()),
      workload: Workload(contextTokens: 4096, contextOrigin: .given))
  }

  /// ⌈0.92 × 24 GiB⌉ twice, and a CUDA context of 256 MiB each.
  @Test("Two instances of the usual share do not start on one card")
  func twoShares() throws {
    let budget = try Budget(of: [vllm(), vllm("Qwen2.5-7B")], on: [card()])
    #expect(budget.verdict == .doesNotFit)
    #expect(budget.constraint(of: 0).countsClaims)
    let expected = Bytes(2 * 23_708_219_474) + .mebibytes(512)
    #expect(budget.needed(on: .device(0)).expected == expected)
    #expect(budget.entries.lazy.map(\.line.estimate.expected).reduce(.zero, +) == expected)
  }

  @Test("Each of two smaller shares holds what it holds alone")
  func ownShares() throws {
    let first = try vllm(permille: 300)
    let second = try vllm("Qwen2.5-7B", permille: 670, overhead: .mebibytes(100))
    let both = try Budget(of: [first, second], on: [card(total: .gibibytes(80))])
    #expect(both.verdict == .fits)
    for (index, deployment) in [first, second].enumerated() {
      let alone = try Budget(of: [deployment], on: [card(total: .gibibytes(80))])
      #expect(both.report(of: index) == alone.report(of: 0))
    }
  }

  @Test("A share of too little for its own model does not fit, whatever others leave")
  func tooSmall() throws {
    let budget = try Budget(
      of: [vllm(permille: 100), vllm("Qwen2.5-7B", permille: 300)], on: [card()])
    #expect(budget.verdict == .doesNotFit)
    #expect(!budget.constraint(of: 0).countsClaims)
  }

  @Test("A model of another runtime has what the share leaves")
  func besideOthers() throws {
    // 983 MiB; the model's weights alone are 763.
    #expect(try Budget(of: [vllm(permille: 960), llamaCpp()], on: [card()]).verdict == .doesNotFit)
    #expect(try Budget(of: [vllm(permille: 500), llamaCpp()], on: [card()]).verdict == .fits)
  }

  @Test("One at a time, each has its share")
  func swapped() throws {
    let budget = try Budget(
      of: [vllm(permille: 900), vllm(permille: 900)], on: [card()], isSwapped: true)
    #expect(budget.verdict == .fits)
  }

  @Test("What is kept free lies in what the share leaves; where it does not, nothing starts")
  func keptFree() throws {
    func budget(_ kept: Bytes, overhead: Bytes? = nil) throws -> Budget {
      let reservation = Reservation(.desktop, kept, basis: .assumed, source: "test")
      return try Budget(of: [vllm(overhead: overhead)], on: [card(reservation)])
    }
    // 8 % of 24 GiB are 1966 MiB.
    #expect(try budget(.gibibytes(1)).verdict == .fits)
    #expect(try budget(.gibibytes(1)).report(of: 0) == budget(.zero).report(of: 0))
    #expect(try budget(.mebibytes(1500)).verdict == .tight)
    #expect(try budget(.mebibytes(1800)).verdict == .doesNotFit)
    #expect(try budget(.gibibytes(1), overhead: .gibibytes(1)).verdict == .doesNotFit)
  }

  @Test("An evaluator adds claims up as a budget does, in any order")
  func evaluator() throws {
    let deployments = try [vllm(permille: 300), vllm("Qwen2.5-7B", permille: 660), llamaCpp()]
    for count in 1...3 {
      let some = Array(deployments.prefix(count))
      let budget = try Budget(of: some, on: [card()])
      for order in [some, some.reversed()] {
        let totals = try order.map { deployment in
          var evaluator = BudgetEvaluator(
            of: deployment.model, weights: deployment.weights, on: [card()])
          return try evaluator.totals(of: deployment.workload, under: deployment.runtime)
        }
        let whole = totals.dropFirst().reduce(totals[0]) { $0.adding($1) }
        #expect(whole.constraint(of: 0) == budget.constraint(of: 0))
        #expect(whole.needed(on: .device(0)) == budget.needed(on: .device(0)))
      }
    }
  }
}

/// What vLLM's classes assert when they are made.
@Suite("Ranks of vLLM")
struct VLLMRankTests {
  /// Phi-3 medium has 40 query and 10 KV heads, Qwen2.5 7B 28 and 4. Experts of MiniMax M2.5 are 1536
  /// wide: vLLM v0.25.0 refused its FP8 checkpoint in eight ranks, "192 is not divisible by weight
  /// quantization block_n = 128", and ran it in four.
  @Test(
    "A number that does not divide all is refused, with those that do",
    arguments: [
      ("Phi-3-medium-4k", "HF-BF16", 4, "the 10 KV heads", [1, 2, 5, 10]),
      ("Qwen2.5-7B", "HF-BF16", 7, "the 4 KV heads", [1, 2, 4]),
      ("Qwen2.5-7B", "HF-BF16", 8, "the 28 query heads", [1, 2, 4]),
      ("Qwen2.5-72B", "AWQ", 8, "29568 inputs", [1]),
      ("MiniMax-M2.5", "FP8-block", 8, "1536 elements", [1, 2, 4]),
      ("Qwen2.5-7B", "HF-BF16", 4, "", []),
      ("MiniMax-M2.5", "FP8-block", 4, "", []),
    ] as [(String, String, Int64, String, [Int64])])
  func divisors(
    name: String, recipe: String, ranks: Int64, what: String, possible: [Int64]
  ) throws {
    let model = try model(name)
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.named(recipe).plan(for: model),
      runtime: .vllm(VLLMSettings(tensorParallel: ranks)),
      workload: Workload(contextTokens: 4096, contextOrigin: .given))
    let devices = Array(
      repeating: Device(memory: .gibibytes(80), named: "80GiB"), count: Int(ranks))
    do {
      _ = try Budget(of: [deployment], on: devices)
      #expect(what.isEmpty)
    } catch .ranksDoNotDivide(let refused, let obstacle, let among) {
      #expect(refused == ranks)
      #expect(!what.isEmpty && obstacle.contains(what), "\(obstacle)")
      #expect(among == possible)
    }
  }

  private func model(_ name: String) throws -> ModelShape {
    switch name {
    case "MiniMax-M2.5": try KnownModel.catalogued("MiniMaxAI/MiniMax-M2.5")
    case "Phi-3-medium-4k": try KnownModel.catalogued("microsoft/Phi-3-medium-4k-instruct")
    case "Qwen2.5-72B": try KnownModel.catalogued("Qwen/Qwen2.5-72B-Instruct")
    default: try KnownModel.named(name)
    }
  }

  @Test("It is priced on graphics cards alone")
  func cardsAlone() throws {
    let model = try KnownModel.named("Qwen2.5-0.5B")
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
      runtime: .vllm(VLLMSettings()),
      workload: Workload(contextTokens: 4096, contextOrigin: .given))
    for backend in [Backend.metal, .cpu] {
      let device = Device(
        id: "d", name: "d", backend: backend, total: .gibibytes(24), isUnified: true)
      #expect(throws: RuntimeError.self) { try Budget(of: [deployment], on: [device]) }
    }
  }
}
