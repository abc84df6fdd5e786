internal import HostSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

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

  /// Returns the text of a file.
  public static func text(atPath path: String) throws -> String {
    String(decoding: try bytes(atPath: path), as: UTF8.self)
  }

  static func bytes(atPath path: String) throws -> [UInt8] {
    try HostSystem.read(path, limit: limit)
  }

  public static func text(_ name: String, filePath: String = #filePath) throws -> String {
    String(decoding: try bytes(name, filePath: filePath), as: UTF8.self)
  }

  /// Writes a file that tests read, in place of the old one.
  public static func write(_ text: String, toPath path: String) throws {
    try write(Array(text.utf8), toPath: path)
  }

  static func write(_ bytes: [UInt8], toPath path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { throw SystemCallError("open") }
    defer { close(descriptor) }
    guard systemWrite(descriptor, bytes, bytes.count) == bytes.count else {
      throw SystemCallError("write")
    }
  }

  /// Returns the folder that a source file lies in.
  public static func folder(of filePath: String) -> String {
    filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: [UInt8], _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
