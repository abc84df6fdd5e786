extension TensorFormat {
  /// Four bits with an f16 scale and a packed 4-bit zero point for each group and output; nothing
  /// tells the order of inputs.
  ///
  /// Source: AutoAWQ 030fe2a15, awq/modules/linear/gemm.py, `WQLinear_GEMM` (`qweight`, `qzeros`,
  /// `scales`).
  static func awq(groupSize: Int64?) -> TensorFormat {
    TensorFormat(
      name: "awq-\(groupSize.map { "g\($0)" } ?? "channel")",
      layout: .groups(bits: 4, of: groupSize, scaleBits: 16, zeroBits: 4),
      method: .awq, source: "AutoAWQ 030fe2a15, awq/modules/linear/gemm.py, WQLinear_GEMM")
  }
}

extension FormatRecipe {
  /// AutoAWQ: linears of the layers; head, embedding, norms and biases stay f16.
  ///
  /// - Parameter groupSize: 32, 64 or 128, or nil for one group a row (`q_group_size` −1). A row
  ///   that is not a whole number of groups is refused, as the quantizer does.
  static func awq(groupSize: Int64?, synonyms: [String] = []) -> FormatRecipe {
    let group = groupSize.map { $0 == 128 ? "" : "-g\($0)" } ?? "-channel"
    return FormatRecipe(
      name: "AWQ\(group)",
      method: .byKind(
        KindRecipe(
          .autoAWQ, linear: .awq(groupSize: groupSize), rest: .torchFloat16,
          use: "four bits on GPUs, calibrated")), synonyms: synonyms)
  }
}
