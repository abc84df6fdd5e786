/// Prices the deployments of a question again and again while one of them changes: the only place
/// where a search prices.
struct Pricer {
  /// What a budget says of a configuration, as far as a search asks.
  struct Outlook {
    let verdict: Verdict
    /// The least that is left of any device, or of the host, by the standard that is asked for.
    let headroom: Bytes
    /// The most that a neighbouring configuration of less is taken to need more than this one.
    ///
    /// Only a compute buffer shrinks where a setting grows: the allocator packs otherwise when the
    /// order of sizes changes. Of all contexts up to 131,072 of all models of the catalogue, with and
    /// without flash attention, the greatest drop of a sum was 67 MB, a ninth of the buffer.
    let ripple: Bytes
  }

  private let question: Question
  private let index: Int
  private let graphs: PricedGraphs
  private var evaluator: BudgetEvaluator
  /// What the others need together; nil where there are none.
  private var others: BudgetTotals?

  /// - Parameters:
  ///   - index: The deployment that changes, in its workload and its runtime's settings only.
  ///   - graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  /// - Throws: ``RuntimeError`` when a runtime refuses one of the others.
  init(
    _ question: Question, changing index: Int, graphs: PricedGraphs
  ) throws(RuntimeError) {
    self.question = question
    self.index = index
    self.graphs = graphs
    func evaluator(of deployment: Deployment) -> BudgetEvaluator {
      BudgetEvaluator(
        of: deployment.model, weights: deployment.weights, on: question.devices,
        overhead: deployment.load.overhead, companions: deployment.load.companions,
        graphs: graphs)
    }
    self.evaluator = evaluator(of: question.deployments[index])
    guard !question.isSwapped else { return }
    for (position, other) in question.deployments.enumerated() where position != index {
      var pricing = evaluator(of: other)
      let totals = try pricing.totals(of: other.workload, under: other.runtime)
      others = others.map { $0.adding(totals) } ?? totals
    }
  }

  /// What everything is priced on.
  var devices: [Device] { question.devices }

  /// Returns what a budget says with another workload and other settings of the one that changes.
  ///
  /// - Throws: ``RuntimeError`` when a runtime refuses the configuration.
  mutating func outlook(of deployment: Deployment) throws(RuntimeError) -> Outlook {
    if question.isSwapped {
      let budget = try question.replacing(index, by: deployment).budget(graphs: graphs)
      return outlook(
        of: budget.constraints, compute: budget.expected(.computeBuffer, of: index))
    }
    let own = try evaluator.totals(of: deployment.workload, under: deployment.runtime)
    let whole = others.map { $0.adding(own) } ?? own
    var constraints = whole.rooms.indices.map(whole.constraint)
    if let memory = question.hostMemory {
      constraints.append(
        Budget.Constraint(
          needed: whole.needed(on: .host), available: memory, leastAvailable: memory,
          includesHost: true))
    }
    return outlook(of: constraints, compute: own.expected(.computeBuffer))
  }

  private func outlook(of constraints: [Budget.Constraint], compute: Bytes) -> Outlook {
    let headroom = constraints.lazy.map { [standard = question.standard] constraint in
      standard == .highest ? constraint.leastHeadroom : constraint.headroom
    }
    return Outlook(
      verdict: constraints.lazy.map(\.verdict).reduce(.fits, Verdict.worse),
      headroom: headroom.min() ?? .zero, ripple: Bytes(compute.count / 6))
  }
}
