/// A model as far as memory is concerned: its layers, one by one, and its tensors.
///
/// Everything downstream is computed from this value; nothing downstream asks which family the
/// model is of unless a runtime does.
public struct ModelShape: Hashable, Sendable {
  /// Where a description came from.
  public enum Source: String, Hashable, Sendable {
    case preset, config, gguf, safetensors
  }

  /// The name that asks for the model again: a preset's id, or the path as given.
  public let id: String
  /// The name for people.
  public let name: String
  public let source: Source
  public let architecture: Architecture
  /// `hidden_size`, `n_embd`.
  public let hiddenSize: Int64
  /// `vocab_size`, `n_vocab`.
  public let vocabularySize: Int64
  /// `max_position_embeddings`, `n_ctx_train`: the tokens that the model was made for.
  public let maximumContext: Int64
  /// The tokens that its rotation is scaled to (`rope_scaling`); no less than ``maximumContext``.
  public let scaledContext: Int64
  /// `pooling_type`: whether a file of it says how its outputs are pooled, by which programs know an
  /// embedding model that is built like others.
  public let isPooled: Bool
  public let layers: [Layer]
  public let tensors: [Tensor]
  /// `num_nextn_predict_layers`: layers for multi-token prediction that a checkpoint holds besides
  /// ``layers``. Neither they nor their tensors are described: programs load them only when asked to.
  public let predictionLayers: Int

  public init(
    id: String, name: String, source: Source, architecture: Architecture, hiddenSize: Int64,
    vocabularySize: Int64, maximumContext: Int64, layers: [Layer], tensors: [Tensor],
    predictionLayers: Int = 0, scaledContext: Int64 = 0, isPooled: Bool = false
  ) {
    self.id = id
    self.name = name
    self.source = source
    self.architecture = architecture
    self.hiddenSize = hiddenSize
    self.vocabularySize = vocabularySize
    self.maximumContext = maximumContext
    self.layers = layers
    self.tensors = tensors
    self.predictionLayers = predictionLayers
    self.scaledContext = max(maximumContext, scaledContext)
    self.isPooled = isPooled
  }
}

extension ModelShape {
  /// The tensors of a GGUF file of this model.
  public var ggufTensors: [Tensor] { tensors.filter { $0.presence != .checkpointOnly } }

  /// The tensors of the published checkpoint, those that are shared counted once.
  public var checkpointTensors: [Tensor] { tensors.filter { $0.presence != .ggufOnly } }

  /// The number of trained parameters, tied embeddings counted once.
  public var parameters: Int64 {
    var parameters: Int64 = 0
    for tensor in tensors where tensor.presence != .ggufOnly && tensor.isParameter {
      parameters += tensor.shape.elements
    }
    return parameters
  }

  /// The parameters that one token uses: all of them but the experts it is not sent to.
  public var activeParameters: Int64 {
    checkpointTensors.reduce(0) { total, tensor in
      guard tensor.isParameter else { return total }
      let elements = tensor.shape.elements
      guard tensor.role.isRoutedExpert, tensor.part != .scale, let layer = tensor.layer,
        case .experts(let experts) = layers[layer].feedForward
      else { return total + elements }
      return total + elements / experts.count * experts.used
    }
  }

  /// Whether the embedding matrix is also the output head. An encoder has no head.
  public var hasTiedEmbeddings: Bool { !hasHead && !isEncoder }

  /// Whether an output head is stored.
  public var hasHead: Bool { tensors.contains { $0.role == .output } }

  /// Whether the model reads a text in both directions, and yields no next token.
  public var isEncoder: Bool {
    layers.contains { layer in
      layer.mixers.contains { if case .encoderAttention = $0 { true } else { false } }
    }
  }

  /// Whether the model is made for embeddings, not for text.
  public var isEmbedding: Bool { isPooled || isEncoder }

  /// The same, with outputs that are pooled.
  public var pooled: ModelShape {
    ModelShape(
      id: id, name: name, source: source, architecture: architecture, hiddenSize: hiddenSize,
      vocabularySize: vocabularySize, maximumContext: maximumContext, layers: layers,
      tensors: tensors, predictionLayers: predictionLayers, scaledContext: scaledContext,
      isPooled: true)
  }

  /// The experts of the first layer that has any.
  public var experts: FeedForward.Experts? {
    for layer in layers {
      if case .experts(let experts) = layer.feedForward { return experts }
    }
    return nil
  }

  /// The attention layers' shapes, in layer order; nil for a layer without attention of this kind.
  public var attentions: [Attention?] {
    layers.map { layer in
      for mixer in layer.mixers {
        switch mixer {
        case .attention(let attention), .sharedAttention(let attention, _),
          .encoderAttention(let attention):
          return attention
        case .compressedAttention(let attention): return attention.windowAttention
        case .latentAttention, .indexer, .recurrent: continue
        }
      }
      return nil
    }
  }
}

/// A family of models that share their layers' construction.
public struct Architecture: Hashable, Sendable {
  /// `model_type` in config.json: `qwen2`.
  public let modelType: String
  /// `general.architecture` in a GGUF file: `qwen2`; nil for a family that llama.cpp does not know.
  public let ggufName: String?

  public init(modelType: String, ggufName: String?) {
    self.modelType = modelType
    self.ggufName = ggufName
  }
}
