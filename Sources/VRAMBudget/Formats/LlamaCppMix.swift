/// Which tensor gets which format when llama.cpp's quantizer makes a file.
///
/// Counters run over the tensors (of matrices that hold attention values, and of feed-forward
/// matrices), in the quantizer's order: by layer. Within a layer it goes by name, which matters only
/// where a layer has several matrices of one kind; models list those by name already.
///
/// Source: llama.cpp 0c1e57098, src/llama-quant.cpp, `llama_tensor_get_type` and
/// `tensor_allows_quantization`; checked in llamacpp-tensor-types.jsonl.gz.
struct LlamaCppMix: Sequence, IteratorProtocol {
  let fileType: LlamaCppFileType
  let hasImatrix: Bool
  let overrides: LlamaCppTypeOverrides
  private let subject: Subject
  private var nextTensor = 0
  private var valueIndex = 0
  private var downIndex = 0
  private var gateIndex = 0
  private var upIndex = 0

  /// What of a model decides, whatever the file type: found once for several.
  struct Subject {
    /// In the quantizer's order.
    fileprivate let tensors: [Tensor]
    fileprivate let layerCount: Int
    fileprivate let expertCount: Int64
    fileprivate let isTied: Bool
    fileprivate let isSeventyB: Bool
    fileprivate let isFalcon: Bool
    /// Query heads for each KV head in the first layer; 0 where it has none.
    fileprivate let groupedQueries: Int64
    fileprivate let valueMatrices: Int

    init(_ model: ModelShape) {
      tensors = LlamaCppMix.ordered(model.tensors)
      layerCount = model.layers.count
      expertCount = model.experts?.count ?? 0
      isTied = !model.hasHead
      groupedQueries = model.queriesPerKeyValueHead
      valueMatrices = tensors.count { $0.holdsAttentionValues }
      isFalcon = model.architecture.ggufName == "falcon"
      isSeventyB =
        switch model.architecture.ggufName {
        case "llama": layerCount == 80 && groupedQueries > 1
        case "qwen2", "deci", "olmo": layerCount == 80
        case "jais2": layerCount == 68
        default: false
        }
    }
  }

  init(
    fileType: LlamaCppFileType, hasImatrix: Bool, overrides: LlamaCppTypeOverrides,
    of subject: Subject
  ) {
    self.fileType = fileType
    self.hasImatrix = hasImatrix
    self.overrides = overrides
    self.subject = subject
  }

  private var tensors: [Tensor] { subject.tensors }
  private var layerCount: Int { subject.layerCount }
  private var expertCount: Int64 { subject.expertCount }
  private var isTied: Bool { subject.isTied }
  private var isSeventyB: Bool { subject.isSeventyB }
  private var isFalcon: Bool { subject.isFalcon }
  private var groupedQueries: Int64 { subject.groupedQueries }
  private var valueMatrices: Int { subject.valueMatrices }

  /// The tensors of a GGUF file in the quantizer's order: those of no layer first, then by layer.
  ///
  /// Counted into place, which costs the start of the program less than a sort of its own.
  private static func ordered(_ tensors: [Tensor]) -> [Tensor] {
    func rank(_ tensor: Tensor) -> Int { (tensor.layer ?? -1) + 1 }
    var starts = Array(repeating: 0, count: (tensors.lazy.map(rank).max() ?? 0) + 2)
    for tensor in tensors where tensor.presence != .checkpointOnly { starts[rank(tensor) + 1] += 1 }
    for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
    var positions = Array(repeating: 0, count: starts[starts.count - 1])
    for (position, tensor) in tensors.enumerated() where tensor.presence != .checkpointOnly {
      positions[starts[rank(tensor)]] = position
      starts[rank(tensor)] += 1
    }
    return positions.map { tensors[$0] }
  }

  /// The tensors of the GGUF file.
  var underestimatedCount: Int { tensors.count - nextTensor }

  /// Returns the format of the next tensor of the GGUF file.
  mutating func next() -> TensorAssignment? {
    guard nextTensor < tensors.count else { return nil }
    defer { nextTensor += 1 }
    return assignment(for: tensors[nextTensor])
  }

