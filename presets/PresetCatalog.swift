internal import JSONDocuments
internal import ModelFiles
public import PresetEntries
public import VRAMBudget

/// The models and devices that the program knows by name.
public enum PresetCatalog {
  private static let models = EmbeddedEntries(EmbeddedPresets.models)
  private static let devices = EmbeddedEntries(EmbeddedPresets.devices)
  private static let ambiguousDevices = EmbeddedEntries(EmbeddedPresets.ambiguousDevices)

  /// Returns the model that a name finds, whatever its case and punctuation.
  ///
  /// - Throws: ``PresetError``.
  public static func model(named name: String) throws(PresetError) -> ModelShape {
    guard let text = models.text(named: LooseName.normalized(name)) else {
      throw .unknownModel(
        name, nearest: try nearest(to: name, among: allModels().map { ([$0.id], $0.names) }))
    }
    return try shape(of: read(text, ModelEntry.init))
  }

  /// Returns the model that an entry describes.
  ///
  /// - Throws: ``PresetError/unusable(id:_:)``.
  public static func shape(of entry: ModelEntry) throws(PresetError) -> ModelShape {
    do {
      return try ModelShape(
        configuration: entry.configuration, id: entry.id, name: entry.name, source: .preset)
    } catch {
      throw .unusable(id: entry.id, error)
    }
  }

  /// Returns the device that a name finds, whatever its case, punctuation and vendor words, and
  /// with or without "GB" behind a memory size.
  ///
  /// - Throws: ``PresetError``.
  public static func device(named name: String) throws(PresetError) -> Device {
    let wanted = LooseName.normalized(name)
    let bare = PresetName.withoutVendor(wanted)
    for key in [wanted, bare, wanted + "gb", bare + "gb"] {
      if let text = devices.text(named: key) {
        return Device(try read(text, DeviceEntry.init))
      }
      if let choices = ambiguousDevices.text(named: key) {
        throw .ambiguousDevice(name, choices: ids(in: choices))
      }
    }
    let entries = try allDevices().map { ([$0.id], $0.names) }
    let bareNames = ambiguousDevices.all.map { (ids(in: $0.text), $0.names) }
    throw .unknownDevice(name, nearest: nearest(to: name, among: entries + bareNames))
  }

  /// Every model entry, in the order of the files.
  public static func allModels() throws(PresetError) -> [ModelEntry] {
    var entries: [ModelEntry] = []
    for entry in models.all { entries.append(try read(entry.text, ModelEntry.init)) }
    return entries
  }

  /// Every device entry, in the order of the files.
  public static func allDevices() throws(PresetError) -> [DeviceEntry] {
    var entries: [DeviceEntry] = []
    for entry in devices.all { entries.append(try read(entry.text, DeviceEntry.init)) }
    return entries
  }

  /// The ids of a list with spaces between them.
  private static func ids(in list: [UInt8]) -> [String] {
    list.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns up to three ids whose names are nearest.
  private static func nearest(
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

  private static func read<Entry>(
    _ text: [UInt8], _ decode: (JSONCursor) throws(JSONDocumentError) -> Entry
  ) throws(PresetError) -> Entry {
    do {
      return try decode(JSONCursor(parsing: text))
    } catch {
      throw .damaged(error.problem)
    }
  }
}
