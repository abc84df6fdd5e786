/// Builds a compute graph the way llama.cpp does: tensors are made freely, and *expanded* into the
/// order of execution at certain places.
///
/// Weights and caches on the device that uses them take no part in allocation; only those on the
/// host have tensors here.
struct GraphBuilder {
  private(set) var tensors: [GraphTensor] = []
  private(set) var sources: [GraphTensorIndex] = []
  /// The operations in the order of execution.
  private(set) var nodes: [GraphTensorIndex] = []
  /// The inputs and host weights in the order in which they were reached.
  private(set) var leafs: [GraphTensorIndex] = []
  /// The device that new tensors are made for; negative for the host.
  var device: Int8 = -1
  /// What a GPU's fused operations keep alive beyond its last reader.
  private(set) var keeps: [Keep] = []
  /// The numbers of nodes at the boundaries of layers that were noted.
  private(set) var marks: [Int] = []
  /// What is kept for what comes next.
  private var waiting: [GraphTensorIndex]?
  private var pending: [(tensor: GraphTensorIndex, next: Int32)] = []

  /// Tensors that stay alive until a node has run, where it runs on a GPU.
  struct Keep {
    let until: GraphTensorIndex
    let tensors: [GraphTensorIndex]
  }

  /// Makes room for the tensors of so many layers.
  mutating func reserve(layers: Int) {
    tensors.reserveCapacity(40 * layers + 64)
    sources.reserveCapacity(80 * layers + 64)
    nodes.reserveCapacity(40 * layers + 64)
  }

  /// Notes how far the order of execution has come.
  mutating func mark() { marks.append(nodes.count) }

  /// Hands over the tensors and their sources, which the builder then has no more.
  mutating func takeTensors() -> (tensors: [GraphTensor], sources: [GraphTensorIndex]) {
    var taken: (tensors: [GraphTensor], sources: [GraphTensorIndex]) = ([], [])
    swap(&taken.tensors, &tensors)
    swap(&taken.sources, &sources)
    return taken
  }

  // MARK: Leafs

  /// Makes a tensor that the host fills before the graph runs.
  mutating func input(
    _ element: GraphElement, _ shape: SIMD4<Int64>
  ) -> GraphTensorIndex {
    append(
      .none, element, shape, bytes: shape.elements * element.bytes, flags: .input, device: -1)
  }

  /// Makes a cache that lies on its layer's device and is read by the processor.
  mutating func deviceTensor(shape: SIMD4<Int64>, bytes: Int64) -> GraphTensorIndex {
    append(
      .none, .other, shape, bytes: bytes, flags: [.external, .onDevice], device: device)
  }

  /// Makes a weight or cache that lies in host memory.
  mutating func hostTensor(
    shape: SIMD4<Int64>, bytes: Int64, deviceBytes: Int64, isWeight: Bool
  ) -> GraphTensorIndex {
    append(
      .none, .other, shape, bytes: bytes, deviceBytes: deviceBytes,
      flags: isWeight ? [.external, .onHost, .isWeight] : [.external, .onHost], device: -1)
  }

  // MARK: Operations

  /// Makes the result of an operation with up to three sources on the current device.
  ///
  /// - Parameter workspace: The bytes beyond the result that a GPU's buffer takes for it.
  mutating func op(
    _ op: GraphOp, _ shape: SIMD4<Int64>, _ first: GraphTensorIndex? = nil,
    _ second: GraphTensorIndex? = nil, _ third: GraphTensorIndex? = nil,
    weight: GraphWeight? = nil, element: GraphElement = .f32, flags: GraphTensor.Flags = [],
    workspace: Int64 = 0
  ) -> GraphTensorIndex {
    let start = Int32(sources.count)
    // A matrix is the first source of its product; scales, biases and tables come behind what
    // they are applied to.
    let host = weight?.hostTensor
    let isProduct = op == .mulMat || op == .mulMatID
    if isProduct, let host { sources.append(host) }
    if let first { sources.append(first) }
    if op == .addID, let host { sources.append(host) }
    if let second { sources.append(second) }
    if let third { sources.append(third) }
    if !isProduct, op != .addID, let host { sources.append(host) }
    let bytes = shape.elements * element.bytes
    return append(
      op, element, shape, bytes: bytes, deviceBytes: bytes + workspace,
      flags: weight.map { flags.union($0.flags) } ?? flags, device: device,
      sources: start..<Int32(sources.count))
  }

