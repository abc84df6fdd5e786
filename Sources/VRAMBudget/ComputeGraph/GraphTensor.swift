/// What produces a tensor of a compute graph.
///
/// Names are ggml's (`enum ggml_op`).
enum GraphOp: UInt8 {
  /// A leaf, or a copy that the scheduler made.
  case none
  /// Another look at a tensor: VIEW, RESHAPE, PERMUTE, TRANSPOSE.
  case view
  case add, addID, sub, mul, div, scale, clamp, fill, sqr, sqrt, unary, rope, rmsNorm, softMax
  case norm, mean, glu, cont, cpy, concat, pad, repeated, getRows, setRows, sumRows, argsort
  case mulMat, mulMatID, flashAttention
  case ssmConv, ssmScan, gatedDeltaNet

  /// Whether the result may take the place of a source that nobody else reads.
  ///
  /// Source: ggml 0.25.3, ggml-alloc.c, `ggml_op_can_inplace`.
  var mayReuseSource: Bool {
    switch self {
    case .add, .addID, .sub, .mul, .div, .scale, .clamp, .fill, .sqr, .sqrt, .unary, .rope,
      .rmsNorm, .softMax:
      true
    case .none, .view, .norm, .mean, .glu, .cont, .cpy, .concat, .pad, .repeated, .getRows,
      .setRows, .sumRows,
      .argsort, .mulMat, .mulMatID, .flashAttention, .ssmConv, .ssmScan, .gatedDeltaNet:
      false
    }
  }

  /// Whether a weight source decides where the operation runs.
  ///
  /// Source: ggml 0.25.3, ggml-backend.cpp, `ggml_backend_sched_backend_id_from_cur`.
  var followsWeight: Bool { self != .rope && self != .flashAttention }
}

/// The type of a graph tensor's elements, as far as reuse in place asks.
enum GraphElement: UInt8 {
  case f32, f16, i32, i64, other
}

/// A tensor's number within its graph.
typealias GraphTensorIndex = Int32

/// One tensor of a compute graph.
struct GraphTensor {
  struct Flags: OptionSet {
    let rawValue: UInt16
    /// Lives in a weight, cache or state buffer: never allocated, freed or reused here.
    static let external = Flags(rawValue: 1 << 0)
    /// Filled before the graph runs, by the host.
    static let input = Flags(rawValue: 1 << 1)
    /// Read after the graph has run: never freed.
    static let output = Flags(rawValue: 1 << 2)
    /// Has a weight on its own device as a source.
    static let hasWeight = Flags(rawValue: 1 << 3)
    /// Lies in host memory though its layer may run elsewhere.
    static let onHost = Flags(rawValue: 1 << 4)
    /// A normalization, which llama.cpp may pin to its layer's device.
    static let isNorm = Flags(rawValue: 1 << 5)
    /// Was reached by an expansion already.
    static let seen = Flags(rawValue: 1 << 6)
    /// A weight in host memory, which may have to be copied.
    static let isWeight = Flags(rawValue: 1 << 7)
    /// Runs on the device it was made for, whatever its neighbours do.
    static let staysPut = Flags(rawValue: 1 << 8)
    /// An external tensor that the processor reads, though it lies on its layer's device.
    static let onDevice = Flags(rawValue: 1 << 10)
    /// No device has a kernel for it.
    static let processorOnly = Flags(rawValue: 1 << 11)
    /// llama.cpp pins it to the host (attention over a cache in host memory).
    static let hostPinned = Flags(rawValue: 1 << 9)
  }

  let op: GraphOp
  let element: GraphElement
  /// The dimensions, fastest first.
  let shape: SIMD4<Int64>
  /// The bytes from the first element to the last.
  let bytes: Int64
  /// The bytes that a GPU's buffer takes for it: with padded rows or an operation's workspace.
  let deviceBytes: Int64
  /// The tensor that a view looks at; the tensor's own index when it is none.
  let root: GraphTensorIndex
  /// Where its sources begin in the graph's list of sources, and how many they are.
  private let firstSource: Int32
  private let sourceCount: UInt16
  var flags: Flags
  /// The device it was made for; negative for the host.
  var device: Int8

  init(
    op: GraphOp, element: GraphElement, shape: SIMD4<Int64>, bytes: Int64, deviceBytes: Int64,
    root: GraphTensorIndex, sources: Range<Int32>, flags: Flags, device: Int8
  ) {
    self.op = op
    self.element = element
    self.shape = shape
    self.bytes = bytes
    self.deviceBytes = deviceBytes
    self.root = root
    firstSource = sources.lowerBound
    sourceCount = UInt16(sources.count)
    self.flags = flags
    self.device = device
  }

  /// Where its sources stand in the graph's list of sources.
  var sources: Range<Int32> { firstSource..<(firstSource + Int32(sourceCount)) }

  /// Whether another tensor is made the same way, from other sources.
  func isLike(_ other: GraphTensor) -> Bool {
    op == other.op && element == other.element && shape == other.shape && bytes == other.bytes
      && deviceBytes == other.deviceBytes && flags == other.flags
  }

  /// The number of rows, as the offload test counts them.
  var rows: Int64 {
    switch op {
    case .mulMat: shape.y
    case .mulMatID: shape.z
    default: shape.y * shape.z * shape.w
    }
  }
}
