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
    /// The share of the need that has to be saved where the most is short; 0 where everything fits.
    let excess: Double
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
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration.
  mutating func outlook(of deployment: Deployment) throws(RuntimeError) -> Outlook {
    let (constraints, compute) = try constraints(on: deployment)
    return outlook(of: constraints, compute: compute)
  }

  /// Returns what is left of each device, then of the host where its memory is asked about, by the
  /// standard that is asked for.
  ///
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration.
  mutating func headrooms(of deployment: Deployment) throws(RuntimeError) -> [Bytes] {
    try constraints(on: deployment).all.map(headroom)
  }

  private mutating func constraints(
    on deployment: Deployment
  ) throws(RuntimeError) -> (all: [Budget.Constraint], compute: Bytes) {
    if question.isSwapped {
      let budget = try question.replacing(index, by: deployment).budget(graphs: graphs)
      return (budget.constraints, budget.expected(.computeBuffer, of: index))
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
    return (constraints, own.expected(.computeBuffer))
  }

  private func outlook(of constraints: [Budget.Constraint], compute: Bytes) -> Outlook {
    var least: Bytes?
    var excess = 0.0
    for constraint in constraints {
      let headroom = headroom(constraint)
      least = min(least ?? headroom, headroom)
      if headroom < .zero {
        let needed = max(Bytes(1), constraint.needed.high)
        excess = max(excess, -Double(headroom.count) / Double(needed.count))
      }
    }
    return Outlook(
      verdict: constraints.lazy.map(\.verdict).reduce(.fits, Verdict.worse),
      headroom: least ?? .zero, ripple: Bytes(compute.count / 6), excess: excess)
  }

  private func headroom(_ constraint: Budget.Constraint) -> Bytes {
    question.standard == .highest ? constraint.leastHeadroom : constraint.headroom
  }
}
