/// How the elements of one tensor are laid out in memory.
///
/// A format says nothing about which tensors of a model use it; that choice is a ``FormatRecipe``.
/// Keeping the two apart is what makes a mixed file such as Q4_K_M (mostly q4_K, some q6_K, norms
/// in f32) come out right.
public struct TensorFormat: Hashable, Sendable {
  public enum Layout: Hashable, Sendable {
    /// `elements` consecutive elements of a row share one block of `bytes` bytes.
    case blocks(elements: Int64, bytes: Int64)
    /// Packed integers of `bits` bits, and `scaleBytes` bytes for each `groupSize` elements of a row.
    case groups(bits: Int64, groupSize: Int64, scaleBytes: Int64)
    /// Packed integers of `bits` bits, and `scaleBytes` bytes for each row.
    case rows(bits: Int64, scaleBytes: Int64)
  }

  /// The name that the defining project uses, in its own spelling: `q4_K`.
  public let name: String
  public let layout: Layout
  /// The number that GGUF files use for this format, where they can hold it.
  public let ggmlType: UInt32?
  /// Where the layout can be checked: project, file, symbol.
  public let source: String

  public init(name: String, layout: Layout, ggmlType: UInt32? = nil, source: String) {
    self.name = name
    self.layout = layout
    self.ggmlType = ggmlType
    self.source = source
  }
}

extension TensorFormat {
  /// Formats are the same when their names and layouts are; the rest is documentation. Hashing the
  /// layout alone is enough, and much faster than hashing texts.
  public static func == (a: TensorFormat, b: TensorFormat) -> Bool {
    a.layout == b.layout && a.name == b.name
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(layout) }
}

extension TensorFormat {
  /// The number of elements that a row must hold a multiple of.
  public var rowUnit: Int64 {
    switch layout {
    case .blocks(let elements, _): elements
    case .groups(_, let groupSize, _): groupSize
    case .rows: 1
    }
  }

  /// Whether elements are packed into blocks or groups rather than stored one by one.
  public var isQuantized: Bool {
    switch layout {
    case .blocks(let elements, _): elements > 1
    case .groups, .rows: true
    }
  }

  /// Returns the memory for one row of a tensor.
  ///
  /// - Parameter elements: The length of the row; not negative, at most 2^40.
  /// - Throws: ``FormatError/rowNotDivisible(format:elements:unit:)`` when the row does not hold a
  ///   whole number of blocks or groups. No runtime pads such a row: it stores the tensor in
  ///   another format instead.
  public func bytesPerRow(elements: Int64) throws(FormatError) -> Bytes {
    guard elements.isMultiple(of: rowUnit) else {
      throw .rowNotDivisible(format: name, elements: elements, unit: rowUnit)
    }
    switch layout {
    case .blocks(let unit, let bytes): return Bytes(elements / unit * bytes)
    case .groups(let bits, let unit, let scaleBytes):
      return Bytes((elements * bits + 7) / 8 + elements / unit * scaleBytes)
    case .rows(let bits, let scaleBytes): return Bytes((elements * bits + 7) / 8 + scaleBytes)
    }
  }

  /// Returns the memory for a whole tensor, every row of it in this format.
  ///
  /// - Throws: ``FormatError/rowNotDivisible(format:elements:unit:)``, as ``bytesPerRow(elements:)``.
  public func bytes(of shape: TensorShape) throws(FormatError) -> Bytes {
    try shape.rows * bytesPerRow(elements: shape.rowElements)
  }

  /// The layout in words: `256 elements in 144 bytes`.
  public var layoutDescription: String {
    switch layout {
    case .blocks(1, let bytes): "\(bytes) bytes an element"
    case .blocks(let elements, let bytes): "\(elements) elements in \(bytes) bytes"
    case .groups(let bits, let groupSize, let scaleBytes):
      "\(bits) bits an element + \(scaleBytes) bytes for each \(groupSize)"
    case .rows(let bits, let scaleBytes): "\(bits) bits an element + \(scaleBytes) bytes a row"
    }
  }
}

/// A tensor and a format that cannot go together, or a name that names no format.
public enum FormatError: Error, Hashable {
  case rowNotDivisible(format: String, elements: Int64, unit: Int64)
  case unknownRecipe(String, nearest: [String])
  case ambiguousRecipe(String, choices: [String])
}

extension FormatError: ActionableError {
  public var problem: String {
    switch self {
    case .rowNotDivisible(let format, let elements, let unit):
      "a row of \(elements) elements cannot be stored as \(format), which packs \(unit) at a time"
    case .unknownRecipe(let name, _): "unknown format '\(name)'"
    case .ambiguousRecipe(let name, let choices): "'\(name)' may mean \(choices.list(or: true))"
    }
  }

  public var fix: String {
    switch self {
    case .rowNotDivisible: "choose a format whose blocks divide the row, for example f16"
    case .unknownRecipe(_, let nearest) where !nearest.isEmpty:
      "did you mean \(nearest.list(or: true))? 'vram formats' lists all"
    case .unknownRecipe: "'vram formats' lists all names"
    case .ambiguousRecipe(_, let choices): "write \(choices.list(or: true))"
    }
  }
}

extension [String] {
  /// The texts as a list for a sentence: `a, b or c`.
  func list(or: Bool) -> String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + (or ? " or " : " and ") + last
  }
}
