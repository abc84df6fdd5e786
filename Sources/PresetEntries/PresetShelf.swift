internal import JSONDocuments
internal import VRAMBudget

/// Entries of one kind from preset files, each name with one owner.
///
/// What it does asks for `PresetEntry`, the type itself does not: to make the type, a start of the
/// program would search all conformances there are.
public struct PresetShelf<Entry: Sendable>: Sendable {
  /// An entry and where it stands.
  public struct Item: Sendable {
    public let entry: Entry
    public let family: String?
    public let path: String
    public let line: Int
  }

  /// What is there before any file is added.
  public struct BuiltIn: Sendable {
    public enum Owner: Sendable {
      case entry(id: String, text: [UInt8])
      case ambiguous(ids: [String])
    }

    let owner: @Sendable (_ normalized: String) -> Owner?

    public init(owner: @escaping @Sendable (_ normalized: String) -> Owner?) { self.owner = owner }

    public static var nothing: BuiltIn { BuiltIn { _ in nil } }
  }

  private struct Claim {
    let id: String
    let path: String
  }

  public private(set) var items: [Item] = []
  /// Names that several entries go by, those that are built in left out.
  public private(set) var ambiguous: [PresetFile.AmbiguousName] = []
  /// The ids of built-in entries in whose place another is.
  public private(set) var replaced: Set<String> = []
  private var claims: [String: Claim] = [:]
  private var places: [String: String] = [:]
  private let builtIn: BuiltIn

  public init(over builtIn: BuiltIn) { self.builtIn = builtIn }

}

// MARK: - Finding entries

extension PresetShelf where Entry: PresetEntry {
  /// How a place is called where an entry is built in.
  private static var builtInPlace: String { "built in" }

  /// The entry that a normalized name finds.
  public func item(named name: String) -> Item? {
    claims[name].flatMap { claim in items.first { $0.entry.id == claim.id } }
  }

  /// The ids that a normalized name may mean, where it is ambiguous.
  public func choices(named name: String) -> [String]? {
    ambiguous.first { $0.name == name }?.ids
  }
}

// MARK: - Adding files

extension PresetShelf where Entry: PresetEntry {
  /// Adds the entries of a file.
  ///
  /// An entry that is there already with the same content is left out. One of the same id with
  /// other content must say that it replaces the other.
  ///
  /// - Throws: ``PresetFileError``.
  public mutating func add(_ file: PresetFile, path: String) throws(PresetFileError) {
    let family = file.family ?? Self.family(ofPath: path)
    for cursor in file.entries {
      let entry: Entry
      do {
        entry = try Entry(cursor)
      } catch {
        let id = try? cursor.required("id").string()
        throw PresetFileError(
          path: path, reason: .document(error, entry: id.map { $0.shown(upTo: 80) }))
      }
      let line = file.lines.line(of: cursor.node.offset)
      try add(Item(entry: entry, family: family, path: path, line: line))
    }
    for name in file.ambiguous { try add(name, path: path) }
  }

  /// The family of a file that names none: the file's name.
  private static func family(ofPath path: String) -> String? {
    path.split(separator: "/").last.map { String($0.hasSuffix(".json") ? $0.dropLast(5) : $0) }
  }

  private mutating func add(_ item: Item) throws(PresetFileError) {
    let id = item.entry.id
    func failure(_ reason: PresetFileError.Reason) -> PresetFileError {
      PresetFileError(path: item.path, reason: reason)
    }
    var isThere = false
    if let index = items.firstIndex(where: { $0.entry.id == id }) {
      let other = items[index]
      if other.entry.json.holdsTheSame(as: item.entry.json) { return }
      guard item.entry.replaces else {
        throw failure(.idTaken(id, at: other.path, line: item.line))
      }
      isThere = true
      items.remove(at: index)
      claims = claims.filter { $0.value.id != id }
    } else if case .entry(let otherID, let text)? = builtIn.owner(LooseName.normalized(id)),
      otherID == id
    {
      if let other = try? JSONCursor(parsing: text).node,
        other.holdsTheSame(as: item.entry.json)
      {
        return
      }
      guard item.entry.replaces else {
        throw failure(.idTaken(id, at: Self.builtInPlace, line: item.line))
      }
      isThere = true
      replaced.insert(id)
    }
    guard isThere || !item.entry.replaces else {
      throw failure(.replacesNothing(id, line: item.line))
    }
    for name in item.entry.claims {
      guard let (owner, place) = owner(of: name), owner != id else { continue }
      throw failure(.nameTaken(name, by: owner, at: place, entry: id, line: item.line))
    }
    for name in item.entry.claims { claims[name] = Claim(id: id, path: item.path) }
    items.append(item)
  }

  /// Whose a name is: an entry's id, or the name itself where it is ambiguous.
  private func owner(of name: String) -> (id: String, place: String)? {
    if let claim = claims[name] { return (claim.id, claim.path) }
    if choices(named: name) != nil { return ("several", "listed as ambiguous") }
    switch builtIn.owner(name) {
    case .entry(let id, _)?: return replaced.contains(id) ? nil : (id, Self.builtInPlace)
    case .ambiguous?: return ("several", Self.builtInPlace)
    case nil: return nil
    }
  }

  private mutating func add(
    _ name: PresetFile.AmbiguousName, path: String
  ) throws(PresetFileError) {
    if case .ambiguous(let ids)? = builtIn.owner(name.name), Set(ids) == Set(name.ids) { return }
    if let ids = choices(named: name.name), Set(ids) == Set(name.ids) { return }
    if let (owner, place) = owner(of: name.name) {
      throw PresetFileError(
        path: path,
        reason: .ambiguousNameTaken(name.name, by: owner, at: place, line: name.line))
    }
    ambiguous.append(name)
    places[name.name] = path
  }

  /// Checks that every ambiguous name may mean entries that exist.
  ///
  /// - Throws: ``PresetFileError``.
  public func checkChoices() throws(PresetFileError) {
    for name in ambiguous {
      for id in name.ids where !isThere(id) {
        throw PresetFileError(
          path: places[name.name] ?? "",
          reason: .noSuchChoice(name: name.name, id: id, kind: Entry.kind, line: name.line))
      }
    }
  }

  private func isThere(_ id: String) -> Bool {
    if items.contains(where: { $0.entry.id == id }) { return true }
    guard case .entry(let other, _)? = builtIn.owner(LooseName.normalized(id)) else { return false }
    return other == id
  }
}
