internal import JSONDocuments
internal import VRAMBudget

// MARK: - compressed-tensors

extension PublishedQuantization {
  /// One group of linears that are all quantized alike.
  func compressedTensors() throws(ConfigurationError) -> FormatRecipe {
    if let sparsity = try keys.object("sparsity_config") {
      let format = try sparsity.optionalText("format") ?? "dense"
      guard format == "dense" else {
        throw unsupported("sparsity_config.format", "'\(format.shown)'")
      }
    }
    let group = try onlyGroup()
    guard let weights = try group.object("weights") else {
      throw unsupported("config_groups", "a group without weights")
    }
    let hasInputs = try group.object("input_activations") != nil
    let name = try schemeName(weights, hasInputs: hasInputs, group)
    let recipe = try named(name, leaving: "ignore")
    let ignored = try keys.reading { () throws(JSONDocumentError) in
      try keys.keys.optional("ignore")?.strings() ?? []
    }
    guard isTied || ignored.contains(where: { $0.contains("lm_head") }) else {
      throw unsupported("ignore", "a list without 'lm_head'")
    }
    return recipe
  }

  private func onlyGroup() throws(ConfigurationError) -> ModelConfiguration {
    let groups = try keys.reading { () throws(JSONDocumentError) in
      try keys.keys.required("config_groups").members()
    }
    guard groups.count == 1, let group = groups.first else {
      throw unsupported("config_groups", "\(groups.count) groups")
    }
    let targets = try keys.reading { () throws(JSONDocumentError) in
      try group.value.required("targets").strings()
    }
    guard targets == ["Linear"] else {
      throw unsupported("config_groups", "the targets \(targets.joined(separator: ", ").shown)")
    }
    return ModelConfiguration(keys: group.value)
  }

  private func schemeName(
    _ weights: ModelConfiguration, hasInputs: Bool, _ group: ModelConfiguration
  ) throws(ConfigurationError) -> String {
    let common = try keys.optionalText("format")
    let own = try group.optionalText("format")
    let format = own ?? common ?? "none"
    let strategy = try weights.optionalText("strategy") ?? "tensor"
    let bits = try weights.integer("num_bits", in: 1...16)
    let size = try weights.optionalInteger("group_size", in: -1...4096)
    guard try weights.bool("symmetric", default: true) else {
      throw unsupported("config_groups", "asymmetric weights")
    }
    let block = try weights.optionalIntegers("block_structure", in: 1...4096) ?? [128, 128]
    guard block == [128, 128] else { throw unsupported("config_groups", "blocks of \(block)") }
    switch (format, strategy, bits) {
    case ("float-quantized", "tensor", 8):
      guard let inputs = try group.object("input_activations"),
        try !inputs.bool("dynamic", default: false)
      else { throw unsupported("config_groups", "FP8 weights without static inputs") }
      return "FP8"
    case ("float-quantized", "channel", 8): return "FP8-dynamic"
    case ("float-quantized", "block", 8): return "FP8-block-bf16"
    case ("int-quantized", "channel", 8): return "W8A8"
    case ("nvfp4-pack-quantized", _, 4): return hasInputs ? "NVFP4" : "NVFP4A16"
    case ("mxfp4-pack-quantized", _, 4): return "MXFP4-linears"
    case ("mxfp8-quantized", _, 8): return "MXFP8"
    case ("pack-quantized", "group", 4), ("pack-quantized", "channel", 4):
      return "W4A16" + (try packedSuffix(size, weights))
    case ("pack-quantized", "group", 8) where size == 128: return "W8A16"
    default:
      throw unsupported("format", "'\(format.shown)' with \(bits) bits by \(strategy.shown)")
    }
  }

  private func packedSuffix(
    _ size: Int64?, _ weights: ModelConfiguration
  ) throws(ConfigurationError) -> String {
    // Only the order by group is stored; by weight it is undone when saved.
    let order = try weights.optionalText("actorder") ?? "none"
    let isOrdered = order == "group" || order == "dynamic"
    guard isOrdered || ["none", "weight", "static"].contains(order) else {
      throw unsupported("config_groups", "the order '\(order.shown)'")
    }
    switch (size, isOrdered) {
    case (128, true): return "-actorder"
    case (128, false): return ""
    case (32, false), (64, false): return "-g\(size ?? 0)"
    case (nil, false), (-1, false): return "-channel"
    default:
      throw unsupported(
        "config_groups",
        "groups of \(size ?? -1)" + (isOrdered ? " in an order of their own" : ""))
    }
  }
}

// MARK: - torchao

extension PublishedQuantization {
  /// 8da4w: linears in groups of four bits, the embedding in rows of eight.
  ///
  /// Source: torchao 0.18.0, core/config.py, `config_to_dict`; the recipe as TORCHAO.md measured it.
  func torchAO() throws(ConfigurationError) -> FormatRecipe {
    try requireEmpty("modules_to_not_convert")
    let text = try? keys.keys.optional("quant_type")?.string()
    if let text { throw unsupported("quant_type", "'\(text.shown)'") }
    guard let type = try keys.object("quant_type"), let whole = try type.object("default") else {
      throw unsupported("quant_type", "a text")
    }
    let kind = try whole.optionalText("_type") ?? "none"
    guard kind == "ModuleFqnToConfig" || kind == "FqnToConfig",
      let data = try whole.object("_data"),
      let modules = try data.object(
        kind == "FqnToConfig" ? "fqn_to_config" : "module_fqn_to_config"),
      let linear = try modules.object("_default"),
      let embedding = try modules.object("model.embed_tokens")
    else { throw unsupported("quant_type", "'\(kind.shown)'") }
    let members = try keys.reading { () throws(JSONDocumentError) in
      try modules.keys.members().count
    }
    guard members == 2 else { throw unsupported("quant_type", "modules with rules of their own") }
    try check(embedding, is: ["IntxWeightOnlyConfig"], bits: "int8")
    try check(
      linear,
      is: ["Int8DynamicActivationIntxWeightConfig", "Int8DynamicActivationInt4WeightConfig"],
      bits: "int4")
    let rows = try embedding.object("_data")?.object("granularity")?.optionalText("_type")
    guard rows ?? "PerAxis" == "PerAxis" else {
      throw unsupported("quant_type", "an embedding by '\((rows ?? "").shown)'")
    }
    let size = try groupSize(of: linear)
    return try named(size == 32 ? "8da4w" : "8da4w-g\(size)", leaving: nil)
  }

  private func check(
    _ module: ModelConfiguration, is types: [String], bits: String
  ) throws(ConfigurationError) {
    let type = try module.optionalText("_type") ?? "none"
    guard types.contains(type) else { throw unsupported("quant_type", "'\(type.shown)'") }
    guard let dtype = try module.object("_data")?.object("weight_dtype") else { return }
    let given = try dtype.optionalText("_data") ?? "none"
    guard given == bits else { throw unsupported("quant_type", "weights of '\(given.shown)'") }
  }

  private func groupSize(of module: ModelConfiguration) throws(ConfigurationError) -> Int64 {
    guard let data = try module.object("_data") else { return 32 }
    if let size = try data.optionalInteger("group_size", in: 1...4096) { return size }
    guard let granularity = try data.object("weight_granularity") else { return 32 }
    let kind = try granularity.optionalText("_type") ?? "none"
    guard kind == "PerGroup", let size = try granularity.object("_data") else {
      throw unsupported("quant_type", "linears by '\(kind.shown)'")
    }
    return try size.integer("group_size", in: 1...4096)
  }
}
