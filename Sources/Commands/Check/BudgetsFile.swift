internal import ArgumentParsing
internal import HostSystem
internal import JSONDocuments
internal import Presets
internal import Reports
internal import VRAMBudget

/// A budgets file: deployments, what each is held to, and what is the same for all.
struct BudgetsFile {
  /// A deployment as the file asks for it, defaults included.
  struct Entry {
    let name: String
    let line: Int?
    let message: String?
    let models: [Model]
    let settings: Settings
  }

  /// A model of a deployment, with the settings that are its own.
  struct Model {
    let text: String
    let line: Int?
    let settings: Settings
  }

  /// The name under which the file is looked for.
  static let name = "vram.json"
  /// The most bytes that are read: ten thousand deployments take a few million.
  private static let longest: Int64 = 64 << 20

  let path: String
  let entries: [Entry]
  /// Files and folders of presets, as the file has them, each with its line.
  private let presets: [(path: String, line: Int)]

  /// The folder of the file, with a slash at its end; empty for the working directory.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// Returns the path of the nearest file of that name, in the working directory or above it.
  static func find() throws(CommandFailure) -> String {
    let depth = HostSystem.workingDirectory.map { $0.split(separator: "/").count } ?? 0
    for steps in 0...depth {
      let path = String(repeating: "../", count: steps) + name
      if HostSystem.kind(ofPath: path) == .file { return path }
    }
    throw CommandFailure(
      at: name,
      UsageError.missing(
        what: "there is no such file here or in a folder above",
        fix: "write one with 'vram init', or name one with --config FILE"))
  }

  /// Reads a file.
  ///
  /// - Throws: A failure at the file, with the line where there is one.
  init(path: String) throws(CommandFailure) {
    let bytes = try DocumentFile.read(path, "a budgets file", limit: Self.longest)
    do {
      let root = try JSONCursor(parsing: bytes, allowsComments: true)
      let reader = BudgetsFileReader(lines: LineIndex(bytes))
      entries = try reader.entries(of: root)
      presets = try reader.presets(of: root)
    } catch {
      throw CommandFailure(at: path, error)
    }
    guard !entries.isEmpty else {
      throw CommandFailure(
        at: path,
        UsageError.missing(
          what: "'deployments' is empty", fix: "add a deployment with a name and a model"))
    }
    self.path = path
    try refuseRepeatedNames()
  }

  /// Returns a catalogue with the presets that the file names.
  ///
  /// - Throws: A failure at the file's line, or at a preset file.
  func catalogue(over catalogue: PresetCatalog) throws(CommandFailure) -> PresetCatalog {
    let folder = Self.folder(of: path)
    return try PresetSources.catalogue(
      catalogue,
      adding: presets.map {
        (path: $0.path.hasPrefix("/") ? $0.path : folder + $0.path, place: "\(path):\($0.line)")
      })
  }

  private func refuseRepeatedNames() throws(CommandFailure) {
    var lines: [String: Int] = [:]
    for entry in entries {
      if let first = lines[entry.name] {
        throw CommandFailure(
          at: "\(path):\(entry.line ?? 1)",
          UsageError.missing(
            what: "the name '\(entry.name)' is that of the deployment in line \(first)",
            fix: "give each deployment a name of its own"))
      }
      lines[entry.name] = entry.line ?? 1
    }
  }

  /// Returns the deployments of these names, in the order of the file; all where none is given.
  ///
  /// - Throws: A failure at `--only` for a name that no deployment has.
  func entries(named names: [String]) throws(CommandFailure) -> [Entry] {
    guard !names.isEmpty else { return entries }
    let known = entries.map(\.name)
    for name in names where !known.contains(name) {
      let nearest = LooseName.nearest(to: name, among: known, limit: 1)
      throw CommandFailure(
        at: CheckCommand.only.flag,
        UsageError.missing(
          what: "no deployment in \(path) is named '\(name)'",
          fix: nearest.isEmpty
            ? "use \(known.prefix(10).joined(separator: ", "))" : "did you mean '\(nearest[0])'?"))
    }
    return entries.filter { names.contains($0.name) }
  }
}

/// Reads the objects of a budgets file.
struct BudgetsFileReader {
  /// The keys of the file itself.
  static let fileKeys = ["$schema", "presets", "defaults", "deployments"]
  /// What a deployment, or the defaults, may say beside settings.
  static let ownKeys = ["name", "message", "model", "models"]

  private let lines: LineIndex
  /// The options that are keys, by key.
  private let options: [String: OptionSpec]
  private let deploymentKeys: [String]
  /// What a model among several may say of its own: nothing about devices and limits, which they
  /// share.
  private let modelKeys: [String]

  init(lines: LineIndex) {
    self.lines = lines
    let settings = Self.settings
    options = Dictionary(settings.map { (Settings.key(of: $0), $0) }) { first, _ in first }
    deploymentKeys = Self.ownKeys + settings.map(Settings.key)
    modelKeys = ["model"] + Self.modelSettings.map(Settings.key)
  }

