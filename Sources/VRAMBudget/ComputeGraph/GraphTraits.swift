/// What a family's graph is like beyond the sizes of its layers.
///
/// Only families whose graph is described here have traits; all others are estimated.
struct GraphTraits: Hashable {
  /// Whether the second residual sum is `residual + output`, which takes the residual's place.
  let addsToResidual: Bool
  /// Whether queries are scaled after RoPE (Phi-3).
  let scalesQueries: Bool
  /// The matrices whose layers add a bias.
  private let biased: [TensorRole]
  /// Whether queries and keys are normalized head by head.
  let hasHeadNorms: Bool
  /// The table that RoPE reads besides the positions, where there is one.
  let ropeTable: TensorRole?
  /// The most elements of one token's value in any layer.
  let largestValueElements: Int64
  /// The side of the matrix that rotates keys of a quantized cache: the largest 64 × 2^k that
  /// divides every head; nil when 64 does not.
  let rotationSide: Int64?

  /// - Returns: nil for a model whose graph is not described.
  init?(_ model: ModelShape) {
    let described = ["llama", "qwen2", "qwen3", "smollm3", "phi3"]
    guard described.contains(model.architecture.ggufName) else { return nil }
    var heads: [Int64] = []
    var widestValue: Int64 = 0
    for layer in model.layers {
      guard layer.mixers.count == 1, case .attention(let attention) = layer.mixers[0],
        case .dense = layer.feedForward
      else { return nil }
      if heads.last != attention.keyDimension { heads.append(attention.keyDimension) }
      widestValue = max(widestValue, attention.valueElements)
    }
    let isPhi = model.architecture.ggufName == "phi3"
    addsToResidual = isPhi
    scalesQueries = isPhi
    var biased: [TensorRole] = []
    for tensor in model.tensors where tensor.part == .bias && !biased.contains(tensor.role) {
      biased.append(tensor.role)
    }
    self.biased = biased
    hasHeadNorms = model.tensors.contains { $0.role == .attentionQueryNorm }
    ropeTable =
      model.tensors.first {
        $0.role == .ropeFrequencies || $0.role == .ropeFactorsLong
      }?.role
    largestValueElements = widestValue
    rotationSide = heads.count == 1 ? Self.rotationSide(of: heads.first ?? 0) : nil
  }

  private static func rotationSide(of head: Int64) -> Int64? {
    guard head > 0, head.isMultiple(of: 64) else { return nil }
    var side: Int64 = 64
    while head.isMultiple(of: 2 * side) { side *= 2 }
    return side
  }

  /// Whether the layers' product with a matrix is followed by a bias.
  func hasBias(_ role: TensorRole) -> Bool { biased.contains(role) }
}
