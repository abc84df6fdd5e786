extension TensorFormat {
  /// E4M3 with an fp32 `weight_scale_inv` for each 128 × 128; edges are padded to count, not stored.
  ///
  /// Source: DeepSeek-V3 0b39205ae, README_WEIGHTS.md, "FP8 Weight Documentation".
  static let fp8Tiles = TensorFormat(
    name: "fp8-128x128", layout: .tiles(bits: 8, side: 128, scaleBytes: 4),
    method: .fineGrainedFP8, source: "DeepSeek-V3 0b39205ae, README_WEIGHTS.md, weight_scale_inv")
}

extension TensorFormat {
  /// As ``fp8Tiles``, with E8M0 scales of one byte.
  ///
  /// Source: DeepSeek-V4-Flash, inference/model.py, `Linear` (`float8_e8m0fnu`).
  static let fp8TilesE8M0 = TensorFormat(
    name: "fp8-128x128-e8m0", layout: .tiles(bits: 8, side: 128, scaleBytes: 1),
    method: .fineGrainedFP8, source: "DeepSeek-V4-Flash, inference/model.py, Linear")

  /// E2M1 with an E8M0 scale for each 32 of a row.
  ///
  /// Source: DeepSeek-V4-Flash, inference/model.py, `Linear` (`float4_e2m1fn_x2`).
  static let fp4Experts = TensorFormat(
    name: "fp4-g32", layout: .groups(bits: 4, groupSize: 32, scaleBits: 8, zeroBits: 0),
    method: .fineGrainedFP8, source: "DeepSeek-V4-Flash, inference/model.py, Linear")
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

extension FormatRecipe {
  /// DeepSeek-V4's own weights: experts in FP4; of the other linears eight a layer and the indexers'
  /// queries in FP8; compressors, the indexers' weights of heads and routers stay bf16, like the
  /// embedding, the head and norms; small tensors are fp32.
  ///
  /// Source: DeepSeek-V4-Flash, inference/model.py (`Linear`, `Compressor`, `Indexer`, and what it says
  /// of the checkpoint); 375 FP8 matrices and 33,792 of FP4, one of the 44 layers for prediction, as
  /// appmana/deepseek-v4-int4-int8 counts them.
  static let deepSeekV4 = FormatRecipe(
    name: "FP8-block-FP4-experts",
    method: .byKind(
      KindRecipe(
        .deepSeek, linear: .fp8TilesE8M0, rest: .torchBFloat16, experts: .fp4Experts,
        left: [
          .compressorValue, .compressorGate, .indexerCompressorValue, .indexerCompressorGate,
          .indexerHeadWeights,
        ], use: "DeepSeek-V4 as published")),
    synonyms: ["deepseek-v4"])
}
