extension TensorFormat {
  /// E2M1 with an E8M0 scale for each 32: 16 bytes of `blocks` and one of `scales`.
  ///
  /// Source: gpt-oss 1983a9d74, gpt_oss/torch/weights.py, `_get_mxfp4_tensor`.
  static let mxfp4Experts = TensorFormat(
    name: "mxfp4-blocks", layout: .groups(bits: 4, groupSize: 32, scaleBits: 8, zeroBits: 0),
    method: .mxfp4, source: "gpt-oss 1983a9d74, gpt_oss/torch/weights.py, _get_mxfp4_tensor")
}

extension FormatRecipe {
  /// gpt-oss as published: matrices of experts in MXFP4; attention, routers, biases, embedding and
  /// head in bf16.
  static let gptOSS = FormatRecipe(
    name: "MXFP4-experts",
    method: .byKind(
      KindRecipe(
        .gptOSS, linear: .mxfp4Experts, rest: .torchBFloat16, scope: .expertsOnly,
        use: "gpt-oss as published")),
    synonyms: ["gpt-oss-mxfp4", "hf-mxfp4"])
}