  private mutating func assignment(for tensor: Tensor) -> TensorAssignment {
    guard tensor.isQuantizable else {
      return TensorAssignment(tensor, .f32, because: .notQuantized)
    }
    // What was asked for is taken as it is: the quantizer stops where a row does not allow it.
    if let asked = asked(for: tensor) { return TensorAssignment(tensor, asked, because: .asked) }
    guard !fileType.isPlain else {
      return TensorAssignment(tensor, fileType.defaultFormat, because: .main)
    }
    // A matrix of one row, such as a reranker's last, is none for the quantizer.
    guard !tensor.role.staysHalfPrecision, tensor.shape.rows > 1 else {
      // As the converter's default (`--outtype auto`) writes the bfloat16 of these checkpoints.
      return TensorAssignment(tensor, .bf16, because: .notQuantized)
    }
    let (format, reason) = choice(for: tensor)
    let stored = format.storable(rowElements: tensor.shape.rowElements)
    return TensorAssignment(
      tensor, stored, because: stored == format ? reason : .rowNotDivisible(by: format.name))
  }

  private typealias Choice = (format: TensorFormat, reason: AssignmentReason)

  private mutating func choice(for tensor: Tensor) -> Choice {
    if tensor.role == .output || isTied && tensor.isTokenEmbedding {
      if let asked = overrides.output { return (asked, .asked) }
      return (outputFormat(rowElements: tensor.shape.rowElements), .outputHead)
    }
    if fileType == .mxfp4_MOE {
      return (tensor.shape.dimensions.count > 2 ? .mxfp4 : .q8_0, .main)
    }
    if tensor.isTokenEmbedding { return (embeddingFormat, .tokenEmbedding) }
    let special =
      fileType.isOneOrTwoBit ? smallFileFormat(for: tensor) : specialFormat(for: tensor)
    return special ?? (fileType.defaultFormat, .main)
  }

  // MARK: Embedding and head

  /// The format that was asked for the tensor itself; of a tied model, ``LlamaCppTypeOverrides/output``
  /// goes through the mix, where rows that do not allow it fall back.
  private func asked(for tensor: Tensor) -> TensorFormat? {
    if tensor.role.kind == .embedding { return overrides.tokenEmbedding }
    return tensor.role == .output ? overrides.output : nil
  }

  private func outputFormat(rowElements: Int64) -> TensorFormat {
    if fileType == .mxfp4_MOE { return .q8_0 }
    if isFalcon || !rowElements.isMultiple(of: fileType.defaultFormat.rowUnit) { return .q8_0 }
    if fileType.isOneOrTwoBit || fileType == .iq3_XXS { return .q5_K }
    return fileType == .q8_0 ? .q8_0 : .q6_K
  }

  private var embeddingFormat: TensorFormat {
    switch fileType {
    case .iq1_S, .iq1_M, .iq2_XXS, .iq2_XS: .q2_K
    case .iq2_S, .iq2_M, .iq3_XXS: .iq3_s
    case .tq1_0, .tq2_0: .q4_K
    default: fileType.defaultFormat
    }
  }

  // MARK: One- and two-bit files

  private mutating func smallFileFormat(for tensor: Tensor) -> Choice? {
    let isLarger = fileType == .iq2_S || fileType == .iq2_M
    if tensor.holdsAttentionValues {
      valueIndex += 1
      let hasFewValues = groupedQueries >= 4 || expertCount >= 4
      return (hasFewValues ? .q4_K : isLarger ? .iq3_s : .q2_K, .attentionValue)
    }
    switch tensor.role {
    case .attentionKey where expertCount == 8, .indexerKey where expertCount == 8:
      return (.q4_K, .attentionMatrix)
    case .feedForwardDown, .expertDown, .sharedExpertDown:
      defer { downIndex += 1 }
      guard downIndex < layerCount / 8 else { return nil }
      return (isLarger ? .iq3_s : .q2_K, .feedForwardDown)
    case .attentionOutput:
      if expertCount == 8 { return (.q5_K, .attentionMatrix) }
      if fileType == .iq1_S || fileType == .iq1_M { return (.iq2_xxs, .attentionMatrix) }
      return isLarger ? (.iq3_s, .attentionMatrix) : nil
    default: return nil
    }
  }

  // MARK: All other mixed files

