internal import JSONDocuments

/// Which file holds which tensor of a model in several safetensors files.
///
/// The layout is that of published `model.safetensors.index.json` files: `weight_map` from tensors to
/// file names.
struct SafetensorsIndex {
  /// The names of the files, sorted.
  private(set) var shards: [String] = []
  /// The tensors and the file of each.
  private(set) var tensors: [(name: String, shard: String)] = []

  /// Reads an index.
  ///
  /// - Throws: ``SafetensorsError``.
  init(_ bytes: [UInt8]) throws(SafetensorsError) {
    var reader = JSONReader(bytes)
    var entries: [(name: String, shard: String)]?
    do throws(JSONDocumentError) {
      try reader.beginObject()
      while let key = try reader.nextKey() {
        if key == "weight_map" {
          guard entries == nil else {
            throw reader.failure("the key '\(key)' stands twice", at: reader.keyOffset)
          }
          entries = try Self.weightMap(&reader)
        } else {
          try reader.skipValue()
        }
      }
      try reader.end()
    } catch {
      throw .index(error)
    }
    guard let entries, !entries.isEmpty else { throw .noWeightMap }
    tensors = entries
    shards = Set(entries.map(\.shard)).sorted()
    for entry in entries where !Self.isFileName(entry.shard) {
      throw .shardName(entry.shard, tensor: entry.name)
    }
  }

  private static func weightMap(
    _ reader: inout JSONReader
  ) throws(JSONDocumentError) -> [(name: String, shard: String)] {
    var entries: [(name: String, shard: String)] = []
    var names: Set<String> = []
    // The same few names stand thousands of times; one copy of each is kept.
    var shards: [String: String] = [:]
    try reader.beginObject()
    while let name = try reader.nextKey() {
      guard names.insert(name).inserted else {
        throw reader.failure("the tensor '\(name.shown)' stands twice", at: reader.keyOffset)
      }
      let shard = try reader.string()
      if shards[shard] == nil { shards[shard] = shard }
      entries.append((name, shards[shard] ?? shard))
    }
    return entries
  }

  /// Whether a text names a file of the same folder.
  private static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0x2F || $0 == 0 }
  }
}
