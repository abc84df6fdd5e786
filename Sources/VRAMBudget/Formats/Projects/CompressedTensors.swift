/// What llm-compressor writes and vLLM reads. Head, embedding, norms and biases stay bf16.
///
/// Source: compressed-tensors 0.20.0, `PRESET_SCHEMES` and compressors/; measured in
/// checkpoint-bytes.tsv.
extension TensorFormat {
  private static func compressed(
    _ name: String, _ layout: Layout, _ companions: Companions = .none,
    method: QuantizationMethod = .compressedTensors, by compressor: String
  ) -> TensorFormat {
    TensorFormat(
      name: name, layout: layout, companions: companions, method: method,
      source: "compressed-tensors 0.20.0, \(compressor)")
  }

  /// E4M3 with one bf16 scale for the weights and one for the inputs.
  static let fp8Tensor = compressed(
    "fp8-tensor", .blocks(elements: 1, bytes: 1), Companions(perMatrix: 4), by: "FP8")

  /// E4M3 with a bf16 scale for each output.
  static let fp8Channel = compressed(
    "fp8-channel", .rows(bits: 8, scaleBits: 16, zeroBits: 0), by: "FP8_DYNAMIC")

  /// E4M3 with a bf16 scale for each 128 × 128, as Qwen's own FP8 checkpoints have, too: those are loaded
  /// as DeepSeek's.
  static let fp8TilesBF16 = compressed(
    "fp8-128x128-bf16", .tiles(bits: 8, side: 128, scaleBytes: 2), method: .fineGrainedFP8,
    by: "FP8_BLOCK")

  /// Eight-bit integers with a bf16 scale for each output.
  static let int8Channel = compressed(
    "int8-channel", .rows(bits: 8, scaleBits: 16, zeroBits: 0), by: "W8A8")

  /// Integers packed into int32 with bf16 scales, symmetric; `weight_shape` is two int64.
  ///
  /// - Parameter isOrdered: Whether inputs are reordered, which an int32 for each tells
  ///   (`weight_g_idx`).
  static func packedIntegers(
    bits: Int64, groupSize: Int64?, isOrdered: Bool = false
  ) -> TensorFormat {
    compressed(
      "int\(bits)-packed-\(groupSize.map { "g\($0)" } ?? "channel")\(isOrdered ? "-idx" : "")",
      .groups(bits: bits, of: groupSize, scaleBits: 16, zeroBits: 0),
      Companions(perMatrix: 16, perInput: isOrdered ? 4 : 0), by: "pack_quantized")
  }

  /// E2M1 with an E4M3 scale for each 16 and fp32 scales of the matrix: one for the weights, and
  /// one for the inputs where these are quantized, too.
  static func nvfp4Packed(quantizesInputs: Bool) -> TensorFormat {
    compressed(
      quantizesInputs ? "nvfp4-g16" : "nvfp4a16-g16",
      .groups(bits: 4, groupSize: 16, scaleBits: 8, zeroBits: 0),
      Companions(perMatrix: quantizesInputs ? 8 : 4), by: "nvfp4_pack_quantized")
  }

  /// E2M1 (4 bits) or E4M3 (8) with an E8M0 scale for each 32.
  static func microscaled(bits: Int64) -> TensorFormat {
    compressed(
      "mxfp\(bits)-g32", .groups(bits: bits, groupSize: 32, scaleBits: 8, zeroBits: 0),
      method: bits == 8 ? .mxfp8 : .compressedTensors, by: "MXFP\(bits)")
  }
}

extension TensorFormat.Layout {
  /// Groups of `groupSize`, or one group a row where it is nil.
  static func groups(
    bits: Int64, of groupSize: Int64?, scaleBits: Int64, zeroBits: Int64
  ) -> TensorFormat.Layout {
    guard let groupSize else {
      return .rows(bits: bits, scaleBits: scaleBits, zeroBits: zeroBits)
    }
    return .groups(bits: bits, groupSize: groupSize, scaleBits: scaleBits, zeroBits: zeroBits)
  }
}

extension FormatRecipe {
  private static func compressedTensors(
    _ name: String, _ linear: TensorFormat, synonyms: [String] = [], use: String
  ) -> FormatRecipe {
    FormatRecipe(
      name: name,
      method: .byKind(
        KindRecipe(.compressedTensors, linear: linear, rest: .torchBFloat16, use: use)),
      synonyms: synonyms)
  }

  /// The schemes that lists show.
  static let compressedTensors: [FormatRecipe] = [
    compressedTensors(
      "FP8", .fp8Tensor,
      synonyms: ["fp8-static", "fp8-tensor", "fp8-per-tensor", "fp8-e4m3", "float8"],
      use: "half of BF16 on GPUs with FP8"),
    compressedTensors(
      "FP8-dynamic", .fp8Channel, synonyms: ["fp8-channel", "fp8-per-channel"],
      use: "as FP8, made without calibration"),
    compressedTensors(
      "W8A8", .int8Channel, synonyms: ["w8a8-int8", "int8-w8a8", "smoothquant"],
      use: "half of BF16 on GPUs without FP8"),
    compressedTensors(
      "W4A16", .packedIntegers(bits: 4, groupSize: 128), synonyms: ["w4a16-g128", "w4a16-int4"],
      use: "four bits under vLLM"),
    compressedTensors(
      "NVFP4", .nvfp4Packed(quantizesInputs: true), synonyms: ["nvfp4-w4a4", "modelopt-fp4"],
      use: "Blackwell GPUs, computing in FP4"),
  ]

  /// Schemes that are found by name only.
  static let compressedTensorsVariants: [FormatRecipe] = [
    compressedTensors(
      "FP8-block-bf16", .fp8TilesBF16, synonyms: ["fp8-block-ct", "qwen3-fp8"],
      use: "as FP8-block, with half the scales' bytes"),
    compressedTensors(
      "W4A16-g32", .packedIntegers(bits: 4, groupSize: 32), use: "W4A16 with a lesser loss"),
    compressedTensors(
      "W4A16-g64", .packedIntegers(bits: 4, groupSize: 64), use: "W4A16 with a lesser loss"),
    compressedTensors(
      "W4A16-channel", .packedIntegers(bits: 4, groupSize: nil), use: "the smallest W4A16"),
    compressedTensors(
      "W4A16-actorder", .packedIntegers(bits: 4, groupSize: 128, isOrdered: true),
      synonyms: ["w4a16-g128-actorder"], use: "W4A16 with the order of its inputs"),
    compressedTensors(
      "W8A16", .packedIntegers(bits: 8, groupSize: 128), synonyms: ["w8a16-g128"],
      use: "eight bits, weights only"),
    compressedTensors(
      "NVFP4A16", .nvfp4Packed(quantizesInputs: false), synonyms: ["nvfp4-w4a16"],
      use: "NVFP4 weights on GPUs before Blackwell"),
    compressedTensors(
      "MXFP4-linears", .microscaled(bits: 4), synonyms: ["mxfp4-w4a4", "ct-mxfp4"],
      use: "four bits of dense models on Blackwell"),
    compressedTensors("MXFP8", .microscaled(bits: 8), use: "eight bits on Blackwell"),
  ]
}
