internal import Presets
internal import VRAMBudget

/// How many configurations the library prices in a second, on one core.
enum Evaluations {
  /// A model and a card to price it on.
  private struct Subject {
    let model: ModelShape
    let weights: WeightPlan
    let devices: [Device]

    init(_ model: String, _ fileType: LlamaCppFileType, on device: String, count: Int = 1) throws {
      self.model = try PresetCatalog().model(named: model)
      weights = try FormatRecipe.llamaCpp(fileType).plan(for: self.model)
      devices = Array(repeating: try PresetCatalog().device(named: device), count: count)
    }
  }

  static func rows() -> [BenchRow] {
    do {
      let coder = try Subject("qwen2.5-coder:14b", .q4_K_M, on: "rtx-3060-12gb")
      let experts = try Subject("gpt-oss:20b", .q4_K_M, on: "rtx-4090")
      let split = try Subject("llama3.1:70b", .q4_K_M, on: "rtx-3090", count: 2)
      let hybrid = try Subject("granite4:small-h", .q4_K_M, on: "rtx-4090")
      return [
        BenchRow(
          what: "configurations a second, compute graph known: Qwen2.5 Coder 14B",
          measured: try known(coder).rate, bar: "at least 500,000"),
        BenchRow(
          what: "… gpt-oss 20B", measured: try known(experts).rate, bar: "at least 500,000"),
        BenchRow(
          what: "… Llama 3.1 70B on two cards", measured: try known(split).rate,
          bar: "at least 500,000"),
        BenchRow(
          what: "… Granite 4 H Small",
          measured: try known(hybrid).rate, bar: "at least 500,000"),
        BenchRow(
          what: "configurations a second, a new graph for each: Qwen2.5 Coder 14B",
          measured: try new(coder).rate, bar: "at least 10,000"),
        BenchRow(
          what: "… gpt-oss 20B", measured: try new(experts).rate, bar: "at least 10,000"),
        BenchRow(
          what: "… Llama 3.1 70B on two cards", measured: try new(split).rate,
          bar: "at least 10,000"),
        BenchRow(
          what: "budgets a second with every line explained: Qwen2.5 Coder 14B",
          measured: try explained(coder).rate, bar: ""),
      ]
    } catch {
      return [BenchRow(what: "evaluations", measured: "failed: \(error)", bar: "")]
    }
  }

  /// Contexts and cache types over and over, all of whose graphs were priced before.
  private static func known(_ subject: Subject) throws -> Double {
    var evaluator = BudgetEvaluator(
      of: subject.model, weights: subject.weights, on: subject.devices)
    let runtimes = [TensorFormat.f16, .q8_0].map { format in
      Runtime.llamaCpp(LlamaCppSettings(keyFormat: format, valueFormat: format))
    }
    let workloads = (1...32).map {
      Workload(contextTokens: 1024 * $0, contextOrigin: .given)
    }
    var fitting = 0
    let rate = try Rate.median {
      for _ in 0..<1500 {
        for runtime in runtimes {
          for workload in workloads {
            let totals = try evaluator.totals(of: workload, under: runtime)
            if totals.verdict == .fits { fitting += 1 }
          }
        }
      }
      return 1500 * runtimes.count * workloads.count
    }
    precondition(fitting > 0)
    return rate
  }

  /// Contexts that each need a graph of their own, none of which is kept.
  private static func new(_ subject: Subject) throws -> Double {
    let graphs = PricedGraphs(limit: 1)
    var evaluator = BudgetEvaluator(
      of: subject.model, weights: subject.weights, on: subject.devices, graphs: graphs)
    let runtime = Runtime.llamaCpp(LlamaCppSettings())
    return try Rate.median {
      let before = graphs.built
      for step: Int64 in 1...1000 {
        _ = try evaluator.totals(
          of: Workload(contextTokens: 256 * step, contextOrigin: .given), under: runtime)
      }
      return graphs.built - before
    }
  }

  /// Whole budgets, made anew each time.
  private static func explained(_ subject: Subject) throws -> Double {
    let deployment = Deployment(
      model: subject.model, weights: subject.weights, runtime: .llamaCpp(LlamaCppSettings()),
      workload: Workload(contextTokens: 8192, contextOrigin: .given))
    var lines = 0
    return try Rate.median {
      for _ in 0..<500 {
        lines += try Budget(of: [deployment], on: subject.devices).entries.count
      }
      return 500
    }
  }
}
