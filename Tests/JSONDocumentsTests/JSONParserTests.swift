import JSONDocuments
import Testing

/// Returns the value in a form that can be compared: kinds marked, in the order of the text.
private func outline(_ node: JSONNode) -> String {
  switch node.value {
  case .null: "null"
  case .bool(let bool): bool ? "true" : "false"
  case .integer(let integer): "i\(integer)"
  case .number(let number): "n\(number)"
  case .string(let string): "'\(string)'"
  case .array(let elements): "[" + elements.map(outline).joined(separator: ",") + "]"
  case .object(let members):
    "{" + members.map { "\($0.key):\(outline($0.value))" }.joined(separator: ",") + "}"
  }
}

private func parse(_ text: String, allowsComments: Bool = false) throws -> String {
  outline(try JSONCursor(parsing: Array(text.utf8), allowsComments: allowsComments).node)
}

/// Returns where the text is malformed, as `line:column`.
private func failure(_ bytes: [UInt8], allowsComments: Bool = false) -> String {
  do {
    let cursor = try JSONCursor(parsing: bytes, allowsComments: allowsComments)
    return "parsed as \(outline(cursor.node))"
  } catch {
    guard case .malformed(let what, let place) = error else { return "\(error)" }
    return what.isEmpty ? "no words" : "\(place.line):\(place.column)"
  }
}

private func failure(_ text: String, allowsComments: Bool = false) -> String {
  failure(Array(text.utf8), allowsComments: allowsComments)
}

/// A text with every kind of value, an escape, a surrogate pair and letters of several bytes.
private let wholeDocument = """
  {
    "name": "tëst 模型 \\u00e9 \\ud83d\\ude00 \\"q\\" \\\\ \\/",
    "list": [1, -2, 3.5, 1e3, -0, true, false, null, NaN, -Infinity],
    "nested": {"a": {"b": [[], {}, [{"c": 9223372036854775807}]]}},
    "empty": ""
  }
  """

@Suite("JSON texts that are read")
struct JSONParserTests {
  @Test(
    "A value of each kind is read",
    arguments: [
      ("null", "null"), ("true", "true"), ("false", "false"), ("0", "i0"), ("-7", "i-7"),
      ("8192", "i8192"), ("1.5", "n1.5"), ("-0.25", "n-0.25"), ("1e3", "n1000.0"),
      ("1E+2", "n100.0"), ("25e-2", "n0.25"), ("4.0", "n4.0"), ("\"\"", "''"), ("\"a b\"", "'a b'"),
      ("[]", "[]"), ("[ ]", "[]"), ("[1,\"a\",[null]]", "[i1,'a',[null]]"), ("{}", "{}"),
      ("{\"b\":1,\"a\":{\"c\":[]}}", "{b:i1,a:{c:[]}}"),
      (" \t\r\n[ 1 ,\n2 ] \n", "[i1,i2]"), ("{\"\": 0}", "{:i0}"),
    ])
  func values(text: String, expected: String) throws {
    #expect(try parse(text) == expected)
  }

