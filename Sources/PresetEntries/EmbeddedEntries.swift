/// Entries that the build embedded, a line each: the names that find an entry, the lengths of what
/// follows, what lists show of it in columns, and its text.
///
/// The text is never changed, so it may be read from anywhere. Finding one entry reads names only and decodes nothing.
public struct EmbeddedEntries: @unchecked Sendable {
  public typealias Span = Slice<UnsafeBufferPointer<UInt8>>

  /// A line, in parts that are read where they lie.
  public struct Entry {
    fileprivate let nameSpan: Span
    fileprivate let columnSpan: Span
    fileprivate let textSpan: Span

    /// The names that find the entry.
    public var names: [String] { Self.words(of: nameSpan) }

    /// What lists show of it.
    public var columns: [String] { Self.parts(of: columnSpan, separator: UInt8(ascii: "\t")) }

    public var text: [UInt8] { Array(textSpan) }

    /// The words of the text, where it is a list with a space between.
    public var words: [String] { Self.words(of: textSpan) }

    private static func words(of span: Span) -> [String] {
      parts(of: span, separator: UInt8(ascii: " ")).filter { !$0.isEmpty }
    }

    private static func parts(of span: Span, separator: UInt8) -> [String] {
      var parts: [String] = []
      var start = span.startIndex
      for end in span.indices where span[end] == separator {
        parts.append(String(decoding: span[start..<end], as: UTF8.self))
        start = end + 1
      }
      return parts + [String(decoding: span[start...], as: UTF8.self)]
    }

    /// Whether a normalized name finds the entry.
    fileprivate func isNamed(_ name: [UInt8]) -> Bool {
      var matched = 0
      var isMatching = true
      for byte in nameSpan {
        if byte == UInt8(ascii: " ") {
          if isMatching, matched == name.count { return true }
          matched = 0
          isMatching = true
        } else if isMatching {
          isMatching = matched < name.count && name[matched] == byte
          matched += 1
        }
      }
      return isMatching && matched == name.count
    }
  }

  private let lines: UnsafeBufferPointer<UInt8>

  public init(_ source: StaticString) {
    lines = UnsafeBufferPointer(start: source.utf8Start, count: source.utf8CodeUnitCount)
  }

  /// Entries of a text that must stay where it is as long as they are used.
  public init(_ text: UnsafeBufferPointer<UInt8>) { lines = text }

  /// The entry that a normalized name finds.
  public func first(named name: String) -> Entry? {
    var found: Entry?
    let wanted = Array(name.utf8)
    guard !wanted.isEmpty else { return nil }
    forEach { entry in
      guard entry.isNamed(wanted) else { return true }
      found = entry
      return false
    }
    return found
  }

  /// Every entry, in the order of the files.
  public var all: [Entry] {
    var entries: [Entry] = []
    forEach { entry in
      entries.append(entry)
      return true
    }
    return entries
  }

  /// Calls `body` with each entry until it returns false.
  private func forEach(_ body: (Entry) -> Bool) {
    var start = lines.startIndex
    while start < lines.endIndex {
      guard let names = part(from: &start), let columnCount = number(from: &start),
        let textCount = number(from: &start)
      else { return }
      let text = start + columnCount + 1
      let end = text + textCount
      guard end <= lines.endIndex,
        body(
          Entry(
            nameSpan: names, columnSpan: lines[start..<(start + columnCount)],
            textSpan: lines[text..<end]))
      else { return }
      start = end + 1
    }
  }

  /// The part up to the next tab, which is passed over.
  private func part(from start: inout Int) -> Span? {
    var end = start
    while end < lines.endIndex, lines[end] != UInt8(ascii: "\t") { end += 1 }
    guard end < lines.endIndex else { return nil }
    defer { start = end + 1 }
    return lines[start..<end]
  }

  private func number(from start: inout Int) -> Int? {
    part(from: &start)?.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }
}
