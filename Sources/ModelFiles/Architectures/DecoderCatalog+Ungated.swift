internal import VRAMBudget

extension DecoderArchitecture {
  /// The families after GPT-2: LayerNorm, and a feed-forward without a gate.
  ///
  /// Source: as ``all``; what a GGUF file has of them, from llama.cpp 0c1e57098, conversion/gpt2.py,
  /// starcoder.py, gptneox.py, bloom.py, mpt.py, falcon.py and jais.py.
  static let ungated: [DecoderArchitecture] = [
    DecoderArchitecture(
      modelType: "gpt2", ggufName: "gpt2",
      attention: AttentionStyle(bias: .all, fusion: .always), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), tiesByDefault: true,
      rope: .nowhere, keys: .gpt2(), requirements: [.off("add_cross_attention")],
      positions: .learned()),
    DecoderArchitecture(
      modelType: "gpt_bigcode", ggufName: "starcoder",
      attention: AttentionStyle(bias: .all, fusion: .always), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), tiesByDefault: true,
      rope: .nowhere, keys: .gpt2(.multiQuery(groupedKey: nil)),
      requirements: [.off("add_cross_attention")], positions: .learned()),
    DecoderArchitecture(
      modelType: "gpt_neo", ggufName: nil, attention: AttentionStyle(bias: .output),
      norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), window: .localLayers,
      tiesByDefault: true, rope: .nowhere,
      keys: SizeKeys(
        layers: ["num_layers", "num_hidden_layers"],
        queryHeads: ["num_heads", "num_attention_heads"], keyValueHeads: .allHeads,
        widthMultiple: 4),
      positions: .learned()),
    DecoderArchitecture(
      modelType: "gpt_neox", ggufName: "gptneox",
      attention: AttentionStyle(bias: .all, fusion: .always), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always),
      keys: SizeKeys(keyValueHeads: .allHeads), requirements: [.on("attention_bias")]),
    DecoderArchitecture(
      modelType: "codegen", ggufName: nil, attention: AttentionStyle(fusion: .always),
      norms: NormStyle.parallel.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), keys: .gpt2(),
      headBias: .always),
    DecoderArchitecture(
      modelType: "opt", ggufName: nil, attention: AttentionStyle(bias: .all),
      norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), tiesByDefault: true,
      rope: .nowhere, keys: SizeKeys(keyValueHeads: .allHeads, width: ["ffn_dim"]),
      requirements: [
        .on("do_layer_norm_before"), .off("_remove_final_layer_norm"), .on("enable_bias"),
        .on("layer_norm_elementwise_affine"), .hiddenSize("word_embed_proj_dim"),
      ],
      positions: .learned(spareRows: 2)),
    DecoderArchitecture(
      modelType: "xglm", ggufName: nil, attention: AttentionStyle(bias: .all),
      norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), tiesByDefault: true,
      rope: .nowhere,
      keys: SizeKeys(
        layers: ["num_layers", "num_hidden_layers"], hidden: ["d_model", "hidden_size"],
        queryHeads: ["attention_heads", "num_attention_heads"], keyValueHeads: .allHeads,
        width: ["ffn_dim"]),
      requirements: [.off("add_cross_attention")]),
    // The context of models that were trained on 2048 tokens and do not say so.
    DecoderArchitecture(
      modelType: "bloom", ggufName: "bloom",
      attention: AttentionStyle(bias: .all, fusion: .always), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always), tiesByDefault: true,
      rope: .nowhere,
      keys: SizeKeys(
        layers: ["n_layer", "num_hidden_layers"], hidden: ["hidden_size", "n_embed"],
        queryHeads: ["n_head", "num_attention_heads"], keyValueHeads: .allHeads,
        context: ["seq_length"], contextDefault: 2048, width: [], widthMultiple: 4),
      hasEmbeddingNorm: true),
    DecoderArchitecture(
      modelType: "mpt", ggufName: "mpt", attention: AttentionStyle(fusion: .always),
      feedForward: FeedForwardStyle(shape: .plain), tiesByDefault: true, rope: .nowhere,
      keys: SizeKeys(
        layers: ["n_layers", "num_hidden_layers"], hidden: ["d_model", "hidden_size"],
        queryHeads: ["n_heads", "num_attention_heads"], keyValueHeads: .allHeads,
        context: ["max_seq_len"], width: [], widthMultiple: 4),
      requirements: [
        .on("no_bias"), .number("expansion_ratio", 4), .on("attn_config.alibi"),
        .off("attn_config.qk_ln"), .text("attn_config.attn_type", "multihead_attention"),
      ]),
    // The published checkpoints hold the head besides the embedding, and the converter keeps it.
    DecoderArchitecture(
      modelType: "falcon", ggufName: "falcon", attention: AttentionStyle(fusion: .always),
      norms: NormStyle(roles: [.attentionNorm], variation: .falcon, hasBias: true),
      feedForward: FeedForwardStyle(shape: .plain), tiesByDefault: true,
      keys: SizeKeys(
        hidden: ["hidden_size", "n_embed"],
        keyValueHeads: .multiQuery(groupedKey: "num_kv_heads"), contextDefault: 2048,
        width: ["ffn_hidden_size"], widthMultiple: 4),
      requirements: [.on("parallel_attn"), .off("bias"), .off("alibi")], storesTiedHead: true),
    DecoderArchitecture(
      modelType: "persimmon", ggufName: nil,
      attention: AttentionStyle(bias: .all, headNorms: .perHeadBiased, fusion: .always),
      norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always),
      keys: SizeKeys(keyValueHeads: .allHeads), requirements: [.on("qk_layernorm")]),
    DecoderArchitecture(
      modelType: "jais2", ggufName: "jais2", optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .all), norms: NormStyle.standard.biased,
      feedForward: FeedForwardStyle(shape: .plain, bias: .always),
      requirements: [.on("attention_bias"), .on("mlp_bias")]),
    DecoderArchitecture(
      modelType: "nanochat", ggufName: nil, optionalKeys: [.keyValueHeads, .headDimension],
      attention: AttentionStyle(bias: .allByKey("attention_bias")), norms: .plain,
      feedForward: FeedForwardStyle(shape: .plain)),
  ]
}
