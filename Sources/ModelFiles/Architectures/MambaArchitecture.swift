internal import VRAMBudget

/// A model of Mamba-1 layers alone.
///
/// Source: transformers 5.23.0, models/mamba; llama.cpp 0c1e57098, `LLM_ARCH_MAMBA`.
struct MambaArchitecture: ArchitectureReader {
  let modelType = "mamba"
  let ggufName: String? = "mamba"

  func description(
    of configuration: ModelConfiguration
  ) throws(ConfigurationError) -> ModelDescription {
    let hidden = try configuration.integer("hidden_size", in: 1...(1 << 17))
    let vocabulary = try configuration.integer("vocab_size", in: 1...(1 << 23))
    let layerCount = Int(try configuration.integer("num_hidden_layers", in: 1...1024))
    let given = try configuration.optionalInteger("intermediate_size", in: 1...(1 << 20))
    let expansion = try configuration.optionalInteger("expand", in: 1...16) ?? 2
    let inner = given ?? hidden * expansion
    let state = try configuration.integer("state_size", in: 1...4096)
    let kernel = try configuration.integer("conv_kernel", in: 1...64)
    let rank = try configuration.integer("time_step_rank", in: 1...(1 << 16))
    let hasBias = try configuration.bool("use_bias", default: false)
    let hasConvolutionBias = try configuration.bool("use_conv_bias", default: true)
    var list = TensorList()
    list.addEmbeddings(
      hidden: hidden, vocabulary: vocabulary,
      isTied: try configuration.bool("tie_word_embeddings", default: true))
    list.addNorm(.outputNorm, hidden)
    for index in 0..<layerCount {
      list.layer = index
      list.addNorm(.attentionNorm, hidden)
      list.add(.stateInput, hidden, 2 * inner, hasBias: hasBias)
      list.add(.stateConvolution, kernel, inner, hasBias: hasConvolutionBias)
      list.add(.stateProjection, inner, rank + 2 * state)
      list.add(.stateTimeStep, rank, inner, hasBias: true)
      list.append(.stateDecay, .plain, state, inner)
      list.append(.stateSkip, .plain, inner)
      list.add(.stateOutput, inner, hidden, hasBias: hasBias)
    }
    let mixer = TokenMixer.recurrent(
      RecurrentState(
        kind: .mamba, kernel: kernel, channels: inner, stateElements: state * inner))
    return ModelDescription(
      hidden: hidden, vocabulary: vocabulary, maximumContext: 1 << 20,
      layers: Array(
        repeating: Layer(mixers: [mixer], feedForward: .none), count: layerCount),
      tensors: list.tensors)
  }
}
