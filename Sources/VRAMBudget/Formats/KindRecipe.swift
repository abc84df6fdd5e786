/// A recipe that goes by the kind of a tensor alone, as every quantizer but llama.cpp's does: one
/// format each for linears, output head, embedding and the rest.
public struct KindRecipe: Hashable, Sendable {
  /// Which linears of the layers are quantized.
  public enum Scope: Hashable, Sendable {
    case allLinears
    /// Matrices of experts only; a model without any cannot have the format.
    case expertsOnly
  }

  /// What happens to a matrix whose rows the format's groups do not divide.
  public enum Misfit: Hashable, Sendable {
    /// The quantizer stops with an error.
    case refused
    /// The matrix stays as trained.
    case leftAsTrained
  }

  /// What becomes of the matrices that choose experts.
  public enum Routers: Hashable, Sendable {
    case asTrained
    /// They have a format of their own, but stay as trained in models of some types, and count as
    /// linears in others.
    case quantized(TensorFormat, leftIn: Set<String>, linearIn: Set<String>)
  }

  public let project: FormatProject
  /// The format of the linears of the layers.
  public let linear: TensorFormat
  public let head: TensorFormat
  public let embedding: TensorFormat
  public let routers: Routers
  /// What has the format of the routers in models of a type, because its class asks for it.
  public let likeRouters: [String: Set<TensorRole>]
  /// The format of all else: norms, biases, and what is left as trained.
  public let rest: TensorFormat
  /// The format of matrices of experts where it is not the other linears'.
  public let experts: TensorFormat?
  /// Linears that stay as trained.
  public let left: Set<TensorRole>
  public let scope: Scope
  public let misfit: Misfit
  /// Whether a tied model's head is stored apart from its embedding, because it is quantized
  /// otherwise.
  public let storesTiedHead: Bool
  /// When the recipe is the right choice, in a few words.
  public let use: String

  /// - Parameters:
  ///   - head: The format of the output head; `rest` where none is given.
  ///   - embedding: The format of the embedding; `rest` where none is given.
  public init(
    _ project: FormatProject, linear: TensorFormat, head: TensorFormat? = nil,
    embedding: TensorFormat? = nil, routers: Routers = .asTrained, rest: TensorFormat,
    likeRouters: [String: Set<TensorRole>] = [:],
    experts: TensorFormat? = nil, left: Set<TensorRole> = [],
    scope: Scope = .allLinears,
    misfit: Misfit = .refused, storesTiedHead: Bool = false, use: String
  ) {
    self.project = project
    self.linear = linear
    self.head = head ?? rest
    self.embedding = embedding ?? rest
    self.routers = routers
    self.likeRouters = likeRouters
    self.rest = rest
    self.experts = experts
    self.left = left
    self.scope = scope
    self.misfit = misfit
    self.storesTiedHead = storesTiedHead
    self.use = use
  }
}

extension KindRecipe {
  /// Whether the matrices that choose experts have a format of their own in models of a type.
  func quantizesRoutersApart(in modelType: String) -> Bool {
    guard case .quantized(_, let leftIn, let linearIn) = routers else { return false }
    return !leftIn.contains(modelType) && !linearIn.contains(modelType)
  }

  /// The same recipe with the linears' format for matrices that choose experts, but where they stay as
  /// trained.
  var withRoutersAlike: KindRecipe {
    guard case .quantized(_, let leftIn, let linearIn) = routers else { return self }
    return KindRecipe(
      project, linear: linear, head: head, embedding: embedding,
      routers: .quantized(linear, leftIn: leftIn, linearIn: linearIn), rest: rest,
      experts: experts, left: left, scope: scope, misfit: misfit,
      storesTiedHead: storesTiedHead, use: use)
  }

  /// The same recipe for matrices of experts alone.
  var forExpertsOnly: KindRecipe {
    KindRecipe(
      project, linear: linear, head: head, embedding: embedding, routers: routers, rest: rest,
      likeRouters: likeRouters, experts: experts, left: left, scope: .expertsOnly, misfit: misfit,
      storesTiedHead: storesTiedHead, use: use)
  }

