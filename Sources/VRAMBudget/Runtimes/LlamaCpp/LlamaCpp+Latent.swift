extension ModelShape {
  /// The model with ordinary attention in place of latent attention whose up-projection is one matrix
  /// (MiniCPM3, and files of DeepSeek's from before it was split).
  ///
  /// llama.cpp cannot absorb such a matrix: it computes keys and values of all heads, and those are
  /// what it caches.
  ///
  /// Source: llama.cpp 0c1e57098, src/models/minicpm3.cpp; deepseek2.cpp, `is_mla` false.
  var withExpandedLatents: ModelShape {
    guard !tensors.contains(where: { $0.role == .latentKeyUp }),
      layers.contains(where: { $0.mixers.contains { $0.expanded != $0 } })
    else { return self }
    return ModelShape(
      id: id, name: name, source: source, architecture: architecture, hiddenSize: hiddenSize,
      vocabularySize: vocabularySize, maximumContext: maximumContext,
      layers: layers.map { layer in
        Layer(mixers: layer.mixers.map(\.expanded), feedForward: layer.feedForward)
      }, tensors: tensors, predictionLayers: predictionLayers, scaledContext: scaledContext,
      isPooled: isPooled)
  }
}

extension TokenMixer {
  /// Latent attention with keys and values of each head; any other mixer itself.
  fileprivate var expanded: TokenMixer {
    guard case .latentAttention(let latent) = self else { return self }
    return .attention(
      Attention(
        queryHeads: latent.queryHeads, keyValueHeads: latent.queryHeads,
        keyDimension: latent.plainDimension + latent.ropeDimension,
        valueDimension: latent.valueDimension))
  }
}
