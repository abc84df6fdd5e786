/// The types of metadata values, by their number in a file.
///
/// Source: gguf 0.19.0 (llama.cpp), constants.py, `GGUFValueType`.
public enum GGUFValueType: UInt32, Hashable, Sendable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// The bytes of one value; nil for texts and arrays, which say their own length.
  public var byteCount: Int64? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

/// The order of the bytes of a number.
public enum ByteOrder: Hashable, Sendable {
  case littleEndian, bigEndian
}

/// A value of a GGUF file's metadata.
public enum GGUFValue: Hashable, Sendable {
  case integer(Int64)
  /// An unsigned number above what 63 bits hold.
  case largeInteger(UInt64)
  case number(Double)
  case bool(Bool)
  /// A text; bytes that are not UTF-8 are replaced, as real tokenizers have some.
  case string(String)
  /// A text of more than 64 KiB, which is not kept.
  case longString(bytes: Int64)
  case array(GGUFArray)

  /// The kind of value, in words.
  public var kind: String {
    switch self {
    case .integer, .largeInteger: "a whole number"
    case .number: "a number"
    case .bool: "true or false"
    case .string, .longString: "a text"
    case .array: "a list"
    }
  }

  /// A value of fixed size from its bits, the unused high ones zero.
  ///
  /// - Precondition: `type` is neither a text nor an array.
  init(_ type: GGUFValueType, bits: UInt64) {
    switch type {
    case .uint8, .uint16, .uint32, .uint64:
      self = Int64(exactly: bits).map { .integer($0) } ?? .largeInteger(bits)
    case .int8: self = .integer(Int64(Int8(truncatingIfNeeded: bits)))
    case .int16: self = .integer(Int64(Int16(truncatingIfNeeded: bits)))
    case .int32: self = .integer(Int64(Int32(truncatingIfNeeded: bits)))
    case .int64: self = .integer(Int64(bitPattern: bits))
    case .float32: self = .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .float64: self = .number(Double(bitPattern: bits))
    case .bool: self = .bool(bits != 0)
    case .string, .array: preconditionFailure("a text or an array has no fixed size")
    }
  }
}

/// A list of a GGUF file's metadata.
///
/// A tokenizer's lists have hundreds of thousands of texts that no budget needs, so a list of more
/// than 64 KiB is only measured; of a shorter one the bytes are kept and decoded when asked for.
public struct GGUFArray: Hashable, Sendable {
  public let elementType: GGUFValueType
  public let count: Int64
  /// The bytes that the elements take in the file, without the list's own type and count.
  public let byteCount: Int64
  let content: [UInt8]?
  let byteOrder: ByteOrder

  /// The elements; nil when they were not kept, or are lists themselves.
  public var elements: [GGUFValue]? {
    guard let content else { return nil }
    var rest = content[...]
    func bits(_ byteCount: Int) -> UInt64 {
      let bytes = rest.prefix(byteCount)
      rest = rest.dropFirst(byteCount)
      return UInt64(bytes, order: byteOrder)
    }
    var elements: [GGUFValue] = []
    elements.reserveCapacity(Int(count))
    for _ in 0..<count {
      if let byteCount = elementType.byteCount {
        elements.append(GGUFValue(elementType, bits: bits(Int(byteCount))))
      } else {
        let text = rest.dropFirst(8).prefix(Int(bits(8)))
        elements.append(.string(String(decoding: text, as: UTF8.self)))
        rest = rest.dropFirst(text.count)
      }
    }
    return elements
  }
}

extension UInt64 {
  /// A number from at most eight bytes.
  fileprivate init(_ bytes: ArraySlice<UInt8>, order: ByteOrder) {
    self = 0
    switch order {
    case .littleEndian: for byte in bytes.reversed() { self = self << 8 | UInt64(byte) }
    case .bigEndian: for byte in bytes { self = self << 8 | UInt64(byte) }
    }
  }
}

extension GGUFValue {
  /// A value as an error may show it.
  var shown: String {
    switch self {
    case .integer(let integer): "\(integer)"
    case .largeInteger(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .bool(let bool): "\(bool)"
    case .string(let string): "'\(string.shown)'"
    case .longString, .array: kind
    }
  }
}
