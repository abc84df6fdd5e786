/// A tensor and a format that cannot go together, or a name that names no format.
public enum FormatError: Error, Hashable {
  case rowNotDivisible(format: String, elements: Int64, unit: Int64)
  /// A format of experts, asked for a model that has none.
  case noExperts(recipe: String, model: String)
  /// A file type of llama.cpp, asked for a model of a family that it does not know.
  case notInGGUF(architecture: String)
  /// A format of another program, asked for what a GGUF file holds.
  case notFromGGUF(recipe: String)
  /// A format that llama.cpp's quantizer cannot be told to use.
  case unknownTensorType(String, allowed: [String])
  /// A format asked of llama.cpp's quantizer that cannot be written without an importance matrix.
  case formatNeedsImatrix(String)
  /// Settings of llama.cpp's quantizer, given for a recipe of another.
  case noTypeOverrides(recipe: String)
  case unknownRecipe(String, nearest: [String])
  case ambiguousRecipe(String, choices: [String])
}

extension FormatError: ActionableError {
  public var problem: String {
    switch self {
    case .rowNotDivisible(let format, let elements, let unit):
      "a row of \(elements) elements cannot be stored as \(format), which packs \(unit) at a time"
    case .noExperts(let recipe, let model):
      "\(recipe) quantizes experts only, and \(model) has none"
    case .notInGGUF(let architecture):
      "GGUF files of the architecture '\(architecture)' are not known"
    case .notFromGGUF(let recipe):
      "\(recipe) is made from a checkpoint, not from a GGUF file, whose matrices differ"
    case .unknownTensorType(let name, _): "unknown tensor type '\(name)'"
    case .formatNeedsImatrix(let format):
      "a tensor cannot be written as \(format) without an importance matrix"
    case .noTypeOverrides(let recipe): "\(recipe) is not made by llama.cpp's quantizer"
    case .unknownRecipe(let name, _): "unknown format '\(name)'"
    case .ambiguousRecipe(let name, let choices): "'\(name)' may mean \(choices.list(or: true))"
    }
  }

  public var fix: String {
    switch self {
    case .rowNotDivisible: "choose a format whose blocks divide the row, for example f16"
    case .noExperts: "choose a format that quantizes all linears, for example W4A16 or MXFP8"
    case .notInGGUF: "choose a format of another program, for example HF-BF16"
    case .notFromGGUF: "name the model's preset or its config.json"
    case .unknownTensorType(_, let allowed): "use \(allowed.list(or: true))"
    case .formatNeedsImatrix: "add --imatrix, or choose another type"
    case .noTypeOverrides: "leave it out, or choose a format of llama.cpp, for example Q4_K_M"
    case .unknownRecipe(_, let nearest) where !nearest.isEmpty:
      "did you mean \(nearest.list(or: true))? 'vram formats' lists all"
    case .unknownRecipe: "'vram formats' lists all names"
    case .ambiguousRecipe(_, let choices): "write \(choices.list(or: true))"
    }
  }
}

extension [String] {
  /// The texts as a list for a sentence: `a, b or c`.
  func list(or: Bool) -> String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + (or ? " or " : " and ") + last
  }
}
