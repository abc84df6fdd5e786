/// What a graph needs to know of a model's tensors, found once.
struct GraphInventory: Hashable {
  /// The matrices whose layers add a bias.
  private let biased: [TensorRole]
  /// The matrices whose experts have scales of their own.
  private let scaled: [TensorRole]
  /// The normalizations that add a bias.
  private let biasedNorms: [TensorRole]
  /// How the vector that steers the choice of experts is named, where there is one.
  let selectionBias: Tensor.Part?
  /// The roles that have a weight, some tens of them, and the shape of the first of each.
  private let roles: [TensorRole]
  private let shapes: [TensorShape]
  /// The table that RoPE reads besides the positions, where there is one.
  let ropeTable: TensorRole?
  /// The most elements of one token's value in any layer.
  let largestValueElements: Int64
  /// The side of the matrix that rotates keys of a quantized full cache: the largest 64 × 2^k that
  /// divides every head in it; nil when 64 does not, or where the cache is latent.
  let rotationSide: Int64?
  /// The same of the sliding layers' cache.
  let windowRotationSide: Int64?
  /// Whether layers of full attention have values of their own.
  let hasFullValues: Bool
  /// The window of the sliding layers; nil when none slides.
  let window: Int64?
  let hasFullAttention: Bool
  let hasRecurrentState: Bool

  /// - Parameter usesWindows: Whether the runtime keeps a smaller cache for sliding layers.
  init(_ model: ModelShape, usesWindows: Bool) {
    var biased: [TensorRole] = []
    var biasedNorms: [TensorRole] = []
    var scaled: [TensorRole] = []
    var selectionBias: Tensor.Part?
    var hasFullLayerValues = false
    var roles: [TensorRole] = []
    var shapes: [TensorShape] = []
    for tensor in model.tensors {
      if tensor.role == .attentionValue, let layer = tensor.layer, !hasFullLayerValues {
        hasFullLayerValues = model.layers[layer].cacheRows.contains { $0.span == .full }
      }
      if tensor.part == .scale, tensor.role.isRoutedExpert, !scaled.contains(tensor.role) {
        scaled.append(tensor.role)
      }
      if tensor.role == .expertSelection { selectionBias = tensor.part }
      if tensor.part == .bias {
        if tensor.role.kind == .norm {
          if !biasedNorms.contains(tensor.role) { biasedNorms.append(tensor.role) }
        } else if !biased.contains(tensor.role) {
          biased.append(tensor.role)
        }
      }
      if tensor.part == .weight, !roles.contains(tensor.role) {
        roles.append(tensor.role)
        shapes.append(tensor.shape)
      }
    }
    self.biased = biased
    self.biasedNorms = biasedNorms
    self.scaled = scaled
    self.selectionBias = selectionBias
    self.roles = roles
    self.shapes = shapes
    ropeTable = [.ropeFrequencies, .ropeFactorsLong].first(where: roles.contains)
    var heads: [Int64] = []
    var windowHeads: [Int64] = []
    var widest: Int64 = 0
    var window: Int64?
    var hasFullAttention = false
    for row in model.layers.lazy.flatMap(\.cacheRows) {
      widest = max(widest, row.valueElements)
      var found: [Int64] = []
      if row.valueDimension == 0 { found.append(0) }
      found.append(row.keyDimension)
      if usesWindows, let tokens = row.span.tokens {
        window = tokens
        windowHeads += found.filter { !windowHeads.contains($0) }
      } else {
        hasFullAttention = true
        heads += found.filter { !heads.contains($0) }
      }
    }
    largestValueElements = widest
    rotationSide = heads.count == 1 ? Self.rotationSide(of: heads[0]) : nil
    windowRotationSide = windowHeads.count == 1 ? Self.rotationSide(of: windowHeads[0]) : nil
    hasFullValues = hasFullLayerValues
    self.window = window
    self.hasFullAttention = hasFullAttention
    hasRecurrentState = model.layers.contains { !$0.recurrentStates.isEmpty }
  }

  private static func rotationSide(of head: Int64) -> Int64? {
    guard head > 0, head.isMultiple(of: 64) else { return nil }
    var side: Int64 = 64
    while head.isMultiple(of: 2 * side) { side *= 2 }
    return side
  }

  /// Whether a product with a matrix is followed by a bias.
  func hasBias(_ role: TensorRole) -> Bool { biased.contains(role) }

  /// Whether queries and keys are normalized before they are seen as heads.
  var normalizesWholeRows: Bool {
    guard let norm = shape(of: .attentionKeyNorm)?.rowElements,
      let key = shape(of: .attentionKey)?.rows
    else { return false }
    return norm == key && hasNorm(.attentionQueryNorm)
  }

  /// Whether a layer's output is scaled.
  var hasLayerScale: Bool { roles.contains(.layerScale) }

  /// Whether each expert of a matrix has a scale of its own.
  func hasScale(_ role: TensorRole) -> Bool { scaled.contains(role) }

  /// Whether a normalization adds a bias.
  func hasNormBias(_ role: TensorRole) -> Bool { biasedNorms.contains(role) }

  /// Whether the model has a normalization.
  func hasNorm(_ role: TensorRole) -> Bool { roles.contains(role) }

  /// The shape of a matrix in the first layer that has it; nil where none has.
  func shape(of role: TensorRole) -> TensorShape? { roles.firstIndex(of: role).map { shapes[$0] } }
}

extension Attention.Span {
  /// The tokens that a limited span reaches; nil when it reaches all.
  var tokens: Int64? {
    switch self {
    case .full: nil
    case .sliding(let tokens), .chunked(let tokens): tokens
    }
  }
}
