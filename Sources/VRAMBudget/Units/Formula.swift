/// How a quantity of memory comes about, with the numbers put in: a sum of products.
///
/// A line's bytes are computed *from* its formula, so what is explained is what was counted.
public struct Formula: Hashable, Sendable {
  /// A number and what it counts.
  public struct Factor: Hashable, Sendable {
    public let value: Int64
    public let quantity: Quantity

    public init(_ value: Int64, _ quantity: Quantity) {
      self.value = value
      self.quantity = quantity
    }
  }

  /// A product of factors, divided exactly by `divisor`.
  public struct Term: Hashable, Sendable {
    /// What the term is, where the factors do not say it: a format's name, `logits`.
    public let label: String
    public let factors: [Factor]
    public let divisor: Int64

    public init(_ label: String = "", _ factors: [Factor], dividedBy divisor: Int64 = 1) {
      self.label = label
      self.factors = factors
      self.divisor = divisor
    }

    /// A number of bytes that has no factors worth naming.
    public init(_ label: String, bytes: Bytes) {
      self.init(label, [Factor(bytes.count, .bytes)])
    }

    public var bytes: Bytes { Bytes(factors.reduce(1) { $0 * $1.value } / divisor) }
  }

  public let terms: [Term]

  public init(_ terms: [Term]) { self.terms = terms }

  public init(_ label: String = "", _ factors: [Factor], dividedBy divisor: Int64 = 1) {
    self.init([Term(label, factors, dividedBy: divisor)])
  }

  /// The sum of all terms.
  public var bytes: Bytes { terms.lazy.map(\.bytes).total }

  public static func + (a: Formula, b: Formula) -> Formula { Formula(a.terms + b.terms) }
}

/// A sum of products that a rule adds up: its bytes always, the products themselves where they are
/// to be shown.
///
/// The one way to a line's bytes, so that what is explained is what was counted, and a total that
/// nobody asks to explain costs no more than its multiplications.
struct ExplainedSum {
  typealias Factor = Formula.Factor

  let isExplained: Bool
  private(set) var bytes = Bytes.zero
  /// The number of products.
  private(set) var count = 0
  private var terms: [Formula.Term] = []

  init(isExplained: Bool) { self.isExplained = isExplained }

  /// Adds a product of factors, divided exactly by `divisor`.
  mutating func add(
    _ label: @autoclosure () -> String = "", _ a: Factor, _ b: Factor? = nil, _ c: Factor? = nil,
    _ d: Factor? = nil, _ e: Factor? = nil, _ f: Factor? = nil, _ g: Factor? = nil,
    dividedBy divisor: Int64 = 1
  ) {
    let low = a.value * (b?.value ?? 1) * (c?.value ?? 1) * (d?.value ?? 1)
    bytes += Bytes(low * (e?.value ?? 1) * (f?.value ?? 1) * (g?.value ?? 1) / divisor)
    count += 1
    guard isExplained else { return }
    terms.append(
      Formula.Term(label(), [a, b, c, d, e, f, g].compactMap { $0 }, dividedBy: divisor))
  }

  /// Adds a number of bytes that has no factors worth naming.
  mutating func add(_ label: @autoclosure () -> String, bytes: Bytes) {
    add(label(), Factor(bytes.count, .bytes))
  }

  /// What was added; empty where nothing is to be shown.
  var formula: Formula { Formula(terms) }
}

/// What a number in a ``Formula`` counts; the raw value is the word for it.
public enum Quantity: String, Hashable, Sendable {
  case bytes = "B"
  case bytesPerElement = "B each"
  case bytesPerBlock = "B a block"
  case elements = "elements"
  case layers = "layers"
  case keysAndValues = "K and V"
  case queryHeads = "query heads"
  case keyValueHeads = "KV heads"
  case headDimension = "head dimension"
  case rowElements = "elements a row"
  case tokens = "tokens"
  case cells = "cells"
  case blocks = "blocks"
  /// What stands for several tokens in a compressed cache.
  case entries = "entries"
  case streams = "streams"
  case sequences = "sequences"
  case batchTokens = "tokens of a batch"
  case outputs = "outputs"
  case vocabulary = "vocabulary"
  case hiddenSize = "hidden size"
  case times = "×"
}
