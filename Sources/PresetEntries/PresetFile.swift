public import JSONDocuments
internal import VRAMBudget

/// One preset file: entries of one kind, and names that several of them could mean.
public struct PresetFile: Sendable {
  /// The entries, each with its place in the file.
  public let entries: [JSONCursor]
  /// Bare names that do not say which entry is meant, and the ids they may mean.
  public let ambiguous: [(name: String, ids: [String])]

  /// Reads and checks a file's outer shape.
  ///
  /// - Parameter key: `devices` or `models`.
  /// - Throws: `JSONDocumentError`.
  public init(parsing bytes: [UInt8], key: String) throws(JSONDocumentError) {
    let root = try JSONCursor(parsing: bytes)
    try root.allowOnly(["schema", "family", "ambiguous", key])
    _ = try root.required("schema").integer(in: 1...1)
    _ = try root.optional("family")?.string()
    entries = try root.required(key).elements()
    var ambiguous: [(name: String, ids: [String])] = []
    for (name, ids) in try root.optional("ambiguous")?.members() ?? [] {
      ambiguous.append((LooseName.normalized(name), try ids.strings()))
    }
    self.ambiguous = ambiguous
  }
}
