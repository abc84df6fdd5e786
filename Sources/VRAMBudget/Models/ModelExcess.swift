/// Sizes of a model that lie so far beyond any model's that their products with tokens, sequences and
/// bytes would leave 63 bits.
public enum ModelExcess: Hashable, Sendable {
  /// All tensors together have more elements than ``mostElements``.
  case elements
  /// All layers together keep, or compute, more keys and values of one token than
  /// ``mostCachedElements``.
  case cachedElements

  /// 2^50: a thousand times a trillion.
  public static let mostElements: Int64 = 1 << 50
  /// 2^24: a dozen times what 80 layers of 64 heads of 128 would keep.
  public static let mostCachedElements: Int64 = 1 << 24

  /// Finds what is beyond any model; nil where nothing is.
  ///
  /// - Parameters:
  ///   - layers: Each layer's sizes in elements must be below 2^40.
  ///   - tensors: Each must have less than 2^62 elements.
  public init?(layers: [Layer], tensors: [Tensor]) {
    var elements: Int64 = 0
    for tensor in tensors {
      elements += tensor.shape.elements
      guard elements <= Self.mostElements else {
        self = .elements
        return
      }
    }
    let cached = layers.lazy.flatMap(\.mixers).reduce(Int64(0)) { $0 + $1.keyValueElements }
    guard cached > Self.mostCachedElements else { return nil }
    self = .cachedElements
  }
}

extension ModelExcess {
  /// What is wrong, in words.
  public var words: String {
    switch self {
    case .elements: "the tensors have more than \(Self.mostElements) elements"
    case .cachedElements:
      "a token's keys and values are more than \(Self.mostCachedElements) elements"
    }
  }
}

extension TokenMixer {
  /// The elements of one token's keys and values, those of all heads where they are computed from a
  /// compressed vector.
  fileprivate var keyValueElements: Int64 {
    switch self {
    case .attention(let attention), .sharedAttention(let attention, _),
      .encoderAttention(let attention):
      attention.keyElements + attention.valueElements
    case .latentAttention(let latent):
      latent.rank + latent.queryHeads
        * (latent.plainDimension + latent.ropeDimension + latent.valueDimension)
    case .compressedAttention(let attention): attention.keyDimension + attention.openElements
    case .indexer(let indexer): indexer.keyDimension
    case .recurrent: 0
    }
  }
}
