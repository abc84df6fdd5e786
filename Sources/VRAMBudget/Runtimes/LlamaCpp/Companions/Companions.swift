/// What a runtime loads beside a model, and what shares its devices: drafts, adapters and projectors
/// under llama.cpp, the other parts of a checkpoint under those that load it whole.
public struct Companions: Hashable, Sendable {
  /// A small model that proposes tokens (`--model-draft`).
  public let draft: Draft?
  /// LoRA adapters (`--lora`), all loaded at once.
  public let adapters: [Adapter]
  /// What turns images into embeddings (`--mmproj`).
  public let projector: Projector?

  public init(draft: Draft? = nil, adapters: [Adapter] = [], projector: Projector? = nil) {
    self.draft = draft
    self.adapters = adapters
    self.projector = projector
  }

  /// A model that proposes tokens.
  public struct Draft: Hashable, Sendable {
    public let model: ModelShape
    public let weights: WeightPlan

    public init(model: ModelShape, weights: WeightPlan) {
      self.model = model
      self.weights = weights
    }
  }

  /// A vision projector: the whole tower that a `mmproj` file holds.
  public enum Projector: Hashable, Sendable {
    case file(name: String, tensorBytes: Bytes)
    /// There is one, of which nothing is known.
    case unknown
    /// Parts of the checkpoint beside the language model, of which nothing is known.
    case otherParts
  }

  /// The same with the other parts of the checkpoint.
  public var withOtherParts: Companions {
    Companions(draft: draft, adapters: adapters, projector: .otherParts)
  }
}

/// A LoRA adapter: a pair of small matrices for each matrix that it changes.
public struct Adapter: Hashable, Sendable {
  /// The pair of one matrix.
  public struct Pair: Hashable, Sendable {
    /// The name of the changed matrix in a GGUF file: `blk.0.attn_q.weight`.
    public let target: String
    public let first: Bytes
    public let second: Bytes

    public init(target: String, first: Bytes, second: Bytes) {
      self.target = target
      self.first = first
      self.second = second
    }
  }

  /// Which matrices an adapter changes.
  public enum Targets: String, CaseIterable, Hashable, Sendable {
    case attention, all
    case query = "q"
    case key = "k"
    case value = "v"
    case output = "o"
    case gate, up, down

    /// Whether a tensor is among them.
    func contains(_ tensor: Tensor) -> Bool {
      guard tensor.layer != nil, tensor.part == .weight, tensor.role.kind == .linear else {
        return false
      }
      return switch self {
      case .all: true
      case .attention: Self.attentionRoles.contains(tensor.role)
      case .query: [.attentionQuery, .attentionQueryKeyValue].contains(tensor.role)
      case .key: [.attentionKey, .attentionQueryKeyValue].contains(tensor.role)
      case .value: [.attentionValue, .attentionQueryKeyValue].contains(tensor.role)
      case .output: tensor.role == .attentionOutput
      case .gate: [.feedForwardGate, .expertGate].contains(tensor.role)
      case .up: [.feedForwardUp, .expertUp].contains(tensor.role)
      case .down: [.feedForwardDown, .expertDown].contains(tensor.role)
      }
    }

    private static let attentionRoles: Set<TensorRole> = [
      .attentionQuery, .attentionKey, .attentionValue, .attentionQueryKeyValue, .attentionOutput,
      .attentionQueryDown, .attentionQueryUp, .latentDown, .latentUp, .latentKeyUp,
      .latentValueUp,
    ]
  }

  public let name: String
  public let pairs: [Pair]
  /// The rank of all pairs, where it is one and the elements are of four bytes.
  let rank: Int64?

  public init(name: String, pairs: [Pair]) { self.init(name: name, rank: nil, pairs: pairs) }

  private init(name: String, rank: Int64?, pairs: [Pair]) {
    self.name = name
    self.rank = rank
    self.pairs = pairs
  }

  /// An adapter in f32, as `convert_lora_to_gguf.py` writes it unless told otherwise: rank × (in + out)
  /// elements for each matrix, and for each of its experts.
  ///
  /// Source: llama.cpp 0c1e57098, convert_lora_to_gguf.py, `--outtype` (default f32);
  /// src/llama-adapter.cpp, `llama_adapter_lora_init_impl`.
  public init(rank: Int64, targets: Set<Targets>, of model: ModelShape) {
    let changed = model.ggufTensors.filter { tensor in targets.contains { $0.contains(tensor) } }
    self.init(
      name: "rank \(rank) in f32", rank: rank,
      pairs: changed.map { tensor in
        let shape = tensor.shape.dimensions
        let experts = shape.dropFirst(2).reduce(1, *)
        return Pair(
          target: tensor.name, first: Bytes(4 * rank * shape[0] * experts),
          second: Bytes(4 * rank * (shape.count > 1 ? shape[1] : 1) * experts))
      })
  }
}
