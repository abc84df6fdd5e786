internal import ArgumentParsing
internal import Presets
internal import VRAMBudget

/// What `--gpu` takes: a name, a cloud machine, a memory size, `NAMEx2`, `2xNAME`, `A + B`.
enum DeviceArgument {
  /// Returns the devices that a command line names, in order.
  static func devices(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> [Device] {
    let flag = Options.gpu.spec.flag
    var devices: [Device] = []
    for text in arguments.texts(of: Options.gpu.spec) {
      do {
        devices += try self.devices(named: text, in: catalogue)
      } catch let error as any ActionableError {
        throw CommandFailure(at: flag, error)
      } catch {
        throw CommandFailure(
          at: flag, UsageError.missing(what: "\(error)", fix: "check the value"))
      }
    }
    return devices
  }

  /// Returns the devices that a text names, in order.
  ///
  /// - Throws: `PresetError` for an unknown or ambiguous name, `QuantityError` for a size that is
  ///   not one.
  static func devices(named text: String, in catalogue: PresetCatalog) throws -> [Device] {
    if let memory = try memory(text) { return memory }
    if let known = try catalogue.knownDevices(named: text) { return known }
    return try sum(text, in: catalogue) ?? copies(text, in: catalogue)
      ?? catalogue.devices(named: text)
  }

  /// The device of a size; nil for a name.
  private static func memory(_ text: String) throws -> [Device]? {
    guard Bytes.isSize(text) else { return nil }
    let memory = try Bytes(parsing: text)
    // Of a few that are larger, sums and shares could not be counted.
    guard memory > .zero, memory <= .gibibytes(1 << 20) else {
      throw QuantityError.outOfRange(text, allowed: "1 B to 1 PiB")
    }
    return [Device(memory: memory, named: text)]
  }

  /// The devices of `A + B`; nil when there is no plus sign between two names.
  private static func sum(_ text: String, in catalogue: PresetCatalog) throws -> [Device]? {
    let parts = text.split(separator: "+", omittingEmptySubsequences: false).map { trimmed($0) }
    guard parts.count > 1 else { return nil }
    guard !parts.contains("") else {
      throw UsageError.missing(
        what: "a device is missing in '\(text)'", fix: "write a device on both sides of each '+'")
    }
    return try parts.flatMap { try devices(named: $0, in: catalogue) }
  }

  /// The devices of `NAMEx2` or `2xNAME`; nil when the text is neither.
  private static func copies(_ text: String, in catalogue: PresetCatalog) throws -> [Device]? {
    guard let (digits, name) = countBehind(text) ?? countBefore(text) else { return nil }
    guard let count = Int(digits), (1...Workload.mostDevices).contains(count) else {
      throw QuantityError.outOfRange(
        digits, allowed: "1 to \(Workload.mostDevices) copies of a device")
    }
    let device = try memory(name) ?? catalogue.devices(named: name)
    return Array(repeating: device, count: count).flatMap { $0 }
  }

  private static func countBehind(_ text: String) -> (digits: String, name: String)? {
    var rest = text[...]
    while let last = rest.last, last == " " || last == ")" { rest.removeLast() }
    let end = rest.lastIndex { !($0.isASCII && $0.isNumber) }.map(rest.index(after:))
    let digits = String(rest[(end ?? rest.startIndex)...])
    let head = trimmed(String(rest.dropLast(digits.count)))
    guard (1...3).contains(digits.count), let sign = head.last, isTimes(sign) else { return nil }
    let before = head.dropLast()
    // The x of "rtx 409" is part of a word, that of "24GiBx2" is not.
    if sign.isLetter, before.last?.isLetter ?? true {
      guard digits.count < 3, rest.hasSuffix("\(sign)\(digits)") else { return nil }
    }
    let name = trimmed(String(before.filter { $0 != "(" }))
    return name.isEmpty ? nil : (digits, name)
  }

  private static func countBefore(_ text: String) -> (digits: String, name: String)? {
    let text = trimmed(text)
    let digits = String(text.prefix { $0.isASCII && $0.isNumber })
    let tail = trimmed(String(text.dropFirst(digits.count)))
    guard (1...3).contains(digits.count), let sign = tail.first, isTimes(sign) else { return nil }
    let name = trimmed(String(tail.dropFirst()))
    return name.isEmpty ? nil : (digits, name)
  }

  private static func isTimes(_ letter: Character) -> Bool {
    letter == "x" || letter == "X" || letter == "×" || letter == "*"
  }

  private static func trimmed(_ text: String) -> String { trimmed(text[...]) }

  private static func trimmed(_ text: Substring) -> String {
    var rest = text.drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
