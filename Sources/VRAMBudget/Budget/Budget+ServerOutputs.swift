extension Budget {
  /// What llama-server would need less of all devices for a deployment, as it computes the logits of
  /// one token of each sequence; nil where that is priced already, or another program runs.
  ///
  /// - Parameter graphs: Where compute graphs are found and kept.
  public func savedByServer(
    of deployment: Int, graphs: PricedGraphs = PricedGraphs()
  ) -> Bytes? {
    let priced = deployments[deployment]
    guard case .llamaCpp(var settings) = priced.runtime, settings.outputs == .all else {
      return nil
    }
    settings.outputs = .perSequence(1)
    let server = Deployment(
      model: priced.model, weights: priced.weights, runtime: .llamaCpp(settings),
      workload: priced.workload, overhead: priced.load.overhead,
      companions: priced.load.companions)
    // What the runtime refuses was refused when the budget was made.
    guard let lines = try? Runtime.lines(for: server, on: devices, graphs: graphs) else {
      return nil
    }
    func sum(_ lines: some Sequence<BudgetLine>) -> Bytes {
      lines.lazy.filter { $0.place != .host && $0.name == .computeBuffer }
        .map(\.estimate.expected).total
    }
    let saved = sum(entries.lazy.filter { $0.deployment == deployment }.map(\.line)) - sum(lines)
    return saved > .zero ? saved : nil
  }
}
