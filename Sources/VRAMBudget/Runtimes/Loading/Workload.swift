/// What a model is asked to do.
public struct Workload: Hashable, Sendable {
  /// How a context came to be asked for.
  public enum ContextOrigin: String, Hashable, Sendable {
    case given, `default`
    /// The largest that fits was asked for.
    case largest = "max"
  }

  /// The tokens that may be held, as the runtime counts them: by all sequences together under
  /// llama.cpp, by each under the others (``RuntimeKind/countsContextPerSequence``).
  public let contextTokens: Int64
  public let contextOrigin: ContextOrigin
  /// The sequences that are served at once.
  public let sequences: Int64

  /// The contexts that can be priced without any sum leaving 63 bits.
  public static let allowedContext: ClosedRange<Int64> = 1...(1 << 24)
  /// The sequences that can be priced without any sum leaving 63 bits; a runtime may have a limit of
  /// its own (``Runtime/mostSequences(on:)``).
  public static let allowedSequences: ClosedRange<Int64> = 1...1024

  /// The most devices that one budget may have (`llama_max_devices`).
  public static let mostDevices = 16

  /// The context where none is given: 8192 tokens, or the model's maximum if that is smaller.
  public static func defaultContext(of model: ModelShape) -> Int64 {
    min(8192, model.maximumContext)
  }

  /// - Precondition: Both numbers lie within ``allowedContext`` and ``allowedSequences``.
  public init(contextTokens: Int64, contextOrigin: ContextOrigin, sequences: Int64 = 1) {
    precondition(Self.allowedContext.contains(contextTokens), "context out of range")
    precondition(Self.allowedSequences.contains(sequences), "sequences out of range")
    self.contextTokens = contextTokens
    self.contextOrigin = contextOrigin
    self.sequences = sequences
  }
}
