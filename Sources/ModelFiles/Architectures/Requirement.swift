internal import JSONDocuments

/// What a configuration must say for a family's description to hold: other values change tensors in
/// ways that are not described.
enum Requirement {
  /// Absent, false or zero. A dot leads into a nested object: `attn_config.qk_ln`.
  case off(String)
  /// Absent or true.
  case on(String)
  /// Absent or this number.
  case number(String, Int64)
  /// Absent or this text.
  case text(String, String)
  /// Absent or the hidden size.
  case hiddenSize(String)

  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` when the requirement is not met.
  func check(hidden: Int64, _ configuration: ModelConfiguration) throws(ConfigurationError) {
    switch self {
    case .off(let key):
      guard let value = try configuration.value(at: key) else { return }
      let isOff = (try? value.bool()).map { !$0 } ?? ((try? value.integer(in: 0...0)) != nil)
      guard isOff else { throw .unsupported(key: key, value: value.shown) }
    case .on(let key):
      guard let value = try configuration.value(at: key) else { return }
      guard (try? value.bool()) == true else { throw .unsupported(key: key, value: value.shown) }
    case .number(let key, let number): try Self.check(key, is: number, configuration)
    case .hiddenSize(let key): try Self.check(key, is: hidden, configuration)
    case .text(let key, let text):
      guard let value = try configuration.value(at: key) else { return }
      guard (try? value.string()) == text else { throw .unsupported(key: key, value: value.shown) }
    }
  }

  private static func check(
    _ key: String, is number: Int64, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    guard let value = try configuration.value(at: key) else { return }
    guard (try? value.integer(in: number...number)) != nil else {
      throw .unsupported(key: key, value: value.shown)
    }
  }
}

extension ModelConfiguration {
  /// The value at a key, where dots lead into nested objects; nil when it is absent or `null`.
  func value(at path: String) throws(ConfigurationError) -> JSONCursor? {
    try reading { () throws(JSONDocumentError) in
      var cursor: JSONCursor? = keys
      for key in path.split(separator: ".") { cursor = try cursor?.optional(String(key)) }
      return cursor
    }
  }
}

extension JSONCursor {
  /// The value in a few words, for an error.
  fileprivate var shown: String {
    if let bool = try? bool() { return "\(bool)" }
    if let integer = try? integer(in: .min ... .max) { return "\(integer)" }
    if let text = try? string() { return "'\(text)'" }
    return "this value"
  }
}
