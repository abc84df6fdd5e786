/// One entry of a budget: what some part of a model needs in one place.
public struct BudgetLine: Hashable, Sendable {
  /// The names that reports and scripts know.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    case weights
    case keyValueCache = "kv_cache"
    case recurrentState = "recurrent_state"
    case computeBuffer = "compute_buffer"
    case outputBuffer = "output_buffer"
    case runtimeContext = "runtime_context"
    case draftModel = "draft_model"
    case projector
    case adapter
    case cudaGraphs = "cuda_graphs"
    /// What a runtime claims beyond what it needs (vLLM), where others share the device.
    case claimedRest = "claimed_rest"
  }

  public let name: Name
  public let place: Place
  public let estimate: ByteEstimate
  public let basis: Basis
  /// How the expected bytes come about.
  public let formula: Formula
  /// Where the formula is from, and how far measurements bear it out.
  public let source: String

  public init(
    _ name: Name, on place: Place, basis: Basis, estimate: ByteEstimate, formula: Formula,
    source: String
  ) {
    self.name = name
    self.place = place
    self.estimate = estimate
    self.basis = basis
    self.formula = formula
    self.source = source
  }
}
