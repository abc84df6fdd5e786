internal import FoundationEssentials
public import JSONDocuments
internal import VRAMBudget

extension CheckResult {
  /// Whole numbers outside this range are no figure of any result, and could not be added up.
  static let allowed: ClosedRange<Int64> = -(1 << 60)...(1 << 60)

  /// Reads a result that `vram check --format json` wrote.
  ///
  /// - Throws: ``JSONDocumentError`` for a text that is no JSON or no such result, with its line.
  public init(reading bytes: [UInt8]) throws(JSONDocumentError) {
    let cursor = try JSONCursor(parsing: bytes)
    let schema = try cursor.required("schema")
    _ = try schema.integer(in: Int64(Self.schema)...Int64(Self.schema))
    let command = try cursor.required("command")
    guard try command.string() == "check" else {
      throw command.wrongKind("\"check\", as 'vram check --format json' writes it")
    }
    try Self.checkNumbers(of: cursor)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(CheckResult.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw Self.error(error, in: cursor)
    } catch {
      throw .malformed("\(error)", at: cursor.position)
    }
  }

  /// Refuses figures that no result has: only speeds need not be whole.
  private static func checkNumbers(
    of cursor: JSONCursor, isSpeed: Bool = false
  ) throws(JSONDocumentError) {
    switch cursor.node.value {
    case .number(let number) where isSpeed:
      guard number.magnitude <= Double(allowed.upperBound) else {
        throw cursor.wrongKind("a number within 2^60")
      }
    case .integer, .number: _ = try cursor.integer(in: allowed)
    case .array:
      for element in try cursor.elements() { try checkNumbers(of: element, isSpeed: isSpeed) }
    case .object:
      for (key, value) in try cursor.members() {
        try checkNumbers(of: value, isSpeed: isSpeed || key == "speed")
      }
    case .null, .bool, .string: break
    }
  }

  /// The decoder's error with its place in the text.
  private static func error(_ error: DecodingError, in cursor: JSONCursor) -> JSONDocumentError {
    let path: [any CodingKey]
    var missing: String?
    switch error {
    case .keyNotFound(let key, let context):
      path = context.codingPath
      missing = Self.snakeCase(key.stringValue)
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      path = context.codingPath
    @unknown default: path = []
    }
    let place = Self.cursor(at: path, from: cursor)
    if let missing {
      let whole = place.path.isEmpty ? missing : "\(place.path).\(missing)"
      return .missing(path: whole, at: place.position)
    }
    return place.wrongKind("what 'vram check --format json' writes there")
  }

  private static func cursor(at path: [any CodingKey], from root: JSONCursor) -> JSONCursor {
    var cursor = root
    for key in path {
      var next: JSONCursor?
      if let index = key.intValue {
        let elements = (try? cursor.elements()) ?? []
        next = elements.indices.contains(index) ? elements[index] : nil
      } else {
        let members = (try? cursor.members()) ?? []
        let names = [key.stringValue, snakeCase(key.stringValue)]
        next = members.first { names.contains($0.key) }?.value
      }
      guard let next else { return cursor }
      cursor = next
    }
    return cursor
  }

  private static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }
}