  /// Makes the result of an operation that a GPU's buffer takes more room for than for the result.
  ///
  /// - Parameter allocated: The bytes of the result and of the operation's room together.
  mutating func op(
    _ op: GraphOp, _ shape: SIMD4<Int64>, from list: [GraphTensorIndex], allocated: Int64,
    weight: GraphWeight? = nil, flags: GraphTensor.Flags = []
  ) -> GraphTensorIndex {
    let start = Int32(sources.count)
    sources.append(contentsOf: list)
    if let host = weight?.hostTensor { sources.append(host) }
    return append(
      op, .f32, shape, bytes: shape.elements * 4, deviceBytes: allocated,
      flags: weight.map { flags.union($0.flags) } ?? flags, device: device,
      sources: start..<Int32(sources.count))
  }

  /// Makes a copy of a cache's values in the cache's own format.
  mutating func op(
    _ op: GraphOp, _ shape: SIMD4<Int64>, _ source: GraphTensorIndex?,
    packedAs format: TensorFormat
  ) -> GraphTensorIndex {
    let start = Int32(sources.count)
    if let source { sources.append(source) }
    var bytes = shape.elements * 4
    if case .blocks(let unit, let blockBytes) = format.layout {
      bytes = shape.elements / unit * blockBytes
    }
    let beyond = format.isQuantized ? shape.x % 512 : 0
    var padding: Int64 = 0
    if beyond != 0, case .blocks(let unit, let blockBytes) = format.layout {
      padding = (512 - beyond) / unit * blockBytes
    }
    return append(
      op, .other, shape, bytes: bytes, deviceBytes: bytes + padding, flags: [], device: device,
      sources: start..<Int32(sources.count))
  }

  /// Makes another look at a tensor, of the same or another shape.
  ///
  /// - Parameter bytes: From the first element to the last, where gaps lie between them.
  mutating func view(
    _ tensor: GraphTensorIndex, _ shape: SIMD4<Int64>? = nil, bytes: Int64? = nil
  ) -> GraphTensorIndex {
    let seen = tensors[Int(tensor)]
    let shape = shape ?? seen.shape
    let start = Int32(sources.count)
    // A view of a view looks at what that looks at.
    sources.append(seen.op == .view ? sources[Int(seen.sources.lowerBound)] : tensor)
    let length = bytes ?? shape.elements * seen.element.bytes
    return append(
      .view, seen.element, shape, bytes: length, flags: seen.flags.intersection(.external),
      device: device, root: seen.root, sources: start..<start + 1)
  }

  /// Makes an operation that writes rows into a tensor of the graph, which then is its result.
  mutating func setRows(
    in destination: GraphTensorIndex, _ values: GraphTensorIndex, at indices: GraphTensorIndex
  ) -> GraphTensorIndex {
    let written = tensors[Int(destination)]
    let start = Int32(sources.count)
    sources += [values, indices, destination]
    return append(
      .setRows, written.element, written.shape, bytes: written.bytes, flags: [], device: device,
      root: written.root, sources: start..<start + 3)
  }

  /// Makes an operation whose result lies in a cache: it runs where the cache is.
  mutating func store(
    _ op: GraphOp, into cache: GraphCacheTensor, _ value: GraphTensorIndex? = nil,
    at indices: GraphTensorIndex? = nil
  ) -> GraphTensorIndex {
    let start = Int32(sources.count)
    if let value { sources.append(value) }
    if let indices { sources.append(indices) }
    return append(
      op, .other, SIMD4(1, 1, 1, 1), bytes: 0, flags: .external,
      device: cache.isOnHost ? -1 : device, sources: start..<Int32(sources.count))
  }

