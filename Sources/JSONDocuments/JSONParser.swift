/// Reads a JSON text into nodes that know their place.
///
/// The toolchain's decoder says that a text is malformed but not where, and drops the places of
/// values; errors about a user's file need both. Beyond RFC 8259 the parser takes what Python
/// writes into config.json (`NaN`, `Infinity`) and, where asked, comments and trailing commas.
struct JSONParser {
  private let bytes: [UInt8]
  private let allowsComments: Bool
  private var offset = 0
  private var depth = 0

  /// Deeper nesting is refused; no real file comes near it.
  private static let deepest = 128

  init(_ bytes: [UInt8], allowsComments: Bool) {
    self.bytes = bytes
    self.allowsComments = allowsComments
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  mutating func document() throws(JSONDocumentError) -> JSONNode {
    try skipSpace()
    let node = try value()
    try skipSpace()
    guard offset == bytes.count else { throw failure("text after the end of the document") }
    return node
  }

  // MARK: Values

  private mutating func value() throws(JSONDocumentError) -> JSONNode {
    guard let byte = peek else { throw failure("the text ends where a value is expected") }
    let start = offset
    let value: JSONNode.Value =
      switch byte {
      case UInt8(ascii: "{"): .object(try members())
      case UInt8(ascii: "["): .array(try elements())
      case UInt8(ascii: "\""): .string(try string())
      case UInt8(ascii: "t"): try word("true", .bool(true))
      case UInt8(ascii: "f"): try word("false", .bool(false))
      case UInt8(ascii: "n"): try word("null", .null)
      case UInt8(ascii: "N"): try word("NaN", .number(.nan))
      case UInt8(ascii: "I"): try word("Infinity", .number(.infinity))
      case UInt8(ascii: "-") where bytes.dropFirst(offset + 1).first == UInt8(ascii: "I"):
        try word("-Infinity", .number(-.infinity))
      default: try number()
      }
    return JSONNode(value: value, offset: start)
  }

  private mutating func members() throws(JSONDocumentError) -> [JSONNode.Member] {
    try enter()
    var members: [JSONNode.Member] = []
    // Looking through a few members is faster than hashing; many need the set.
    var keys: Set<String> = []
    while try !closes(with: UInt8(ascii: "}"), first: members.isEmpty) {
      guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes is expected") }
      let keyOffset = offset
      let key = try string()
      if members.count == 32 { keys = Set(members.map(\.key)) }
      let isKnown =
        members.count < 32 ? members.contains { $0.key == key } : !keys.insert(key).inserted
      guard !isKnown else {
        throw failure("the key '\(key)' stands twice in one object", at: keyOffset)
      }
      try skipSpace()
      try expect(UInt8(ascii: ":"), "':' after the key '\(key)'")
      try skipSpace()
      members.append(JSONNode.Member(key: key, value: try value()))
    }
    depth -= 1
    return members
  }

  private mutating func elements() throws(JSONDocumentError) -> [JSONNode] {
    try enter()
    var elements: [JSONNode] = []
    while try !closes(with: UInt8(ascii: "]"), first: elements.isEmpty) {
      elements.append(try value())
    }
    depth -= 1
    return elements
  }

  private mutating func enter() throws(JSONDocumentError) {
    depth += 1
    guard depth <= Self.deepest else { throw failure("nested deeper than \(Self.deepest) levels") }
    offset += 1
  }

  /// Whether the list ends here; otherwise steps over the comma before its next item.
  private mutating func closes(with end: UInt8, first: Bool) throws(JSONDocumentError) -> Bool {
    try skipSpace()
    if !first, peek != end {
      try expect(UInt8(ascii: ","), "',' or '\(Character(UnicodeScalar(end)))'")
      try skipSpace()
      if peek == end, !allowsComments { throw failure("a comma before the end of the list") }
    }
    guard let byte = peek else { throw failure("the text ends inside a list or an object") }
    guard byte == end else { return false }
    offset += 1
    return true
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONNode.Value
  ) throws(JSONDocumentError) -> JSONNode.Value {
    let expected = word.description.utf8
    guard bytes[offset...].starts(with: expected) else {
      throw failure("'\(word)' is expected")
    }
    offset += expected.count
    return value
  }

  private mutating func number() throws(JSONDocumentError) -> JSONNode.Value {
    let start = offset
    var isInteger = true
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        isInteger = false
      default:
        return try number(bytes[start..<offset], isInteger: isInteger, start: start)
      }
      offset += 1
    }
    return try number(bytes[start..<offset], isInteger: isInteger, start: start)
  }

  private func number(
    _ digits: ArraySlice<UInt8>, isInteger: Bool, start: Int
  ) throws(JSONDocumentError) -> JSONNode.Value {
    guard !digits.isEmpty else { throw failure("a value is expected", at: start) }
    let text = String(decoding: digits, as: UTF8.self)
    guard Self.isNumber(text) else { throw failure("'\(text)' is not a number", at: start) }
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text) else { throw failure("'\(text)' is not a number", at: start) }
    return .number(number)
  }

  /// Whether the text is a number by RFC 8259: an integer without leading zeros, then maybe a
  /// fraction, then maybe an exponent, each with at least one digit.
  private static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func digits() -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole == 1 || whole > 1 && !startsWithZero else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
        rest = rest.dropFirst()
      }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  // MARK: Texts

  private mutating func string() throws(JSONDocumentError) -> String {
    let start = offset
    offset += 1
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

  // MARK: Between values

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(JSONDocumentError) {
    guard peek == byte else {
      throw failure(peek == nil ? "the text ends where \(what) is expected" : "\(what) is expected")
    }
    offset += 1
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

  private func failure(_ what: String, at position: Int? = nil) -> JSONDocumentError {
    .malformed(what, at: TextPosition(of: position ?? offset, in: bytes))
  }
}
