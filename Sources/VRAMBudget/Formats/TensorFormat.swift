/// How the elements of one tensor are laid out in memory.
///
/// A format says nothing about which tensors of a model use it; that choice is a ``FormatRecipe``.
/// Keeping the two apart is what makes a mixed file such as Q4_K_M (mostly q4_K, some q6_K, norms
/// in f32) come out right.
public struct TensorFormat: Hashable, Sendable {
  public enum Layout: Hashable, Sendable {
    /// `elements` consecutive elements of a row share one block of `bytes` bytes.
    case blocks(elements: Int64, bytes: Int64)
    /// Packed elements of `bits` bits; each `groupSize` elements of a row have a scale, and a zero
    /// point unless `zeroBits` is 0.
    case groups(bits: Int64, groupSize: Int64, scaleBits: Int64, zeroBits: Int64)
    /// As `groups`, with one group a row.
    case rows(bits: Int64, scaleBits: Int64, zeroBits: Int64)
    /// Packed elements of `bits` bits, and a scale for each square of `side` rows by `side`
    /// elements; squares at the edges may be partial.
    case tiles(bits: Int64, side: Int64, scaleBytes: Int64)
    /// Packed elements of `bits` bits, and a scale for each `length` elements of the matrix, whose
    /// rows do not count; the last run may be partial.
    case runs(bits: Int64, length: Int64, scales: RunScales)
    /// Elements of different widths that average to `centibits` hundredths of a bit, scales and all.
    ///
    /// Which elements are how wide is decided by measuring the model, so only the target is known.
    /// A row is a multiple of `unit` elements.
    case average(centibits: Int64, unit: Int64, tolerance: Tolerance)
  }

  /// The scales of ``Layout/runs(bits:length:scales:)``.
  public enum RunScales: Hashable, Sendable {
    /// Four bytes each.
    case single
    /// One byte each, and four for every `length` of them.
    case quantized(length: Int64)
  }

  /// How far the bytes of ``Layout/average(centibits:unit:tolerance:)`` may lie from the target, in
  /// thousandths of it.
  public struct Tolerance: Hashable, Sendable {
    public let below: Int64
    public let above: Int64

    public init(below: Int64, above: Int64) {
      self.below = below
      self.above = above
    }
  }

  /// What is stored beside the elements and their scales, in bytes.
  public struct Companions: Hashable, Sendable {
    public let perMatrix: Int64
    /// For each element of a row, once a matrix.
    public let perInput: Int64
    /// For each row.
    public let perOutput: Int64

    public init(perMatrix: Int64 = 0, perInput: Int64 = 0, perOutput: Int64 = 0) {
      self.perMatrix = perMatrix
      self.perInput = perInput
      self.perOutput = perOutput
    }

    public static let none = Companions()
  }

  /// A plan holds a format for each of hundreds of tensors: what they share is stored once.
  private final class Storage: Sendable {
    let name: String
    let layout: Layout
    let companions: Companions
    let ggmlType: UInt32?
    let method: QuantizationMethod?
    let source: String

    init(
      _ name: String, _ layout: Layout, _ companions: Companions, _ ggmlType: UInt32?,
      _ method: QuantizationMethod?, _ source: String
    ) {
      self.name = name
      self.layout = layout
      self.companions = companions
      self.ggmlType = ggmlType
      self.method = method
      self.source = source
    }
  }

  private let storage: Storage

  /// The name that the defining project uses, in its own spelling: `q4_K`.
  public var name: String { storage.name }
  public var layout: Layout { storage.layout }
  public var companions: Companions { storage.companions }
  /// The number that GGUF files use for this format, where they can hold it.
  public var ggmlType: UInt32? { storage.ggmlType }
  /// What a checkpoint's configuration calls whoever wrote it, which decides how Transformers loads
  /// it; nil for anything else.
  public var method: QuantizationMethod? { storage.method }
  /// Where the layout can be checked: project, file, symbol.
  public var source: String { storage.source }

  public init(
    name: String, layout: Layout, companions: Companions = .none, ggmlType: UInt32? = nil,
    method: QuantizationMethod? = nil, source: String
  ) {
    storage = Storage(name, layout, companions, ggmlType, method, source)
  }
}

