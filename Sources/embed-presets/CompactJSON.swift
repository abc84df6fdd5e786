internal import JSONDocuments

/// Returns a JSON value as text without spaces or line breaks.
func compactJSON(_ node: JSONNode) -> String {
  switch node.value {
  case .null: "null"
  case .bool(let bool): bool ? "true" : "false"
  case .integer(let integer): "\(integer)"
  case .number(let number): "\(number)"
  case .string(let string): quoted(string)
  case .array(let elements): "[" + elements.map(compactJSON).joined(separator: ",") + "]"
  case .object(let members):
    "{"
      + members.map { "\(quoted($0.key)):\(compactJSON($0.value))" }.joined(separator: ",") + "}"
  }
}

private func quoted(_ string: String) -> String {
  let escaped = string.unicodeScalars.map { scalar -> String in
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: return String(scalar)
    }
  }
  return "\"" + escaped.joined() + "\""
}
