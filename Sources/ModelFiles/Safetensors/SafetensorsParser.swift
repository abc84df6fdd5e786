internal import JSONDocuments

/// Reads the JSON text of a safetensors header.
///
/// Value by value rather than as a tree: a tree of 100 MB of `[[],[],…` would take gigabytes.
struct SafetensorsParser {
  private var reader: JSONReader
  private(set) var tensors: [SafetensorsTensor] = []
  private(set) var metadata: [String: String] = [:]
  private var names: Set<String> = []

  /// The most texts of metadata: real files have a few, and each takes many times its bytes.
  private static let mostTexts = 1 << 16
  /// More dimensions than PyTorch or NumPy allow.
  private static let mostDimensions = 64

  init(_ text: [UInt8]) { reader = JSONReader(text) }

  mutating func parse() throws(SafetensorsError) {
    do throws(JSONDocumentError) { try reader.beginObject() } catch { throw .json(error) }
    while let name = try nextKey() {
      guard names.insert(name).inserted else { throw .tensor(name, .duplicate) }
      if name == "__metadata__" {
        try parseMetadata()
      } else {
        tensors.append(try tensor(named: name))
      }
    }
    do throws(JSONDocumentError) { try reader.end() } catch { throw .json(error) }
  }

  private mutating func nextKey() throws(SafetensorsError) -> String? {
    do throws(JSONDocumentError) { return try reader.nextKey() } catch { throw .json(error) }
  }

  private mutating func parseMetadata() throws(SafetensorsError) {
    do throws(JSONDocumentError) {
      guard try reader.next().byte != UInt8(ascii: "n") else { return try reader.skipValue() }
      try reader.beginObject()
      while let key = try reader.nextKey() {
        let offset = reader.keyOffset
        guard metadata.count < Self.mostTexts else {
          throw reader.failure("more than \(Self.mostTexts) texts of metadata", at: offset)
        }
        guard metadata.updateValue(try reader.string(), forKey: key) == nil else {
          throw reader.failure("the key '\(key.shown)' stands twice in one object", at: offset)
        }
      }
    } catch {
      throw .json(error)
    }
  }

  // MARK: Tensors

  private mutating func tensor(named name: String) throws(SafetensorsError) -> SafetensorsTensor {
    var dtypeName: String?
    var shape: [Int64]?
    var offsets: [Int64]?
    do throws(JSONDocumentError) {
      try reader.beginObject()
      while let key = try reader.nextKey() {
        let isRepeated: Bool
        switch key {
        case "dtype":
          isRepeated = dtypeName != nil
          dtypeName = try reader.string()
        case "shape":
          isRepeated = shape != nil
          shape = try integers(atMost: Self.mostDimensions)
        case "data_offsets":
          isRepeated = offsets != nil
          offsets = try integers(atMost: 2)
        default:
          isRepeated = false
          try reader.skipValue()
        }
        guard !isRepeated else {
          throw reader.failure("the key '\(key)' stands twice in one object", at: reader.keyOffset)
        }
      }
    } catch {
      throw .tensor(name, .json(error))
    }
    guard let dtypeName else { throw .tensor(name, .missing(key: "dtype")) }
    guard let shape else { throw .tensor(name, .missing(key: "shape")) }
    guard let offsets else { throw .tensor(name, .missing(key: "data_offsets")) }
    do throws(SafetensorsTensorError) {
      return try Self.tensor(name, dtypeName: dtypeName, shape: shape, offsets: offsets)
    } catch {
      throw .tensor(name, error)
    }
  }

  private mutating func integers(atMost limit: Int) throws(JSONDocumentError) -> [Int64] {
    var integers: [Int64] = []
    try reader.beginList()
    while try reader.nextElement() {
      guard integers.count < limit else { throw reader.failure("more than \(limit) numbers") }
      integers.append(try reader.integer())
    }
    return integers
  }

  private static func tensor(
    _ name: String, dtypeName: String, shape: [Int64], offsets: [Int64]
  ) throws(SafetensorsTensorError) -> SafetensorsTensor {
    guard let dtype = SafetensorsDtype(rawValue: dtypeName) else { throw .unknownDtype(dtypeName) }
    var bits = dtype.bitsPerElement
    var elements: Int64 = 1
    for dimension in shape {
      guard dimension >= 0 else { throw .negativeDimension(dimension) }
      let product = elements.multipliedReportingOverflow(by: dimension)
      guard !product.overflow else { throw .tooLarge(shape: shape) }
      elements = product.partialValue
    }
    let product = elements.multipliedReportingOverflow(by: bits)
    guard !product.overflow else { throw .tooLarge(shape: shape) }
    bits = product.partialValue
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
      throw .badOffsets(offsets)
    }
    guard bits.isMultiple(of: 8), bits / 8 == offsets[1] - offsets[0] else {
      throw .otherSize(bytes: offsets[1] - offsets[0], shape: shape, dtype: dtype)
    }
    return SafetensorsTensor(
      name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }
}
