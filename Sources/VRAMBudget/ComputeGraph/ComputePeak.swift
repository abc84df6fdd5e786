/// What a compute buffer holds when it is at its fullest.
public struct ComputePeak: Hashable, Sendable {
  /// What a tensor of the graph is for, as far as its length tells.
  public enum Purpose: String, Hashable, Sendable, CaseIterable {
    case logits
    case feedForward = "feed-forward"
    case attention
    case hiddenState = "hidden state"
    /// What the host fills in: embeddings, positions, masks.
    case inputs
    /// Copies of inputs, or of what another device computed.
    case copies
    case other
  }

  /// Tensors of one purpose and shape.
  public struct Group: Hashable, Sendable {
    public let purpose: Purpose
    /// ggml's name of the operation that makes them.
    public let operation: String
    /// The dimensions, the length of a row first.
    public let shape: [Int64]
    public let count: Int
    /// All of them together.
    public let bytes: Bytes

    /// The most bytes first; among equals an order that is the same in every run.
    static func comesBefore(_ a: Group, _ b: Group) -> Bool {
      if a.bytes != b.bytes { return a.bytes > b.bytes }
      if a.operation != b.operation { return a.operation < b.operation }
      if a.shape.count != b.shape.count { return a.shape.count < b.shape.count }
      if a.shape != b.shape { return b.shape.lexicographicallyPrecedes(a.shape) }
      return a.purpose.rawValue < b.purpose.rawValue
    }
  }

  /// The tensors that are alive, those with the most bytes first.
  public let groups: [Group]
  /// The whole buffer.
  public let bytes: Bytes

  /// What lies between the tensors and is too small, or too late, to be used.
  public var holes: Bytes { bytes - groups.lazy.map(\.bytes).total }

  /// What the most bytes are for.
  public var cause: Purpose {
    let totals = Purpose.allCases.map { purpose in
      (purpose, groups.lazy.filter { $0.purpose == purpose }.map(\.bytes).total)
    }
    return totals.max { $0.1 < $1.1 }?.0 ?? .other
  }
}

extension ComputePeak {
  /// The lengths by which a graph's tensors are told apart.
  struct Lengths {
    let vocabulary: Int64
    let hidden: Int64
    let feedForward: Set<Int64>
    let cells: Set<Int64>

    func purpose(of tensor: GraphTensor) -> Purpose {
      if tensor.flags.contains(.input) { return .inputs }
      if tensor.op == .none { return .copies }
      let row = tensor.shape.x
      if row == vocabulary { return .logits }
      if cells.contains(row) { return .attention }
      switch tensor.op {
      case .softMax, .flashAttention, .rope: return .attention
      default: break
      }
      if feedForward.contains(row) { return .feedForward }
      return row == hidden ? .hiddenState : .other
    }
  }

  /// - Parameter tensors: What is alive, each with the bytes it takes.
  init(
    _ tensors: [(tensor: GraphTensor, bytes: Int64)], bytes: Bytes, lengths: Lengths
  ) {
    struct Key: Hashable {
      let purpose: Purpose
      let operation: String
      let shape: [Int64]
    }
    var totals: [Key: (count: Int, bytes: Int64)] = [:]
    for (tensor, size) in tensors where size > 0 {
      let shape = [tensor.shape.x, tensor.shape.y, tensor.shape.z, tensor.shape.w]
      let used = shape.lastIndex { $0 > 1 }.map { $0 + 1 } ?? 1
      let key = Key(
        purpose: lengths.purpose(of: tensor), operation: tensor.op.name,
        shape: Array(shape.prefix(used)))
      let known = totals[key] ?? (0, 0)
      totals[key] = (known.count + 1, known.bytes + size)
    }
    groups = totals.map { key, total in
      Group(
        purpose: key.purpose, operation: key.operation, shape: key.shape, count: total.count,
        bytes: Bytes(total.bytes))
    }.sorted(by: Group.comesBefore)
    self.bytes = bytes
  }
}

extension GraphOp {
  /// ggml's name of the operation, as its logs print it.
  var name: String {
    switch self {
    case .none: "leaf"
    case .view: "VIEW"
    case .add: "ADD"
    case .addID: "ADD_ID"
    case .sub: "SUB"
    case .mul: "MUL"
    case .div: "DIV"
    case .scale: "SCALE"
    case .clamp: "CLAMP"
    case .fill: "FILL"
    case .sqr: "SQR"
    case .sqrt: "SQRT"
    case .unary: "UNARY"
    case .rope: "ROPE"
    case .rmsNorm: "RMS_NORM"
    case .norm: "NORM"
    case .mean: "MEAN"
    case .softMax: "SOFT_MAX"
    case .glu: "GLU"
    case .cont: "CONT"
    case .cpy: "CPY"
    case .concat: "CONCAT"
    case .pad: "PAD"
    case .repeated: "REPEAT"
    case .getRows: "GET_ROWS"
    case .setRows: "SET_ROWS"
    case .sumRows: "SUM_ROWS"
    case .argsort: "ARGSORT"
    case .mulMat: "MUL_MAT"
    case .mulMatID: "MUL_MAT_ID"
    case .flashAttention: "FLASH_ATTN_EXT"
    case .ssmConv: "SSM_CONV"
    case .ssmScan: "SSM_SCAN"
    case .gatedDeltaNet: "GATED_DELTA_NET"
    }
  }
}
