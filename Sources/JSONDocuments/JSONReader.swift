/// Reads a JSON text value by value, without building a tree of it.
///
/// For texts of many megabytes of which a few kinds of value matter. The caller opens an object and
/// asks for its keys, reading or skipping the value after each; lists likewise. A call that does
/// not suit the text is an error with its place, so a caller needs no look ahead.
///
///     try reader.beginObject()
///     while let key = try reader.nextKey() { sizes[key] = try reader.integer() }
///     try reader.end()
///
/// Beyond RFC 8259 it takes what Python writes (`NaN`, `Infinity`) and, where asked, comments and
/// trailing commas. A key that stands twice is not refused here.
public struct JSONReader {
  private enum Level { case object, list }

  private let bytes: [UInt8]
  private let allowsComments: Bool
  /// The objects and lists that are open, outermost first.
  private var levels: [Level] = []
  /// Whether the innermost open object or list has no item yet.
  private var isFirst = false
  private var offset = 0
  /// The offset of the quote before the key that ``nextKey()`` returned last.
  public private(set) var keyOffset = 0

  /// Deeper nesting is refused; no real file comes near it.
  private static let deepest = 128

  public init(_ bytes: [UInt8], allowsComments: Bool = false) {
    self.bytes = bytes
    self.allowsComments = allowsComments
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  /// Moves over space and comments; returns the offset and the first byte of what follows, the byte
  /// nil at the end of the text.
  public mutating func next() throws(JSONDocumentError) -> (offset: Int, byte: UInt8?) {
    try skipSpace()
    return (offset, peek)
  }

  /// Expects that only space is left.
  public mutating func end() throws(JSONDocumentError) {
    try skipSpace()
    guard offset == bytes.count else { throw failure("text after the end of the document") }
  }

  /// The error that the text is wrong at an offset.
  public func failure(_ what: String, at position: Int? = nil) -> JSONDocumentError {
    .malformed(what, at: TextPosition(of: position ?? offset, in: bytes))
  }
}

// MARK: - Objects and lists

extension JSONReader {
  /// Opens the object here.
  public mutating func beginObject() throws(JSONDocumentError) {
    try skipSpace()
    guard peek == UInt8(ascii: "{") else { throw failure("an object is expected") }
    try open(.object)
  }

  /// Opens the list here.
  public mutating func beginList() throws(JSONDocumentError) {
    try skipSpace()
    guard peek == UInt8(ascii: "[") else { throw failure("a list is expected") }
    try open(.list)
  }

  /// Moves to the next value of the innermost object and returns its key; closes the object and
  /// returns nil when there is none.
  public mutating func nextKey() throws(JSONDocumentError) -> String? {
    guard try !closes(with: UInt8(ascii: "}")) else { return nil }
    guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes is expected") }
    keyOffset = offset
    let key = try string()
    try skipSpace()
    guard peek == UInt8(ascii: ":") else { throw expected("':' after the key '\(key)'") }
    offset += 1
    try skipSpace()
    return key
  }

  /// Moves to the next value of the innermost list; closes the list and returns false when there is
  /// none.
  public mutating func nextElement() throws(JSONDocumentError) -> Bool {
    try !closes(with: UInt8(ascii: "]"))
  }

  private mutating func open(_ level: Level) throws(JSONDocumentError) {
    guard levels.count < Self.deepest else {
      throw failure("nested deeper than \(Self.deepest) levels")
    }
    levels.append(level)
    isFirst = true
    offset += 1
  }

  /// Whether the list ends here; otherwise steps over the comma before its next item.
  private mutating func closes(with end: UInt8) throws(JSONDocumentError) -> Bool {
    try skipSpace()
    if !isFirst, peek != end {
      guard peek == UInt8(ascii: ",") else {
        throw expected("',' or '\(Character(UnicodeScalar(end)))'")
      }
      offset += 1
      try skipSpace()
      if peek == end, !allowsComments {
        throw failure(
          end == UInt8(ascii: "}")
            ? "a comma before the end of the object" : "a comma before the end of the list")
      }
    }
    guard let byte = peek else { throw failure("the text ends inside a list or an object") }
    // An item begins here, or the level around this one goes on after it.
    isFirst = false
    guard byte == end else { return false }
    levels.removeLast()
    offset += 1
    return true
  }

  /// Moves over the value here, whatever it is.
  public mutating func skipValue() throws(JSONDocumentError) {
    let outer = levels.count
    try skipItem()
    while levels.count > outer {
      let hasItem =
        switch levels[levels.count - 1] {
        case .object: try nextKey() != nil
        case .list: try nextElement()
        }
      if hasItem { try skipItem() }
    }
  }

  /// Moves over a single value, or opens an object or a list.
  private mutating func skipItem() throws(JSONDocumentError) {
    try skipSpace()
    guard let byte = peek else { throw failure("the text ends where a value is expected") }
    switch byte {
    case UInt8(ascii: "{"): try beginObject()
    case UInt8(ascii: "["): try beginList()
    case UInt8(ascii: "\""): _ = try string()
    default: _ = try word()
    }
  }
}

// MARK: - Single values

extension JSONReader {
  /// Returns the text here.
  public mutating func string() throws(JSONDocumentError) -> String {
    guard peek == UInt8(ascii: "\"") else { throw failure("a text is expected") }
    let start = offset
    offset += 1
    guard let end = try closingQuote(start: start) else {
      return try stringWithEscapes(start: start)
    }
    let string = String(validating: bytes[offset..<end], as: UTF8.self)
    offset = end + 1
    guard let string else { throw failure("a text that is not UTF-8", at: start) }
    return string
  }

