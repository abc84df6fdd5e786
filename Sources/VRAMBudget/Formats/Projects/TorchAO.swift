/// 8da4w and its relatives: linears in 4-bit groups, the embedding in 8-bit rows or 4-bit groups,
/// everything else in fp32.
///
/// The output head is quantized as a linear and therefore stored apart from the embedding, even
/// where the model ties the two. A linear whose input is not a whole number of groups is left alone.
///
/// Source: torchao 0.18.0 and executorch 1.4.1, measured in torchao-8da4w.jsonl and
/// executorch-pte.jsonl (groups of 32, 8-bit embedding); other groups by the same layout.
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

  /// A 4-bit embedding: two weights in a byte, one fp32 scale for each 32 (`--qembedding 4w`).
  ///
  /// Source: optimum-executorch 1.1.0, quantization.py (`IntxWeightOnlyConfig(int4, PerGroup(32))`);
  /// not measured.
  static let int4Embedding = TensorFormat(
    name: "int4-row-g32", layout: .groups(bits: 4, groupSize: 32, scaleBits: 32, zeroBits: 0),
    source: "optimum-executorch 1.1.0, IntxWeightOnlyConfig(int4, PerGroup(32)); not measured")

  /// A group of an unpacked torchao tensor: one byte a weight whatever its bits, a scale, and a
  /// zero point of one byte, stored though it is always 0.
  fileprivate static func unpackedGroups(of size: Int64, scaleBits: Int64) -> TensorFormat {
    TensorFormat(
      name: "intx-unpacked-g\(size)",
      layout: .groups(bits: 8, groupSize: size, scaleBits: scaleBits, zeroBits: 8),
      source: "torchao 0.18.0, IntxUnpackedToInt8Tensor; torchao-8da4w.jsonl")
  }

  /// As ``unpackedGroups(of:scaleBits:)``, with one group a row and an fp32 scale.
  fileprivate static let unpackedRows = TensorFormat(
    name: "intx-unpacked-row", layout: .rows(bits: 8, scaleBits: 32, zeroBits: 8),
    source: "torchao 0.18.0, IntxUnpackedToInt8Tensor; torchao-8da4w.jsonl")
}

extension FormatRecipe {
  /// The bits of the embedding of an 8da4w model.
  enum TorchAOEmbedding: Hashable, Sendable { case eightBits, fourBits }

  /// 8da4w as deployed.
  static func torchAO(
    groupSize: Int64 = 32, embedding: TorchAOEmbedding = .eightBits, synonyms: [String] = []
  ) -> FormatRecipe {
    let group = groupSize == 32 ? "" : "-g\(groupSize)"
    let suffix = embedding == .fourBits ? "-emb4" : ""
    return FormatRecipe(
      name: "8da4w\(group)\(suffix)",
      method: .byKind(
        KindRecipe(
          .torchAO, linear: .int4Groups(of: groupSize), head: .int4Groups(of: groupSize),
          embedding: embedding == .fourBits ? .int4Embedding : .int8Rows, rest: .torchFloat32,
          misfit: .leftAsTrained, storesTiedHead: true,
          use: "phones and boards, under ExecuTorch")), synonyms: synonyms)
  }

  /// The checkpoint that an 8da4w program is exported from: the same tensors before they are packed.
  ///
  /// Source: torchao 0.18.0 on a model loaded as fp32, torchao-8da4w.jsonl: 6 of 6 state dicts to
  /// the byte.
  static func torchAOCheckpoint(of deployed: KindRecipe, name: String) -> FormatRecipe {
    let linear = TensorFormat.unpackedGroups(of: deployed.linear.rowUnit, scaleBits: 16)
    return FormatRecipe(
      name: "\(name) checkpoint",
      method: .byKind(
        KindRecipe(
          .torchAO, linear: linear, head: linear,
          embedding: deployed.embedding == .int8Rows
            ? .unpackedRows : .unpackedGroups(of: 32, scaleBits: 32),
          rest: .torchFloat32, misfit: .leftAsTrained, storesTiedHead: true, use: deployed.use)))
  }

  /// The recipe of the published checkpoint, where it takes other bytes than what is deployed.
  public var checkpoint: FormatRecipe? {
    guard case .byKind(let recipe) = method, recipe.project == .torchAO else { return nil }
    return .torchAOCheckpoint(of: recipe, name: name)
  }
}
