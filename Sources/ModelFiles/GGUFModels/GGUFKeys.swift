internal import VRAMBudget

/// The keys of a GGUF file that describe its model, each under the family's name.
///
/// The ranges lie far beyond any model, and so close together that no product of sizes, tokens and
/// bytes leaves 63 bits.
struct GGUFKeys {
  let metadata: GGUFMetadata
  let architecture: String

  /// The whole name of a key.
  func name(_ key: String) -> String { "\(architecture).\(key)" }

  func integer(
    _ key: String, in allowed: ClosedRange<Int64>
  ) throws(GGUFModelError) -> Int64 {
    do {
      return try metadata.integer(forKey: name(key), in: allowed)
    } catch {
      throw .metadata(error)
    }
  }

  /// Returns the whole number of a key, or nil when the key is absent.
  func optionalInteger(
    _ key: String, in allowed: ClosedRange<Int64>
  ) throws(GGUFModelError) -> Int64? {
    guard metadata[name(key)] != nil else { return nil }
    return try integer(key, in: allowed)
  }

  /// Returns the number of a key, whole or not, or nil when the key is absent.
  func optionalNumber(_ key: String) throws(GGUFModelError) -> Double? {
    guard metadata[name(key)] != nil else { return nil }
    do {
      return try metadata.number(forKey: name(key))
    } catch {
      throw .metadata(error)
    }
  }

  /// Returns the text of a key, or nil when the key is absent.
  func optionalText(_ key: String) throws(GGUFModelError) -> String? {
    guard metadata[name(key)] != nil else { return nil }
    do {
      return try metadata.string(forKey: name(key))
    } catch {
      throw .metadata(error)
    }
  }

  /// Returns the truth value of a key, or nil when the key is absent.
  func optionalBool(_ key: String) throws(GGUFModelError) -> Bool? {
    guard metadata[name(key)] != nil else { return nil }
    do {
      return try metadata.bool(forKey: name(key))
    } catch {
      throw .metadata(error)
    }
  }

  /// Returns a whole number for each layer, from a list or from one number for all; nil when the key
  /// is absent.
  func optionalIntegers(
    _ key: String, layers: Int, in allowed: ClosedRange<Int64>
  ) throws(GGUFModelError) -> [Int64]? {
    guard case .array(let list) = metadata[name(key)] else {
      return try optionalInteger(key, in: allowed).map { Array(repeating: $0, count: layers) }
    }
    try check(list, of: key, layers: layers)
    do {
      return Array(try metadata.integers(forKey: name(key), in: allowed).prefix(layers))
    } catch {
      throw .metadata(error)
    }
  }

  /// Returns a truth value for each layer from a list of them, or of numbers that are 0 or not; nil
  /// when the key is absent or no list.
  func optionalFlags(_ key: String, layers: Int) throws(GGUFModelError) -> [Bool]? {
    guard case .array(let list) = metadata[name(key)] else { return nil }
    try check(list, of: key, layers: layers)
    do {
      return list.elementType == .bool
        ? Array(try metadata.bools(forKey: name(key)).prefix(layers))
        : try metadata.integers(forKey: name(key), in: 0...1).prefix(layers).map { $0 != 0 }
    } catch {
      throw .metadata(error)
    }
  }

  /// A list has an entry for each layer, and may have some for layers that are not loaded.
  private func check(
    _ list: GGUFArray, of key: String, layers: Int
  ) throws(GGUFModelError) {
    guard list.count >= layers, list.count <= 1024 + 64 else {
      throw .contradiction(
        key: name(key), what: "it has \(list.count) entries for \(layers) layers")
    }
  }
}
