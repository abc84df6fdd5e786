/// A rule that says which tensor of a model is stored in which format.
///
/// `Q4_K_M` and `8da4w` are recipes: neither is a format, and both mix several.
public struct FormatRecipe: Hashable, Sendable {
  public enum Method: Hashable, Sendable {
    /// What llama.cpp's quantizer writes for a file type.
    case llamaCpp(LlamaCppFileType, hasImatrix: Bool)
    /// Linears in 4-bit groups, the embedding in 8-bit rows, the rest in fp32 (ExecuTorch).
    case int8DynamicActivationInt4Weight(groupSize: Int64)
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
  /// Every recipe, in the order that lists show: llama.cpp's from most to fewest bits, then others.
  ///
  /// A file type that llama.cpp only makes with an importance matrix has one here already.
  public static let all: [FormatRecipe] =
    LlamaCppFileType.allCases.map { llamaCpp($0) } + [
      FormatRecipe(
        name: "8da4w", method: .int8DynamicActivationInt4Weight(groupSize: 32),
        synonyms: ["int8-dynamic-activation-int4-weight", "8da4w-g32"])
    ]

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

  /// Returns the recipe that `name` names, whatever its case and punctuation.
  ///
  /// - Throws: ``FormatError/ambiguousRecipe(_:choices:)`` for a name that several runtimes use for
  ///   different layouts, ``FormatError/unknownRecipe(_:nearest:)`` for one that nobody uses.
  public static func named(_ name: String) throws(FormatError) -> FormatRecipe {
    let wanted = LooseName.normalized(name)
    for recipe in all where recipe.names.contains(where: { LooseName.normalized($0) == wanted }) {
      return recipe
    }
    if let choices = ambiguousNames[wanted] { throw .ambiguousRecipe(name, choices: choices) }
    throw .unknownRecipe(
      name, nearest: LooseName.nearest(to: name, among: all.map(\.name)))
  }

  /// The name and its synonyms.
  public var names: [String] { [name] + synonyms }

  /// The same recipe as it comes out with an importance matrix.
  public var withImatrix: FormatRecipe {
    switch method {
    case .llamaCpp(let fileType, _): .llamaCpp(fileType, hasImatrix: true)
    case .int8DynamicActivationInt4Weight: self
    }
  }

  /// Names that do not say which layout is meant, and what they may mean.
  private static let ambiguousNames: [String: [String]] = [
    "int8": ["Q8_0", "8da4w"],
    "8bit": ["Q8_0", "8da4w"],
    "int4": ["Q4_K_M", "Q4_0", "8da4w"],
    "4bit": ["Q4_K_M", "Q4_0", "8da4w"],
    "q4": ["Q4_K_M", "Q4_0"],
    "q5": ["Q5_K_M", "Q5_0"],
    "q3": ["Q3_K_M", "Q3_K_S"],
    "q2": ["Q2_K", "Q2_K_S"],
  ]

  /// The formats that the recipe's quantized matrices take before any exception.
  public var mainFormat: TensorFormat {
    switch method {
    case .llamaCpp(let fileType, _): fileType.defaultFormat
    case .int8DynamicActivationInt4Weight(let groupSize): .int4Groups(of: groupSize)
    }
  }

  /// Returns the format of every tensor of the model under this recipe.
  ///
  /// - Throws: ``FormatError`` when a tensor cannot be stored as the recipe asks.
  public func plan(for model: ModelShape) throws(FormatError) -> WeightPlan {
    switch method {
    case .llamaCpp(let fileType, let hasImatrix):
      var mix = LlamaCppMix(fileType: fileType, hasImatrix: hasImatrix, model: model)
      return try WeightPlan(recipe: self, assignments: mix.assignments())
    case .int8DynamicActivationInt4Weight(let groupSize):
      return try WeightPlan(
        recipe: self, assignments: TorchAORecipe(groupSize: groupSize).assignments(for: model))
    }
  }
}
