internal import VRAMBudget

/// The tensors of a checkpoint, held against what its configuration says of a few that every family
/// names alike.
struct CheckpointTensors {
  private let file: SafetensorsFile
  private let configuration: ConfigurationFile
  private var model: ModelShape { configuration.shape }

  init(_ file: SafetensorsFile, _ configuration: ConfigurationFile) {
    self.file = file
    self.configuration = configuration
  }

  private static let embeddings = [
    "embed_tokens.weight", "wte.weight", "word_embeddings.weight", "tok_embeddings.weight",
    "embed_in.weight",
  ]

  /// What stands before the number of a layer in a tensor's name.
  private static let layerWords = ["layers", "layer", "h", "blocks"]

  /// - Throws: ``CheckpointError/contradiction(tensor:what:key:)``.
  func check() throws(CheckpointError) {
    let isQuantized: Bool
    do {
      isQuantized = try configuration.quantization() != nil
    } catch {
      throw .configuration(error)
    }
    if !isQuantized { try checkTypes() }
    // Towers for images and sound have layers and tables of their own.
    guard configuration.otherParts.isEmpty else { return }
    let end = model.layers.count + model.predictionLayers
    for tensor in file.tensors {
      if let layer = Self.layer(of: tensor.name), layer >= end {
        throw .contradiction(
          tensor: tensor.name, what: "is of a layer beyond the \(end)", key: "num_hidden_layers")
      }
      if !isQuantized { try check(tensor) }
    }
  }

  /// A model that is not quantized has numbers of 16 bits or more.
  private func checkTypes() throws(CheckpointError) {
    var narrow: (first: SafetensorsTensor, bytes: Int64)?
    for tensor in file.tensors {
      switch tensor.dtype {
      case .f64, .f32, .f16, .bf16: continue
      default: narrow = (narrow?.first ?? tensor, (narrow?.bytes ?? 0) + tensor.bytes.count)
      }
    }
    // Masks and positions are no weights, and take next to nothing.
    guard let narrow, narrow.bytes > file.tensorBytes.count / 50 else { return }
    throw .contradiction(
      tensor: narrow.first.name, what: "is in \(narrow.first.dtype.rawValue)",
      key: "quantization_config")
  }

  private func check(_ tensor: SafetensorsTensor) throws(CheckpointError) {
    guard tensor.shape.count == 2 else { return }
    if Self.embeddings.contains(where: tensor.name.hasSuffix) {
      // GPT-2 calls its positions 'wpe', so that no other table ends like these.
      try check(tensor, 1, is: model.hiddenSize, "hidden_size")
      try check(tensor, 0, is: model.vocabularySize, "vocab_size")
    } else if tensor.name.hasSuffix(".mlp.down_proj.weight"),
      let layer = Self.layer(of: tensor.name), layer < model.layers.count
    {
      try check(tensor, 0, is: model.hiddenSize, "hidden_size")
      guard case .dense(let width, _) = model.layers[layer].feedForward else { return }
      try check(tensor, 1, is: width, "intermediate_size")
    }
  }

  private func check(
    _ tensor: SafetensorsTensor, _ dimension: Int, is expected: Int64, _ key: String
  ) throws(CheckpointError) {
    guard tensor.shape[dimension] != expected else { return }
    let shape = tensor.shape.map { "\($0)" }.joined(separator: " × ")
    throw .contradiction(tensor: tensor.name, what: "is \(shape)", key: key)
  }

  /// The layer in a tensor's name, `model.layers.3.mlp…`; nil of the others.
  private static func layer(of name: String) -> Int? {
    var isNext = false
    for part in name.utf8.split(separator: UInt8(ascii: ".")) {
      if isNext { return part.count <= 6 ? Int(String(Substring(part))) : nil }
      isNext = layerWords.contains { part.elementsEqual($0.utf8) }
    }
    return nil
  }
}
