/// Ollama as a front end of llama.cpp: one `llama-server` for a model, whose context is what each
/// parallel request may hold.
///
/// Source: ollama 00f6d6204, llm/llama_server.go. Releases up to v0.24 served some families with an
/// engine of their own, whose graphs are not described here.
struct Ollama {
  static let version = "ollama \(RuntimeKind.ollama.version)"

  private let server: LlamaCpp

  init(load: ModelLoad, settings: OllamaSettings, devices: [Device]) throws(RuntimeError) {
    let workload = load.workload
    let tokens = workload.contextTokens * workload.sequences
    guard Workload.allowedContext.contains(tokens) else {
      throw .setting(
        name: "--context", value: "\(workload.contextTokens) for each of \(workload.sequences)",
        allowed: "\(Workload.allowedContext.upperBound) for all together")
    }
    server = try LlamaCpp(
      load: ModelLoad(
        model: load.model, weights: load.weights,
        workload: Workload(
          contextTokens: tokens, contextOrigin: workload.contextOrigin,
          sequences: workload.sequences), overhead: load.overhead, companions: load.companions),
      settings: settings.llamaCpp, devices: devices)
  }

  func lines() throws(RuntimeError) -> [BudgetLine] {
    try server.lines().map { $0.name == .computeBuffer ? compute($0) : $0 }
      .map { $0.sourced("\(Self.version) through \($0.source)") }
  }

  /// A compute buffer with the range that other versions of llama.cpp, and Ollama's own engine, are
  /// seen to need.
  private func compute(_ line: BudgetLine) -> BudgetLine {
    let estimate = line.estimate
    return BudgetLine(
      .computeBuffer, on: line.place, basis: .modelled,
      estimate: ByteEstimate(
        low: Bytes(estimate.low.count / 2), expected: estimate.expected,
        high: max(estimate.high, Bytes(estimate.expected.count / 2 * 3))),
      formula: line.formula,
      source: "\(line.source); Ollama's llama.cpp and its own engine may differ")
  }
}

extension BudgetLine {
  /// The same line from another source.
  func sourced(_ source: String) -> BudgetLine {
    BudgetLine(
      name, on: place, basis: basis, estimate: estimate, formula: formula, source: source)
  }
}
