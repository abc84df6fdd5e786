public import HostSystem

/// Bytes that are read by ranges: a file of which only the header is wanted, or memory.
public protocol ByteSource {
  /// The number of bytes.
  var count: Int64 { get }

  /// Returns `count` bytes from an offset, or fewer where the source ends before.
  ///
  /// - Parameters:
  ///   - offset: From the beginning; not negative.
  ///   - count: Not negative; so much memory may be taken.
  /// - Throws: ``FileError``.
  func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8]
}

extension RegularFile: ByteSource {}

/// A source in memory.
public struct MemoryBytes: ByteSource, Sendable {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var count: Int64 { Int64(bytes.count) }

  public func read(at offset: Int64, count: Int) -> [UInt8] {
    guard offset < self.count else { return [] }
    let start = Int(offset)
    return Array(bytes[start..<start + min(count, bytes.count - start)])
  }
}
