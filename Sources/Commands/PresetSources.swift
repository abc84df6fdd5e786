internal import ArgumentParsing
internal import HostSystem
internal import PresetEntries
internal import Presets
internal import VRAMBudget

extension Options {
  static let presets = Option(
    "presets", "FILE|FOLDER",
    help: "models and devices of your own, beside those built in; may be repeated;\n"
      + "'none' leaves out $VRAM_PRESETS and the project's presets folder",
    isRepeatable: true
  ) { $0 }
}

/// Where presets come from besides those built in: the project's folder, `$VRAM_PRESETS`, `--presets`.
///
/// All of them are read; none shadows another. The project's folder is `presets` in the working
/// folder or the nearest one above it that has `presets/models` or `presets/devices`; the search ends
/// at a folder with `.git`. Of a folder only `models/*.json` and `devices/*.json` are read.
enum PresetSources {
  /// The largest preset file that is read: far above the largest real one.
  private static let largestFile: Int64 = 64 << 20

  /// Returns the models and devices known by name for a command line.
  static func catalogue(
    _ arguments: ParsedArguments, in surroundings: Surroundings
  ) throws(CommandFailure) -> PresetCatalog {
    var catalogue = PresetCatalog()
    let given = arguments.texts(of: Options.presets.spec)
    if !given.contains("none") {
      if let folder = surroundings.folder.flatMap(projectFolder) {
        try addFolder(folder, at: nil, to: &catalogue)
      }
      let listed = (surroundings.presets ?? "").split(separator: ":").map(String.init)
      for path in listed { try add(path, at: "$VRAM_PRESETS", to: &catalogue) }
    }
    for path in given where path != "none" {
      try add(path, at: Options.presets.spec.flag, to: &catalogue)
    }
    return try checked(catalogue)
  }

  /// Returns a catalogue with more files and folders.
  ///
  /// - Parameter paths: Each with who named it.
  static func catalogue(
    _ catalogue: PresetCatalog, adding paths: [(path: String, place: String)]
  ) throws(CommandFailure) -> PresetCatalog {
    guard !paths.isEmpty else { return catalogue }
    var catalogue = catalogue
    for (path, place) in paths { try add(path, at: place, to: &catalogue) }
    return try checked(catalogue)
  }

  private static func checked(_ catalogue: PresetCatalog) throws(CommandFailure) -> PresetCatalog {
    do {
      try catalogue.check()
    } catch {
      throw CommandFailure(at: error.path, error)
    }
    return catalogue
  }

  /// What a person should know of entries that stand in the place of built-in ones.
  ///
  /// - Parameter known: Of whose entries it was said already.
  static func notes(
    about catalogue: PresetCatalog, beside known: PresetCatalog = PresetCatalog()
  ) -> String {
    let told = known.replacements.map(\.id)
    return catalogue.replacements.filter { !told.contains($0.id) }.map { id, path in
      "vram: note: \(path.shown()): '\(id)' replaces the built-in entry\n"
    }.joined()
  }

  /// A preset file's path as a result records it: the same wherever the project lies.
  static func recorded(_ path: String) -> String {
    guard path.hasPrefix("/"), let folder = HostSystem.currentFolder, path.hasPrefix(folder + "/")
    else { return path }
    return String(path.dropFirst(folder.count + 1))
  }

  // MARK: Finding files

  /// The presets folder of the project that a folder is in.
  private static func projectFolder(around folder: String) -> String? {
    var parts = folder.split(separator: "/")
    while true {
      let here = "/" + parts.joined(separator: "/")
      let presets = here == "/" ? "/presets" : here + "/presets"
      if PresetKind.allCases.contains(where: {
        HostSystem.kind(ofPath: "\(presets)/\($0.rawValue)") == .folder
      }) {
        return presets
      }
      guard !parts.isEmpty, HostSystem.kind(ofPath: here + "/.git") == .nothing else { return nil }
      parts.removeLast()
    }
  }

  /// Adds what an option or a variable names.
  private static func add(
    _ path: String, at place: String, to catalogue: inout PresetCatalog
  ) throws(CommandFailure) {
    switch HostSystem.kind(ofPath: path) {
    case .folder: try addFolder(path, at: place, to: &catalogue)
    case .file: try addFile(path, kind: nil, to: &catalogue)
    case .nothing, .other:
      throw CommandFailure(
        at: place,
        UsageError.missing(
          what: "no preset file or folder is at '\(path)'",
          fix: "give a .json file, or a folder with models/*.json or devices/*.json"))
    }
  }

  /// Adds the files of a folder.
  ///
  /// - Parameter place: Who named it; nil for a project's folder, which need not have any file.
  private static func addFolder(
    _ path: String, at place: String?, to catalogue: inout PresetCatalog
  ) throws(CommandFailure) {
    let base = path.hasSuffix("/") ? String(path.dropLast()) : path
    var isEmpty = true
    for kind in PresetKind.allCases {
      let folder = "\(base)/\(kind.rawValue)"
      guard HostSystem.kind(ofPath: folder) == .folder else { continue }
      let names: [String]
      do {
        names = try HostSystem.names(inFolder: folder)
      } catch {
        throw CommandFailure(at: folder, error)
      }
      for name in names where name.hasSuffix(".json") && !name.hasPrefix(".") {
        try addFile("\(folder)/\(name)", kind: kind, to: &catalogue)
        isEmpty = false
      }
    }
    if isEmpty, let place {
      throw CommandFailure(
        at: place,
        UsageError.missing(
          what: "the folder '\(path)' holds no presets",
          fix: "put them in \(base)/models/*.json or \(base)/devices/*.json, or name a file"))
    }
  }

  private static func addFile(
    _ path: String, kind: PresetKind?, to catalogue: inout PresetCatalog
  ) throws(CommandFailure) {
    let bytes: [UInt8]
    do {
      bytes = try HostSystem.read(path, limit: largestFile)
    } catch {
      throw CommandFailure(at: path, error)
    }
    do {
      try catalogue.add(path: path, bytes, kind: kind)
    } catch {
      throw CommandFailure(at: error.path, error)
    }
  }
}