  /// Returns the format of every tensor of the model's checkpoint.
  ///
  /// - Throws: ``FormatError/rowNotDivisible(format:elements:unit:)`` for a matrix that the
  ///   quantizer refuses, ``FormatError/noExperts(recipe:model:)`` for a model without experts
  ///   where nothing else is quantized.
  func assignments(
    for model: ModelShape, recipe name: String
  ) throws(FormatError) -> [TensorAssignment] {
    var assignments: [TensorAssignment] = []
    let singles = Self.singles[model.architecture.modelType] ?? []
    for tensor in model.checkpointTensors {
      assignments.append(try assignment(for: tensor, of: model, singles))
    }
    if storesTiedHead, model.hasTiedEmbeddings,
      let embedding = model.tensors.first(role: .tokenEmbedding)
    {
      let head = try assignment(for: Tensor(.output, shape: embedding.shape), of: model, singles)
      let reason = head.format == self.head ? AssignmentReason.untiedHead : head.reason
      assignments.append(TensorAssignment(head.tensor, head.format, because: reason))
    }
    if scope == .expertsOnly, !assignments.contains(where: { $0.format == linear }) {
      throw .noExperts(recipe: name, model: model.name)
    }
    return assignments
  }

  private func assignment(
    for tensor: Tensor, of model: ModelShape, _ singles: Set<TensorRole>
  ) throws(FormatError) -> TensorAssignment {
    let (format, reason) = choice(for: tensor, of: model, singles)
    guard format != rest, !tensor.shape.rowElements.isMultiple(of: format.rowUnit) else {
      return TensorAssignment(tensor, format, because: reason)
    }
    switch misfit {
    case .refused:
      throw .rowNotDivisible(
        format: format.name, elements: tensor.shape.rowElements, unit: format.rowUnit)
    case .leftAsTrained:
      return TensorAssignment(tensor, rest, because: .rowNotDivisible(by: format.name))
    }
  }

  /// What families were trained in fp32, and quantizers leave so.
  ///
  /// Source: the headers of the published files: MiniMaxAI/MiniMax-M3-MXFP8 and moonshotai/Kimi-K3;
  /// deepseek-ai/DeepSeek-V4-Flash, inference/model.py.
  private static let singles: [String: Set<TensorRole>] = [
    "minimax_m3": [.router],
    "minimax_m3_vl_text": [.router],
    "kimi_k3": [.stateConvolution, .stateTimeStep, .stateDecay, .stateNorm],
    "deepseek_v4": [
      .attentionSinks, .compressorPosition, .indexerCompressorPosition, .attentionStreams,
      .attentionStreamsBase, .attentionStreamsScale, .feedForwardStreams, .feedForwardStreamsBase,
      .feedForwardStreamsScale, .headStreams, .headStreamsBase, .headStreamsScale,
    ],
  ]

  private typealias Choice = (format: TensorFormat, reason: AssignmentReason)

  /// The format that is meant for a tensor. A new kind of tensor is a line here.
  private func choice(
    for tensor: Tensor, of model: ModelShape, _ singles: Set<TensorRole>
  ) -> Choice {
    // Checkpoints keep the bias that steers the choice of experts in fp32, whatever the rest is.
    guard tensor.role != .expertSelection else { return (.torchFloat32, .notQuantized) }
    guard tensor.role != .expertTable else { return (.torchInt64, .notQuantized) }
    guard linear != rest else { return (rest, .main) }
    guard !singles.contains(tensor.role) else { return (.torchFloat32, .notQuantized) }
    guard tensor.part == .weight else { return (rest, .notQuantized) }
    if case .quantized(let format, _, _) = routers,
      likeRouters[model.architecture.modelType]?.contains(tensor.role) == true
    {
      return (format, .keptWider)
    }
    switch tensor.role.kind {
    case .norm, .convolution, .vector, .constant: return (rest, .notQuantized)
    case .router: return routerChoice(in: model)
    case .embedding: return (embedding, reason(for: embedding, left: .embeddingLeft))
    case .linear where tensor.role == .output:
      return (head, reason(for: head, left: .headLeft))
    case .linear where scope == .expertsOnly && tensor.shape.dimensions.count < 3:
      return (rest, .notAnExpert)
    case .linear where left.contains(tensor.role): return (rest, .notQuantized)
    case .linear where tensor.role.isRoutedExpert: return (experts ?? linear, .main)
    case .linear: return (linear, .main)
    }
  }

  private func routerChoice(in model: ModelShape) -> Choice {
    guard case .quantized(let format, let leftIn, let linearIn) = routers else {
      return (rest, .router)
    }
    let type = model.architecture.modelType
    if leftIn.contains(type) { return (rest, .router) }
    return linearIn.contains(type) ? (linear, .main) : (format, .router)
  }

  /// Why the embedding or the head has its format.
  private func reason(
    for format: TensorFormat, left: AssignmentReason
  ) -> AssignmentReason {
    if format == rest { return left }
    if format == linear { return .main }
    return left == .headLeft ? .outputHead : .tokenEmbedding
  }
}

extension [Tensor] {
  /// The first weight with a role.
  func first(role: TensorRole) -> Tensor? { first { $0.role == role && $0.part == .weight } }
}
