public import JSONDocuments
public import VRAMBudget

/// The GGUF file that llama.cpp's converter writes of a checkpoint: keys by its rules from the
/// configuration, tensors as the model's shape names them. The tensors' data is not written.
public struct ConvertedGGUF {
  private let shape: ModelShape
  private let plan: WeightPlan
  private let keys: ConvertedKeys

  /// - Parameters:
  ///   - shape: The model as its configuration describes it; llama.cpp must know its architecture.
  ///   - configuration: The same configuration, from which the keys are written.
  public init(_ shape: ModelShape, _ configuration: JSONCursor) throws {
    self.shape = shape
    plan = try FormatRecipe.llamaCpp(.f16).plan(for: shape)
    keys = try ConvertedKeys(
      architecture: shape.architecture.ggufName ?? "", modelType: shape.architecture.modelType,
      configuration)
  }

  /// The bytes of the tensors.
  public var tensorBytes: Bytes { plan.tensorBytes }

  /// The header, all of it.
  public var builder: GGUFBuilder {
    var builder = GGUFBuilder()
    builder.entries = keys.entries
    builder.tensors = plan.entries.map { entry in
      GGUFBuilder.Tensor(
        entry.tensor.name, entry.tensor.shape.dimensions.map(UInt64.init),
        type: entry.format.ggmlType ?? 0, bytes: Int(entry.bytes.count))
    }
    return builder
  }

  /// The path of the file in a folder.
  public func path(in folder: TemporaryFolder) throws -> String {
    let builder = builder
    let header = builder.header
    let data = builder.tensors.reduce(0) { $0 + ($1.bytes + 31) / 32 * 32 }
    return try folder.sparseFile("model.gguf", header, bytes: Int64(header.count + data))
  }
}
