internal import VRAMBudget

/// A decoder whose layers are attention and then a feed-forward: most models.
///
/// One value a family, composed of the styles that families share.
struct DecoderArchitecture: Sendable {
  let modelType: String
  let ggufName: String?
  /// The keys that may be left out.
  var optionalKeys: DecoderSizes.OptionalKeys = [.headDimension]
  var attention = AttentionStyle()
  var norms = NormStyle.standard
  var feedForward = FeedForwardStyle()
  /// Nil for a dense model.
  var experts: ExpertStyle?
  var window = WindowRule.never
  /// What `tie_word_embeddings` means when it is absent.
  var tiesByDefault = false
  var rope = RopeRule.everywhere
  /// The key of the feed-forward's width.
  var widthKey = "intermediate_size"
  /// The key that gives the output head a bias, or a bias that is always there.
  var headBias = HeadBias.never

  enum HeadBias: Equatable {
    case never, always
    case byKey(String)
  }
}

/// How a family projects queries, keys and values.
struct AttentionStyle {
  /// Which projections have a bias.
  enum Bias {
    case never
    /// Queries, keys and values, not the output.
    case inputs
    /// All four.
    case all
    /// Queries, keys and values, when the key is true.
    case inputsByKey(String)
    /// All four, when the key is true.
    case allByKey(String)
  }

  /// Whether queries and keys are normalized before they meet.
  enum HeadNorms {
    case none
    /// Head by head, all heads with the same weights.
    case perHead
    /// The whole row at once.
    case wholeRow
    /// Head by head, when the key is true.
    case perHeadByKey(String)
  }

  var bias = Bias.never
  var headNorms = HeadNorms.none
  /// Whether queries, keys and values are one matrix.
  var isFused = false
  /// Whether each head has a learned sink.
  var hasSinks = false
}

/// Which normalizations a layer has, and whether they have biases.
struct NormStyle {
  let roles: [TensorRole]
  var hasBias = false
  /// Whether the model ends with a normalization that has weights.
  var hasOutputNorm = true

  /// Before attention and before the feed-forward.
  static let standard = NormStyle(roles: [.attentionNorm, .feedForwardNorm])
  /// Before and after both.
  static let sandwich = NormStyle(
    roles: [.attentionNorm, .postAttentionNorm, .feedForwardNorm, .postFeedForwardNorm])
  /// After both.
  static let after = NormStyle(roles: [.postAttentionNorm, .postFeedForwardNorm])
  /// One for attention and the feed-forward side by side.
  static let parallel = NormStyle(roles: [.attentionNorm])
  /// As standard, where GGUF files call the second one `post_attention_norm`.
  static let renamed = NormStyle(roles: [.attentionNorm, .postAttentionNorm])
  /// Without weights.
  static let plain = NormStyle(roles: [], hasOutputNorm: false)

  /// The same with biases (LayerNorm).
  var biased: NormStyle { NormStyle(roles: roles, hasBias: true, hasOutputNorm: hasOutputNorm) }
}

/// The shape of a dense feed-forward.
struct FeedForwardStyle {
  enum Shape {
    /// Gate, up and down.
    case gated
    /// Gate and up in one matrix, and down.
    case fused
    /// Up and down.
    case plain
  }

  enum Bias {
    case never, always
    case byKey(String)
  }

  var shape = Shape.gated
  var bias = Bias.never
}

/// Which layers rotate queries and keys.
enum RopeRule {
  case everywhere
  /// `no_rope_layers` holds 1 for a layer *with* RoPE; without the list every `interval`th has none.
  case byList(interval: Int64)
}
