internal import VRAMBudget

/// The parts of a header, in the order of the file.
extension GGUFReader {
  // MARK: Start

  /// Reads the magic and the version, which tell the byte order.
  ///
  /// The magic stands the same way in both orders; a version whose low 16 bits are empty is one of
  /// the other order.
  mutating func version() throws(GGUFError) -> UInt32 {
    // A file that is too short and begins otherwise is not GGUF rather than cut.
    let start = remaining < 4 ? try bytes(Int(remaining)) : try bytes(4)
    guard "GGUF".utf8.starts(with: start), !start.isEmpty else {
      throw .notGGUF(start: Array(start))
    }
    guard start.count == 4 else { throw .cut(place, fileBytes: count) }
    var version = try number(UInt32.self)
    if version & 0xFFFF == 0 {
      byteOrder = .bigEndian
      version = version.byteSwapped
    }
    guard version == 2 || version == 3 else { throw .unsupportedVersion(version) }
    return version
  }

  /// Returns where the descriptions end.
  mutating func headerEnd() throws(GGUFError) -> Int64 {
    guard offset <= Self.longestHeader else {
      throw .headerTooLong(.end, limit: Self.longestHeader)
    }
    return offset
  }

  // MARK: Metadata

  mutating func metadata(_ count: Int64) throws(GGUFError) -> GGUFMetadata {
    var metadata = GGUFMetadata()
    for index in 0..<count {
      place = .key(index: index)
      let start = offset
      let key = try name()
      guard !key.isEmpty else { throw .emptyKey(at: start) }
      guard !metadata.contains(key) else { throw .duplicateKey(key, at: start) }
      place = .value(key: key)
      let type = try valueType(key: key)
      _ = metadata.add(.init(key: key, type: type, value: try value(type, key: key)))
    }
    return metadata
  }

  private mutating func valueType(key: String) throws(GGUFError) -> GGUFValueType {
    let start = offset
    let number = try number(UInt32.self)
    guard let type = GGUFValueType(rawValue: number) else {
      throw .unknownValueType(number, key: key, at: start)
    }
    return type
  }

  private mutating func value(
    _ type: GGUFValueType, key: String
  ) throws(GGUFError) -> GGUFValue {
    switch type {
    case .uint8, .int8: return GGUFValue(type, bits: UInt64(try number(UInt8.self)))
    case .uint16, .int16: return GGUFValue(type, bits: UInt64(try number(UInt16.self)))
    case .uint32, .int32, .float32:
      return GGUFValue(type, bits: UInt64(try number(UInt32.self)))
    case .uint64, .int64, .float64: return GGUFValue(type, bits: try number(UInt64.self))
    case .bool:
      let start = offset
      let byte = try number(UInt8.self)
      guard byte <= 1 else { throw .invalidBool(byte, key: key, at: start) }
      return .bool(byte == 1)
    case .string:
      let length = try count(leastBytes: 1, of: .bytes)
      guard length <= Self.longestKeptValue else {
        try skip(length)
        return .longString(bytes: length)
      }
      return .string(String(decoding: try bytes(Int(length)), as: UTF8.self))
    case .array: return .array(try array(key: key))
    }
  }

  // MARK: Lists

  /// The most bytes of a text or a list that are kept. Real chat templates have up to 20 KB, and
  /// lists with a number for each layer a few hundred bytes.
  private static var longestKeptValue: Int64 { 64 << 10 }

  /// Lists in lists deeper than this are refused; no writer is known to nest them at all.
  private static var deepestList: Int { 4 }

  private mutating func array(key: String) throws(GGUFError) -> GGUFArray {
    let type = try valueType(key: key)
    let count = try elementCount(of: type)
    let start = offset
    try skipElements(type, count, key: key, depth: 1)
    let byteCount = offset - start
    return GGUFArray(
      elementType: type, count: count, byteCount: byteCount,
      content: type == .array || byteCount > Self.longestKeptValue
        ? nil : try content(from: start, byteCount: Int(byteCount), type: type, key: key),
      byteOrder: byteOrder)
  }

  private mutating func elementCount(of type: GGUFValueType) throws(GGUFError) -> Int64 {
    // A text takes at least its length, a list at least its type and count.
    try count(leastBytes: type.byteCount ?? (type == .string ? 8 : 12), of: .elements)
  }

  private mutating func skipElements(
    _ type: GGUFValueType, _ count: Int64, key: String, depth: Int
  ) throws(GGUFError) {
    switch type {
    case .string: try skipStrings(count)
    case .array:
      guard depth < Self.deepestList else {
        throw .nestedTooDeep(key: key, limit: Self.deepestList)
      }
      for _ in 0..<count {
        let type = try valueType(key: key)
        try skipElements(type, try elementCount(of: type), key: key, depth: depth + 1)
      }
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .float32, .float64,
      .bool:
      // The product cannot overflow: so many bytes were found to remain.
      try skip(count * (type.byteCount ?? 0))
    }
  }

  private mutating func content(
    from start: Int64, byteCount: Int, type: GGUFValueType, key: String
  ) throws(GGUFError) -> [UInt8] {
    moveBack(to: start)
    let content = Array(try bytes(byteCount))
    if type == .bool, let index = content.firstIndex(where: { $0 > 1 }) {
      throw .invalidBool(content[index], key: key, at: start + Int64(index))
    }
    return content
  }

  // MARK: Tensors

  mutating func tensors(_ count: Int64) throws(GGUFError) -> [GGUFTensor] {
    var tensors: [GGUFTensor] = []
    var names: Set<String> = []
    for index in 0..<count {
      place = .tensorName(index: index)
      let name = try name()
      guard names.insert(name).inserted else { throw .tensor(name, .duplicate) }
      place = .tensor(name)
      tensors.append(try tensor(named: name))
    }
    return tensors
  }

  private mutating func tensor(named name: String) throws(GGUFError) -> GGUFTensor {
    let shape = try shape(tensor: name)
    let typeOffset = offset
    let type = try number(UInt32.self)
    guard let formatIndex = TensorFormat.indexByGGMLType[type] else {
      throw .tensor(name, .unknownType(type, at: typeOffset))
    }
    let bytes: Bytes
    do {
      bytes = try TensorFormat.inGGUF[formatIndex].bytes(of: shape)
    } catch {
      throw .tensor(name, .rowNotWhole(error))
    }
    // An offset above 63 bits becomes negative, which no place of a tensor is.
    let offset = Int64(bitPattern: try number(UInt64.self))
    return GGUFTensor(
      name: name, shape: shape, formatIndex: formatIndex, offset: offset, bytes: bytes)
  }

  private mutating func shape(tensor name: String) throws(GGUFError) -> TensorShape {
    let start = offset
    let count = try number(UInt32.self)
    guard (1...4).contains(count) else {
      throw .tensor(name, .dimensionCount(count, at: start))
    }
    var dimensions: [Int64] = []
    var elements: Int64 = 1
    for index in 0..<Int(count) {
      let start = offset
      let dimension = try number(UInt64.self)
      guard dimension > 0, dimension <= UInt64(GGUFTensorError.mostElements) else {
        throw .tensor(name, .dimension(dimension, index: index, at: start))
      }
      dimensions.append(Int64(dimension))
      let (product, overflows) = elements.multipliedReportingOverflow(by: Int64(dimension))
      elements = overflows ? .max : product
    }
    guard elements <= GGUFTensorError.mostElements else {
      throw .tensor(name, .tooLarge(dimensions: dimensions))
    }
    return TensorShape(dimensions: dimensions)
  }
}
