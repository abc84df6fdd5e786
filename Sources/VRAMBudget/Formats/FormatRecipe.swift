/// A rule that says which tensor of a model is stored in which format.
///
/// `Q4_K_M` and `8da4w` are recipes: neither is a format, and both mix several.
public struct FormatRecipe: Hashable, Sendable {
  public enum Method: Hashable, Sendable {
    /// What llama.cpp's quantizer writes for a file type.
    case llamaCpp(
      LlamaCppFileType, hasImatrix: Bool, overrides: LlamaCppTypeOverrides = .none)
    /// What any other quantizer writes.
    case byKind(KindRecipe)
  }

  /// The name in its project's spelling: `Q4_K_M`, `8da4w`.
  public let name: String
  public let method: Method
  /// Other names that mean the same.
  public let synonyms: [String]

  public init(name: String, method: Method, synonyms: [String] = []) {
    self.name = name
    self.method = method
    self.synonyms = synonyms
  }
}

extension FormatRecipe {
  /// Returns llama.cpp's recipe for a file type.
  ///
  /// - Parameter hasImatrix: Whether the file is made with an importance matrix; where it is not
  ///   said, only types that need one have it.
  public static func llamaCpp(
    _ fileType: LlamaCppFileType, hasImatrix: Bool? = nil
  ) -> FormatRecipe {
    FormatRecipe(
      name: fileType.rawValue,
      method: .llamaCpp(fileType, hasImatrix: hasImatrix ?? fileType.needsImatrix),
      synonyms: fileType.synonyms)
  }

  /// The name and its synonyms.
  public var names: [String] { [name] + synonyms }

  /// Whose quantizer it is.
  public var project: FormatProject {
    switch method {
    case .llamaCpp: .llamaCpp
    case .byKind(let recipe): recipe.project
    }
  }

  /// The same recipe as it comes out with an importance matrix.
  public var withImatrix: FormatRecipe {
    switch method {
    case .llamaCpp(let fileType, _, let overrides):
      FormatRecipe(
        name: name, method: .llamaCpp(fileType, hasImatrix: true, overrides: overrides),
        synonyms: synonyms)
    case .byKind: self
    }
  }

  /// The same recipe for matrices of experts alone; all else stays as trained.
  public var forExpertsOnly: FormatRecipe {
    guard case .byKind(let recipe) = method else { return self }
    return FormatRecipe(name: "\(name), experts only", method: .byKind(recipe.forExpertsOnly))
  }

  /// Whether the matrices that choose experts have a format of their own in models of a type.
  public func quantizesRoutersApart(in modelType: String) -> Bool {
    guard case .byKind(let recipe) = method else { return false }
    return recipe.quantizesRoutersApart(in: modelType)
  }

  /// The same recipe with the linears' format for matrices that choose experts.
  public var withRoutersAlike: FormatRecipe {
    guard case .byKind(let recipe) = method else { return self }
    return FormatRecipe(name: "\(name), routers alike", method: .byKind(recipe.withRoutersAlike))
  }

  /// What llama.cpp's quantizer is told beside the file type; nothing for other programs.
  public var overrides: LlamaCppTypeOverrides {
    switch method {
    case .llamaCpp(_, _, let overrides): overrides
    case .byKind: .none
    }
  }

  /// Returns the same recipe with formats of the embedding and the head that were asked for.
  ///
  /// - Throws: ``FormatError/noTypeOverrides(recipe:)`` for a recipe of another program,
  ///   ``FormatError/formatNeedsImatrix(_:)`` for a format that cannot be written without an
  ///   importance matrix where the recipe has none.
  public func overriding(_ overrides: LlamaCppTypeOverrides) throws(FormatError) -> FormatRecipe {
    guard overrides != .none else { return self }
    guard case .llamaCpp(let fileType, let hasImatrix, _) = method else {
      throw .noTypeOverrides(recipe: name)
    }
    for format in [overrides.output, overrides.tokenEmbedding].compactMap({ $0 })
    where format.needsImatrix && !hasImatrix {
      throw .formatNeedsImatrix(format.name)
    }
    return FormatRecipe(
      name: name, method: .llamaCpp(fileType, hasImatrix: hasImatrix, overrides: overrides),
      synonyms: synonyms)
  }

  /// The name with what else was asked for: `Q4_K_M (output q8_0)`.
  public var title: String { overrides == .none ? name : "\(name) (\(overrides.words))" }

  /// The formats that the recipe's quantized matrices take before any exception.
  public var mainFormat: TensorFormat {
    switch method {
    case .llamaCpp(let fileType, _, _): fileType.defaultFormat
    case .byKind(let recipe): recipe.linear
    }
  }

  /// Returns the format of every tensor of the model under this recipe.
  ///
  /// - Throws: ``FormatError`` when a tensor cannot be stored as the recipe asks.
  public func plan(for model: ModelShape) throws(FormatError) -> WeightPlan {
    switch method {
    case .llamaCpp(let fileType, let hasImatrix, let overrides):
      try WeightPlan(
        .recipe(self), assignments: mix(fileType, hasImatrix: hasImatrix, overrides, for: model))
    case .byKind(let recipe):
      try WeightPlan(.recipe(self), assignments: assignments(by: recipe, for: model))
    }
  }

  /// Returns what the tensors of a ``plan(for:)`` take, or those that count, much faster than it is
  /// made.
  ///
  /// - Throws: As ``plan(for:)``, for the tensors that count.
  func bytes(
    for model: ModelShape, where counts: (Tensor) -> Bool = { _ in true }
  ) throws(FormatError) -> Bytes {
    switch method {
    case .llamaCpp(let fileType, let hasImatrix, let overrides):
      try Self.bytes(mix(fileType, hasImatrix: hasImatrix, overrides, for: model), counts)
    case .byKind(let recipe): try Self.bytes(assignments(by: recipe, for: model), counts)
    }
  }

  private static func bytes(
    _ assignments: some Sequence<TensorAssignment>, _ counts: (Tensor) -> Bool
  ) throws(FormatError) -> Bytes {
    var bytes = Bytes.zero
    for assignment in assignments where counts(assignment.tensor) {
      bytes += try assignment.format.bytes(of: assignment.tensor.shape)
    }
    return bytes
  }

  private func mix(
    _ fileType: LlamaCppFileType, hasImatrix: Bool, _ overrides: LlamaCppTypeOverrides,
    for model: ModelShape
  ) throws(FormatError) -> LlamaCppMix {
    guard model.architecture.ggufName != nil else {
      throw .notInGGUF(architecture: model.architecture.modelType)
    }
    return LlamaCppMix(
      fileType: fileType, hasImatrix: hasImatrix, overrides: overrides, model: model)
  }

  private func assignments(
    by recipe: KindRecipe, for model: ModelShape
  ) throws(FormatError) -> [TensorAssignment] {
    guard model.source != .gguf else { throw .notFromGGUF(recipe: name) }
    return try recipe.assignments(for: model, recipe: name)
  }
}
