internal import JSONDocuments
internal import VRAMBudget

/// Kinds of text that preset entries hold.
extension JSONCursor {
  /// A text that is one of a few.
  func string(among allowed: [String]) throws(JSONDocumentError) -> String {
    let text = try string()
    guard allowed.contains(text) else {
      throw wrongText(text, expected: "one of: " + allowed.joined(separator: ", "))
    }
    return text
  }

  /// A text that says something.
  func nonEmptyString() throws(JSONDocumentError) -> String {
    let text = try string()
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw wrongText(text, expected: "a text with words")
    }
    return text
  }

  /// A name for people: at most 200 characters on one line, none that steers a terminal.
  func nameText() throws(JSONDocumentError) -> String {
    let text = try nonEmptyString()
    guard text.count <= 200, text.shown(upTo: 200) == text else {
      throw wrongText(text, expected: "a name of at most 200 letters on one line")
    }
    return text
  }

  /// A name to type: lower-case letters, digits, and `.` `+` `:` `/` `_` `-`.
  func idText() throws(JSONDocumentError) -> String {
    let text = try nameText()
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "._+:/-".utf8.contains(byte)
      }
    }
    guard isPlain, !LooseName.normalized(text).isEmpty else {
      throw wrongText(text, expected: "an id of lower-case letters, digits and . + : / _ -")
    }
    return text
  }

  /// An id that `--gpu` does not take for a size.
  func deviceIDText() throws(JSONDocumentError) -> String {
    let text = try idText()
    guard !Bytes.isSize(text) else {
      throw wrongText(text, expected: "an id that is not a size, which --gpu takes it for")
    }
    return text
  }

  func nameTexts() throws(JSONDocumentError) -> [String] {
    var texts: [String] = []
    for element in try elements() { texts.append(try element.nameText()) }
    return texts
  }

  /// A day, `YYYY-MM-DD`.
  func dateText() throws(JSONDocumentError) -> String {
    let text = try string()
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2]), (1900...2999).contains(year), (1...12).contains(month),
      (1...31).contains(day), !text.contains("+")
    else { throw wrongText(text, expected: "a day, YYYY-MM-DD") }
    return text
  }

  /// A number above zero that is one.
  func positiveNumber() throws(JSONDocumentError) -> Double {
    let number = try number()
    guard number > 0, number < .infinity else { throw wrongKind("a number above 0") }
    return number
  }
}
