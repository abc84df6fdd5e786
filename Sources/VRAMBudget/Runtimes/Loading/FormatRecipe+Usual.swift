extension FormatRecipe {
  /// The recipe where none is asked for: what most people load in a runtime.
  public static func usual(under runtime: RuntimeKind?) -> FormatRecipe {
    switch runtime {
    case .llamaCpp, .ollama, nil: llamaCpp(.q4_K_M)
    case .vllm, .transformers:
      transformers(.torchBFloat16, synonyms: [], use: "the checkpoint as published")
    case .execuTorch: torchAO()
    case .mlx: mlx(bits: 4)
    }
  }
}
