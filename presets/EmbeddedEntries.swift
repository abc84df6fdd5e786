/// Entries that the build embedded: a line each, holding the names that find an entry, the length
/// of its text, and the text.
///
/// Finding one entry reads names only and decodes nothing.
struct EmbeddedEntries: Sendable {
  private let source: StaticString

  init(_ source: StaticString) { self.source = source }

  /// Returns the text of the entry that a normalized name finds.
  func text(named name: String) -> [UInt8]? {
    var found: [UInt8]?
    let wanted = Array(name.utf8)
    guard !wanted.isEmpty else { return nil }
    forEach { names, text in
      guard Self.lists(names, wanted) else { return true }
      found = Array(text)
      return false
    }
    return found
  }

  /// Whether a list of names, a space between them, has the name.
  private static func lists(_ names: Slice<UnsafeBufferPointer<UInt8>>, _ name: [UInt8]) -> Bool {
    var matched = 0
    var isMatching = true
    for byte in names {
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

  /// Every entry: the names that find it and its text, in the order of the files.
  var all: [(names: [String], text: [UInt8])] {
    var entries: [(names: [String], text: [UInt8])] = []
    forEach { names, text in
      let names = names.split(separator: UInt8(ascii: " "))
      entries.append((names.map { String(decoding: $0, as: UTF8.self) }, Array(text)))
      return true
    }
    return entries
  }

  /// Calls `body` with each entry's names and text until it returns false.
  private func forEach(
    _ body: (_ names: Slice<UnsafeBufferPointer<UInt8>>, _ text: Slice<UnsafeBufferPointer<UInt8>>)
      -> Bool
  ) {
    let lines = UnsafeBufferPointer(start: source.utf8Start, count: source.utf8CodeUnitCount)
    let tab = UInt8(ascii: "\t")
    var start = lines.startIndex
    while let namesEnd = lines[start...].firstIndex(of: tab),
      let lengthEnd = lines[(namesEnd + 1)...].firstIndex(of: tab)
    {
      let length = lines[(namesEnd + 1)..<lengthEnd].reduce(0) { $0 * 10 + Int($1 - 0x30) }
      let textEnd = lengthEnd + 1 + length
      guard body(lines[start..<namesEnd], lines[(lengthEnd + 1)..<textEnd]) else { return }
      start = textEnd + 1
      guard start < lines.endIndex else { return }
    }
  }
}
