internal import VRAMBudget

/// The keys that give the sizes of a Mamba-2 block, which each family spells its own way.
struct Mamba2Keys {
  let heads: String
  let headDimension: String
  let groups: String
  let state: String
  let kernel: String
  let convolutionBias: String
  /// Keys of projections with a bias, which no published model has.
  let projectionBiases: [String]

  /// `mamba_n_heads` and so on: Bamba, Granite 4, Falcon-H1.
  static let prefixed = Mamba2Keys(
    heads: "mamba_n_heads", headDimension: "mamba_d_head", groups: "mamba_n_groups",
    state: "mamba_d_state", kernel: "mamba_d_conv", convolutionBias: "mamba_conv_bias",
    projectionBiases: ["mamba_proj_bias", "projectors_bias"])
  /// As Mamba-2 itself.
  static let plain = Mamba2Keys(
    heads: "num_heads", headDimension: "head_dim", groups: "n_groups", state: "state_size",
    kernel: "conv_kernel", convolutionBias: "use_conv_bias", projectionBiases: ["use_bias"])
  static let nemotron = Mamba2Keys(
    heads: "mamba_num_heads", headDimension: "mamba_head_dim", groups: "n_groups",
    state: "ssm_state_size", kernel: "conv_kernel", convolutionBias: "use_conv_bias",
    projectionBiases: ["use_bias", "mamba_proj_bias"])
}

/// The sizes of a Mamba-2 block.
struct Mamba2Sizes {
  let heads: Int64
  /// `d_inner`: the heads' elements.
  let inner: Int64
  let groups: Int64
  let state: Int64
  let kernel: Int64
  let hasConvolutionBias: Bool

  /// - Parameter inner: The width that the heads must add up to; nil where they define it.
  init(
    _ keys: Mamba2Keys, inner: Int64?, _ configuration: ModelConfiguration
  ) throws(ConfigurationError) {
    for key in keys.projectionBiases { try configuration.requireFalse(key) }
    heads = try configuration.integer(keys.heads, in: 1...4096)
    groups = try configuration.integer(keys.groups, in: 1...1024)
    state = try configuration.integer(keys.state, in: 1...4096)
    kernel = try configuration.integer(keys.kernel, in: 1...64)
    hasConvolutionBias = try configuration.bool(keys.convolutionBias, default: true)
    if let inner, try configuration.text(keys.headDimension) == "auto" {
      self.inner = inner
    } else {
      self.inner = heads * (try configuration.integer(keys.headDimension, in: 1...4096))
    }
    guard inner ?? self.inner == self.inner, self.inner.isMultiple(of: heads) else {
      throw .contradiction(
        key: keys.heads,
        what: "\(heads) heads are \(self.inner) wide, not \(inner ?? self.inner)")
    }
    guard self.inner.isMultiple(of: groups) else {
      throw .contradiction(
        key: keys.groups, what: "\(self.inner) does not divide among \(groups) groups")
    }
  }

  /// What the convolution runs over: the inner vector and both matrices of the state.
  var channels: Int64 { inner + 2 * groups * state }

  /// Source: llama.cpp 0c1e57098, src/llama-hparams.cpp, `n_embd_r` and `n_embd_s`.
  var recurrentState: RecurrentState {
    RecurrentState(
      kind: .mamba2, kernel: kernel, channels: channels, stateElements: state * inner)
  }
}

extension TensorList {
  /// A Mamba-2 block. GGUF files keep decays and skips as columns, and the norm group by group.
  mutating func addMamba2(_ sizes: Mamba2Sizes, hidden: Int64, hasNorm: Bool = true) {
    add(.stateInput, hidden, sizes.inner + sizes.channels + sizes.heads)
    add(.stateConvolution, sizes.kernel, sizes.channels, hasBias: sizes.hasConvolutionBias)
    append(.stateTimeStep, .bias, sizes.heads)
    append(.stateDecay, .plain, 1, sizes.heads)
    append(.stateSkip, .plain, 1, sizes.heads)
    if hasNorm { addNorm(.stateNorm, sizes.inner) }
    add(.stateOutput, sizes.inner, hidden)
  }
}
