import JSONDocuments
import Testing

private func cursor(_ text: String) throws -> JSONCursor {
  try JSONCursor(parsing: Array(text.utf8))
}

/// The position of a line and a column, both from 1.
private func position(_ line: Int, _ column: Int) -> TextPosition {
  let bytes =
    [UInt8](repeating: UInt8(ascii: "\n"), count: line - 1)
    + [UInt8](repeating: UInt8(ascii: " "), count: column)
  return TextPosition(of: line + column - 2, in: bytes)
}

@Suite("Reading values from a JSON text")
struct JSONCursorTests {
  private let document = """
    {
      "models": [
        {"id": "a", "config": {"layers": 32, "bias": true}},
        {"id": "b", "config": {"layers": "32", "bias": null}}
      ]
    }
    """

  @Test("A path names the keys and the places in lists that lead to a value")
  func paths() throws {
    let root = try cursor(document)
    let models = try root.required("models")
    let second = try models.elements()[1]
    let layers = try second.required("config").required("layers")
    #expect(root.path == "")
    #expect(models.path == "models")
    #expect(second.path == "models[1]")
    #expect(layers.path == "models[1].config.layers")
    #expect(try cursor("[[0]]").elements()[0].elements()[0].path == "[0][0]")
    #expect(try root.members().map(\.value.path) == ["models"])
  }

  @Test("A position is the line and the column where the value begins")
  func positions() throws {
    let second = try cursor(document).required("models").elements()[1]
    #expect(second.position == position(4, 5))
    #expect(second.position.line == 4)
    #expect(second.position.column == 5)
    #expect(try second.required("config").required("layers").position == position(4, 38))
  }

