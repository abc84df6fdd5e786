/// The sizes of the batch that a graph computes.
struct GraphBatch: Hashable {
  /// The tokens computed at once (`ub`).
  let tokens: Int64
  /// The tokens whose logits are kept.
  let outputs: Int64
  let sequences: Int64
  /// The cells of one stream of a full-attention cache.
  let cells: Int64
  /// The cells of one stream of a sliding layer's cache.
  let windowCells: Int64
  let streams: Int64
}

/// How attention and its cache are set up.
struct GraphAttentionSettings: Hashable {
  /// Whether attention is one fused operation (flash attention).
  let isFused: Bool
  let keyFormat: TensorFormat
  let valueFormat: TensorFormat

  /// Whether the cache keeps values transposed, as plain attention reads them.
  let transposesValues: Bool
  /// Whether the processor must compute it, as no GPU kernel reads the cache.
  let runsOnProcessor: Bool
}

/// Where the layers of a model run; negative is the host.
struct GraphPlacement: Hashable {
  let layers: [Int8]
  let output: Int8
  let gpus: Int
  /// Whether caches and states lie with their layers, rather than all on the host.
  let offloadsCache: Bool
  /// The number of first layers whose experts stay on the host.
  let hostExpertLayers: Int
}

/// A model's weights by what they are for.
struct WeightTable {
  fileprivate struct Key: Hashable {
    let role: TensorRole
    let part: Tensor.Part
    let layer: Int?
  }

  fileprivate let entries: [Key: WeightPlan.Entry]

  init(_ plan: WeightPlan) {
    entries = Dictionary(
      plan.entries.map {
        (Key(role: $0.tensor.role, part: $0.tensor.part, layer: $0.tensor.layer), $0)
      }, uniquingKeysWith: { first, _ in first })
  }
}

/// Finds host weights by what they are for.
struct HostWeights {
  private let table: WeightTable?
  private let buffers: GGMLBufferType

  /// - Parameter table: The weights; nil when every weight is on the device that uses it.
  init(_ table: WeightTable?, copiedTo buffers: GGMLBufferType) {
    self.table = table
    self.buffers = buffers
  }

  /// The shape of a weight, its bytes, and the bytes of a copy on a device.
  func find(
    _ role: TensorRole, _ part: Tensor.Part, layer: Int?
  ) -> (shape: TensorShape, bytes: Int64, deviceBytes: Int64)? {
    guard let entry = table?.entries[.init(role: role, part: part, layer: layer)]
    else { return nil }
    let allocated = buffers.allocated(
      entry.bytes, rowElements: entry.tensor.shape.rowElements, format: entry.format)
    return (entry.tensor.shape, entry.bytes.count, allocated.count)
  }
}
