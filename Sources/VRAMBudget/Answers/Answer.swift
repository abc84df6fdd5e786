/// The largest value of a setting that fits.
public struct Answer: Hashable, Sendable {
  public let axis: Axis
  /// The index of the deployment that was asked about.
  public let index: Int
  /// The value, in the setting's own terms.
  public let value: Int64
  /// The deployment with that value.
  public let deployment: Deployment
  /// Whether it fits at all; if not, the value is the least there is.
  public let fits: Bool
  /// Whether nothing larger is there to ask for.
  public let isLargest: Bool
}

extension Question {
  /// Returns the largest value of a setting up to which everything fits.
  ///
  /// All layers on the devices is an answer whenever it fits, whatever fewer would need.
  ///
  /// - Parameter graphs: Where compute graphs are kept, to be shared among the searches of one thread.
  /// - Throws: ``RuntimeError`` when the runtime refuses the setting.
  /// - Complexity: A few budgets where sums grow evenly; for sequences, one for each.
  public func largest(
    _ axis: Axis, of index: Int = 0, graphs: PricedGraphs = PricedGraphs()
  ) throws(RuntimeError) -> Answer {
    try largest(axis, of: index, using: Pricer(self, changing: index, graphs: graphs))
  }

  /// The same, priced by what priced the question before.
  func largest(
    _ axis: Axis, of index: Int, using pricer: Pricer
  ) throws(RuntimeError) -> Answer {
    let deployment = deployments[index]
    var search = StepSearch(
      axis: axis, deployment: deployment, standard: standard, pricer: pricer)
    let step = try search.lastStep()
    let count = search.count
    let value = axis.value(ofStep: max(1, step), of: deployment)
    return Answer(
      axis: axis, index: index, value: value,
      deployment: axis.deployment(deployment, at: value), fits: step > 0, isLargest: step == count)
  }
}
