extension FormatRecipe {
  /// The recipe where none is asked for: what most people load in a runtime.
  public static func usual(under runtime: RuntimeKind?) -> FormatRecipe {
    switch runtime {
    case .llamaCpp, .ollama, nil: llamaCpp(.q4_K_M)
    case .vllm, .transformers:
      transformers(.torchBFloat16, synonyms: [], use: "a checkpoint in this dtype")
    case .execuTorch: torchAO()
    case .mlx: mlx(bits: 4)
    }
  }

  /// The recipe, or where a GGUF file's plain format is asked of a runtime that loads checkpoints, the
  /// checkpoint in that format: `BF16` means both.
  public func loadable(in runtime: RuntimeKind?) -> FormatRecipe {
    guard let runtime, !project.loader.runtimes.contains(runtime),
      case .llamaCpp(let fileType, _, _) = method,
      let dtype = [LlamaCppFileType.f32: "f32", .f16: "f16", .bf16: "bf16"][fileType],
      let recipe = try? FormatRecipe.named("HF-\(dtype)"),
      recipe.project.loader.runtimes.contains(runtime) || runtime == .mlx
    else { return self }
    return recipe
  }
}