extension TensorFormat {
  /// Formats are the same when their names and layouts are; the rest is documentation. Hashing the
  /// layout alone is enough, and much faster than hashing texts.
  public static func == (a: TensorFormat, b: TensorFormat) -> Bool {
    a.storage === b.storage
      || a.layout == b.layout && a.name == b.name && a.companions == b.companions
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(layout) }
}

extension TensorFormat {
  /// The number of elements that a row must hold a multiple of.
  public var rowUnit: Int64 {
    switch layout {
    case .blocks(let elements, _): elements
    case .groups(_, let groupSize, _, _): groupSize
    case .average(_, let unit, _): unit
    case .rows, .tiles, .runs: 1
    }
  }

  /// Whether elements are packed into blocks or groups rather than stored one by one.
  public var isQuantized: Bool {
    switch layout {
    case .blocks(let elements, _): elements > 1
    case .groups, .rows, .tiles, .runs, .average: true
    }
  }

  /// Returns the memory for one row of a tensor, without its matrix's ``companions``.
  ///
  /// - Parameter elements: The length of the row; not negative, at most 2^40.
  /// - Throws: ``FormatError/rowNotDivisible(format:elements:unit:)`` when the row does not hold a
  ///   whole number of blocks or groups. No runtime pads such a row: it stores the tensor in
  ///   another format instead.
  public func bytesPerRow(elements: Int64) throws(FormatError) -> Bytes {
    guard elements.isMultiple(of: rowUnit) else {
      throw .rowNotDivisible(format: name, elements: elements, unit: rowUnit)
    }
    return Bytes(elementBytes(rows: 1, of: elements))
  }

  /// Returns the memory for a whole tensor, every matrix of it in this format.
  ///
  /// A tensor of three dimensions is as many matrices as its third says (one for each expert).
  ///
  /// - Throws: ``FormatError/rowNotDivisible(format:elements:unit:)``, as ``bytesPerRow(elements:)``.
  public func bytes(of shape: TensorShape) throws(FormatError) -> Bytes {
    let inputs = shape.rowElements
    guard inputs.isMultiple(of: rowUnit) else {
      throw .rowNotDivisible(format: name, elements: inputs, unit: rowUnit)
    }
    let outputs = shape.dimensions.dropFirst().first ?? 1
    let matrices = shape.dimensions.dropFirst(2).reduce(1, *)
    return Bytes(
      matrices
        * (elementBytes(rows: outputs, of: inputs) + companions.perMatrix
          + companions.perInput * inputs + companions.perOutput * outputs))
  }

  /// The bytes of a matrix's elements and scales; a fraction of a byte at its end counts as one.
  private func elementBytes(rows: Int64, of elements: Int64) -> Int64 {
    switch layout {
    case .blocks(let unit, let bytes): return rows * (elements / unit * bytes)
    case .groups(let bits, let unit, let scaleBits, let zeroBits):
      return (rows * (elements * bits + elements / unit * (scaleBits + zeroBits)) + 7) / 8
    case .rows(let bits, let scaleBits, let zeroBits):
      return (rows * (elements * bits + scaleBits + zeroBits) + 7) / 8
    case .tiles(let bits, let side, let scaleBytes):
      let tiles = ((rows + side - 1) / side) * ((elements + side - 1) / side)
      return (rows * elements * bits + 7) / 8 + tiles * scaleBytes
    case .runs(let bits, let length, let scales):
      let runs = (rows * elements + length - 1) / length
      return (rows * elements * bits + 7) / 8 + scales.bytes(for: runs)
    case .average(let centibits, _, _): return (rows * elements / 8) * centibits / 100
    }
  }

  /// Returns what a tensor of `bytes` bytes, as ``bytes(of:)`` gives them, may really take.
  func estimate(around bytes: Bytes) -> ByteEstimate {
    guard case .average(_, _, let tolerance) = layout else { return ByteEstimate(exactly: bytes) }
    return ByteEstimate(
      low: bytes - Bytes(bytes.count / 1000 * tolerance.below), expected: bytes,
      high: bytes + Bytes(bytes.count / 1000 * tolerance.above))
  }
}

extension TensorFormat.RunScales {
  /// The bytes of the scales of so many runs.
  fileprivate func bytes(for runs: Int64) -> Int64 {
    switch self {
    case .single: 4 * runs
    case .quantized(let length): runs + (runs + length - 1) / length * 4
    }
  }
}
