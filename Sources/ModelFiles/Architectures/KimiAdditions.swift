internal import JSONDocuments
internal import VRAMBudget

/// What Kimi K3 has beyond Kimi Linear: experts that work on shorter vectors, a gate of latent
/// attention, and layers that choose among the sums of earlier blocks.
///
/// Source: moonshotai/Kimi-K3, config.json and the headers of its files: 2,779,931,837,184 elements with
/// vision tower (401,214,464) and projector (46,144,512), in 1,560,860,324,864 bytes.
struct KimiAdditions {
  /// The elements of the vectors that experts work on; nil where it is the hidden size.
  let latentExperts: Int64?
  let hasOutputGate: Bool
  let hasResiduals: Bool

  /// - Parameter isThere: Whether the family has them; elsewhere they are refused.
  init(isThere: Bool, _ configuration: ModelConfiguration) throws(ConfigurationError) {
    latentExperts = try configuration.optionalInteger(
      "routed_expert_hidden_size", in: 1...(1 << 17))
    hasOutputGate = try configuration.bool("mla_use_output_gate", default: false)
    hasResiduals = try configuration.optionalInteger("attn_res_block_size", in: 1...1024) != nil
    if isThere {
      let hasNorm = try configuration.bool("latent_moe_use_norm", default: false)
      guard latentExperts == nil || hasNorm else {
        throw .unsupported(key: "latent_moe_use_norm", value: "false")
      }
      return
    }
    let delta = try configuration.object("linear_attn_config")
    let hasFullGate = try delta?.bool("use_full_rank_gate", default: false) ?? false
    for (key, isGiven) in [
      ("routed_expert_hidden_size", latentExperts != nil), ("mla_use_output_gate", hasOutputGate),
      ("attn_res_block_size", hasResiduals),
      ("linear_attn_config.use_full_rank_gate", hasFullGate),
    ] where isGiven {
      throw .unsupported(key: key, value: "a Kimi K3, without its 'model_type' around it,")
    }
  }
}

extension TensorList {
  /// What chooses among earlier sums, and the norm before it.
  mutating func addResidual(_ choice: TensorRole, _ norm: TensorRole, hidden: Int64) {
    append(choice, .weight, hidden, 1)
    addNorm(norm, hidden)
  }

  /// Experts between a way to shorter vectors and the way back; the shared expert has neither.
  mutating func addLatentExperts(_ sizes: ExpertSizes, hidden: Int64, latent: Int64) {
    add(.expertLatentDown, hidden, latent)
    addNorm(.expertLatentNorm, latent)
    add(.expertLatentUp, latent, hidden)
    addExperts(sizes, hidden: hidden, expertInput: latent)
  }
}
