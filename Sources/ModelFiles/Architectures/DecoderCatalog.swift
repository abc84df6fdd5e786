internal import VRAMBudget

extension DecoderArchitecture {
  /// The families, by name.
  ///
  /// Source: transformers 5.23.0, models/<type>/configuration_<type>.py (keys and defaults) and
  /// modeling_<type>.py (modules), checked in parameters.jsonl; GGUF names from llama.cpp 0c1e57098,
  /// gguf-py/gguf/constants.py and tensor_mapping.py.
  static var all: [DecoderArchitecture] { dense + mixtures + ungated + remote }

  /// Returns the family of a `model_type`; nil when it is not among these.
  ///
  /// Looks where most models are first: a list is made when it is first looked into.
  static func named(_ modelType: String) -> DecoderArchitecture? {
    func find(in list: [DecoderArchitecture]) -> DecoderArchitecture? {
      list.first { $0.modelType == modelType }
    }
    return find(in: dense) ?? find(in: mixtures) ?? find(in: ungated) ?? find(in: remote)
  }

  private static let dense: [DecoderArchitecture] = [
    DecoderArchitecture(
      modelType: "llama", ggufName: "llama", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias"))),
    DecoderArchitecture(
      modelType: "mistral", ggufName: "llama", window: .everywhere(whereMissing: 4096)),
    DecoderArchitecture(
      modelType: "ministral3", ggufName: "mistral3", optionalKeys: [], window: .everywhere()),
    DecoderArchitecture(
      modelType: "qwen2", ggufName: "qwen2", attention: AttentionStyle(bias: .inputs),
      window: .upperLayers),
    // Qwen2's text model; the positions have three parts, which no tensor shows.
    DecoderArchitecture(
      modelType: "qwen2_vl_text", ggufName: "qwen2vl", attention: AttentionStyle(bias: .inputs),
      window: .upperLayers),
    DecoderArchitecture(
      modelType: "qwen2_5_vl_text", ggufName: "qwen2vl", attention: AttentionStyle(bias: .inputs),
      window: .upperLayers),
    DecoderArchitecture(
      modelType: "qwen3", ggufName: "qwen3", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      window: .upperLayers),
    DecoderArchitecture(
      modelType: "qwen3_vl_text", ggufName: "qwen3vl", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead)),
    DecoderArchitecture(
      modelType: "smollm3", ggufName: "smollm3",
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias")), window: .upperLayers,
      tiesByDefault: true, rope: .byList(interval: 4)),
    DecoderArchitecture(
      modelType: "phi3", ggufName: "phi3", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(fusion: .always),
      feedForward: FeedForwardStyle(shape: .fused), window: .everywhere()),
    DecoderArchitecture(
      modelType: "phi", ggufName: "phi2", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .all),
      norms: NormStyle.parallel.biased, feedForward: FeedForwardStyle(shape: .plain, bias: .always),
      requirements: [.off("qk_layernorm")], headBias: .always),
    DecoderArchitecture(
      modelType: "gemma", ggufName: "gemma", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), tiesByDefault: true),
    DecoderArchitecture(
      modelType: "gemma2", ggufName: "gemma2", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), norms: .sandwich,
      window: .pattern(period: 2), tiesByDefault: true),
    DecoderArchitecture(
      modelType: "gemma3_text", ggufName: "gemma3", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      norms: .sandwich, window: .pattern(period: 6), tiesByDefault: true,
      bidirectionalName: "gemma-embedding"),
    DecoderArchitecture(
      modelType: "granite", ggufName: "granite", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias"))),
    DecoderArchitecture(
      modelType: "cohere", ggufName: "command-r", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(
        bias: .allByKey("attention_bias"), headNorms: .allHeadsByKey("use_qk_norm")),
      norms: .parallel, tiesByDefault: true),
    DecoderArchitecture(
      modelType: "cohere2", ggufName: "cohere2", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), norms: .parallel,
      window: .pattern(period: 4), tiesByDefault: true, rope: .windowed),
    DecoderArchitecture(
      modelType: "olmo", ggufName: "olmo", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), norms: .plain),
    DecoderArchitecture(
      modelType: "olmo2", ggufName: "olmo2", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .wholeRow),
      norms: .after),
    DecoderArchitecture(
      modelType: "olmo3", ggufName: "olmo2", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .wholeRow),
      norms: .after, window: .pattern(period: 4)),
    DecoderArchitecture(
      modelType: "glm", ggufName: "chatglm", optionalKeys: [],
      attention: AttentionStyle(bias: .inputsByKey("attention_bias", whereMissing: true)),
      feedForward: FeedForwardStyle(shape: .fused)),
    DecoderArchitecture(
      modelType: "glm4", ggufName: "glm4", optionalKeys: [],
      attention: AttentionStyle(bias: .inputsByKey("attention_bias", whereMissing: true)),
      norms: .sandwich,
      feedForward: FeedForwardStyle(shape: .fused)),
    DecoderArchitecture(
      modelType: "glm4v_text", ggufName: "glm4", attention: AttentionStyle(bias: .inputs),
      norms: .sandwich, feedForward: FeedForwardStyle(shape: .fused)),
    DecoderArchitecture(
      modelType: "exaone4", ggufName: "exaone4", attention: AttentionStyle(headNorms: .perHead),
      norms: .after, window: .pattern(period: 4), rope: .windowedIfAny),
    DecoderArchitecture(
      modelType: "ernie4_5", ggufName: "ernie4_5", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("use_bias")),
      feedForward: FeedForwardStyle(bias: .byKey("use_bias")), tiesByDefault: true),
    DecoderArchitecture(
      modelType: "hunyuan_v1_dense", ggufName: "hunyuan-dense",
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead)),
    DecoderArchitecture(
      modelType: "seed_oss", ggufName: "seed_oss", optionalKeys: [],
      attention: AttentionStyle(bias: .inputsByKey("attention_bias", whereMissing: true)),
      norms: .renamed,
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias")),
      requirements: [.off("attention_out_bias")]),
    DecoderArchitecture(
      modelType: "starcoder2", ggufName: "starcoder2",
      attention: AttentionStyle(bias: .all), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), window: .everywhere(),
      tiesByDefault: true, requirements: [.on("use_bias")]),
    DecoderArchitecture(
      modelType: "nemotron", ggufName: "nemotron",
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .byKey("mlp_bias"))),
    DecoderArchitecture(
      modelType: "arcee", ggufName: "arcee", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      feedForward: FeedForwardStyle(shape: .plain, bias: .byKey("mlp_bias"))),
    DecoderArchitecture(
      modelType: "stablelm", ggufName: "stablelm",
      attention: AttentionStyle(
        bias: .inputsByKey("use_qkv_bias"), headNorms: .eachHeadByKey("qk_layernorm")),
      norms: NormStyle(
        roles: [.attentionNorm],
        variation: .unless("use_parallel_residual", [.feedForwardNorm]), hasBias: true)),
    DecoderArchitecture(
      modelType: "apertus", ggufName: "apertus", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      feedForward: FeedForwardStyle(shape: .plain),
      requirements: [.on("qk_norm"), .off("post_norm"), .off("mlp_bias")],
      layerVectors: [
        LayerVector(role: .activationAlphaPositive, length: .one),
        LayerVector(role: .activationAlphaNegative, length: .one),
      ]),
    DecoderArchitecture(
      modelType: "cwm", ggufName: nil, optionalKeys: [.keyValueHeads, .headDimension],
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias")), window: .leading(period: 4)),
    DecoderArchitecture(
      modelType: "diffllama", ggufName: nil, optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      layerVectors: Array(
        repeating: LayerVector(role: .attentionLambda, length: .headDimension), count: 4)),
    DecoderArchitecture(
      modelType: "doge", ggufName: nil, optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(headNorms: .perHead),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias")), window: .everywhere(),
      requirements: [.off("is_moe"), .off("attention_bias")],
      layerVectors: [
        LayerVector(role: .residualScale, length: .hidden),
        LayerVector(role: .residualScale, length: .hidden),
        LayerVector(role: .attentionMask, length: .keyValueHeads),
        LayerVector(role: .attentionMaskStep, length: .keyValueRows),
      ]),
    DecoderArchitecture(
      modelType: "granite_swa", ggufName: "granite_swa",
      optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), hasSinks: true),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias")), window: .leading(period: 4),
      tiesByDefault: true, rope: .byBases(key: "layer_rope_theta")),
    DecoderArchitecture(
      modelType: "helium", ggufName: nil, optionalKeys: [],
      attention: AttentionStyle(bias: .inputsByKey("attention_bias")),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias"))),
    DecoderArchitecture(
      modelType: "hyperclovax", ggufName: nil, optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      norms: NormStyle(
        roles: [.attentionNorm, .feedForwardNorm],
        variation: .when("use_post_norm", [.postAttentionNorm, .postFeedForwardNorm])),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias"))),
    DecoderArchitecture(
      modelType: "internlm3", ggufName: "llama", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      feedForward: FeedForwardStyle(bias: .byKey("mlp_bias")),
      requirements: [.off("qkv_bias"), .off("bias")]),
  ]

  private static let mixtures: [DecoderArchitecture] = [
    DecoderArchitecture(
      modelType: "mixtral", ggufName: "llama",
      experts: ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size"), window: .everywhere()),
    DecoderArchitecture(
      modelType: "qwen2_moe", ggufName: "qwen2moe",
      attention: AttentionStyle(bias: .inputsByKey("qkv_bias", whereMissing: true)),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size",
        shared: .width(key: "shared_expert_intermediate_size"), hasSharedGate: true,
        placement: .sparseStep), window: .upperLayers),
    DecoderArchitecture(
      modelType: "qwen3_moe", ggufName: "qwen3moe",
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", placement: .sparseStep), window: .upperLayers),
    DecoderArchitecture(
      modelType: "qwen3_vl_moe_text", ggufName: "qwen3vlmoe",
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", placement: .sparseStep)),
    DecoderArchitecture(
      modelType: "qwen3_omni_moe_text", ggufName: "qwen3vlmoe",
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", placement: .sparseStep)),
    DecoderArchitecture(
      modelType: "gpt_oss", ggufName: "gpt-oss", optionalKeys: [],
      attention: AttentionStyle(
        bias: .allByKey("attention_bias", whereMissing: true), hasSinks: true),
      norms: .renamed,
      experts: ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size", hasRouterBias: true, hasExpertBias: true),
      window: .pattern(period: 2)),
    DecoderArchitecture(
      modelType: "granitemoe", ggufName: "granitemoe",
      optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      experts: ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size")),
    DecoderArchitecture(
      modelType: "olmoe", ggufName: "olmoe", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .wholeRow),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok", widthKey: "intermediate_size")),
    DecoderArchitecture(
      modelType: "phimoe", ggufName: "phimoe",
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      norms: NormStyle.standard.biased,
      experts: ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size"), window: .everywhere(), headBias: .byKey("lm_head_bias")),
    DecoderArchitecture(
      modelType: "glm4_moe", ggufName: "glm4moe", optionalKeys: [],
      attention: AttentionStyle(
        bias: .inputsByKey("attention_bias"), headNorms: .perHeadByKey("use_qk_norm")),
      norms: .renamed,
      experts: ExpertStyle(
        countKey: "n_routed_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", shared: .count(key: "n_shared_experts"),
        placement: .afterLead(key: "first_k_dense_replace"), selectionBias: .buffer,
        hasOwnRouting: true)),
    DecoderArchitecture(
      modelType: "glm4v_moe_text", ggufName: "glm4moe",
      attention: AttentionStyle(bias: .inputsByKey("attention_bias", whereMissing: true)),
      norms: .renamed,
      experts: ExpertStyle(
        countKey: "n_routed_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", shared: .count(key: "n_shared_experts"),
        placement: .afterLead(key: "first_k_dense_replace"), selectionBias: .buffer,
        hasOwnRouting: true)),
    DecoderArchitecture(
      modelType: "minimax_m2", ggufName: "minimax-m2", optionalKeys: [],
      attention: AttentionStyle(headNorms: .wholeRow),
      experts: ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size", selectionBias: .buffer)),
    DecoderArchitecture(
      modelType: "ernie4_5_moe", ggufName: "ernie4_5-moe",
      experts: ExpertStyle(
        countKey: "moe_num_experts", usedKey: "moe_k", widthKey: "moe_intermediate_size",
        shared: .count(key: "moe_num_shared_experts"), placement: .ernie,
        selectionBias: .parameter), tiesByDefault: true, requirements: [.off("use_bias")]),
    DecoderArchitecture(
      modelType: "llama4_text", ggufName: "llama4", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias")),
      experts: ExpertStyle(
        countKey: "num_local_experts", usedKey: "num_experts_per_tok",
        widthKey: "intermediate_size", shared: .width(key: "intermediate_size"),
        placement: .interleaved(key: "interleave_moe_layer_step")),
      window: .chunks(period: 4), rope: .byList(interval: 4),
      keys: SizeKeys(width: ["intermediate_size_mlp"])),
    DecoderArchitecture(
      modelType: "afmoe", ggufName: "afmoe", optionalKeys: [.keyValueHeads],
      attention: AttentionStyle(
        bias: .allByKey("attention_bias"), headNorms: .perHead, gate: .elements),
      norms: .sandwich,
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", shared: .count(key: "num_shared_experts"),
        placement: .afterLead(key: "num_dense_layers"), selectionBias: .parameter),
      window: .pattern(period: 4, periodKey: "global_attn_every_n_layers"), rope: .windowed),
    DecoderArchitecture(
      modelType: "cohere2_moe", ggufName: "cohere2moe", optionalKeys: [.keyValueHeads],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), norms: .parallel,
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok", widthKey: "intermediate_size",
        shared: .count(key: "num_shared_experts", isOptional: true),
        placement: .byTypes(lead: "first_k_dense_replace")),
      window: .byTypes, tiesByDefault: true, rope: .windowed,
      keys: SizeKeys(width: ["prefix_dense_intermediate_size", "intermediate_size"])),
    DecoderArchitecture(
      modelType: "flex_olmo", ggufName: nil, optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .wholeRow),
      norms: .after,
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok", widthKey: "intermediate_size")),
    DecoderArchitecture(
      modelType: "hy_v3", ggufName: "hy_v3", optionalKeys: [],
      attention: AttentionStyle(bias: .allByKey("attention_bias"), headNorms: .perHead),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", shared: .count(key: "num_shared_experts"),
        placement: .byTypes(lead: "first_k_dense_replace"), selectionBias: .buffer,
        selectionPart: .plain),
      requirements: [.off("mlp_bias")]),
    DecoderArchitecture(
      modelType: "laguna", ggufName: "laguna", optionalKeys: [],
      attention: AttentionStyle(
        bias: .allByKey("attention_bias"), headNorms: .perHead, gate: .byKey("gating")),
      experts: ExpertStyle(
        countKey: "num_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size",
        shared: .width(key: "shared_expert_intermediate_size"), placement: .byTypes(lead: nil),
        selectionBias: .parameter),
      window: .byTypes, keys: SizeKeys(layerQueryHeads: "num_attention_heads_per_layer")),
    DecoderArchitecture(
      modelType: "solar_open", ggufName: "glm4moe", optionalKeys: [],
      attention: AttentionStyle(bias: .inputsByKey("attention_bias")), norms: .renamed,
      experts: ExpertStyle(
        countKey: "n_routed_experts", usedKey: "num_experts_per_tok",
        widthKey: "moe_intermediate_size", shared: .count(key: "n_shared_experts"),
        selectionBias: .buffer, hasOwnRouting: true),
      requirements: [.off("use_qk_norm"), .off("first_k_dense_replace")]),
  ]
}
