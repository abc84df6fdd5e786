/// Where the formats of a model's tensors come from.
public enum WeightOrigin: Hashable, Sendable {
  /// A recipe says what a program would write.
  case recipe(FormatRecipe)
  /// A file says what it holds.
  case file(StoredWeights)
}

/// What a file of weights says of itself beside its tensors.
public struct StoredWeights: Hashable, Sendable {
  /// The mix that the file says it is, `Q4_K_M`, or the format that most of its bytes have.
  public let name: String
  /// The programs that load such a file.
  public let loader: FormatLoader
  /// The size of the file, or of all the files that the model is split over.
  public let fileBytes: Bytes

  public init(name: String, loader: FormatLoader, fileBytes: Bytes) {
    self.name = name
    self.loader = loader
    self.fileBytes = fileBytes
  }
}

extension WeightOrigin {
  /// The name of the recipe, or of the mix that the file is.
  public var name: String {
    switch self {
    case .recipe(let recipe): recipe.name
    case .file(let stored): stored.name
    }
  }

  /// The recipe; nil of a file.
  public var recipe: FormatRecipe? {
    guard case .recipe(let recipe) = self else { return nil }
    return recipe
  }

  /// The name with what else was asked for: `Q4_K_M (output q8_0)`.
  public var title: String { recipe?.title ?? name }

  /// What llama.cpp's quantizer is told beside the file type.
  public var overrides: LlamaCppTypeOverrides { recipe?.overrides ?? .none }

  /// The programs that load the weights.
  public var loader: FormatLoader {
    switch self {
    case .recipe(let recipe): recipe.project.loader
    case .file(let stored): stored.loader
    }
  }
}
