internal import FoundationEssentials

/// Returns a value as JSON: sorted keys, two spaces, a final newline, the same bytes every time.
func jsonText(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("a report holds nothing that JSON cannot")
  }
  return String(decoding: data, as: UTF8.self) + "\n"
}
