internal import HostSystem

/// A committed table that tests read: tab-separated, a header line, `#` before comments.
public struct FixtureTable: Sendable {
  public let rows: [[String: String]]

  /// Reads a table from `Fixtures/` beside the calling test.
  public init(_ name: String, filePath: String = #filePath) throws {
    let lines = try Fixture.text(name, filePath: filePath).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
    let header = lines[0].split(separator: "\t").map(String.init)
    rows = lines.dropFirst().map { line in
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(uniqueKeysWithValues: zip(header, cells))
    }
  }
}

/// Committed files that tests read.
public enum Fixture {
  /// The most bytes that a fixture may have.
  private static let limit: Int64 = 64 << 20

  /// Returns the path of a file in `Fixtures/` beside the calling test.
  public static func path(_ name: String, filePath: String = #filePath) -> String {
    folder(of: filePath) + "/Fixtures/" + name
  }

  public static func bytes(_ name: String, filePath: String = #filePath) throws -> [UInt8] {
    try bytes(atPath: path(name, filePath: filePath))
  }

  static func bytes(atPath path: String) throws -> [UInt8] {
    try HostSystem.read(path, limit: limit)
  }

  public static func text(_ name: String, filePath: String = #filePath) throws -> String {
    String(decoding: try bytes(name, filePath: filePath), as: UTF8.self)
  }

  /// Returns the folder that a source file lies in.
  public static func folder(of filePath: String) -> String {
    filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
  }
}
