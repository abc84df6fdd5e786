/// Where the rules of a runtime enter what it allocates: added up always, and line by line where it
/// is to be shown.
///
/// Rules are written once, against this; ``Budget`` and ``BudgetEvaluator`` differ in what they ask
/// of it.
struct Ledger {
  /// Whether lines are kept.
  let isExplained: Bool
  private(set) var sums: PlaceSums
  private(set) var lines: [BudgetLine] = []
  /// The device that rules of one device alone take for the first.
  var firstDevice = 0

  init(devices: Int, isExplained: Bool) {
    sums = PlaceSums(devices: devices)
    self.isExplained = isExplained
  }

  /// A sum to enter as a line's bytes.
  func sum() -> ExplainedSum { ExplainedSum(isExplained: isExplained) }

  /// Enters a line whose bytes are known.
  mutating func enter(
    exactly name: BudgetLine.Name, on place: Place, _ sum: borrowing ExplainedSum,
    source: @autoclosure () -> String
  ) {
    enter(
      name, on: place, basis: .exact, estimate: ByteEstimate(exactly: sum.bytes), sum,
      source: source())
  }

  /// Enters a line whose bytes are estimated.
  mutating func enter(
    _ name: BudgetLine.Name, on place: Place, basis: Basis, estimate: ByteEstimate,
    _ sum: borrowing ExplainedSum, source: @autoclosure () -> String
  ) {
    let place: Place =
      if case .device(let index) = place { .device(firstDevice + index) } else { .host }
    sums.add(estimate, as: name, on: place)
    guard isExplained else { return }
    lines.append(
      BudgetLine(
        name, on: place, basis: basis, estimate: estimate, formula: sum.formula, source: source()))
  }

  /// Gives every line another source.
  mutating func rename(sources source: (BudgetLine) -> String) {
    lines = lines.map { line in
      BudgetLine(
        line.name, on: line.place, basis: line.basis, estimate: line.estimate,
        formula: line.formula, source: source(line))
    }
  }

  /// Forgets everything, keeping the room for it.
  mutating func clear() {
    sums.clear()
    lines.removeAll(keepingCapacity: true)
  }
}

/// What is needed in each place, and for each kind of line.
struct PlaceSums: Hashable, Sendable {
  /// The devices' needs in order, and the host's.
  private var places: [ByteEstimate]
  private var names: [ByteEstimate]

  init(devices: Int) {
    places = Array(repeating: .zero, count: devices + 1)
    names = Array(repeating: .zero, count: BudgetLine.Name.count)
  }

  var devices: Int { places.count - 1 }

  private func index(of place: Place) -> Int {
    switch place {
    case .device(let index): index
    case .host: places.count - 1
    }
  }

  subscript(place: Place) -> ByteEstimate { places[index(of: place)] }

  subscript(name: BudgetLine.Name) -> ByteEstimate { names[name.index] }

  mutating func add(_ estimate: ByteEstimate, as name: BudgetLine.Name, on place: Place) {
    let index = index(of: place)
    places[index] = places[index] + estimate
    names[name.index] = names[name.index] + estimate
  }

  mutating func add(_ other: PlaceSums) {
    for index in places.indices { places[index] = places[index] + other.places[index] }
    for index in names.indices { names[index] = names[index] + other.names[index] }
  }

  mutating func clear() {
    for index in places.indices { places[index] = .zero }
    for index in names.indices { names[index] = .zero }
  }
}

extension BudgetLine.Name {
  /// The name's number among all.
  fileprivate var index: Int {
    switch self {
    case .weights: 0
    case .keyValueCache: 1
    case .recurrentState: 2
    case .computeBuffer: 3
    case .outputBuffer: 4
    case .runtimeContext: 5
    case .draftModel: 6
    case .projector: 7
    case .adapter: 8
    case .cudaGraphs: 9
    case .claimedRest: 10
    }
  }

  fileprivate static let count = 11
}
