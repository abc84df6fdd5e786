/// What follows attention in a layer.
extension DecoderGraph {
  /// The feed-forward from the normalized stream to the down projection.
  mutating func feedForwardBlock(
    _ stream: GraphTensorIndex, tokens: Int64
  ) -> GraphTensorIndex {
    guard case .dense(let width, let isFused) = model.layers[layer].feedForward else {
      preconditionFailure("traits admit dense layers only")
    }
    let activated: GraphTensorIndex
    if isFused {
      let both = multiply(stream, by: .feedForwardUp, width: 2 * width, tokens: tokens)
      activated = builder.op(.glu, rows(width, tokens), both)
    } else {
      let gate = multiply(stream, by: .feedForwardGate, width: width, tokens: tokens)
      let up = multiply(stream, by: .feedForwardUp, width: width, tokens: tokens)
      activated = builder.op(.glu, rows(width, tokens), gate, up)
    }
    return multiply(activated, by: .feedForwardDown, width: hidden, tokens: tokens)
  }
}