  private mutating func append(
    _ op: GraphOp, _ element: GraphElement, _ shape: SIMD4<Int64>, bytes: Int64,
    deviceBytes: Int64? = nil, flags: GraphTensor.Flags, device: Int8,
    root: GraphTensorIndex? = nil, sources: Range<Int32> = 0..<0
  ) -> GraphTensorIndex {
    let index = GraphTensorIndex(tensors.count)
    tensors.append(
      GraphTensor(
        op: op, element: element, shape: shape, bytes: bytes, deviceBytes: deviceBytes ?? bytes,
        root: root ?? index, sources: sources, flags: flags, device: device))
    return index
  }

  /// What a tensor is made of, without weights that lie with it.
  func sources(of tensor: GraphTensorIndex) -> [GraphTensorIndex] {
    tensors[Int(tensor)].sources.map { sources[Int($0)] }
  }

  /// Marks a tensor as read after the graph has run.
  mutating func markOutput(_ tensor: GraphTensorIndex) {
    tensors[Int(tensor)].flags.insert(.output)
  }

  /// Keeps tensors alive until a node has run on a GPU.
  mutating func keep(_ tensors: [GraphTensorIndex], until node: GraphTensorIndex) {
    keeps.append(Keep(until: node, tensors: tensors))
  }

  /// Keeps tensors alive until what comes next in the order of execution has run on a GPU.
  mutating func keepUntilNext(_ tensors: [GraphTensorIndex]) { waiting = tensors }

  // MARK: Order

  /// Appends everything that a tensor depends on, and the tensor, to the order of execution:
  /// depth first, sources from left to right, what was reached before left out.
  ///
  /// Source: ggml 0.25.3, ggml.c, `ggml_build_forward_expand`.
  mutating func expand(_ tensor: GraphTensorIndex) {
    guard enter(tensor) else { return }
    while let top = pending.last {
      let sources = tensors[Int(top.tensor)].sources
      let position = sources.lowerBound + top.next
      guard position < sources.upperBound else {
        pending.removeLast()
        finish(top.tensor)
        continue
      }
      pending[pending.count - 1].next += 1
      _ = enter(self.sources[Int(position)])
    }
  }

  private mutating func enter(_ tensor: GraphTensorIndex) -> Bool {
    guard tensors[Int(tensor)].flags.insert(.seen).inserted else { return false }
    pending.append((tensor, 0))
    return true
  }

  private mutating func finish(_ tensor: GraphTensorIndex) {
    switch tensors[Int(tensor)].op {
    case .none: leafs.append(tensor)
    case .view:
      // A view takes no room: what is kept for it is free before anything else is made.
      if let waiting, let last = nodes.last { keep(waiting, until: last) }
      waiting = nil
    default:
      nodes.append(tensor)
      if let waiting { keep(waiting, until: tensor) }
      waiting = nil
    }
  }
}

/// A weight as an operation's source: on the device that uses it, or on the host.
struct GraphWeight {
  /// The weight's tensor when it lies on the host.
  let hostTensor: GraphTensorIndex?

  fileprivate var flags: GraphTensor.Flags { hostTensor == nil ? .hasWeight : [] }
}

/// A layer's cache or state: on the device that uses it, or on the host.
struct GraphCacheTensor {
  let isOnHost: Bool
}

extension SIMD4<Int64> {
  /// The product of the four dimensions.
  var elements: Int64 { x * y * z * w }
}

extension GraphElement {
  /// The bytes of one element; 0 where the layout is another's business.
  var bytes: Int64 {
    switch self {
    case .f32, .i32: 4
    case .f16: 2
    case .i64: 8
    case .other: 0
    }
  }
}
