internal import HostSystem

/// What a run of the tool takes from its process, besides its arguments.
///
/// A value, so that a run is a function: tests give none, and depend on no machine.
public struct Surroundings: Hashable, Sendable {
  /// The folder in which the search for a project's presets begins; nil when there is no search.
  public var folder: String?
  /// `$VRAM_PRESETS`: files and folders of presets, a colon between them.
  public var presets: String?
  /// The width of the terminal that the result goes to; nil when it goes elsewhere.
  public var terminalColumns: Int?

  /// Whether that terminal shows colours, and nobody asked for none (`NO_COLOR`).
  public var showsColours: Bool

  public init(
    folder: String? = nil, presets: String? = nil, terminalColumns: Int? = nil,
    showsColours: Bool = false
  ) {
    self.folder = folder
    self.presets = presets
    self.terminalColumns = terminalColumns
    self.showsColours = showsColours
  }

  /// Those of the running process.
  public static var process: Surroundings {
    let asksForNone = HostSystem.environment("NO_COLOR").map { !$0.isEmpty } ?? false
    return Surroundings(
      folder: HostSystem.currentFolder, presets: HostSystem.environment("VRAM_PRESETS"),
      terminalColumns: HostSystem.terminalColumns(of: .output),
      showsColours: HostSystem.isTerminal(.output) && !asksForNone
        && HostSystem.environment("TERM") != "dumb")
  }
}