  /// Returns the offset of the quote that ends the text here, or nil when an escape comes first.
  private func closingQuote(start: Int) throws(JSONDocumentError) -> Int? {
    var end = offset
    while end < bytes.count {
      switch bytes[end] {
      case UInt8(ascii: "\""): return end
      case UInt8(ascii: "\\"): return nil
      case 0..<0x20: throw failure("a control character inside a text", at: end)
      default: end += 1
      }
    }
    throw failure("a text without its closing quote", at: start)
  }

  private mutating func stringWithEscapes(start: Int) throws(JSONDocumentError) -> String {
    var text: [UInt8] = []
    while let byte = peek {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("a text that is not UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw failure("a control character inside a text", at: offset - 1)
      default: text.append(byte)
      }
    }
    throw failure("a text without its closing quote", at: start)
  }

  /// Returns the whole number here.
  public mutating func integer() throws(JSONDocumentError) -> Int64 {
    let start = offset
    guard case .integer(let integer) = try word() else {
      throw failure("a whole number is expected", at: start)
    }
    return integer
  }

  /// Returns the number, truth value or `null` here.
  mutating func word() throws(JSONDocumentError) -> JSONNode.Value {
    switch peek {
    case nil: throw failure("the text ends where a value is expected")
    case UInt8(ascii: "t"): try word("true", .bool(true))
    case UInt8(ascii: "f"): try word("false", .bool(false))
    case UInt8(ascii: "n"): try word("null", .null)
    case UInt8(ascii: "N"): try word("NaN", .number(.nan))
    case UInt8(ascii: "I"): try word("Infinity", .number(.infinity))
    case UInt8(ascii: "-") where bytes.dropFirst(offset + 1).first == UInt8(ascii: "I"):
      try word("-Infinity", .number(-.infinity))
    default: try number()
    }
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONNode.Value
  ) throws(JSONDocumentError) -> JSONNode.Value {
    let expected = word.description.utf8
    guard bytes[offset...].starts(with: expected) else { throw failure("'\(word)' is expected") }
    offset += expected.count
    return value
  }

  private mutating func number() throws(JSONDocumentError) -> JSONNode.Value {
    let start = offset
    if let integer = shortInteger() { return .integer(integer) }
    var isInteger = true
    scanning: while let byte = peek {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        isInteger = false
      default: break scanning
      }
      offset += 1
    }
    guard offset > start else { throw failure("a value is expected", at: start) }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard JSONNumber.isWellFormed(text) else {
      throw failure("'\(text)' is not a number", at: start)
    }
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text) else { throw failure("'\(text)' is not a number", at: start) }
    return .number(number)
  }
}

extension JSONReader {
  /// Moves over a whole number of at most 18 digits and returns it, without making a text of it; nil
  /// for every other number, of which nothing is passed over.
  private mutating func shortInteger() -> Int64? {
    let isNegative = peek == UInt8(ascii: "-")
    let start = isNegative ? offset + 1 : offset
    var end = start
    var integer: Int64 = 0
    scanning: while end < bytes.count {
      switch bytes[end] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard end - start < 18 else { return nil }
        integer = integer * 10 + Int64(bytes[end] - UInt8(ascii: "0"))
      case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        return nil
      default: break scanning
      }
      end += 1
    }
    guard end > start, end == start + 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
    offset = end
    return isNegative ? -integer : integer
  }
}

// MARK: - Escapes

extension JSONReader {
  private mutating func escape(into text: inout [UInt8]) throws(JSONDocumentError) {
    guard let byte = peek else { throw failure("the text ends inside an escape") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): try unicodeEscape(into: &text)
    default: throw failure("an unknown escape", at: offset - 2)
    }
  }

  private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONDocumentError) {
    let start = offset - 2
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code) {
      guard bytes[offset...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
        throw failure("half a surrogate pair", at: start)
      }
      offset += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else {
        throw failure("half a surrogate pair", at: start)
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("half a surrogate pair", at: start)
    }
    text.append(contentsOf: String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws(JSONDocumentError) -> UInt32 {
    let digits = bytes.dropFirst(offset).prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits are expected") }
    offset += 4
    return code
  }
}

// MARK: - Between values

extension JSONReader {
  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func expected(_ what: String) -> JSONDocumentError {
    failure(peek == nil ? "the text ends where \(what) is expected" : "\(what) is expected")
  }

  private mutating func skipSpace() throws(JSONDocumentError) {
    while let byte = peek {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      case UInt8(ascii: "/") where allowsComments: try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(JSONDocumentError) {
    let start = offset
    let rest = bytes[offset...]
    if rest.starts(with: "//".utf8) {
      offset = rest.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      return
    }
    guard rest.starts(with: "/*".utf8) else { throw failure("a comment begins with // or /*") }
    offset += 2
    while offset + 1 < bytes.count {
      if bytes[offset] == UInt8(ascii: "*"), bytes[offset + 1] == UInt8(ascii: "/") {
        offset += 2
        return
      }
      offset += 1
    }
    throw failure("a comment without its end", at: start)
  }
}
