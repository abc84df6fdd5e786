/// Writes tiny safetensors files, right or wrong ones.
///
/// Source: the safetensors README, "Format".
public struct SafetensorsBuilder: Sendable {
  /// The JSON text.
  public var json: String
  public var dataBytes: Int
  /// The length as it is said to be; nil for what it is.
  public var headerLength: UInt64?

  public init(json: String, dataBytes: Int = 0) {
    self.json = json
    self.dataBytes = dataBytes
  }

  /// A file of tensors whose data follow one another.
  public init(tensors: [(name: String, dtype: String, shape: [Int], bytes: Int)]) {
    var offset = 0
    var members: [String] = []
    for (name, dtype, shape, bytes) in tensors {
      members.append(
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(shape.map(String.init).joined(separator: ","))],"
          + "\"data_offsets\":[\(offset),\(offset + bytes)]}")
      offset += bytes
    }
    self.init(json: "{\(members.joined(separator: ","))}", dataBytes: offset)
  }

  public var file: [UInt8] {
    let text = Array(json.utf8)
    let length = headerLength ?? UInt64(text.count)
    let start = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    return start + text + Array(repeating: 0, count: dataBytes)
  }
}
