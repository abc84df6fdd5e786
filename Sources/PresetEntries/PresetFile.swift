public import JSONDocuments
internal import VRAMBudget

/// What a preset file holds, by the key of its entries.
public enum PresetKind: String, Hashable, Sendable, CaseIterable {
  case models, devices
}

/// One preset file: entries of one kind, and names that several of them could mean.
public struct PresetFile: Sendable {
  public let kind: PresetKind
  /// What the entries have in common, as the file says it.
  public let family: String?
  /// The entries, each with its place in the file.
  public let entries: [JSONCursor]
  /// Bare names that do not say which entry is meant, and the ids they may mean.
  public let ambiguous: [AmbiguousName]

  /// Where the file's lines begin.
  let lines: LineIndex

  /// A bare name and the ids that it may mean.
  public struct AmbiguousName: Hashable, Sendable {
    /// The normalized name.
    public let name: String
    public let ids: [String]
    /// The line of the file.
    public let line: Int
  }

  /// Reads and checks a file's outer shape.
  ///
  /// - Parameter kind: What the file must hold; nil when its key is to say it.
  /// - Throws: `JSONDocumentError`.
  public init(parsing bytes: [UInt8], kind: PresetKind?) throws(JSONDocumentError) {
    let root = try JSONCursor(parsing: bytes)
    let kind = kind ?? (root.has(PresetKind.models.rawValue) ? .models : .devices)
    try root.allowOnly(["schema", "family", "ambiguous", "command", kind.rawValue])
    _ = try root.required("schema").integer(in: 1...1)
    _ = try root.optional("command")?.string()
    let lines = LineIndex(bytes)
    self.kind = kind
    self.lines = lines
    family = try root.optional("family")?.nameText()
    entries = try root.required(kind.rawValue).elements()
    var ambiguous: [AmbiguousName] = []
    for (name, ids) in try root.optional("ambiguous")?.members() ?? [] {
      let normalized = LooseName.normalized(name)
      guard !normalized.isEmpty else { throw ids.wrongKind("a name with letters") }
      let choices = try ids.nameTexts()
      guard !choices.isEmpty else { throw ids.wrongKind("a list with at least one id") }
      ambiguous.append(
        AmbiguousName(name: normalized, ids: choices, line: lines.line(of: ids.node.offset)))
    }
    self.ambiguous = ambiguous
  }
}