  private mutating func specialFormat(for tensor: Tensor) -> Choice? {
    if tensor.holdsAttentionValues {
      let format = valueFormat()
      return format == fileType.defaultFormat ? nil : (format, .attentionValue)
    }
    switch tensor.role {
    case .attentionKey, .indexerKey:
      if expertCount == 8 { return (.q8_0, .attentionMatrix) }
      return queryKeyFormat.map { ($0, .attentionMatrix) }
    case .attentionQuery: return queryKeyFormat.map { ($0, .attentionMatrix) }
    case .attentionOutput: return attentionOutputFormat.map { ($0, .attentionMatrix) }
    case .feedForwardDown, .expertDown, .sharedExpertDown:
      return downFormat(layer: position(of: tensor, counter: \.downIndex))
        .map { ($0, .feedForwardDown) }
    case .feedForwardGate, .expertGate, .expertGateUp, .sharedExpertGate:
      return middleFormat(layer: position(of: tensor, counter: \.gateIndex))
        .map { ($0, .feedForwardMiddle) }
    case .feedForwardUp, .expertUp, .sharedExpertUp:
      return middleFormat(layer: position(of: tensor, counter: \.upIndex))
        .map { ($0, .feedForwardMiddle) }
    default: return nil
    }
  }

  /// The layer that a feed-forward matrix counts as: its number among its kind in a dense model,
  /// its block in a mixture of experts.
  private mutating func position(
    of tensor: Tensor, counter: WritableKeyPath<LlamaCppMix, Int>
  ) -> Int {
    defer { self[keyPath: counter] += 1 }
    return expertCount <= 1 ? self[keyPath: counter] : tensor.layer ?? 0
  }

  /// Whether item `index` of `count` gets more bits: the first and last eighth, and every third
  /// between. Source: `use_more_bits`.
  private func getsMoreBits(_ index: Int, of count: Int) -> Bool {
    index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2
  }

  private mutating func valueFormat() -> TensorFormat {
    defer { valueIndex += 1 }
    var format = fileType.defaultFormat
    switch fileType {
    case .q2_K: format = groupedQueries >= 4 ? .q4_K : .q3_K
    case .q2_K_S where groupedQueries >= 4: format = .q4_K
    case .iq3_XXS: format = groupedQueries >= 4 ? .q4_K : hasImatrix ? .iq3_xxs : .iq3_s
    case .iq3_XS where groupedQueries >= 4, .iq3_S where groupedQueries >= 4: format = .q4_K
    case .iq3_M: format = .q4_K
    case .q3_K_M: format = valueIndex < 2 ? .q5_K : .q4_K
    case .q3_K_L: format = .q5_K
    case .iq4_NL where groupedQueries >= 4, .iq4_XS where groupedQueries >= 4: format = .q5_K
    case .q4_K_M where getsMoreBits(valueIndex, of: valueMatrices),
      .q5_K_M where getsMoreBits(valueIndex, of: valueMatrices):
      format = .q6_K
    case .q4_K_S where valueIndex < 4: format = .q5_K
    default: break
    }
    if isSeventyB, format == .q3_K || format == .q4_K { format = .q5_K }
    return expertCount == 8 ? .q8_0 : format
  }

  private var queryKeyFormat: TensorFormat? {
    switch fileType {
    case .iq3_XS: .iq3_xxs
    case .iq3_XXS: .iq2_s
    default: nil
    }
  }

  private func downFormat(layer: Int) -> TensorFormat? {
    let isEarly = layer < layerCount / 8
    switch fileType {
    case .q3_K_M where isFalcon, .q3_K_L where isFalcon, .q4_K_M where isFalcon,
      .q4_K_S where isFalcon:
      return falconDownFormat(layer: layer)
    case .q2_K: return .q3_K
    case .q2_K_S: return isEarly ? .q4_K : nil
    case .iq3_XXS where !hasImatrix: return isEarly ? .q4_K : .q3_K
    case .q3_K_M: return layer < layerCount / 16 ? .q5_K : .q4_K
    case .iq3_M:
      return isEarly || expertCount == 8 && getsMoreBits(layer, of: layerCount) ? .q4_K : nil
    case .q3_K_L: return .q5_K
    case .q4_K_M, .q5_K_M: return getsMoreBits(layer, of: layerCount) ? .q6_K : nil
    case .q4_K_S: return isEarly ? .q5_K : nil
    case .iq4_NL where !hasImatrix, .iq4_XS where !hasImatrix: return isEarly ? .q5_K : nil
    case .q4_0 where hasImatrix: return isEarly ? .q4_1 : nil
    case .q5_0 where hasImatrix: return isEarly ? .q5_1 : nil
    default: return nil
    }
  }

