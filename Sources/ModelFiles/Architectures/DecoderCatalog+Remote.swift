internal import VRAMBudget

extension DecoderArchitecture {
  /// The families whose modelling code transformers does not have, or that publish configurations
  /// for code of their own.
  ///
  /// Source: the modelling code in the model's own repository (configuration_<type>.py and
  /// modeling_<type>.py), checked against the published parameter counts in presets/models; GGUF
  /// names and tensors from llama.cpp 0c1e57098, conversion/internlm.py, exaone.py, minicpm.py and
  /// hunyuan.py.
  static let remote: [DecoderArchitecture] = [
    DecoderArchitecture(
      modelType: "exaone", ggufName: "exaone", tiesByDefault: true,
      keys: SizeKeys(layers: ["num_layers", "num_hidden_layers"])),
    DecoderArchitecture(
      modelType: "internlm2", ggufName: "internlm2",
      attention: AttentionStyle(fusion: .inCheckpoint), requirements: [.off("bias")]),
    DecoderArchitecture(
      modelType: "minicpm", ggufName: "minicpm", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), tiesByDefault: true,
      requirements: [.off("num_experts")]),
    // llama.cpp has no such family.
    DecoderArchitecture(
      modelType: "phi3small", ggufName: nil,
      attention: AttentionStyle(bias: .all, fusion: .always), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .fused, bias: .always), tiesByDefault: true,
      keys: SizeKeys(width: ["ff_intermediate_size"])),
    DecoderArchitecture(
      modelType: "hunyuan_v1_moe", ggufName: "hunyuan-moe",
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "moe_topk", widthKey: "moe_intermediate_size",
        shared: .count(key: "num_shared_expert")),
      requirements: [.on("use_qk_norm"), .on("use_mixed_mlp_moe"), .off("use_cla")]),
  ]
}
