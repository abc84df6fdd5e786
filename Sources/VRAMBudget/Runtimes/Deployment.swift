/// A model, the way its weights are stored, the runtime that loads it, and what it is asked to do.
public struct Deployment: Hashable, Sendable {
  public let model: ModelShape
  public let weights: WeightPlan
  public let runtime: Runtime
  public let workload: Workload
  /// What the program itself takes on each device, where the user says so (`--overhead`).
  public let overhead: Bytes?

  public init(
    model: ModelShape, weights: WeightPlan, runtime: Runtime, workload: Workload,
    overhead: Bytes? = nil
  ) {
    self.model = model
    self.weights = weights
    self.runtime = runtime
    self.workload = workload
    self.overhead = overhead
  }
}
