public import VRAMBudget

/// A number of a sweep's row. The raw value is where a row keeps it.
public enum SweepNumber: Int, CaseIterable, Sendable {
  case sequences, context
  /// The most tokens that the model was made for.
  case maximumContext
  /// What is needed on all devices, and the most of it; what is left on the fullest device.
  case expected, high, headroom
  /// What is needed on the host.
  case host
  case weights, keyValueCache, recurrentState, computeBuffer, outputBuffer, runtimeContext
  case draftModel, projector, adapter, cudaGraphs
  /// What each sequence gets after the prompt, in millionths of a token a second.
  case rateLow, rate, rateHigh
  /// … with its context full, as expected.
  case rateAtFullContext
  /// Microseconds until the first token.
  case firstTokenLow, firstToken, firstTokenHigh

  /// The column's name for programs.
  public var name: String {
    switch self {
    case .sequences: "sequences"
    case .context: "context"
    case .maximumContext: "max_context"
    case .expected: "expected_bytes"
    case .high: "high_bytes"
    case .headroom: "headroom_bytes"
    case .host: "host_bytes"
    case .weights: "weights_bytes"
    case .keyValueCache: "kv_cache_bytes"
    case .recurrentState: "recurrent_state_bytes"
    case .computeBuffer: "compute_buffer_bytes"
    case .outputBuffer: "output_buffer_bytes"
    case .runtimeContext: "runtime_context_bytes"
    case .draftModel: "draft_model_bytes"
    case .projector: "projector_bytes"
    case .adapter: "adapter_bytes"
    case .cudaGraphs: "cuda_graphs_bytes"
    case .rateLow: "tokens_per_second_low"
    case .rate: "tokens_per_second"
    case .rateHigh: "tokens_per_second_high"
    case .rateAtFullContext: "tokens_per_second_at_full_context"
    case .firstTokenLow: "first_token_seconds_low"
    case .firstToken: "first_token_seconds"
    case .firstTokenHigh: "first_token_seconds_high"
    }
  }

  /// The number that a line's expected bytes, on devices and host together, are added to.
  public init(_ line: BudgetLine.Name) {
    switch line {
    case .weights: self = .weights
    // A sweep has one model at a time: the rest of a claim is no line of it.
    case .keyValueCache, .claimedRest: self = .keyValueCache
    case .recurrentState: self = .recurrentState
    case .computeBuffer: self = .computeBuffer
    case .outputBuffer: self = .outputBuffer
    case .runtimeContext: self = .runtimeContext
    case .draftModel: self = .draftModel
    case .projector: self = .projector
    case .adapter: self = .adapter
    case .cudaGraphs: self = .cudaGraphs
    }
  }
}

/// What a sweep says of one cell.
public struct SweepRow: Sendable {
  /// The verdict, or why there is none.
  public enum Answer: String, CaseIterable, Sendable {
    case fits, tight
    case doesNotFit = "does_not_fit"
    /// It cannot be priced.
    case unknown
    /// Such a configuration is refused.
    case error

    public init(_ verdict: Verdict) {
      switch verdict {
      case .fits: self = .fits
      case .tight: self = .tight
      case .doesNotFit: self = .doesNotFit
      case .unknown: self = .unknown
      }
    }
  }

  /// The numbers, and which of them there are, a bit each.
  private var numbers: [Int64]
  private var known: UInt32 = 0
  public var answer: Answer
  /// Why the cell has no verdict; nil when it has one.
  public var reason: String?

  public init() {
    numbers = Array(repeating: 0, count: SweepNumber.allCases.count)
    answer = .error
  }

  /// A number, where the cell has it.
  public subscript(number: SweepNumber) -> Int64? {
    get { known & number.bit == 0 ? nil : numbers[number.rawValue] }
    set {
      numbers[number.rawValue] = newValue ?? 0
      if newValue == nil { known &= ~number.bit } else { known |= number.bit }
    }
  }

  /// Forgets what was priced.
  public mutating func clear() {
    known = 0
    answer = .error
    reason = nil
  }
}

extension SweepNumber {
  fileprivate var bit: UInt32 { 1 << UInt32(rawValue) }
}
