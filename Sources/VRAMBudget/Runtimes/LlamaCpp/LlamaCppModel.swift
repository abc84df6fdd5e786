/// A model and its weights as llama.cpp's rules see them, whatever the settings and the devices:
/// found once.
final class LlamaCppModel {
  let weights: WeightPlan
  let companions: Companions
  let draft: LlamaCppModel?
  /// What the program itself takes on each device, where the user says so.
  let overhead: Bytes?
  /// The model as it is cached: see ``ModelShape/withExpandedLatents``.
  let shape: ModelShape
  let kinds: LayerKinds
  /// Whether the heads' keys and values of a latent layer are cached in place of its vector.
  let expandsLatents: Bool
  /// Whether sliding layers keep a cache of their window only.
  let usesWindows: Bool
  /// What the model's graph is like; nil where it is not described.
  let traits: GraphTraits?
  let inventory: GraphInventory
  /// The heads that differ, as a fused kernel sees them.
  let flashHeads: [FlashHeads]
  /// The elements of the widest value of a token.
  let widestValue: Int64
  let hasMambaScan: Bool
  /// Whether layers have embeddings of their own, or read another's cache (Gemma 3n and 4).
  let sharesAcrossLayers: Bool
  let isLatent: Bool
  let largestTensor: Bytes
  /// Only graphs of a model that lies on the host in part look weights up.
  private(set) lazy var weightTable = WeightTable(weights)

  init(_ load: ModelLoad) {
    weights = load.weights
    companions = load.companions
    draft = load.companions.draft.map {
      LlamaCppModel(ModelLoad(model: $0.model, weights: $0.weights, workload: load.workload))
    }
    overhead = load.overhead
    shape = load.model.withExpandedLatents
    kinds = LayerKinds(shape)
    expandsLatents = shape.layers != load.model.layers
    usesWindows = shape.usesWindowsInLlamaCpp
    // Results of matrices that are scaled are in no described graph, but for experts'.
    let hasScaledWeights = shape.tensors.contains {
      $0.part == .inputScale
        || $0.part == .scale && !$0.role.isRoutedExpert && $0.role != .router
    }
    traits = expandsLatents || hasScaledWeights ? nil : GraphTraits(shape)
    inventory = GraphInventory(shape, usesWindows: usesWindows)
    flashHeads = kinds.mixers.compactMap(\.flashHeads)
    widestValue = kinds.widestValue
    hasMambaScan = kinds.recurrentStates.contains {
      $0.kind == .mamba || $0.kind == .mamba2
    }
    sharesAcrossLayers = kinds.mixers.contains {
      if case .sharedAttention = $0 { true } else { false }
    }
    isLatent = kinds.mixers.contains { if case .latentAttention = $0 { true } else { false } }
    largestTensor = weights.entries.lazy.map(\.bytes).max() ?? .zero
  }
}

extension ModelShape {
  /// Whether llama.cpp keeps a cache of their window only for sliding layers.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/ (`swa_type` stays none for these families; it is
  /// switched off for phi3, and on for EXAONE 4 of 64 layers only).
  fileprivate var usesWindowsInLlamaCpp: Bool {
    let keepAll = [
      "llama", "mistral3", "qwen2", "qwen2moe", "qwen3", "qwen3moe", "smollm3", "phi3", "phimoe",
      "starcoder2",
    ]
    guard let family = architecture.ggufName else { return true }
    return family == "exaone4" ? layers.count == 64 : !keepAll.contains(family)
  }
}
