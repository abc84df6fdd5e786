/// Writes tiny GGUF files, right or wrong ones.
///
/// It shares no code with the reader: the layout is written down twice, so that a mistake in one
/// shows.
///
/// Source: the GGUF specification, ggml, docs/gguf.md.
public struct GGUFBuilder: Sendable {
  public indirect enum Value: Sendable {
    case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
    case uint64(UInt64), int64(Int64), float32(Float), float64(Double), bool(Bool)
    case string(String)
    /// A list; the elements' type stands before them even when there are none.
    case array(type: UInt32, [Value])
    /// A list whose count is a lie.
    case countedArray(type: UInt32, count: UInt64, [Value])
    /// Any bytes after any type number.
    case raw(type: UInt32, [UInt8])
  }

  public struct Tensor: Sendable {
    public var name: String
    public var dimensions: [UInt64]
    public var type: UInt32
    /// The bytes of its data.
    public var bytes: Int
    /// Where the data is said to begin; nil for where it does.
    public var offset: UInt64?

    public init(
      _ name: String, _ dimensions: [UInt64], type: UInt32, bytes: Int, offset: UInt64? = nil
    ) {
      self.name = name
      self.dimensions = dimensions
      self.type = type
      self.bytes = bytes
      self.offset = offset
    }

    /// A tensor of F32.
    public static func float(_ name: String, _ dimensions: UInt64...) -> Tensor {
      Tensor(name, dimensions, type: 0, bytes: Int(dimensions.reduce(4, *)))
    }
  }

  public var version: UInt32 = 3
  public var isBigEndian = false
  public var alignment = 32
  public var entries: [(key: String, value: Value)] = []
  public var tensors: [Tensor] = []
  /// The counts as they are said to be; nil for what they are.
  public var entryCount: UInt64?
  public var tensorCount: UInt64?

  public init() {}

  /// The header, padded to the alignment.
  public var header: [UInt8] {
    var output = Output(isBigEndian: isBigEndian)
    output.bytes += Array("GGUF".utf8)
    output.append(version)
    output.append(tensorCount ?? UInt64(tensors.count))
    output.append(entryCount ?? UInt64(entries.count))
    for (key, value) in entries {
      output.append(key)
      output.append(value.type)
      output.append(value)
    }
    var offset = 0
    for tensor in tensors {
      output.append(tensor.name)
      output.append(UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { output.append(dimension) }
      output.append(tensor.type)
      output.append(tensor.offset ?? UInt64(offset))
      offset = padded(offset + tensor.bytes)
    }
    return output.bytes
      + Array(repeating: 0, count: padded(output.bytes.count) - output.bytes.count)
  }

  /// The header and the data, zeros, each tensor padded to the alignment.
  public var file: [UInt8] {
    let dataBytes = tensors.reduce(0) { $0 + padded($1.bytes) }
    return header + Array(repeating: 0, count: dataBytes)
  }

  private func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}

extension GGUFBuilder.Value {
  public var type: UInt32 {
    switch self {
    case .uint8: 0
    case .int8: 1
    case .uint16: 2
    case .int16: 3
    case .uint32: 4
    case .int32: 5
    case .float32: 6
    case .bool: 7
    case .string: 8
    case .array, .countedArray: 9
    case .uint64: 10
    case .int64: 11
    case .float64: 12
    case .raw(let type, _): type
    }
  }
}

private struct Output {
  let isBigEndian: Bool
  var bytes: [UInt8] = []

  mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    let ordered = isBigEndian ? number.bigEndian : number.littleEndian
    withUnsafeBytes(of: ordered) { bytes += Array($0) }
  }

  mutating func append(_ text: String) {
    append(UInt64(text.utf8.count))
    bytes += Array(text.utf8)
  }

  mutating func append(_ value: GGUFBuilder.Value) {
    switch value {
    case .uint8(let number): append(number)
    case .int8(let number): append(number)
    case .uint16(let number): append(number)
    case .int16(let number): append(number)
    case .uint32(let number): append(number)
    case .int32(let number): append(number)
    case .uint64(let number): append(number)
    case .int64(let number): append(number)
    case .float32(let number): append(number.bitPattern)
    case .float64(let number): append(number.bitPattern)
    case .bool(let bool): append(UInt8(bool ? 1 : 0))
    case .string(let text): append(text)
    case .array(let type, let elements): append(type, UInt64(elements.count), elements)
    case .countedArray(let type, let count, let elements): append(type, count, elements)
    case .raw(_, let raw): bytes += raw
    }
  }

  private mutating func append(_ type: UInt32, _ count: UInt64, _ elements: [GGUFBuilder.Value]) {
    append(type)
    append(count)
    for element in elements { append(element) }
  }
}
