extension TensorFormat {
  /// Packed integers in uint32 with a scale and a bias of 16 bits each for every group.
  ///
  /// Source: mlx 0.32.4, `mx.quantize` (mode affine); measured in checkpoint-bytes.tsv.
  static func mlx(bits: Int64, groupSize: Int64) -> TensorFormat {
    TensorFormat(
      name: "mlx-\(bits)bit-g\(groupSize)",
      layout: .groups(bits: bits, groupSize: groupSize, scaleBits: 32, zeroBits: 0),
      source: "mlx 0.32.4, mx.quantize: scales and biases of the model's own dtype")
  }
}

extension FormatRecipe {
  /// mlx-lm: every linear and the embedding, which a tied model uses as its head; norms and biases
  /// stay bf16. A matrix whose rows the group does not divide is left alone.
  ///
  /// Source: mlx-lm 0.32.2, utils.py, `quantize_model`; models/, `quant_predicate`.
  static func mlx(bits: Int64, groupSize: Int64 = 64) -> FormatRecipe {
    let format = TensorFormat.mlx(bits: bits, groupSize: groupSize)
    let group = groupSize == 64 ? "" : "-g\(groupSize)"
    let names = ["mlx-q\(bits)", "mlx-int\(bits)"].map { $0 + group }
    return FormatRecipe(
      name: "mlx-\(bits)bit\(group)",
      method: .byKind(
        KindRecipe(
          .mlx, linear: format, head: format, embedding: format,
          routers: mlxRouters, rest: .torchBFloat16,
          likeRouters: [
            "granite": [.attentionOutput, .feedForwardDown, .output],
            "granitemoe": [.attentionOutput, .output],
          ],
          misfit: .leftAsTrained, use: use(bits: bits))),
      synonyms: groupSize == 64
        ? names + ["mlx-\(bits)bit-g64", "mlx-q\(bits)-g64"] : names)
  }

  /// Routers have 8 bits in groups of 64 where a model's class asks for it (`quant_predicate`),
  /// stay as trained where they are no linear of mlx, and are a linear like any other elsewhere.
  ///
  /// Source: mlx-lm 0.32.2, models/.
  private static let mlxRouters = KindRecipe.Routers.quantized(
    .mlx(bits: 8, groupSize: 64),
    leftIn: [
      "deepseek", "deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "dots1", "exaone_moe",
      "glm4_moe", "glm4_moe_lite", "glm_moe_dsa", "mimo_v2_flash", "nemotron_h", "solar_open",
    ],
    linearIn: ["ernie4_5_moe", "llama4_text", "mixtral", "olmoe", "phimoe", "qwen2_moe"])

  private static func use(bits: Int64) -> String {
    switch bits {
    case 8: "about half of BF16 on a Mac"
    case 5, 6: "a margin above four bits on a Mac"
    case 4: "the default on a Mac"
    default: "below four bits; visible loss"
    }
  }
}