  @Test("A value of the wrong kind is refused with its path, its kind and its line")
  func wrongKindPath() throws {
    let layers = try cursor(document).required("models").elements()[1].required("config")
      .required("layers")
    let error = try #require(throws: JSONDocumentError.self) { try layers.integer(in: 1...100) }
    #expect(
      error
        == .wrongKind(
          path: "models[1].config.layers", expected: "an integer", found: "a text",
          at: layers.position))
    #expect(error.problem == "line 4: 'models[1].config.layers' is a text, not an integer")
    #expect(error.fix == "make 'models[1].config.layers' an integer")
  }

  @Test("A missing key is refused with its path and the line of its object")
  func missing() throws {
    let config = try cursor(document).required("models").elements()[0].required("config")
    let error = try #require(throws: JSONDocumentError.self) { try config.required("heads") }
    #expect(error == .missing(path: "models[0].config.heads", at: config.position))
    #expect(error.problem == "line 3: 'models[0].config.heads' is missing")
    #expect(throws: JSONDocumentError.missing(path: "x", at: position(1, 1))) {
      try cursor("{}").required("x")
    }
  }

  @Test("A key that is absent or null is nil where it may be, and missing where it may not")
  func optionalAndNull() throws {
    let object = try cursor(#"{"a": null, "b": 1}"#)
    #expect(try object.optional("a")?.path == nil)
    #expect(try object.optional("c")?.path == nil)
    #expect(try object.optional("b")?.integer(in: 0...9) == 1)
    #expect(throws: JSONDocumentError.missing(path: "a", at: position(1, 1))) {
      try object.required("a")
    }
    #expect(object.has("a"))
    #expect(object.has("b"))
    #expect(!object.has("c"))
    #expect(try !cursor("[]").has("a"))
  }

  @Test("Members come in the order of the text, with nulls among them")
  func members() throws {
    let members = try cursor(#"{"z": 1, "a": null, "m": []}"#).members()
    #expect(members.map(\.key) == ["z", "a", "m"])
    #expect(members.map(\.value.node.kind) == ["an integer", "null", "a list"])
  }

  @Test("Keys that are allowed pass, also when some are absent")
  func allowed() throws {
    #expect(throws: Never.self) { try cursor(#"{"a": 1, "b": null}"#).allowOnly(["a", "b", "c"]) }
    #expect(throws: Never.self) { try cursor("{}").allowOnly([]) }
  }

  @Test("A key that is not allowed is refused, and the nearest is named")
  func unknownKey() throws {
    let object = try cursor("{\"layers\": 1,\n \"hiden_size\": 2}")
    let error = try #require(throws: JSONDocumentError.self) {
      try object.allowOnly(["layers", "hidden_size", "vocab_size"])
    }
    #expect(
      error
        == .unknownKey(path: "hiden_size", nearest: ["hidden_size"], at: position(2, 16)))
    #expect(error.problem == "line 2: unknown key 'hiden_size'")
    #expect(error.fix == "did you mean 'hidden_size'?")
  }

  @Test("A key like no other is refused without a guess")
  func unlikeKey() throws {
    let error = try #require(throws: JSONDocumentError.self) {
      try cursor(#"{"a": {"zzzzzzzz": 2}}"#).required("a").allowOnly(["hidden_size"])
    }
    #expect(error == .unknownKey(path: "a.zzzzzzzz", nearest: [], at: position(1, 20)))
    #expect(error.fix == "remove it")
  }

  @Test(
    "A whole number is read in every spelling that names one",
    arguments: [
      ("4", 4), ("4.0", 4), ("4e0", 4), ("40e-1", 4), ("0.4e1", 4), ("1e2", 100), ("100", 100),
      ("-0", 0), ("0", 0), ("-0.0", 0),
    ] as [(String, Int64)])
  func integers(text: String, value: Int64) throws {
    #expect(try cursor(text).integer(in: 0...100) == value)
  }

  @Test(
    "A number with a fraction, or none at all, is no integer",
    arguments: ["4.5", "0.1", "NaN", "1e-3"])
  func fractions(text: String) throws {
    let error = try #require(throws: JSONDocumentError.self) {
      try cursor("{\"a\": \(text)}").required("a").integer(in: 0...100)
    }
    #expect(
      error
        == .wrongKind(path: "a", expected: "an integer", found: "a number", at: position(1, 7)))
  }

  @Test(
    "An integer outside the range is refused, and the range is named",
    arguments: [
      ("0", "0"), ("101", "101"), ("-1", "-1"), ("-4.0", "-4"),
      ("9223372036854775807", "9223372036854775807"),
    ])
  func range(text: String, shown: String) throws {
    let error = try #require(throws: JSONDocumentError.self) {
      try cursor("{\"a\": \(text)}").required("a").integer(in: 1...100)
    }
    #expect(
      error == .outOfRange(path: "a", value: shown, allowed: "1 to 100", at: position(1, 7)))
    #expect(error.problem == "line 1: 'a' is \(shown), which is outside 1 to 100")
    #expect(error.fix == "give 'a' a value within 1 to 100")
  }

  @Test(
    "An integer that 64 bits cannot hold is outside every range",
    arguments: ["9223372036854775808", "1e300", "-1e300", "1e400", "Infinity", "-Infinity"])
  func farOutOfRange(text: String) throws {
    let error = try #require(throws: JSONDocumentError.self) {
      try cursor(text).integer(in: .min ... .max)
    }
    guard case .outOfRange = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test("The bounds of a range belong to it")
  func bounds() throws {
    #expect(try cursor("1").integer(in: 1...100) == 1)
    #expect(try cursor("100").integer(in: 1...100) == 100)
    #expect(try cursor("9223372036854775807").integer(in: 0 ... .max) == .max)
    #expect(try cursor("-9223372036854775808").integer(in: .min...0) == .min)
  }

  @Test("An error at the root speaks of the document")
  func root() throws {
    #expect(
      throws: JSONDocumentError.wrongKind(
        path: "the document", expected: "an object", found: "a list", at: position(1, 1))
    ) {
      try cursor("[]").members()
    }
    #expect(
      throws: JSONDocumentError.outOfRange(
        path: "the document", value: "5", allowed: "1 to 3", at: position(1, 1))
    ) {
      try cursor("5").integer(in: 1...3)
    }
  }

  @Test("Texts, truth values, numbers and lists of texts are read as they stand")
  func singleValues() throws {
    #expect(try cursor("\"a\"").string() == "a")
    #expect(try cursor("true").bool())
    #expect(try !cursor("false").bool())
    #expect(try cursor("2").number() == 2)
    #expect(try cursor("-2.5e1").number() == -25)
    #expect(try cursor("NaN").number().isNaN)
    #expect(try cursor(#"["a", "", "b"]"#).strings() == ["a", "", "b"])
    #expect(try cursor("[]").strings() == [])
    #expect(throws: JSONDocumentError.self) { try cursor(#"["a", 1]"#).strings() }
  }

  /// A reader, what it wants, and the texts that it takes.
  struct Reader: CustomTestStringConvertible, Sendable {
    let expected: String
    let takes: Set<String>
    let read: @Sendable (JSONCursor) throws -> Void

    var testDescription: String { expected }
  }

  private static let kinds = [
    ("null", "null"), ("true", "true or false"), ("1", "an integer"), ("1.5", "a number"),
    ("\"1\"", "a text"), ("[]", "a list"), ("{}", "an object"),
  ]

  @Test(
    "A value of another kind is refused by its kind",
    arguments: [
      Reader(expected: "a text", takes: ["\"1\""]) { _ = try $0.string() },
      Reader(expected: "true or false", takes: ["true"]) { _ = try $0.bool() },
      Reader(expected: "an integer", takes: ["1"]) { _ = try $0.integer(in: 0...9) },
      Reader(expected: "a number", takes: ["1", "1.5"]) { _ = try $0.number() },
      Reader(expected: "a list", takes: ["[]"]) { _ = try $0.elements() },
      Reader(expected: "a list", takes: ["[]"]) { _ = try $0.strings() },
      Reader(expected: "an object", takes: ["{}"]) { _ = try $0.members() },
      Reader(expected: "an object", takes: ["{}"]) { _ = try $0.optional("a") },
      Reader(expected: "an object", takes: ["{}"]) { try $0.allowOnly([]) },
    ])
  func wrongKinds(reader: Reader) throws {
    for (text, kind) in Self.kinds {
      let value = try cursor("[\(text)]").elements()[0]
      if reader.takes.contains(text) {
        #expect(throws: Never.self, "\(text)") { try reader.read(value) }
      } else {
        let error = JSONDocumentError.wrongKind(
          path: "[0]", expected: reader.expected, found: kind, at: position(1, 2))
        #expect(throws: error, "\(text)") { try reader.read(value) }
      }
    }
  }
}
