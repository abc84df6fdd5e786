public import VRAMBudget

/// A model read from a GGUF file: its layers, and the format of every tensor.
public struct GGUFModel: Sendable {
  public let shape: ModelShape
  /// The formats as the file has them, of the tensors that are loaded.
  public let weights: WeightPlan
  /// The tensors that are in the file but not loaded: layers for multi-token prediction.
  public let skippedTensors: Int
  /// Their bytes.
  public let skippedBytes: Bytes

  /// Reads what the headers of a file describe.
  ///
  /// - Parameters:
  ///   - id: The name that asks for this model again.
  ///   - name: The name for people, where the file does not give one.
  /// - Throws: ``GGUFModelError``.
  public init(_ file: GGUFFile, id: String, name: String) throws(GGUFModelError) {
    let general = GGUFKeys(metadata: file.metadata, architecture: "general")
    let architecture = try Self.architecture(general)
    let keys = GGUFKeys(metadata: file.metadata, architecture: architecture.name)
    let blocks = try keys.integer("block_count", in: 1...1024)
    let unloaded =
      try keys.optionalInteger("nextn_predict_layers", in: 0...(blocks - 1)) ?? 0
    var inventory = GGUFInventory(
      architecture, blocks: Int(blocks), loaded: Int(blocks - unloaded))
    for tensor in file.tensors { try inventory.add(tensor) }
    shape = try Self.shape(
      inventory, architecture, keys, id: id, name: try general.optionalText("name") ?? name)
    weights = try Self.weights(inventory, general, fileBytes: file.fileBytes)
    skippedTensors = inventory.skippedTensors
    skippedBytes = inventory.skippedBytes
  }

  private static func architecture(
    _ general: GGUFKeys
  ) throws(GGUFModelError) -> GGUFArchitecture {
    guard let name = try general.optionalText("architecture") else {
      throw .metadata(.missing(key: general.name("architecture")))
    }
    guard name != "clip" else { throw .notAModel(what: "a vision projector") }
    if let type = try general.optionalText("type"), type != "model" {
      throw .notAModel(what: "something of the type '\(type.shown)'")
    }
    guard let architecture = GGUFArchitecture.named(name) else {
      throw .unknownArchitecture(name, known: GGUFArchitecture.all.map(\.name).sorted())
    }
    return architecture
  }

  private static func shape(
    _ inventory: GGUFInventory, _ architecture: GGUFArchitecture, _ keys: GGUFKeys, id: String,
    name: String
  ) throws(GGUFModelError) -> ModelShape {
    let hidden = try keys.integer("embedding_length", in: 1...(1 << 17))
    let context = try keys.integer("context_length", in: Workload.allowedContext)
    guard let embedding = inventory.shape(of: .tokenEmbedding) else {
      throw .missingTensor("token_embd.weight")
    }
    guard embedding.rowElements == hidden else {
      throw .contradiction(
        key: keys.name("embedding_length"),
        what: "'token_embd.weight' has rows of \(embedding.rowElements), not \(hidden)")
    }
    if let head = inventory.shape(of: .output), head != embedding {
      throw .contradiction(
        key: keys.name("embedding_length"), what: "'output.weight' is \(head), not \(embedding)")
    }
    for role in architecture.norms.model {
      guard let norm = inventory.shape(of: role) else {
        throw .missingTensor("\(role.rawValue).weight")
      }
      guard norm.dimensions == [hidden] else {
        throw .contradiction(
          key: keys.name("embedding_length"),
          what: "'\(role.rawValue).weight' is \(norm), not \(hidden)")
      }
    }
    try checkVocabulary(of: embedding, keys.metadata)
    try checkPositions(of: inventory, architecture, keys, context: context)
    let tensors = inventory.tensors
    let layers = try GGUFLayers(
      tensors, count: inventory.loaded, hidden: hidden, context: context,
      architecture: architecture, keys: keys
    ).layers()
    if let excess = ModelExcess(layers: layers, tensors: tensors) {
      throw .contradiction(key: keys.name("block_count"), what: "\(excess.words)")
    }
    return ModelShape(
      id: id, name: name, source: .gguf,
      architecture: Architecture(modelType: architecture.name, ggufName: architecture.name),
      hiddenSize: hidden, vocabularySize: embedding.rows, maximumContext: context, layers: layers,
      tensors: tensors, isPooled: keys.metadata[keys.name("pooling_type")] != nil)
  }

  /// A tokenizer has a token for each row of the embedding, which the converter sees to.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-vocab.cpp, `load` (`n_tokens` from the list), which its
  /// models' embeddings are created for.
  private static func checkVocabulary(
    of embedding: TensorShape, _ metadata: GGUFMetadata
  ) throws(GGUFModelError) {
    let key = "tokenizer.ggml.tokens"
    guard case .array(let tokens) = metadata[key], tokens.count != embedding.rows else { return }
    throw .contradiction(
      key: key,
      what: "it lists \(tokens.count) tokens, 'token_embd.weight' has \(embedding.rows) rows")
  }

  private static func checkPositions(
    of inventory: GGUFInventory, _ architecture: GGUFArchitecture, _ keys: GGUFKeys, context: Int64
  ) throws(GGUFModelError) {
    guard architecture.hasPositionTable else { return }
    guard let table = inventory.shape(of: .positionEmbedding) else {
      throw .missingTensor("position_embd.weight")
    }
    guard table.rows != context else { return }
    throw .contradiction(
      key: keys.name("context_length"),
      what: "'position_embd.weight' has \(table.rows) rows, not \(context)")
  }

  private static func weights(
    _ inventory: GGUFInventory, _ general: GGUFKeys, fileBytes: Bytes
  ) throws(GGUFModelError) -> WeightPlan {
    let type = try general.optionalInteger("file_type", in: 0...Int64(UInt32.max))
    let named = type.flatMap { number in
      LlamaCppFileType.allCases.first { Int64($0.number) == number }
    }
    do {
      return try WeightPlan(
        inventory.assignments, inFileNamed: named?.rawValue, loader: .llamaCpp,
        fileBytes: fileBytes)
    } catch {
      throw .unstorable(error)
    }
  }
}
