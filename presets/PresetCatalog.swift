internal import JSONDocuments
internal import ModelFiles
public import PresetEntries
internal import VRAMBudget

/// The models and devices known by name: those built in, and those of the user's files.
///
/// A value that is handed from the command line to whatever looks a name up; there is no other.
public struct PresetCatalog: Sendable {
  static let models = EmbeddedEntries(EmbeddedPresets.models)
  static let ambiguousModels = EmbeddedEntries(EmbeddedPresets.ambiguousModels)
  static let devices = EmbeddedEntries(EmbeddedPresets.devices)
  static let ambiguousDevices = EmbeddedEntries(EmbeddedPresets.ambiguousDevices)
  static let instances = EmbeddedEntries(EmbeddedPresets.instances)

  var ownModels: PresetShelf<ModelEntry>
  var ownDevices: PresetShelf<DeviceEntry>

  /// Those built in.
  public init() {
    ownModels = PresetShelf(over: Self.builtIn(Self.models, ambiguous: Self.ambiguousModels))
    ownDevices = PresetShelf(
      over: Self.builtIn(Self.devices, ambiguous: Self.ambiguousDevices, Self.instances))
  }

  /// Adds the entries of a file.
  ///
  /// - Parameters:
  ///   - path: The file's path, for errors and lists.
  ///   - bytes: Its content.
  ///   - kind: What it must hold; nil when its key is to say it.
  /// - Throws: `PresetFileError`: a wrong key, or a name that is taken.
  public mutating func add(
    path: String, _ bytes: [UInt8], kind: PresetKind? = nil
  ) throws(PresetFileError) {
    let file: PresetFile
    do {
      file = try PresetFile(parsing: bytes, kind: kind)
    } catch {
      throw PresetFileError(path: path, reason: .document(error, entry: nil))
    }
    switch file.kind {
    case .models: try ownModels.add(file, path: path)
    case .devices: try ownDevices.add(file, path: path)
    }
  }

  /// Checks what only all files together can tell: that ambiguous names may mean entries there are.
  ///
  /// - Throws: `PresetFileError`.
  public func check() throws(PresetFileError) {
    try ownModels.checkChoices()
    try ownDevices.checkChoices()
  }

  /// The entries of files that stand in the place of built-in ones, each with its file.
  public var replacements: [(id: String, path: String)] {
    ownModels.items.filter { ownModels.replaced.contains($0.entry.id) }
      .map { ($0.entry.id, $0.path) }
      + ownDevices.items.filter { ownDevices.replaced.contains($0.entry.id) }
      .map { ($0.entry.id, $0.path) }
  }

  /// The file that the model of an id is from; nil where it is built in, or there is none.
  public func path(ofModel id: String) -> String? {
    ownModels.items.first { $0.entry.id == id }?.path
  }

  /// The file that the device of an id is from; nil where it is built in, or there is none.
  public func path(ofDevice id: String) -> String? {
    ownDevices.items.first { $0.entry.id == id }?.path
  }

  private static func builtIn<Entry>(
    _ entries: EmbeddedEntries, ambiguous: EmbeddedEntries, _ instances: EmbeddedEntries? = nil
  ) -> PresetShelf<Entry>.BuiltIn {
    PresetShelf<Entry>.BuiltIn { name in
      if let entry = entries.first(named: name), let id = entry.columns.first {
        return .entry(id: id, text: entry.text)
      }
      if let id = instances?.first(named: name)?.words.first {
        return .entry(id: id, text: [])
      }
      return ambiguous.first(named: name).map { .ambiguous(ids: $0.words) }
    }
  }

  static func read<Entry: PresetEntry>(_ text: [UInt8]) throws(PresetError) -> Entry {
    do {
      return try Entry(JSONCursor(parsing: text))
    } catch {
      throw .damaged(error.problem)
    }
  }

  /// Returns up to three ids whose names are nearest.
  static func nearest(
    to name: String, among entries: [(ids: [String], names: [String])]
  ) -> [String] {
    var owners: [String: [String]] = [:]
    for entry in entries {
      for name in entry.names { owners[name] = entry.ids }
    }
    var ids: [String] = []
    for name in LooseName.nearest(to: name, among: owners.keys.sorted(), limit: 12) {
      for id in owners[name] ?? [] where !ids.contains(id) { ids.append(id) }
    }
    return Array(ids.prefix(3))
  }
}
