public import VRAMBudget

/// The keys and values of a GGUF file, in the order of the file.
public struct GGUFMetadata: Sendable {
  public struct Entry: Hashable, Sendable {
    public let key: String
    public let type: GGUFValueType
    public let value: GGUFValue
  }

  public private(set) var entries: [Entry] = []
  private var indices: [String: Int] = [:]

  init() {}

  /// Adds an entry; returns false when its key is there already.
  mutating func add(_ entry: Entry) -> Bool {
    guard indices.updateValue(entries.count, forKey: entry.key) == nil else { return false }
    entries.append(entry)
    return true
  }

  func contains(_ key: String) -> Bool { indices[key] != nil }

  /// The value of a key; nil when it is absent.
  public subscript(key: String) -> GGUFValue? { entry(forKey: key)?.value }

  /// The key with its type and value; nil when it is absent.
  public func entry(forKey key: String) -> Entry? { indices[key].map { entries[$0] } }
}

// MARK: - Values of one kind

extension GGUFMetadata {
  /// Returns the value of a key.
  ///
  /// - Throws: ``GGUFMetadataError/missing(key:)``.
  public func value(forKey key: String) throws(GGUFMetadataError) -> GGUFValue {
    guard let value = self[key] else { throw .missing(key: key) }
    return value
  }

  /// Returns the whole number of a key.
  ///
  /// - Throws: ``GGUFMetadataError`` when it is missing, of another kind or outside `allowed`.
  public func integer(
    forKey key: String, in allowed: ClosedRange<Int64> = .min ... .max
  ) throws(GGUFMetadataError) -> Int64 {
    try value(forKey: key).integer(forKey: key, in: allowed)
  }

  /// Returns the whole number of a key, or nil when the key is absent.
  public func optionalInteger(
    forKey key: String, in allowed: ClosedRange<Int64> = .min ... .max
  ) throws(GGUFMetadataError) -> Int64? {
    guard let value = self[key] else { return nil }
    return try value.integer(forKey: key, in: allowed)
  }

  /// Returns the whole numbers of a key whose value is a list.
  ///
  /// - Throws: ``GGUFMetadataError`` as ``integer(forKey:in:)``, or because the list is too long to
  ///   have been kept.
  public func integers(
    forKey key: String, in allowed: ClosedRange<Int64> = .min ... .max
  ) throws(GGUFMetadataError) -> [Int64] {
    var integers: [Int64] = []
    for element in try elements(forKey: key) {
      integers.append(try element.integer(forKey: key, in: allowed))
    }
    return integers
  }

  /// Returns the number of a key, be it whole or not.
  public func number(forKey key: String) throws(GGUFMetadataError) -> Double {
    switch try value(forKey: key) {
    case .number(let number): return number
    case .integer(let integer): return Double(integer)
    case .largeInteger(let integer): return Double(integer)
    case let value: throw .wrongKind(key: key, expected: "a number", found: value.kind)
    }
  }

  /// Returns the truth value of a key.
  public func bool(forKey key: String) throws(GGUFMetadataError) -> Bool {
    try value(forKey: key).bool(forKey: key)
  }

  /// Returns the truth values of a key whose value is a list.
  public func bools(forKey key: String) throws(GGUFMetadataError) -> [Bool] {
    var bools: [Bool] = []
    for element in try elements(forKey: key) { bools.append(try element.bool(forKey: key)) }
    return bools
  }

  /// Returns the text of a key.
  public func string(forKey key: String) throws(GGUFMetadataError) -> String {
    try value(forKey: key).string(forKey: key)
  }

  /// Returns the texts of a key whose value is a list.
  public func strings(forKey key: String) throws(GGUFMetadataError) -> [String] {
    var strings: [String] = []
    for element in try elements(forKey: key) { strings.append(try element.string(forKey: key)) }
    return strings
  }

  /// Returns the number of elements of a key whose value is a list, kept or not: the size of a
  /// vocabulary is the count of `tokenizer.ggml.tokens`.
  public func count(forKey key: String) throws(GGUFMetadataError) -> Int64 {
    try array(forKey: key).count
  }

  private func array(forKey key: String) throws(GGUFMetadataError) -> GGUFArray {
    let value = try value(forKey: key)
    guard case .array(let array) = value else {
      throw .wrongKind(key: key, expected: "a list", found: value.kind)
    }
    return array
  }

  private func elements(forKey key: String) throws(GGUFMetadataError) -> [GGUFValue] {
    let array = try array(forKey: key)
    guard let elements = array.elements else {
      throw .notKept(key: key, bytes: Bytes(array.byteCount))
    }
    return elements
  }
}

extension GGUFValue {
  fileprivate func integer(
    forKey key: String, in allowed: ClosedRange<Int64>
  ) throws(GGUFMetadataError) -> Int64 {
    switch self {
    case .integer(let integer) where allowed.contains(integer): return integer
    case .integer(let integer): throw .outOfRange(key: key, value: "\(integer)", allowed: allowed)
    case .largeInteger(let large): throw .outOfRange(key: key, value: "\(large)", allowed: allowed)
    default: throw .wrongKind(key: key, expected: "a whole number", found: kind)
    }
  }

  fileprivate func bool(forKey key: String) throws(GGUFMetadataError) -> Bool {
    guard case .bool(let bool) = self else {
      throw .wrongKind(key: key, expected: "true or false", found: kind)
    }
    return bool
  }

  fileprivate func string(forKey key: String) throws(GGUFMetadataError) -> String {
    switch self {
    case .string(let string): return string
    case .longString(let bytes): throw .notKept(key: key, bytes: Bytes(bytes))
    default: throw .wrongKind(key: key, expected: "a text", found: kind)
    }
  }
}

// MARK: - Errors

/// A key of a GGUF file that does not hold what is asked of it.
public enum GGUFMetadataError: Error, Hashable {
  case missing(key: String)
  case wrongKind(key: String, expected: String, found: String)
  case outOfRange(key: String, value: String, allowed: ClosedRange<Int64>)
  /// The value is longer than what the reader keeps.
  case notKept(key: String, bytes: Bytes)
}

extension GGUFMetadataError: ActionableError {
  public var problem: String {
    switch self {
    case .missing(let key): "the key '\(key)' is missing"
    case .wrongKind(let key, let expected, let found):
      "the key '\(key)' is \(found), not \(expected)"
    case .outOfRange(let key, let value, let allowed):
      "the key '\(key)' is \(value), which is outside \(allowed.lowerBound) to \(allowed.upperBound)"
    case .notKept(let key, let bytes):
      "the key '\(key)' has \(bytes.count) bytes, more than such a key may have"
    }
  }

  public var fix: String { "convert the model again with a current llama.cpp" }
}
