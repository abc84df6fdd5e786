public import JSONDocuments

/// A model as a preset file describes it. The keys are documented in presets/README.md.
public struct ModelEntry: Sendable {
  public let id: String
  public let name: String
  public let huggingFace: String?
  public let aliases: [String]
  /// The day it was published, `YYYY-MM-DD`.
  public let released: String?
  public let nativePrecision: String?
  /// How the outputs of an embedding model that is built like others are pooled: `last`.
  public let pooling: String?
  /// The parameters that were counted from the configuration; nil where nobody counted them.
  public let parameters: Int64?
  /// The count that the makers publish.
  public let publishedParameters: Int64?
  /// How the two were compared.
  public let parameterCheck: String?
  /// The keys of the model's config.json.
  public let configuration: JSONCursor
  public let sources: [String]
  /// Whether the entry takes the place of another of the same id.
  public let replaces: Bool
  /// The entry as it was written, without what `vram models` adds.
  public let json: JSONNode

  static let checks = [
    "independent", "flag_chosen_by_count", "dimension_chosen_by_count", "residual",
  ]

  private static let keys = [
    "id", "name", "hugging_face", "aliases", "released", "native_precision", "pooling",
    "parameters",
    "config", "inferred", "source", "replaces", "computed",
  ]

  /// Reads and checks an entry.
  ///
  /// - Throws: `JSONDocumentError` naming the key that is missing, unknown or of the wrong kind.
  public init(_ entry: JSONCursor) throws(JSONDocumentError) {
    try entry.allowOnly(Self.keys)
    id = try entry.required("id").idText()
    name = try entry.required("name").nameText()
    huggingFace = try entry.optional("hugging_face")?.nameText()
    aliases = try entry.optional("aliases")?.nameTexts() ?? []
    released = try entry.optional("released")?.dateText()
    nativePrecision = try entry.optional("native_precision")?.nameText()
    pooling = try entry.optional("pooling")?.string(among: ["cls", "last", "mean"])
    let parameters = try entry.optional("parameters")
    try parameters?.allowOnly(["value", "check", "source", "published", "note"])
    self.parameters = try parameters?.required("value").integer(in: 1...(1 << 50))
    parameterCheck = try parameters?.required("check").string(among: Self.checks)
    publishedParameters = try parameters?.optional("published")?.integer(in: 1...(1 << 50))
    _ = try parameters?.optional("note")?.string()
    _ = try parameters?.required("source").nonEmptyString()
    for (_, reason) in try entry.optional("inferred")?.members() ?? [] { _ = try reason.string() }
    configuration = try entry.required("config")
    _ = try configuration.required("model_type").string()
    sources = try entry.required("source").strings()
    guard !sources.isEmpty, !sources.contains("") else {
      throw try entry.required("source").wrongKind("a list with at least one source")
    }
    replaces = try entry.optional("replaces")?.bool() ?? false
    _ = try entry.optional("computed")?.members()
    json = entry.node.without(["replaces", "computed"])
  }
}
