import JSONDocuments
import Testing

private func reader(_ text: String) -> JSONReader { JSONReader(Array(text.utf8)) }

/// Returns where reading fails, as the offset in a text of one line.
private func failureOffset(
  _ text: String, _ read: (inout JSONReader) throws(JSONDocumentError) -> Void
) -> Int? {
  var reader = reader(text)
  do {
    try read(&reader)
    return nil
  } catch {
    guard case .malformed(_, let place) = error else { return nil }
    return place.column - 1
  }
}

@Suite("JSON texts read value by value")
struct JSONReaderTests {
  @Test("An object's keys and values come in the order of the text")
  func object() throws {
    var reader = reader(#" { "a" : [ 1, -2 ], "b": {"c": "x\ny"}, "d": {} , "e": [] } "#)
    try reader.beginObject()
    #expect(try reader.nextKey() == "a")
    #expect(reader.keyOffset == 3)
    try reader.beginList()
    #expect(try reader.nextElement())
    #expect(try reader.integer() == 1)
    #expect(try reader.nextElement())
    #expect(try reader.integer() == -2)
    #expect(try !reader.nextElement())
    #expect(try reader.nextKey() == "b")
    try reader.beginObject()
    #expect(try reader.nextKey() == "c")
    #expect(try reader.string() == "x\ny")
    #expect(try reader.nextKey() == nil)
    #expect(try reader.nextKey() == "d")
    try reader.skipValue()
    #expect(try reader.nextKey() == "e")
    try reader.skipValue()
    #expect(try reader.nextKey() == nil)
    try reader.end()
  }

  @Test(
    "Any value is skipped to its end",
    arguments: [
      "1", "-2.5e3", "true", "false", "null", "NaN", #""a\"b""#, "[]", "{}", "[[],[[]],{}]",
      #"{"a":{"b":[1,{"c":null}]},"d":"}"}"#,
    ])
  func skip(value: String) throws {
    var reader = reader("[\(value), 7]")
    try reader.beginList()
    #expect(try reader.nextElement())
    try reader.skipValue()
    #expect(try reader.nextElement())
    #expect(try reader.integer() == 7)
    #expect(try !reader.nextElement())
    try reader.end()
  }

  @Test("A value of another kind is refused where it begins")
  func kinds() {
    #expect(failureOffset(" [1]") { (r) throws(JSONDocumentError) in try r.beginObject() } == 1)
    #expect(failureOffset(" {}") { (r) throws(JSONDocumentError) in try r.beginList() } == 1)
    #expect(failureOffset("1") { (r) throws(JSONDocumentError) in _ = try r.string() } == 0)
    for text in ["1.5", "true", "\"1\"", "[1]", "1e3", "9223372036854775808", ""] {
      #expect(
        failureOffset(text) { (r) throws(JSONDocumentError) in _ = try r.integer() } == 0, "\(text)"
      )
    }
  }

  @Test("100,000 levels are refused without a crash, also when skipped")
  func deep() {
    let text = String(repeating: "[", count: 100_000)
    #expect(failureOffset(text) { (r) throws(JSONDocumentError) in try r.skipValue() } == 128)
  }

  @Test("An object of 100,000 keys is parsed in a moment", .timeLimit(.minutes(1)))
  func manyKeys() throws {
    let text = "{" + (0..<100_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}"
    let members = try JSONCursor(parsing: Array(text.utf8)).members()
    #expect(members.count == 100_000)
    #expect(members.last?.key == "key99999")
  }

  @Test("A key that stands twice among many is refused", arguments: [2, 31, 32, 33, 34, 200])
  func duplicateAmongMany(count: Int) {
    let keys = (0..<count).map { "\"k\($0)\":0" } + ["\"k\(count / 2)\":0"]
    #expect(throws: JSONDocumentError.self) {
      try JSONCursor(parsing: Array("{\(keys.joined(separator: ","))}".utf8))
    }
  }
}
