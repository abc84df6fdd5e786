extension TensorFormat {
  /// E4M3 with an fp32 `weight_scale_inv` for each 128 × 128; edges are padded to count, not stored.
  ///
  /// Source: DeepSeek-V3 0b39205ae, README_WEIGHTS.md, "FP8 Weight Documentation".
  static let fp8Tiles = TensorFormat(
    name: "fp8-128x128", layout: .tiles(bits: 8, side: 128, scaleBytes: 4),
    source: "DeepSeek-V3 0b39205ae, README_WEIGHTS.md, weight_scale_inv")
}

extension FormatRecipe {
  /// DeepSeek-V3's own weights: all linears of the layers but routers; embedding, head and norms
  /// stay bf16.
  static let deepSeek = FormatRecipe(
    name: "FP8-block",
    method: .byKind(
      KindRecipe(
        .deepSeek, linear: .fp8Tiles, rest: .torchBFloat16,
        use: "DeepSeek-V3 and others as published")),
    synonyms: ["fp8-128x128", "fp8-blockwise", "deepseek-fp8"])
}
