internal import ModelFiles
public import PresetEntries
public import VRAMBudget

extension PresetCatalog {
  /// Returns the model that a name finds, whatever its case and punctuation, and with or without the
  /// address of the site that it is from.
  ///
  /// - Throws: ``PresetError``.
  public func model(named name: String) throws(PresetError) -> ModelShape {
    try shape(of: entry(ofModelNamed: name))
  }

  /// Whether a name finds a model.
  public func hasModel(named name: String) -> Bool { (try? entry(ofModelNamed: name)) != nil }

  /// Returns the entry of the model that a name finds.
  ///
  /// - Throws: ``PresetError``.
  public func entry(ofModelNamed name: String) throws(PresetError) -> ModelEntry {
    for key in PresetName.modelKeys(name) {
      if let item = ownModels.item(named: key) { return item.entry }
      if let entry = Self.models.first(named: key), !isReplaced(entry) {
        return try Self.read(entry.text)
      }
      if let ids = ownModels.choices(named: key) ?? Self.ambiguousModels.first(named: key)?.words {
        throw .ambiguousModel(name, choices: ids)
      }
    }
    let sizes = modelIDs.filter { id in
      PresetName.modelKeys(name).contains(PresetName.withoutTag(id))
    }
    switch sizes.count {
    case 0: throw .unknownModel(name, nearest: Self.nearest(to: name, among: modelNames))
    case 1: return try entry(ofModelNamed: sizes[0])
    default: throw .ambiguousModel(name, choices: sizes)
    }
  }

  private func isReplaced(_ entry: EmbeddedEntries.Entry) -> Bool {
    !ownModels.replaced.isEmpty && ownModels.replaced.contains(entry.columns[0])
  }

  private var modelNames: [(ids: [String], names: [String])] {
    Self.models.all.map { ([$0.columns[0]], $0.names) }
      + ownModels.items.map { ([$0.entry.id], $0.entry.names) }
  }

  private var modelIDs: [String] {
    Self.models.all.map { $0.columns[0] }.filter { !ownModels.replaced.contains($0) }
      + ownModels.items.map(\.entry.id)
  }

  /// Returns the model that an entry describes.
  ///
  /// - Throws: ``PresetError/unusable(id:_:)``, or ``PresetError/otherCount(id:stated:counted:)`` when
  ///   the entry of a file states another number of parameters than its configuration has.
  public func shape(of entry: ModelEntry) throws(PresetError) -> ModelShape {
    let shape: ModelShape
    do {
      let built = try ModelShape(
        configuration: entry.configuration, id: entry.id, name: entry.name, source: .preset)
      shape = entry.pooling == nil ? built : built.pooled
    } catch {
      throw .unusable(id: entry.id, error)
    }
    guard let stated = entry.parameters, stated != shape.parameters else { return shape }
    // Some makers' counts have what is stored and not trained, too.
    let stored = shape.checkpointTensors.reduce(0) { $0 + $1.shape.elements }
    guard stated == stored else {
      throw .otherCount(id: entry.id, stated: stated, counted: shape.parameters)
    }
    return shape
  }

  /// A model's entry, the family of its file, and the file where it is not built in.
  public typealias ListedModel = (entry: ModelEntry, family: String?, path: String?)

  /// Every model entry: those built in, in the order of their files, then the user's.
  public func allModels() throws(PresetError) -> [ListedModel] {
    var entries: [ListedModel] = []
    for entry in Self.models.all where !isReplaced(entry) {
      let family = entry.columns[1]
      entries.append((try Self.read(entry.text), family.isEmpty ? nil : family, nil))
    }
    return entries + ownModels.items.map { ($0.entry, $0.family, $0.path) }
  }

  /// Names that several models go by.
  public var ambiguousModelNames: [(name: String, ids: [String])] {
    Self.ambiguousModels.all.map { ($0.names[0], $0.words) }
      + ownModels.ambiguous.map { ($0.name, $0.ids) }
  }
}
