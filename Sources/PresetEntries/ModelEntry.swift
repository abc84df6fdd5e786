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
  /// The parameters that the researcher counted, and how strongly the count was checked.
  public let parameters: Int64
  public let parameterCheck: String
  /// The keys of the model's config.json.
  public let configuration: JSONCursor
  public let sources: [String]

  private static let keys = [
    "id", "name", "hugging_face", "aliases", "released", "native_precision", "parameters",
    "config", "inferred", "source",
  ]

  /// Reads and checks an entry.
  ///
  /// - Throws: `JSONDocumentError` naming the key that is missing, unknown or of the wrong kind.
  public init(_ entry: JSONCursor) throws(JSONDocumentError) {
    try entry.allowOnly(Self.keys)
    id = try entry.required("id").string()
    name = try entry.required("name").string()
    huggingFace = try entry.optional("hugging_face")?.string()
    aliases = try entry.optional("aliases")?.strings() ?? []
    released = try entry.optional("released")?.string()
    nativePrecision = try entry.optional("native_precision")?.string()
    let parameters = try entry.required("parameters")
    try parameters.allowOnly(["value", "check", "source", "published", "note"])
    self.parameters = try parameters.required("value").integer(in: 1...(1 << 50))
    parameterCheck = try parameters.required("check").string()
    _ = try parameters.optional("published")?.integer(in: 1...(1 << 50))
    _ = try parameters.optional("note")?.string()
    _ = try parameters.required("source").string()
    for (_, reason) in try entry.optional("inferred")?.members() ?? [] { _ = try reason.string() }
    configuration = try entry.required("config")
    _ = try configuration.required("model_type").string()
    sources = try entry.required("source").strings()
    guard !sources.isEmpty else {
      throw try entry.required("source").wrongKind("a list with at least one source")
    }
  }

  /// The normalized names that find the entry.
  public var names: [String] {
    PresetName.all(id: id, name: name, aliases: aliases + [huggingFace].compactMap { $0 })
  }
}

extension DeviceEntry {
  /// The normalized names that find the entry, with and without the vendor.
  public var names: [String] {
    let names = PresetName.all(id: id, name: name, aliases: aliases)
    var seen = Set(names)
    return names
      + names.map(PresetName.withoutVendor).filter { seen.insert($0).inserted }
  }
}
