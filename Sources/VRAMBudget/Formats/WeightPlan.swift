/// A tensor, the format it is stored in, and why.
public struct TensorAssignment: Hashable, Sendable {
  public let tensor: Tensor
  public let format: TensorFormat
  public let reason: AssignmentReason

  public init(_ tensor: Tensor, _ format: TensorFormat, because reason: AssignmentReason) {
    self.tensor = tensor
    self.format = format
    self.reason = reason
  }
}

/// Why a tensor has the format it has.
public enum AssignmentReason: Hashable, Sendable {
  /// The recipe's main format.
  case main
  /// The user asked for the format, whatever the recipe says.
  case asked
  /// Vectors, norms and biases are not quantized.
  case notQuantized
  /// The output head, or the embedding that doubles as it, keeps more bits.
  case outputHead
  /// The embedding of a model with its own output head.
  case tokenEmbedding
  /// The family's class asks for more bits than the others have.
  case keptWider
  /// Attention values (or a matrix that holds them) keep more bits.
  case attentionValue
  /// Another attention matrix that the recipe treats apart.
  case attentionMatrix
  /// The down projection of some layers keeps more bits.
  case feedForwardDown
  /// Gate and up projections of the middle layers.
  case feedForwardMiddle
  /// The row is not a whole number of blocks of the format that was meant.
  case rowNotDivisible(by: String)
  /// The output head of a tied model, stored apart because it is quantized otherwise.
  case untiedHead
  /// The embedding is looked up, not multiplied by, and stays as trained.
  case embeddingLeft
  /// The output head stays as trained.
  case headLeft
  /// What chooses experts is small and matters much: it keeps more bits, or stays as trained.
  case router
  /// The recipe quantizes experts only.
  case notAnExpert
  /// The file has it so.
  case stored
}

/// The format and the bytes of every tensor of a model, by a recipe or in a file.
public struct WeightPlan: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public let tensor: Tensor
    public let format: TensorFormat
    public let reason: AssignmentReason
    public let bytes: Bytes
  }

  /// What one format holds in all.
  public struct FormatTotal: Hashable, Sendable {
    public let format: TensorFormat
    public fileprivate(set) var tensors: Int
    public fileprivate(set) var elements: Int64
    public fileprivate(set) var bytes: Bytes

    /// What each format holds of some entries, largest first.
    static func totals(of entries: some Sequence<Entry>) -> [FormatTotal] {
      var totals = FormatTotals()
      for entry in entries { totals.add(entry) }
      return totals.largestFirst
    }
  }

  /// What each format holds, added up tensor by tensor.
  struct FormatTotals {
    private var totals: [FormatTotal] = []

    var largestFirst: [FormatTotal] {
      totals.sorted { ($0.bytes, $1.format.name) > ($1.bytes, $0.format.name) }
    }

    mutating func add(_ entry: Entry) {
      guard let known = totals.firstIndex(where: { $0.format == entry.format }) else {
        totals.append(
          FormatTotal(
            format: entry.format, tensors: 1, elements: entry.tensor.shape.elements,
            bytes: entry.bytes))
        return
      }
      totals[known].tensors += 1
      totals[known].elements += entry.tensor.shape.elements
      totals[known].bytes += entry.bytes
    }
  }

  public let origin: WeightOrigin
  public let entries: [Entry]
  /// The bytes of all tensors, without padding between them.
  public let tensorBytes: Bytes

  /// - Throws: ``FormatError/rowNotDivisible(format:elements:unit:)`` when an assignment cannot be.
  public init(
    _ origin: WeightOrigin, assignments: some Sequence<TensorAssignment>
  ) throws(FormatError) {
    self.origin = origin
    var entries: [Entry] = []
    entries.reserveCapacity(assignments.underestimatedCount)
    for assignment in assignments {
      entries.append(
        Entry(
          tensor: assignment.tensor, format: assignment.format, reason: assignment.reason,
          bytes: try assignment.format.bytes(of: assignment.tensor.shape)))
    }
    self.entries = entries
    self.tensorBytes = entries.lazy.map(\.bytes).total
  }

  /// The tensors of a file as it has them.
  ///
  /// - Parameter name: The mix that the file says it is; where it does not, the format that most
  ///   bytes have names it.
  /// - Throws: As ``init(_:assignments:)``.
  public init(
    _ assignments: [TensorAssignment], inFileNamed name: String?, loader: FormatLoader,
    fileBytes: Bytes
  ) throws(FormatError) {
    func stored(_ name: String) -> WeightOrigin {
      .file(StoredWeights(name: name, loader: loader, fileBytes: fileBytes))
    }
    let plan = try WeightPlan(stored(name ?? ""), assignments: assignments)
    self =
      name != nil
      ? plan : plan.from(stored(plan.totalsByFormat.first?.format.name ?? "no tensors"))
  }

  /// Returns the same tensors, each in the format that is given for it.
  ///
  /// - Throws: As ``init(_:assignments:)``.
  func converted(_ format: (Entry) -> TensorFormat) throws(FormatError) -> WeightPlan {
    try WeightPlan(
      origin,
      assignments: entries.map { TensorAssignment($0.tensor, format($0), because: $0.reason) })
  }

  /// Returns the same formats, found in a file.
  public func stored(as stored: StoredWeights) -> WeightPlan { from(.file(stored)) }

  private func from(_ origin: WeightOrigin) -> WeightPlan {
    WeightPlan(origin: origin, entries: entries, tensorBytes: tensorBytes)
  }

  private init(origin: WeightOrigin, entries: [Entry], tensorBytes: Bytes) {
    self.origin = origin
    self.entries = entries
    self.tensorBytes = tensorBytes
  }

  /// The name of the recipe, or of the mix that the file is: `Q4_K_M`.
  public var name: String { origin.name }

  /// The bytes of all tensors with what is known of them: exact unless a format says otherwise.
  public var estimate: ByteEstimate {
    entries.reduce(.zero) { $0 + $1.format.estimate(around: $1.bytes) }
  }

  /// Whether the bytes follow from layouts alone.
  public var basis: Basis { estimate.isExact ? .exact : .modelled }

  /// Whether nothing is quantized.
  public var isPlain: Bool { !entries.contains { $0.format.isQuantized } }

  /// What each format holds, largest first.
  public var totalsByFormat: [FormatTotal] { FormatTotal.totals(of: entries) }

  /// Bits of tensor data for each weight that is stored, in hundredths, rounded to the nearest.
  ///
  /// As llama.cpp counts, weights that are not trained are among them. A head that is stored besides
  /// the embedding although it is the same takes bits, but adds no weights.
  public func centibits(perWeightOf model: ModelShape) -> Int64 {
    let weights = entries.reduce(Int64(0)) { total, entry in
      let isRepeated = entry.tensor.role == .output && !model.hasHead
      return total + (isRepeated ? 0 : entry.tensor.shape.elements)
    }
    let divisor = max(1, weights)
    return (tensorBytes.count / divisor) * 800
      + ((tensorBytes.count % divisor) * 800 + divisor / 2) / divisor
  }
}