  @Test(
    "Escapes are resolved",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
      (#""\u00E9\u00e9""#, "éé"), (#""\ud83d\ude00""#, "😀"), (#""\uD800\uDC00""#, "\u{10000}"),
      (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\uffff\u0000""#, "\u{FFFF}\u{0}"),
      (#""\ud7ff\ue000""#, "\u{D7FF}\u{E000}"),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(try parse(text) == "'\(expected)'")
  }

  @Test("Letters of two to four bytes stand as they are")
  func unicode() throws {
    #expect(try parse("\"é € 模 😀\"") == "'é € 模 😀'")
  }

  @Test("Python's NaN and Infinity are numbers")
  func nonFinite() throws {
    #expect(try parse("[NaN, Infinity, -Infinity]") == "[nnan,ninf,n-inf]")
  }

  @Test("The largest whole numbers are exact, and what 64 bits cannot hold is a number")
  func bigIntegers() throws {
    #expect(try parse("9223372036854775807") == "i9223372036854775807")
    #expect(try parse("-9223372036854775808") == "i-9223372036854775808")
    #expect(try parse("9223372036854775808") == "n9.223372036854776e+18")
    #expect(try parse("100000000000000000000") == "n1e+20")
    #expect(try parse("1" + String(repeating: "0", count: 40)) == "n1e+40")
  }

  @Test("A byte order mark before the text is skipped")
  func byteOrderMark() throws {
    #expect(try parse("\u{FEFF}[1]") == "[i1]")
    #expect(failure("[\u{FEFF}1]") == "1:2")
    #expect(failure("\u{FEFF}\u{FEFF}1").hasPrefix("1:"))
  }

  @Test("128 levels are read")
  func deep() throws {
    let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(try parse(text) == text)
    #expect(throws: Never.self) {
      try parse(
        String(repeating: "{\"a\":", count: 128) + "1" + String(repeating: "}", count: 128))
    }
    // Levels that are closed again do not count.
    let wide = "[" + Array(repeating: "[[]]", count: 200).joined(separator: ",") + "]"
    #expect(try parse(wide) == wide)
  }

  @Test("A node knows where it begins")
  func offsets() throws {
    let node = try JSONCursor(parsing: Array(#" {"a": [10, "b"]}"#.utf8)).node
    #expect(node.offset == 1)
    guard case .object(let members) = node.value, let list = members.first?.value,
      case .array(let elements) = list.value
    else {
      Issue.record("\(node)")
      return
    }
    #expect(list.offset == 7)
    #expect(elements.map(\.offset) == [8, 12])
  }

  @Test("The document of the cutting tests is read")
  func wholeText() throws {
    #expect(
      try parse(wholeDocument) == """
        {name:'tëst 模型 é 😀 "q" \\ /',\
        list:[i1,i-2,n3.5,n1000.0,i0,true,false,null,nnan,n-inf],\
        nested:{a:{b:[[],{},[{c:i9223372036854775807}]]}},empty:''}
        """)
  }
}

@Suite("JSON texts that are refused")
struct JSONParserFailureTests {
  @Test(
    "An error stands at its line and column",
    arguments: [
      ("", "1:1"), (" ", "1:2"), ("\n\n", "3:1"),
      ("[1, 2", "1:6"),  // the end inside a list
      ("{\"a\"", "1:5"), ("{\"a\":", "1:6"), ("{", "1:2"),
      ("{\n  \"a\": 1\n  \"b\": 2\n}", "3:3"),  // no comma
      ("{\n  a: 1\n}", "2:3"), ("{1:2}", "1:2"),  // a key without quotes
      ("{\"a\" 1}", "1:6"), ("{\"a\":}", "1:6"),
      ("[1 2]", "1:4"), ("[1}", "1:3"), ("[1,,2]", "1:4"), ("[,1]", "1:2"), ("{,}", "1:2"),
      ("[tru]", "1:2"), ("[nul", "1:2"), ("[Infinite]", "1:2"), ("[True]", "1:2"),
      ("[1] x", "1:5"), ("[1]]", "1:4"), ("nullx", "1:5"), ("1 2", "1:3"),
      ("\"abc", "1:1"), ("[\n \"abc\\\"", "2:2"),  // a text without its end
      ("\"a\nb\"", "1:3"), ("\"\t\"", "1:2"), ("\"\u{0}\"", "1:2"),  // control characters
      ("\"a\\x\"", "1:3"), ("\"\\u12G4\"", "1:4"), ("\"\\u+041\"", "1:4"),
      ("'a'", "1:1"),
      ("[\"é\" 1]", "1:7"),  // é counts for two
      ("[1,\r\n2 3]", "2:3"),
    ])
  func places(text: String, place: String) {
    #expect(failure(text) == place)
  }

  @Test(
    "Half a surrogate pair is refused at its escape",
    arguments: [
      #""\ud800""#, #""\ude00""#, #""\ud83d\u0041""#, #""\ud83dx""#, #""\ud83d\n""#,
      #""\ud83d\ud83d""#,
    ])
  func surrogates(text: String) {
    #expect(failure(text) == "1:2")
  }

  @Test(
    "What only looks like a number is refused",
    arguments: [
      "01", "-01", "00", "-", "--1", "1.", "-1.", ".5", "-.5", "+1", "1.e5", "1.E+5", "1e", "1e+",
      "1-2", "1+2", "1.2.3", "1e5e5", "1e5.5", "e5", "0.-1",
    ])
  func numbers(text: String) {
    #expect(failure("[\(text)]") == "1:2")
  }

  @Test(
    "Hexadecimal, separated and spelled-out numbers are refused",
    arguments: ["0x10", "1_000", "1f", "-NaN", "+Infinity", "nan"])
  func otherNumbers(text: String) {
    #expect(failure("[\(text)]").hasPrefix("1:"))
  }

  @Test("A key that stands twice is refused at its second place")
  func duplicateKey() {
    #expect(failure("{\"a\":1,\n \"a\":2}") == "2:2")
    #expect(failure("{\"a\":{\"a\":1},\"b\":{\"a\":2}}").hasPrefix("parsed"))
    #expect(failure(#"{"a":1,"\u0061":2}"#) == "1:8")
  }

  @Test("The words of an error name the key")
  func words() throws {
    let error = try #require(throws: JSONDocumentError.self) {
      try parse("{\"size\":1,\"size\":2}")
    }
    #expect(
      error
        == .malformed(
          "the key 'size' stands twice in one object",
          at: TextPosition(of: 10, in: Array("{\"size\":1,\"size\":2}".utf8))))
    #expect(error.problem.hasPrefix("line 1, column 11: "))
  }

  @Test("A trailing comma is refused at what follows it")
  func trailingComma() {
    #expect(failure("[1,]") == "1:4")
    #expect(failure("{\"a\":1,}") == "1:8")
    #expect(failure("[1,\n]") == "2:1")
  }

  @Test("Comments are refused unless they are asked for")
  func commentsRefused() {
    #expect(failure("[1] // end") == "1:5")
    #expect(failure("/* x */ 1") == "1:1")
    #expect(failure("[1, /* x */ 2]") == "1:5")
  }

  @Test("129 levels are refused at the bracket that is too many")
  func tooDeep() {
    #expect(
      failure(String(repeating: "[", count: 129) + String(repeating: "]", count: 129)) == "1:129")
    #expect(failure(String(repeating: "{\"a\":", count: 129)) == "1:641")
  }

