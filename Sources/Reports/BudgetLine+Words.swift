internal import VRAMBudget

extension BudgetLine.Name {
  /// The name for people.
  var title: String {
    switch self {
    case .weights: "Weights"
    case .keyValueCache: "KV cache"
    case .recurrentState: "Recurrent state"
    case .computeBuffer: "Compute buffer"
    case .outputBuffer: "Output buffer"
    case .runtimeContext: "Runtime context"
    case .draftModel: "Draft model"
    case .projector: "Projector"
    case .adapter: "Adapter"
    case .cudaGraphs: "CUDA graphs"
    case .claimedRest: "Rest of its share"
    }
  }
}

extension Reservation.Reason {
  /// What becomes of the memory, after its size: `0.44 GiB that the driver keeps`.
  var words: String {
    switch self {
    case .driver: "that the driver keeps"
    case .workingSetLimit: "beyond the working-set limit"
    case .appLimit: "that no app may use"
    case .graphicsLimit: "that the GPU may not use (GTT)"
    case .operatingSystem: "for the system"
    case .desktop: "for the desktop"
    case .errorCorrection: "for error correction"
    case .unclaimedShare: "that vLLM leaves"
    case .runtime: "that Ollama keeps free"
    case .user: "reserved by --reserve"
    }
  }
}

extension String {
  /// The text beginning with a small letter, unless its first word is an abbreviation.
  var lowercasedFirst: String {
    guard let first, dropFirst().first?.isLowercase ?? false else { return self }
    return first.lowercased() + dropFirst()
  }
}
