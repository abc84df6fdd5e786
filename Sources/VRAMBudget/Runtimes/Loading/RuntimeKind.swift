/// The runtimes, by the names that `--runtime` takes.
public enum RuntimeKind: String, CaseIterable, Hashable, Sendable {
  case llamaCpp = "llama.cpp"
  case ollama
  case vllm
  case transformers
  case execuTorch = "executorch"
  case mlx
}

extension RuntimeKind {
  /// The version that the figures are pinned to.
  public var version: String {
    switch self {
    case .llamaCpp: "0c1e57098"
    case .ollama: "00f6d6204"
    case .vllm: "0.25.1"
    case .transformers: "5.23.0"
    case .execuTorch: "1.4.1"
    case .mlx: "0.32.2"
    }
  }

  /// The name for people.
  public var title: String {
    switch self {
    case .llamaCpp: "llama.cpp"
    case .ollama: "Ollama"
    case .vllm: "vLLM"
    case .transformers: "Transformers"
    case .execuTorch: "ExecuTorch"
    case .mlx: "MLX"
    }
  }

  /// Whether a context is what each sequence may hold, rather than all together.
  public var countsContextPerSequence: Bool {
    switch self {
    case .llamaCpp: false
    case .ollama, .vllm, .transformers, .execuTorch, .mlx: true
    }
  }

  /// Checks that the runtime loads such weights.
  ///
  /// - Throws: ``RuntimeError/recipeNotLoadable(recipe:runtime:by:)``.
  func check(_ weights: WeightPlan) throws(RuntimeError) {
    let runtimes = weights.origin.runtimes
    guard runtimes.contains(self) else {
      throw .recipeNotLoadable(recipe: weights.name, runtime: self, by: runtimes)
    }
  }
}

extension FormatLoader {
  /// The runtimes of this library among the programs; the first is the default. None where the
  /// programs are not priced: then only the weights are.
  public var runtimes: [RuntimeKind] {
    switch self {
    case .llamaCpp: [.llamaCpp, .ollama]
    case .execuTorch: [.execuTorch]
    case .vllmAndTransformers: [.vllm, .transformers]
    case .mlx: [.mlx]
    case .exLlama: []
    }
  }
}

extension FormatRecipe {
  /// The runtimes that load what the recipe makes; the first is the default.
  ///
  /// mlx-lm also loads a checkpoint as it is published (mlx-lm 0.32.2, utils.py, `load_model`).
  public var runtimes: [RuntimeKind] {
    let isPublished = project == .transformers && !mainFormat.isQuantized
    return project.loader.runtimes + (isPublished ? [.mlx] : [])
  }
}

extension WeightOrigin {
  /// The runtimes that load the weights; the first is the default.
  public var runtimes: [RuntimeKind] {
    switch self {
    case .recipe(let recipe): recipe.runtimes
    case .file(let stored): stored.loader.runtimes
    }
  }
}