  @Test("100,000 levels are refused without a crash")
  func farTooDeep() {
    #expect(failure(String(repeating: "[", count: 100_000)) == "1:129")
    #expect(failure(String(repeating: "[{\"a\":", count: 100_000)) == "1:385")
  }

  @Test(
    "Bytes that are no UTF-8 are refused",
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xE2, 0x82, 0x22], [0x22, 0x80, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
      [0xFF], [0xEF, 0xBB], [0xFE, 0xFF, 0x00, 0x31],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(failure(bytes) == "1:1")
  }
}

@Suite("JSON texts with comments")
struct JSONCommentTests {
  @Test(
    "Comments and trailing commas are taken where they are asked for",
    arguments: [
      ("[1] // end", "[i1]"), ("/* x */ 1", "i1"), ("// a\n// b\n[1, // c\n2]", "[i1,i2]"),
      ("[1,]", "[i1]"), ("{\"a\":1,}", "{a:i1}"), ("[1, /* x */ ]", "[i1]"),
      ("{/**/\"a\"/**/:/**/1/**/,/**/}", "{a:i1}"), ("/* * / ** */1", "i1"), ("1//", "i1"),
      ("\"// no /* comment */\"", "'// no /* comment */'"), ("1 /* 模型 \" */", "i1"),
    ])
  func taken(text: String, expected: String) throws {
    #expect(try parse(text, allowsComments: true) == expected)
  }

  @Test(
    "A comment that is no comment is refused at its place",
    arguments: [
      ("/* x", "1:1"), ("1\n/*/", "2:1"), ("[1, / 2]", "1:5"), ("1 /", "1:3"), ("[,]", "1:2"),
      ("[1,,]", "1:4"), ("# x\n1", "1:1"), ("// only a comment", "1:18"),
    ])
  func refused(text: String, place: String) {
    #expect(failure(text, allowsComments: true) == place)
  }
}

@Suite("Damaged JSON texts")
struct JSONDamageTests {
  @Test("A document cut at any byte is refused within its bounds", arguments: [false, true])
  func cut(allowsComments: Bool) {
    let bytes = Array(wholeDocument.utf8)
    for count in 0..<bytes.count {
      #expect(throws: JSONDocumentError.self, "cut at \(count)") {
        try JSONCursor(parsing: Array(bytes.prefix(count)), allowsComments: allowsComments)
      }
    }
  }

  @Test("A document without its first bytes is refused or read, never a crash")
  func beheaded() {
    let bytes = Array(wholeDocument.utf8)
    for count in 0..<bytes.count { expectAnswer(Array(bytes.dropFirst(count))) }
  }

  @Test("Four thousand random changes are refused or read, never a crash")
  func mutated() {
    var random = LinearCongruentialGenerator(state: 20_261_121)
    let original = Array((wholeDocument + " // end\n").utf8)
    let structural = Array("{}[]\",:\\/*u0-+.eENI \n\u{7f}".utf8) + [0x00, 0x80, 0xC3, 0xED, 0xFF]
    for _ in 0..<4000 {
      var bytes = original
      for _ in 0...random.next(below: 4) {
        let place = random.next(below: bytes.count)
        let byte =
          random.next(below: 2) == 0
          ? structural[random.next(below: structural.count)] : UInt8(random.next(below: 256))
        switch random.next(below: 4) {
        case 0: bytes[place] = byte
        case 1: bytes.insert(byte, at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 9))
        }
      }
      expectAnswer(bytes)
    }
  }

  /// Expects that a text is read, or refused at a place inside it.
  private func expectAnswer(_ bytes: [UInt8]) {
    for allowsComments in [false, true] {
      do {
        _ = try JSONCursor(parsing: bytes, allowsComments: allowsComments)
      } catch {
        guard case .malformed(let what, let place) = error else {
          Issue.record("\(error)")
          continue
        }
        let lines = 1 + bytes.count { $0 == UInt8(ascii: "\n") }
        let isInside =
          !what.isEmpty && (1...lines).contains(place.line)
          && (1...bytes.count + 1).contains(place.column)
        if !isInside { Issue.record("\(error) in \(String(decoding: bytes, as: UTF8.self))") }
      }
    }
  }
}

/// Numbers that are the same in every run (the constants are Knuth's, MMIX).
private struct LinearCongruentialGenerator {
  var state: UInt64

  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}
