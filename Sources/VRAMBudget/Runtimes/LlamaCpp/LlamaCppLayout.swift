/// What of a model lies where, under one division of its layers among devices: all that does not
/// depend on the context, the batch or the cache's formats.
final class LlamaCppLayout {
  /// What decides a layout.
  struct Key: Hashable {
    let placement: LlamaCppPlacement
    /// The kind of each device's memory.
    let backends: [Backend]
    /// Whether caches and states lie with their layers.
    let offloadsCache: Bool
    let hostExpertLayers: Int

    /// Whether a graph has weights that lie on the host.
    var needsHostWeights: Bool { !placement.isWhollyOffloaded || hostExpertLayers != 0 }
  }

  /// Layers that keep alike in one place.
  struct CacheKind {
    let row: CacheRow
    let place: Place
    /// The first of them.
    let firstLayer: Int
    var layers: Int64
  }

  /// Layers that carry alike in one place.
  struct StateKind {
    let state: RecurrentState
    let place: Place
    var layers: Int64
  }

  /// The weights in one place.
  struct Weights {
    let place: Place
    let totals: [WeightPlan.FormatTotal]
    /// What the tensors take, and what the place's memory gives them.
    let stored: Bytes
    let allocated: Bytes
  }

  /// An adapter's matrices in one place.
  struct AdapterPart {
    let name: String
    /// The rank of all pairs in f32; nil where a file has them.
    let rank: Int64?
    let place: Place
    let bytes: Bytes
  }

  let key: Key
  let model: LlamaCppModel
  /// All places, devices first.
  let places: [Place]
  /// Whether every unit is on a device.
  let isWhollyOffloaded: Bool
  /// By the first layer of each kind.
  let caches: [CacheKind]
  let states: [StateKind]
  let weights: [Weights]
  let adapters: Result<[AdapterPart], RuntimeError>
  /// The placement as the compute graph counts it.
  let graphPlacement: GraphPlacement
  /// The layers that a compute graph is built of.
  let graphLayers: LayerSelection
  /// The number of this layout's compute graphs among those that are kept.
  let graphFamily: Int

  init(_ model: LlamaCppModel, _ key: Key, graphs: PricedGraphs) {
    self.model = model
    self.key = key
    let host = key.placement.host
    let devices = key.backends.indices.map(Place.device)
    let places = host == .host ? devices + [.host] : devices
    self.places = places
    isWhollyOffloaded = key.placement.isWhollyOffloaded
    (caches, states) = Self.kept(by: model, key)
    weights = Self.weights(of: model, key, in: places)
    adapters = Self.adapterParts(of: model, key, places)
    graphPlacement = GraphPlacement(
      layers: key.placement.layers.map(\.graphDevice), output: key.placement.output.graphDevice,
      gpus: host == .host ? key.backends.count : 0, offloadsCache: key.offloadsCache,
      hostExpertLayers: key.hostExpertLayers)
    graphLayers = LayerSelection(model.shape, graphPlacement)
    graphFamily =
      model.traits == nil
      ? -1
      : graphs.family(
        PricedGraphs.Family(
          model: model.shape, placement: graphPlacement, backend: key.backends[0],
          hostWeights: key.needsHostWeights ? model.weights : nil))
  }

  /// The kind of the memory in a place.
  func backend(of place: Place) -> Backend { Self.backend(of: place, key) }

  private static func backend(of place: Place, _ key: Key) -> Backend {
    switch place {
    case .host: .cpu
    case .device(let index): key.backends[index]
    }
  }

  private static func kept(by model: LlamaCppModel, _ key: Key) -> ([CacheKind], [StateKind]) {
    var caches: [CacheKind] = []
    var states: [StateKind] = []
    for (index, layer) in model.shape.layers.enumerated() {
      let place = key.offloadsCache ? key.placement.layers[index] : key.placement.host
      for row in layer.cacheRows {
        if let known = caches.firstIndex(where: { $0.row == row && $0.place == place }) {
          caches[known].layers += 1
        } else {
          caches.append(CacheKind(row: row, place: place, firstLayer: index, layers: 1))
        }
      }
      for state in layer.recurrentStates {
        if let known = states.firstIndex(where: { $0.state == state && $0.place == place }) {
          states[known].layers += 1
        } else {
          states.append(StateKind(state: state, place: place, layers: 1))
        }
      }
    }
    return (caches, states)
  }

