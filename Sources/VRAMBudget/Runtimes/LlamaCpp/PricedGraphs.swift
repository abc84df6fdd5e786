/// The compute graphs that were priced, and what of a model lies where, kept to be asked for again.
///
/// A graph takes tens of microseconds to build and lay out, and so does finding what of a model lies
/// where; everything else of a budget takes less than one. Evaluators that share one value share what
/// they priced: of one model, whatever its weights' formats, as long as they all lie on devices.
///
/// Not for several threads at once: give each its own.
public final class PricedGraphs {
  /// What decides how large a family's graph is.
  struct Key: Hashable {
    let family: Int
    let batch: GraphBatch
    let attention: GraphAttentionSettings
    let keepsBackendPins: Bool
  }

  /// Graphs of one model in one placement.
  struct Family {
    let model: ModelShape
    let placement: GraphPlacement
    /// The kind of the devices' memory.
    let backend: Backend
    /// The weights that may have to be copied; nil where none lies on the host.
    let hostWeights: WeightPlan?
  }

  /// How many graphs are kept; beyond that, all are forgotten.
  public let limit: Int
  /// How many graphs were built so far.
  public private(set) var built = 0
  private var latest: (key: Key, buffers: ComputeBuffers)?
  // A few graphs and the first family need no table, which takes long to set up; most programs have
  // no more.
  private var few: [(key: Key, buffers: ComputeBuffers)] = []
  private var table: [Key: ComputeBuffers] = [:]
  private var firstFamily: Family?
  private var families: [Family: Int] = [:]
  private var latestFamily = 0
  /// Few: found by looking through them.
  private var stocks: [LlamaCppStock] = []

  private static let mostWithoutTable = 8
  /// As many models with their weights as are kept, some 100 kB each.
  private static let mostStocks = 32

  /// - Parameter limit: How many graphs are kept, some 300 bytes each.
  public init(limit: Int = 1 << 16) { self.limit = max(1, limit) }

  /// How many graphs are kept now.
  public var count: Int { few.count + table.count }

  /// The number of a family, the same for equal ones.
  func family(_ family: Family) -> Int {
    guard let firstFamily else {
      self.firstFamily = family
      return 0
    }
    if firstFamily == family { return 0 }
    if let known = families[family] { return known }
    if families.count >= limit { families.removeAll() }
    latestFamily += 1
    families[family] = latestFamily
    return latestFamily
  }

  /// The buffers of a graph: those that are known, else those that it builds.
  func buffers(for key: Key, building build: () -> ComputeBuffers) -> ComputeBuffers {
    if let latest, latest.key == key { return latest.buffers }
    if table.isEmpty {
      if let known = few.first(where: { $0.key == key }) {
        latest = known
        return known.buffers
      }
    } else if let known = table[key] {
      latest = (key, known)
      return known
    }
    let found = build()
    keep(found, for: key)
    latest = (key, found)
    return found
  }

  /// Returns a model under llama.cpp's rules, with the layouts that were found of it.
  ///
  /// - Throws: ``RuntimeError`` for a model that llama.cpp does not load.
  func llamaCppStock(of load: ModelLoad) throws(RuntimeError) -> LlamaCppStock {
    if let known = stocks.first(where: { $0.isOf(load) }) { return known }
    try LlamaCpp.checkLimits(of: load.model)
    if stocks.count >= Self.mostStocks { stocks.removeAll() }
    let stock = LlamaCppStock(load)
    stocks.append(stock)
    return stock
  }

  private func keep(_ buffers: ComputeBuffers, for key: Key) {
    built += 1
    if count >= limit {
      few.removeAll(keepingCapacity: true)
      table.removeAll(keepingCapacity: true)
    }
    if table.isEmpty, few.count < Self.mostWithoutTable {
      few.append((key, buffers))
      return
    }
    for (key, buffers) in few { table[key] = buffers }
    few.removeAll()
    table[key] = buffers
  }
}

extension PricedGraphs.Family: Hashable {
  /// Names and placement tell families apart well enough; hashing every tensor would take longer
  /// than a graph.
  func hash(into hasher: inout Hasher) {
    hasher.combine(model.id)
    hasher.combine(model.tensors.count)
    hasher.combine(placement)
    hasher.combine(backend)
    hasher.combine(hostWeights?.tensorBytes)
  }
}
