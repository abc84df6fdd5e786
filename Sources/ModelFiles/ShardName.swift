/// The name of one file of a model that is split over several: `model-00002-of-00005.gguf`.
///
/// Source: gguf 0.19.0, gguf_writer.py, `SHARD_NAME_FORMAT`; published safetensors models are named
/// alike.
struct ShardName: Hashable {
  /// What stands before the number, folders included.
  let prefix: String
  /// The number of the file, from 1.
  let number: Int
  let count: Int
  /// `.gguf` or `.safetensors`.
  let suffix: String

  /// The most files of one model: five digits.
  private static let most = 99_999

  /// Reads a path; nil when its name is not that of a shard.
  init?(path: String, suffix: String) {
    guard path.hasSuffix(suffix) else { return nil }
    let stem = path.utf8.dropLast(suffix.utf8.count)
    let tail = Array(stem.suffix(15))  // "-00002-of-00005"
    guard tail.count == 15, tail[0] == UInt8(ascii: "-"), tail[6..<10].elementsEqual("-of-".utf8),
      let number = Self.number(tail[1..<6]), let count = Self.number(tail[10..<15]),
      (1...count).contains(number)
    else { return nil }
    self.prefix = String(decoding: stem.dropLast(15), as: UTF8.self)
    self.number = number
    self.count = count
    self.suffix = suffix
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return number > 0 ? number : nil
  }

  /// The paths of all files of the model, in order.
  var allPaths: [String] {
    (1...count).map { "\(prefix)-\(Self.digits($0))-of-\(Self.digits(count))\(suffix)" }
  }

  private static func digits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 5 - text.count)) + text
  }
}
