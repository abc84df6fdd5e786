internal import Presets
internal import VRAMBudget

/// What `--gpu` takes: a name, a memory size, `NAMEx2`, `A + B`.
enum DeviceArgument {
  /// Returns the devices that a text names, in order.
  ///
  /// - Throws: `PresetError` for an unknown or ambiguous name, `QuantityError` for a size that is
  ///   not one.
  static func devices(named text: String) throws -> [Device] {
    do {
      return try one(text)
    } catch PresetError.unknownDevice(let name, let nearest) {
      if let several = try sum(text) ?? copies(text) { return several }
      throw PresetError.unknownDevice(name, nearest: nearest)
    }
  }

  private static func one(_ text: String) throws -> [Device] {
    if isSize(text) {
      let memory = try Bytes(parsing: text)
      guard memory > .zero else { throw QuantityError.outOfRange(text, allowed: "1 B to 1 EiB") }
      return [Device(memory: memory, named: text)]
    }
    return [try PresetCatalog.device(named: text)]
  }

  /// The devices of `A + B`; nil when there is no plus sign between two names.
  private static func sum(_ text: String) throws -> [Device]? {
    let parts = text.split(separator: "+").map { $0.filter { $0 != " " } }
    guard parts.count > 1 else { return nil }
    return try parts.flatMap { try devices(named: $0) }
  }

  /// The devices of `NAMEx2`; nil when the text does not end so.
  private static func copies(_ text: String) throws -> [Device]? {
    let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
    let head = text.dropLast(digits.count)
    guard !digits.isEmpty, head.count > 1,
      head.last == "x" || head.last == "X" || head.last == "×"
    else { return nil }
    guard let count = Int(String(digits)), (1...Workload.mostDevices).contains(count) else {
      throw QuantityError.outOfRange(
        String(digits), allowed: "1 to \(Workload.mostDevices) copies of a device")
    }
    let device = try one(String(head.dropLast()))
    return Array(repeating: device, count: count).flatMap { $0 }
  }

  /// Whether the text is a number and a unit of memory rather than a name.
  private static func isSize(_ text: String) -> Bool {
    let compact = text.filter { $0 != " " }
    let unit = compact.drop { $0.isASCII && $0.isNumber || $0 == "." }
    guard unit.count < compact.count else { return false }
    switch unit.lowercased() {
    case "k", "m", "g", "t", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "b": return true
    default: return false
    }
  }
}
