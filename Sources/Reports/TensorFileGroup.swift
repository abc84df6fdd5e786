internal import VRAMBudget

/// The tensors of a file that are alike but for the layer.
struct TensorFileGroup {
  struct Document: Codable {
    let name: String
    let format: String
    let shape: [Int64]
    let count: Int
    let elements: Int64
    let bytes: Int64
  }

  /// The name with `*` in place of each number between dots: `blk.*.attn_q.weight`.
  let name: String
  let format: String
  let shape: [Int64]
  private(set) var count = 0
  private(set) var elements: Int64 = 0
  private(set) var bytes = Bytes.zero

  /// Returns the groups in the order of their first tensors.
  static func groups(of tensors: [TensorFileReport.Tensor]) -> [TensorFileGroup] {
    struct Key: Hashable {
      let name: String
      let format: String
      let shape: [Int64]
    }
    var places: [Key: Int] = [:]
    var groups: [TensorFileGroup] = []
    for tensor in tensors {
      let name = kindName(tensor.name)
      let key = Key(name: name, format: tensor.format, shape: tensor.shape)
      let place = places[key] ?? groups.count
      if place == groups.count {
        places[key] = place
        groups.append(TensorFileGroup(name: name, format: tensor.format, shape: tensor.shape))
      }
      groups[place].count += 1
      groups[place].elements += tensor.elements
      groups[place].bytes += tensor.bytes
    }
    return groups
  }

  private static func kindName(_ name: String) -> String {
    guard name.utf8.contains(where: isDigit) else { return name }
    return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { part in !part.isEmpty && part.allSatisfy(isDigit) ? "*" : String(Substring(part)) }
      .joined(separator: ".")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  var document: Document {
    Document(
      name: name, format: format, shape: shape, count: count, elements: elements,
      bytes: bytes.count)
  }
}
