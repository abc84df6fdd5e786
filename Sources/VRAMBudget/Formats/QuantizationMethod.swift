/// A `quant_method` of a checkpoint: which quantizer of Transformers loads it.
///
/// Source: transformers 5.23.0, quantizers/auto.py, `AUTO_QUANTIZER_MAPPING`, which has none for
/// Model Optimizer's checkpoints.
public enum QuantizationMethod: Hashable, Sendable {
  case compressedTensors, fineGrainedFP8, mxfp4, fbgemm, bitsAndBytes, awq, gptq, modelOptimizer
  /// `mxfp8`, which is loaded as FP8 by blocks, or compressed-tensors: both write the same.
  case mxfp8
}

extension TensorFormat {
  /// The same matrix with its elements in bf16: its scales and what else lies beside it are kept,
  /// scales of a byte as bf16.
  ///
  /// Source: compressed-tensors 0.20.0, compressors/base.py, `decompress_module` (what `decompress` does
  /// not take out of a module stays there); nvfp4/base.py and mxfp4/base.py, `_decompress_scale`.
  var decompressed: TensorFormat {
    let unpacked: Layout =
      switch layout {
      case .blocks(let elements, _): .blocks(elements: elements, bytes: 2 * elements)
      case .groups(_, let size, let scaleBits, let zeroBits):
        .groups(bits: 16, groupSize: size, scaleBits: max(16, scaleBits), zeroBits: zeroBits)
      case .rows(_, let scaleBits, let zeroBits):
        .rows(bits: 16, scaleBits: scaleBits, zeroBits: zeroBits)
      case .tiles(_, let side, let scaleBytes):
        .tiles(bits: 16, side: side, scaleBytes: max(2, scaleBytes))
      case .runs(_, let length, let scales): .runs(bits: 16, length: length, scales: scales)
      case .average: TensorFormat.torchBFloat16.layout
      }
    return TensorFormat(
      name: "bf16 of \(name)", layout: unpacked, companions: companions, method: method,
      source: "compressed-tensors 0.20.0, ModelCompressor.decompress_model")
  }
}
