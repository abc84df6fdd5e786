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
    forEach { names, text in
      let isFound = names.split(separator: UInt8(ascii: " ")).contains { $0.elementsEqual(wanted) }
      if isFound { found = Array(text) }
      return !isFound
    }
    return found
  }

  /// Every entry's text, in the order of the files.
  var texts: [[UInt8]] {
    var texts: [[UInt8]] = []
    forEach { _, text in
      texts.append(Array(text))
      return true
    }
    return texts
  }

  /// Every name of every entry.
  var names: [String] {
    var all: [String] = []
    forEach { names, _ in
      all += names.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      return true
    }
    return all
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
