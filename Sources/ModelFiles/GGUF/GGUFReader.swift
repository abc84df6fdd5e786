internal import HostSystem

/// Reads the numbers and texts of a GGUF header one after the other.
///
/// The source is read by windows, so memory does not grow with the header, and what is skipped
/// beyond a window is not read at all.
struct GGUFReader<Source: ByteSource> {
  private let source: Source
  /// The size of the whole source.
  let count: Int64
  var byteOrder = ByteOrder.littleEndian
  /// What is being read, for errors.
  var place = GGUFPlace.start
  private(set) var offset: Int64 = 0
  private var window: [UInt8] = []
  private var windowStart: Int64 = 0

  private static var windowBytes: Int { 256 << 10 }

  /// The most bytes that a header may have, 16 times the largest known (Gemma 4, 15.8 MB): a
  /// hostile file could make the reader walk through terabytes of empty texts.
  static var longestHeader: Int64 { 256 << 20 }

  init(_ source: Source) {
    self.source = source
    self.count = source.count
  }

  /// The bytes from here to the end of the source.
  var remaining: Int64 { count - offset }

  // MARK: Numbers and texts

  /// Returns the next number.
  @inline(__always)
  mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(GGUFError) -> Number {
    let size = MemoryLayout<Number>.size
    let index = try index(ofNext: size)
    offset += Int64(size)
    let raw = window.withUnsafeBytes {
      $0.loadUnaligned(fromByteOffset: index, as: Number.self)
    }
    switch byteOrder {
    case .littleEndian: return Number(littleEndian: raw)
    case .bigEndian: return Number(bigEndian: raw)
    }
  }

  /// Returns the next number as a count of things that each take at least `leastBytes`.
  ///
  /// - Throws: ``GGUFError/tooMany(_:of:at:remaining:)`` when the rest of the file cannot hold them.
  @inline(__always)
  mutating func count(leastBytes: Int64, of what: GGUFCount) throws(GGUFError) -> Int64 {
    let start = offset
    let number = try number(UInt64.self)
    guard number <= UInt64(remaining) / UInt64(leastBytes) else {
      throw .tooMany(number, of: what, in: place, at: start, remaining: remaining)
    }
    return Int64(number)
  }

  /// Returns the next `count` bytes.
  mutating func bytes(_ count: Int) throws(GGUFError) -> ArraySlice<UInt8> {
    let index = try index(ofNext: count)
    offset += Int64(count)
    return window[index..<index + count]
  }

  /// Returns the next text.
  ///
  /// - Throws: ``GGUFError/nameTooLong(_:bytes:limit:at:)``, ``GGUFError/notUTF8(_:at:)``.
  mutating func name() throws(GGUFError) -> String {
    let start = offset
    let length = try count(leastBytes: 1, of: .bytes)
    guard length <= GGUFHeader.longestName else {
      throw .nameTooLong(place, bytes: length, at: start)
    }
    guard let name = String(validating: try bytes(Int(length)), as: UTF8.self) else {
      throw .notUTF8(place, at: start)
    }
    return name
  }

  // MARK: Moving

  /// Moves over bytes without reading them.
  @inline(__always)
  mutating func skip(_ bytes: Int64) throws(GGUFError) {
    guard bytes <= remaining else { throw .cut(place, fileBytes: count) }
    offset += bytes
  }

  /// Moves over texts.
  mutating func skipStrings(_ count: Int64) throws(GGUFError) {
    for _ in 0..<count { try skip(try self.count(leastBytes: 1, of: .bytes)) }
  }

  /// Moves back to an offset that was read before.
  mutating func moveBack(to offset: Int64) { self.offset = offset }

  // MARK: The window

  /// Returns where the next `size` bytes lie in the window, which is moved when it lacks them.
  @inline(__always)
  private mutating func index(ofNext size: Int) throws(GGUFError) -> Int {
    let index = offset - windowStart
    if index >= 0, index + Int64(size) <= window.count { return Int(index) }
    try moveWindow(size)
    return 0
  }

  @inline(never)
  private mutating func moveWindow(_ size: Int) throws(GGUFError) {
    guard Int64(size) <= remaining else { throw .cut(place, fileBytes: count) }
    guard offset + Int64(size) <= Self.longestHeader else {
      throw .headerTooLong(place, limit: Self.longestHeader)
    }
    windowStart = offset
    do {
      window = try source.read(
        at: offset, count: Int(min(remaining, Int64(max(size, Self.windowBytes)))))
    } catch {
      throw .unreadable(error)
    }
    // A file that has shrunk since it was opened.
    guard window.count >= size else { throw .cut(place, fileBytes: offset + Int64(window.count)) }
  }
}
