extension FormatRecipe {
  /// What NVIDIA's Model Optimizer exports as FP8: linears with two fp32 scales a matrix, one of the
  /// weights and one of the inputs.
  ///
  /// Source: TensorRT-Model-Optimizer 0338c843d, modelopt/torch/export/quant_utils.py,
  /// `get_scaling_factor` (`amax.float()`).
  static let modelOptFP8 = FormatRecipe(
    name: "FP8-modelopt",
    method: .byKind(
      KindRecipe(
        .compressedTensors,
        linear: TensorFormat(
          name: "fp8-tensor-f32", layout: .blocks(elements: 1, bytes: 1),
          companions: TensorFormat.Companions(perMatrix: 8),
          method: .modelOptimizer,
          source: "TensorRT-Model-Optimizer 0338c843d, modelopt/torch/export/quant_utils.py"),
        rest: .torchBFloat16, use: "as FP8, with fp32 scales")),
    synonyms: ["modelopt-fp8"])
}
