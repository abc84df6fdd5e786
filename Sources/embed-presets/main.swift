// Reads preset files, checks them, and writes Swift source that embeds them.
//
// usage: embed-presets OUTPUT.swift FILE.json…
//
// A bad preset stops the build with its file, line, entry and key.

internal import FoundationEssentials
internal import HostSystem
internal import JSONDocuments
internal import PresetEntries
internal import VRAMBudget

struct PresetCheckError: Error, CustomStringConvertible {
  let description: String
}

/// Entries of one kind, a line each: the names that find it, the length of the JSON, the JSON.
struct EmbeddedKind {
  var lines: [String] = []
  private var owners: [String: String] = [:]

  mutating func add(
    id: String, names: [String], json: JSONNode, file: String
  ) throws {
    for name in names { try claim(name, for: id, file: file) }
    let text = compactJSON(json)
    lines.append("\(names.joined(separator: " "))\t\(text.utf8.count)\t\(text)")
  }

  mutating func claim(_ name: String, for id: String, file: String) throws {
    if let other = owners.updateValue(id, forKey: name), other != id {
      throw PresetCheckError(
        description: "\(file): the name '\(name)' of '\(id)' belongs to '\(other)' already")
    }
  }
}

func embed(_ arguments: [String]) throws {
  guard let output = arguments.first else {
    throw PresetCheckError(description: "usage: embed-presets OUTPUT.swift FILE.json…")
  }
  var models = EmbeddedKind()
  var devices = EmbeddedKind()
  var ambiguous = EmbeddedKind()
  var deviceIDs: Set<String> = []
  var ambiguousNames: [(name: String, ids: [String], file: String)] = []
  for path in arguments.dropFirst() {
    let isDevice = path.split(separator: "/").dropLast().last == "devices"
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    do {
      let file = try PresetFile(parsing: bytes, key: isDevice ? "devices" : "models")
      for entry in file.entries {
        if isDevice {
          let device = try DeviceEntry(entry)
          deviceIDs.insert(device.id)
          try devices.add(id: device.id, names: device.names, json: entry.node, file: path)
        } else {
          let model = try ModelEntry(entry)
          try models.add(id: model.id, names: model.names, json: entry.node, file: path)
        }
      }
      for (name, ids) in file.ambiguous { ambiguousNames.append((name, ids, path)) }
    } catch let error as JSONDocumentError {
      throw PresetCheckError(description: "\(path): \(error.problem); \(error.fix)")
    }
  }
  for (name, ids, file) in ambiguousNames {
    for id in ids where !deviceIDs.contains(id) {
      throw PresetCheckError(description: "\(file): '\(name)' may mean '\(id)', which is no device")
    }
    try devices.claim(name, for: "an ambiguous name", file: file)
    let choices = ids.joined(separator: " ")
    ambiguous.lines.append("\(name)\t\(choices.utf8.count)\t\(choices)")
  }
  let text = """
    // Made by embed-presets from the JSON files beside this target. Do not edit.

    enum EmbeddedPresets {
      static let models: StaticString = \(literal(models.lines))

      static let devices: StaticString = \(literal(devices.lines))

      static let ambiguousDevices: StaticString = \(literal(ambiguous.lines))
    }

    """
  try Data(text.utf8).write(to: URL(filePath: output))
}

/// The lines as one raw string literal.
func literal(_ lines: [String]) -> String {
  "##\"\"\"\n" + lines.map { $0 + "\n" }.joined() + "\"\"\"##"
}

do {
  try embed(Array(CommandLine.arguments.dropFirst()))
} catch {
  _ = HostSystem.write("error: \(error)\n", to: .diagnostics)
  HostSystem.exit(1)
}
