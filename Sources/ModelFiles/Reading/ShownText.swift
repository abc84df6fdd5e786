internal import VRAMBudget

extension String {
  /// The text as an error about a file may show it.
  var shown: String { shown() }
}

extension [UInt8] {
  /// A few bytes as an error may show them: as text when they are letters, else in hexadecimal.
  var shown: String {
    if isEmpty { return "nothing" }
    if allSatisfy({ (0x20..<0x7F).contains($0) }) {
      return "'\(String(decoding: self, as: UTF8.self))'"
    }
    return map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