  /// The options that a deployment's keys are.
  static let settings: [OptionSpec] = ConfigurationArguments.options + LimitOptions.all

  /// The options that the keys of one model among several are.
  static var modelSettings: [OptionSpec] {
    ConfigurationArguments.options.filter {
      $0 != Options.gpu.spec && $0 != Options.reserve.spec
    }
  }

  /// What a deployment or the defaults say.
  private struct Part {
    var models: [BudgetsFile.Model]?
    var message: String?
    var settings = Settings()
  }

  func entries(of root: JSONCursor) throws(JSONDocumentError) -> [BudgetsFile.Entry] {
    try root.allowOnly(Self.fileKeys)
    var defaults = Part()
    if let cursor = try root.optional("defaults") {
      try cursor.allowOnly(deploymentKeys.filter { $0 != "name" })
      defaults = try part(cursor)
    }
    var entries: [BudgetsFile.Entry] = []
    for cursor in try root.required("deployments").elements() {
      try cursor.allowOnly(deploymentKeys)
      let own = try part(cursor)
      guard let models = own.models ?? defaults.models else {
        _ = try cursor.required("model")
        continue
      }
      entries.append(
        BudgetsFile.Entry(
          name: try name(cursor.required("name")), line: line(of: cursor),
          message: own.message ?? defaults.message, models: models,
          settings: defaults.settings.overridden(by: own.settings)))
    }
    return entries
  }

  /// The files and folders of presets: one, or a list.
  func presets(of root: JSONCursor) throws(JSONDocumentError) -> [(path: String, line: Int)] {
    guard let cursor = try root.optional("presets") else { return [] }
    var paths: [(path: String, line: Int)] = []
    var elements = [cursor]
    if case .array = cursor.node.value { elements = try cursor.elements() }
    for element in elements {
      let path = try element.string()
      guard !path.isEmpty else { throw element.wrongKind("the path of a file or a folder") }
      paths.append((path, line(of: element)))
    }
    return paths
  }

  private func part(_ cursor: JSONCursor) throws(JSONDocumentError) -> Part {
    var part = Part()
    part.models = try models(cursor)
    part.message = try cursor.optional("message")?.string()
    part.settings = try settings(cursor)
    return part
  }

  private func line(of cursor: JSONCursor) -> Int { lines.line(of: cursor.node.offset) }

  private func name(_ cursor: JSONCursor) throws(JSONDocumentError) -> String {
    let name = try cursor.string()
    guard !name.isEmpty, name == name.shown(upTo: 200) else {
      throw cursor.wrongKind("a name of 1 to 200 printable characters")
    }
    return name
  }

  // MARK: Models

  private func models(_ cursor: JSONCursor) throws(JSONDocumentError) -> [BudgetsFile.Model]? {
    let several = try cursor.optional("models")
    if let one = try cursor.optional("model") {
      if let several { throw several.wrongKind("left out where 'model' is given") }
      return [model(try one.string(), one)]
    }
    guard let several else { return nil }
    let elements = try several.elements()
    guard (1...16).contains(elements.count) else { throw several.wrongKind("a list of 1 to 16") }
    var models: [BudgetsFile.Model] = []
    for element in elements {
      guard case .object = element.node.value else {
        models.append(model(try element.string(), element))
        continue
      }
      try element.allowOnly(modelKeys)
      let name = try element.required("model")
      models.append(model(try name.string(), name, settings: try settings(element)))
    }
    return models
  }

  private func model(
    _ text: String, _ cursor: JSONCursor, settings: Settings = Settings()
  ) -> BudgetsFile.Model {
    BudgetsFile.Model(text: text, line: line(of: cursor), settings: settings)
  }

  // MARK: Settings

  private func settings(_ cursor: JSONCursor) throws(JSONDocumentError) -> Settings {
    var settings = Settings()
    for (key, value) in try cursor.members() {
      guard let option = options[key] else { continue }
      settings[key] = Setting(value: try self.value(value, of: option), line: line(of: value))
    }
    return settings
  }

  private func value(
    _ cursor: JSONCursor, of option: OptionSpec
  ) throws(JSONDocumentError) -> SettingValue? {
    if case .null = cursor.node.value { return nil }
    guard option.placeholder != nil else {
      if case .string(let word) = cursor.node.value, option.words.contains(word) {
        return .text(word)
      }
      return try cursor.bool() ? .flag : nil
    }
    guard option.isRepeatable, case .array = cursor.node.value else {
      return .text(try text(cursor))
    }
    var texts: [String] = []
    for element in try cursor.elements() { texts.append(try text(element)) }
    return switch texts.count {
    case 0: nil
    case 1: .text(texts[0])
    default: .texts(texts)
    }
  }

  /// The text of an option's value; a number counts as the text that it is written as.
  private func text(_ cursor: JSONCursor) throws(JSONDocumentError) -> String {
    switch cursor.node.value {
    case .string(let text): return text
    case .integer(let integer): return "\(integer)"
    case .number(let number) where number.isFinite: return "\(number)"
    default: throw cursor.wrongKind("a text or a number")
    }
  }
}