  // MARK: Weights

  private static func weights(
    of model: LlamaCppModel, _ key: Key, in places: [Place]
  ) -> [Weights] {
    let buffers = places.map { GGMLBufferType(backend: backend(of: $0, key)) }
    var totals = places.map { _ in WeightPlan.FormatTotals() }
    var allocated = places.map { _ in Bytes.zero }
    for entry in model.weights.entries {
      for index in places.indices where holds(entry.tensor, of: model, key, in: places[index]) {
        totals[index].add(entry)
        allocated[index] += buffers[index].allocated(
          entry.bytes, rowElements: entry.tensor.shape.rowElements, format: entry.format)
      }
    }
    return places.indices.compactMap { index in
      let parts = totals[index].largestFirst
      guard !parts.isEmpty else { return nil }
      return Weights(
        place: places[index], totals: parts, stored: parts.lazy.map(\.bytes).total,
        allocated: allocated[index])
    }
  }

  /// Whether a place holds a tensor.
  private static func holds(
    _ tensor: Tensor, of model: LlamaCppModel, _ key: Key, in place: Place
  ) -> Bool {
    let placement = key.placement
    if let layer = tensor.layer {
      let staysOnHost = tensor.role.isRoutedExpert && layer < key.hostExpertLayers
      return (staysOnHost ? placement.host : placement.layers[layer]) == place
    }
    switch tensor.role {
    case .tokenEmbedding:
      // The input matrix stays on the host; a tied model needs it again where the output is, and
      // EmbeddingGemma loads it there for no use.
      let isHead =
        model.shape.hasTiedEmbeddings || model.shape.architecture.ggufName == "gemma-embedding"
      return place == placement.host || isHead && placement.output == place
    case .perLayerTokenEmbedding, .positionEmbedding, .tokenTypes:
      return place == placement.host
    case .perLayerModelProjection, .perLayerProjectionNorm: return placement.layers[0] == place
    case .tokenEmbeddingNorm where model.shape.isEncoder: return placement.layers[0] == place
    case .ropeFrequencies, .ropeFactorsLong, .ropeFactorsShort:
      return placement.layers.contains(place)
    // Bloom normalizes in the first layer; LFM2 has its output norm under this name.
    case .tokenEmbeddingNorm
    where model.shape.tensors.contains(where: { $0.role == .outputNorm }):
      return placement.layers.first == place
    default: return placement.output == place
    }
  }

  // MARK: Adapters

  /// Adapters lie beside the matrices that they change.
  private static func adapterParts(
    of model: LlamaCppModel, _ key: Key, _ places: [Place]
  ) -> Result<[AdapterPart], RuntimeError> {
    let adapters = model.companions.adapters
    guard !adapters.isEmpty else { return .success([]) }
    let known = Dictionary(
      model.weights.entries.map { ($0.tensor.name, $0.tensor) }, uniquingKeysWith: { a, _ in a })
    var parts: [AdapterPart] = []
    for adapter in adapters {
      var sums: [Place: Bytes] = [:]
      for pair in adapter.pairs {
        guard let tensor = known[pair.target] else {
          return .failure(.adapterOfOtherModel(adapter: adapter.name, tensor: pair.target))
        }
        // A tied embedding is changed where it stands for the input.
        let place =
          places.last { holds(tensor, of: model, key, in: $0) } ?? key.placement.host
        let buffers = GGMLBufferType(backend: backend(of: place, key))
        for part in [pair.first, pair.second] {
          sums[place, default: .zero] += buffers.allocated(part, rowElements: 512, format: .f16)
        }
      }
      parts += places.compactMap { place in
        sums[place].map {
          AdapterPart(name: adapter.name, rank: adapter.rank, place: place, bytes: $0)
        }
      }
    }
    return .success(parts)
  }
}

extension Place {
  /// The place's number in a compute graph: the device's, or −1 for the host.
  fileprivate var graphDevice: Int8 {
    switch self {
    case .host: -1
    case .device(let index): Int8(clamping: index)
    }
  }
}