  private func falconDownFormat(layer: Int) -> TensorFormat? {
    let isFirst = layer < layerCount / 16
    let hasMoreBits = getsMoreBits(layer, of: layerCount)
    switch fileType {
    case .q3_K_M: return isFirst ? .q5_K : hasMoreBits ? .q4_K : nil
    case .q3_K_L: return .q4_K
    case .q4_K_M: return isFirst ? .q6_K : hasMoreBits ? .q5_K : nil
    default: return nil
    }
  }

  private var attentionOutputFormat: TensorFormat? {
    guard !isFalcon else { return fileType == .q3_K_L ? .q4_K : nil }
    if expertCount == 8 {
      switch fileType {
      case .q2_K, .iq3_XS, .iq3_XXS, .q3_K_S, .q3_K_M, .iq4_NL, .q4_K_S, .q4_K_M, .iq3_S, .iq3_M,
        .iq4_XS:
        return .q5_K
      default: return nil
      }
    }
    switch fileType {
    case .q2_K: return .q3_K
    case .iq3_XXS: return .iq3_s
    case .q3_K_M: return .q4_K
    case .q3_K_L: return .q5_K
    case .iq3_M: return .q4_K
    default: return nil
    }
  }

  private func middleFormat(layer: Int) -> TensorFormat? {
    let isMiddle = layer >= layerCount / 8 && layer < 7 * layerCount / 8
    return fileType == .iq3_XS && isMiddle ? .iq3_xxs : nil
  }
}

extension Tensor {
  /// Whether the quantizer touches the tensor at all: matrices that are not norms.
  fileprivate var isQuantizable: Bool {
    part == .weight && shape.dimensions.count > 1
      && (role.kind == .linear || role.kind == .embedding)
      && role != .positionEmbedding && role != .tokenTypes
  }

  /// Whether the matrix is looked up by token.
  fileprivate var isTokenEmbedding: Bool {
    role == .tokenEmbedding || role == .perLayerTokenEmbedding
  }

  /// Whether the matrix holds attention values, alone or fused with queries and keys.
  fileprivate var holdsAttentionValues: Bool {
    part == .weight
      && (role == .attentionValue || role == .attentionQueryKeyValue || role == .latentUp)
  }
}

extension ModelShape {
  /// Query heads for each KV head as a GGUF file counts them in the first layer: latent attention
  /// has one KV head; a layer without attention has none, unless the family's files give one number
  /// for all layers (Qwen3-Next, MiniMax).
  fileprivate var queriesPerKeyValueHead: Int64 {
    switch layers.first?.mixers.first {
    case .attention(let attention), .sharedAttention(let attention, _),
      .encoderAttention(let attention):
      return attention.queryHeads / attention.keyValueHeads
    case .latentAttention(let latent): return latent.queryHeads
    case .recurrent(let state)
    where state.kind == .gatedDeltaNet || state.kind == .lightningAttention:
      return attentions.lazy.compactMap { $0 }.first.map { $0.queryHeads / $0.keyValueHeads } ?? 0
    case .compressedAttention, .indexer, .recurrent, nil: return 0
    }
  }
}

extension TensorFormat {
  /// The format that the quantizer stores instead when a row is not a whole number of blocks.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-quant.cpp, the fallback after `llama_tensor_get_type`.
  fileprivate func storable(rowElements: Int64) -> TensorFormat {
    guard !rowElements.isMultiple(of: rowUnit) else { return self }
    let fallback: TensorFormat =
      switch self {
      case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq3_xxs, .iq3_s, .iq4_xs: .iq4_nl
      case .q2_K, .q3_K, .tq1_0, .tq2_0, .q2_0: .q4_0
      case .q4_K: .q5_0
      case .q5_K: .q5_1
      case .q6_K: .q8_0
      // These have no fallback: the quantizer stops.
      case .nvfp4, .q1_0: self
      default: .f16
      }
    return rowElements.isMultiple(of: fallback.rowUnit) ? fallback : .f16
  }
}
