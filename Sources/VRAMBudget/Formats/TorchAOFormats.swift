extension TensorFormat {
  /// The linears of an 8da4w model as ExecuTorch stores them: two 4-bit weights in a byte, one
  /// bf16 scale for each group, no zero points.
  ///
  /// The scales are bf16 whatever the checkpoint used, because XNNPACK's serializer casts them.
  ///
  /// Source: executorch 1.4.1, backends/xnnpack/operators/node_visitor.py; measured in
  /// executorch-pte.jsonl (W × 9/16 bytes at groups of 32).
  public static func int4Groups(of groupSize: Int64) -> TensorFormat {
    TensorFormat(
      name: "int4-g\(groupSize)",
      layout: .groups(bits: 4, groupSize: groupSize, scaleBits: 16, zeroBits: 0),
      source: "executorch 1.4.1, node_visitor.py (XNNPACK named data)")
  }

  /// The embedding of an 8da4w model: one byte a weight, one fp32 scale for each row.
  ///
  /// Source: torchao 0.18.0, IntxWeightOnlyConfig with PerAxis(0), as exported by executorch 1.4.1.
  public static let int8Rows = TensorFormat(
    name: "int8-row", layout: .rows(bits: 8, scaleBits: 32, zeroBits: 0),
    source: "torchao 0.18.0, IntxWeightOnlyConfig(int8, PerAxis(0))")
}
