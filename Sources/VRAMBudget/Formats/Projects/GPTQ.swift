extension TensorFormat {
  /// Packed integers with an f16 scale and a packed zero point of as many bits for each group and
  /// output, and an int32 for each input: the group it belongs to (`g_idx`), stored whether or not
  /// inputs are reordered.
  ///
  /// Source: GPTQModel 00f3d5eff, gptqmodel/nn_modules/qlinear/__init__.py (`qweight`, `qzeros`,
  /// `scales`, `g_idx`), AutoGPTQ's format v1.
  static func gptq(bits: Int64, groupSize: Int64?) -> TensorFormat {
    TensorFormat(
      name: "gptq-\(bits)bit-\(groupSize.map { "g\($0)" } ?? "channel")",
      layout: .groups(bits: bits, of: groupSize, scaleBits: 16, zeroBits: bits),
      companions: Companions(perInput: 4),
      method: .gptq, source: "GPTQModel 00f3d5eff, gptqmodel/nn_modules/qlinear/__init__.py")
  }
}

extension FormatRecipe {
  /// GPTQ: linears of the layers; head, embedding, norms and biases stay f16.
  ///
  /// Some files also hold a bias of f16 zeros for every linear, which is not counted: 0.05 % of an
  /// 8B (RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16).
  ///
  /// - Parameter groupSize: 32, 64 or 128, or nil for one group a row (`group_size` −1). A row
  ///   that is not a whole number of groups is refused.
  static func gptq(bits: Int64, groupSize: Int64?, synonyms: [String] = []) -> FormatRecipe {
    let group = groupSize.map { $0 == 128 ? "" : "-g\($0)" } ?? "-channel"
    return FormatRecipe(
      name: "GPTQ-\(bits)bit\(group)",
      method: .byKind(
        KindRecipe(
          .gptq, linear: .gptq(bits: bits, groupSize: groupSize), rest: .torchFloat16,
          use: bits == 8
            ? "eight bits on GPUs, weights only"
            : bits == 4 ? "four bits on GPUs, calibrated" : "visible loss")),
      synonyms: synonyms + names(bits: bits, groupSize: groupSize))
  }

  /// How publishers write the same: `gptq-int4-g128`, `gptq-4bit-128g`.
  private static func names(bits: Int64, groupSize: Int64?) -> [String] {
    guard let groupSize else { return ["gptq-int\(bits)-channel"] }
    let names = ["gptq-int\(bits)-g\(groupSize)", "gptq-\(bits)bit-\(groupSize)g"]
    return groupSize == 128
      ? names + ["gptq-int\(bits)", "gptq-\(bits)bit-g\(groupSize)"] : names
  }
}
