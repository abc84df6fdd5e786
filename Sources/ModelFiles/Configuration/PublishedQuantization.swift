internal import JSONDocuments
internal import VRAMBudget

/// What a `quantization_config` says of a published checkpoint.
///
/// Source: transformers 5.23.0, utils/quantization_config.py (keys by `quant_method`);
/// compressed-tensors 0.20.0, quantization/quant_config.py (`config_groups`, `format`, `ignore`).
struct PublishedQuantization {
  let keys: ModelConfiguration
  let method: String
  /// The family, since Qwen's FP8 checkpoints have other scales than DeepSeek's.
  let modelType: String
  /// Whether the model's head is its embedding, which no checkpoint quantizes.
  let isTied: Bool
  /// The layers that choose experts.
  let expertLayers: Int
  /// `expert_dtype` beside `quantization_config`: a format of the experts' own.
  let expertType: String?

  /// - Returns: nil for a configuration of a checkpoint that is not quantized.
  init?(_ configuration: ModelConfiguration, of model: ModelShape) throws(ConfigurationError) {
    let isNamedInFull = configuration.keys.has("quantization_config")
    guard
      let object = try configuration.object(
        isNamedInFull ? "quantization_config" : "quantization")
    else { return nil }
    self.keys = object
    expertType = try configuration.optionalText("expert_dtype")
    modelType = model.architecture.modelType
    isTied = model.hasTiedEmbeddings
    expertLayers = model.layers.count { layer in
      if case .experts = layer.feedForward { true } else { false }
    }
    let keys = object.keys
    // mlx-lm writes the bits alone, under either key; bitsandbytes once left out its name.
    let isMLX =
      keys.has("bits") && !["desc_act", "sym", "zero_point", "version"].contains(where: keys.has)
    let fallback =
      keys.has("load_in_4bit") || keys.has("_load_in_4bit") ? "bitsandbytes" : isMLX ? "mlx" : nil
    let given = try self.keys.optionalText("quant_method")
    guard let method = given ?? fallback else {
      throw .unreadable(.missing(path: "\(keys.path).quant_method", at: keys.position))
    }
    self.method = method
  }

  /// Returns the recipe that the checkpoint was made by.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` for a layout that is not described.
  func recipe() throws(ConfigurationError) -> FormatRecipe {
    switch method {
    case "mxfp4": try named("MXFP4-experts", leaving: "modules_to_not_convert", isForExperts: true)
    case "fp8": try fp8()
    case "mxfp8": try mxfp8()
    case "fbgemm_fp8": try named("FP8-fbgemm", leaving: "modules_to_not_convert")
    case "awq": try awq()
    case "gptq": try gptq()
    case "bitsandbytes": try bitsAndBytes()
    case "compressed-tensors": try compressedTensors()
    case "modelopt": try modelOpt()
    case "torchao": try torchAO()
    case "mlx": try mlx()
    case "exl2", "exl3": try exLlama()
    default: throw unsupported("quant_method", "'\(method.shown)'")
    }
  }

  func unsupported(_ key: String, _ value: String) -> ConfigurationError {
    .unsupported(key: "\(keys.keys.path).\(key)", value: value)
  }

  /// Returns the recipe of a name, after checking that the modules that are left as trained are those
  /// that it leaves.
  func named(
    _ name: String, leaving key: String?, isForExperts: Bool = false
  ) throws(ConfigurationError) -> FormatRecipe {
    var left = LeftModules()
    if let key {
      let entries = try keys.reading { () throws(JSONDocumentError) in
        try keys.keys.optional(key)?.strings() ?? []
      }
      for entry in entries {
        guard left.add(entry) else { throw unsupported(key, "'\(entry.shown)'") }
      }
      guard left.coversOnlyExperts || left.coversNoLinear || isForExperts else {
        throw unsupported(key, "a list that leaves some linears as trained")
      }
    }
    do {
      let recipe = try FormatRecipe.named(name)
      return left.coversOnlyExperts && !isForExperts ? recipe.forExpertsOnly : recipe
    } catch {
      throw unsupported("quant_method", "'\(method.shown)' as \(name)")
    }
  }
}

// MARK: - Methods of one layout

extension PublishedQuantization {
  private func awq() throws(ConfigurationError) -> FormatRecipe {
    try require("bits", 4)
    let version = try keys.optionalText("version") ?? "gemm"
    guard version.lowercased() == "gemm" else { throw unsupported("version", "'\(version.shown)'") }
    guard try keys.bool("zero_point", default: true) else {
      throw unsupported("zero_point", "false")
    }
    let group = try groupName(named: "group_size", default: 128, of: [32, 64, 128])
    return try named("AWQ\(group)", leaving: "modules_to_not_convert")
  }

  private func gptq() throws(ConfigurationError) -> FormatRecipe {
    let bits = try keys.integer("bits", in: 2...8)
    guard try !keys.bool("lm_head", default: false) else { throw unsupported("lm_head", "true") }
    for key in ["dynamic", "modules_in_block_to_quantize", "modules_to_not_convert"] {
      try requireEmpty(key)
    }
    let layout = try keys.optionalText("checkpoint_format") ?? "gptq"
    guard layout.hasPrefix("gptq"), try !keys.bool("is_marlin_format", default: false) else {
      throw unsupported("checkpoint_format", "'\(layout.shown)'")
    }
    let group = try groupName(named: "group_size", default: 128, of: [32, 64, 128])
    return try named("GPTQ-\(bits)bit\(group)", leaving: nil)
  }

  private func bitsAndBytes() throws(ConfigurationError) -> FormatRecipe {
    let skipped = "llm_int8_skip_modules"
    // A list that is given replaces the one that leaves the head.
    try requireHead(in: skipped, whereMissing: true)
    // Transformers writes both names; a checkpoint has one kind of weights.
    let isFourBit = try flag("load_in_4bit") ?? false
    guard isFourBit else {
      guard try flag("load_in_8bit") ?? true else { throw unsupported("load_in_8bit", "false") }
      return try named("LLM.int8", leaving: skipped)
    }
    if try flag("load_in_8bit") ?? false {
      throw .contradiction(key: "load_in_8bit", what: "'load_in_4bit' is true as well")
    }
    let type = try keys.optionalText("bnb_4bit_quant_type") ?? "fp4"
    let isDouble = try keys.bool("bnb_4bit_use_double_quant", default: false)
    guard let name = ["nf4": "NF4", "fp4": "BNB-FP4"][type] else {
      throw unsupported("bnb_4bit_quant_type", "'\(type.shown)'")
    }
    return try named(isDouble ? "\(name)-DQ" : name, leaving: skipped)
  }

  /// A truth value under its own name, or the same name with a line before it.
  private func flag(_ name: String) throws(ConfigurationError) -> Bool? {
    let known = [name, "_\(name)"].first(where: keys.keys.has)
    return try known.map { key throws(ConfigurationError) in try keys.bool(key, default: false) }
  }

  private func mlx() throws(ConfigurationError) -> FormatRecipe {
    let mode = try keys.optionalText("mode") ?? "affine"
    guard mode == "affine" else { throw unsupported("mode", "'\(mode.shown)'") }
    let members = try keys.reading { () throws(JSONDocumentError) in try keys.keys.members() }
    var routers = 0
    for member in members {
      switch member.value.node.value {
      case .object:
        let module = ModelConfiguration(keys: member.value)
        let isShared = member.key.hasSuffix(".shared_expert_gate")
        guard isShared || member.key.hasSuffix(".gate") || member.key.hasSuffix(".router"),
          try module.integer("bits", in: 1...16) == 8,
          try module.integer("group_size", in: 1...4096) == 64
        else { throw unsupported(member.key.shown, "bits of its own") }
        routers += isShared ? 0 : 1
      case .bool(false): throw unsupported(member.key.shown, "false: a module left as trained")
      default: continue
      }
    }
    let bits = try keys.integer("bits", in: 2...8)
    let size = try keys.integer("group_size", in: 1...4096)
    let name = size == 64 ? "mlx-\(bits)bit" : "mlx-\(bits)bit-g\(size)"
    let recipe = try named(name, leaving: nil)
    let areApart = expertLayers > 0 && recipe.quantizesRoutersApart(in: modelType)
    // mlx-lm of before its classes asked for more bits wrote nothing of routers.
    guard routers > 0 else { return areApart ? recipe.withRoutersAlike : recipe }
    guard areApart, routers == expertLayers else {
      throw unsupported("bits", "8 for the routers of \(routers) of \(expertLayers) layers")
    }
    return recipe
  }

  private func exLlama() throws(ConfigurationError) -> FormatRecipe {
    let bits = try keys.reading { () throws(JSONDocumentError) in
      try keys.keys.required("bits").number()
    }
    guard bits >= 1, bits <= 8 else { throw unsupported("bits", "\(bits)") }
    if let head = try keys.optionalInteger("head_bits", in: 1...16), head != 6 {
      throw unsupported("head_bits", "\(head)")
    }
    let hundredths = Int64((bits * 100).rounded())
    guard abs(Double(hundredths) - bits * 100) < 0.05 else { throw unsupported("bits", "\(bits)") }
    let (whole, rest) = (hundredths / 100, hundredths % 100)
    let decimals = rest % 10 == 0 ? "\(rest / 10)" : "\(rest < 10 ? "0" : "")\(rest)"
    return try named("\(method.uppercased())-\(whole).\(decimals)bpw", leaving: nil)
  }

  /// Refuses a key that says anything.
  func requireEmpty(_ key: String) throws(ConfigurationError) {
    let value = try keys.reading { () throws(JSONDocumentError) in try keys.keys.optional(key) }
    switch value?.node.value {
    case nil, .bool(false): return
    case .array(let elements) where elements.isEmpty: return
    case .object(let members) where members.isEmpty: return
    default: throw unsupported(key, "rules for some modules")
    }
  }

  /// Refuses a list of modules left as trained that does not name the head of a model that has one.
  func requireHead(
    in key: String, whereMissing isAllowed: Bool
  ) throws(ConfigurationError) {
    let list = try keys.reading { () throws(JSONDocumentError) in
      try keys.keys.optional(key)?.strings()
    }
    guard !isTied else { return }
    guard let list else {
      if isAllowed { return }
      throw unsupported(key, "nothing")
    }
    guard list.contains(where: { $0.contains("lm_head") }) else {
      throw unsupported(key, "a list without 'lm_head'")
    }
  }

  /// Refuses any other value of a key than the one that is described.
  private func require(_ key: String, _ value: Int64) throws(ConfigurationError) {
    let given = try keys.integer(key, in: 0...(1 << 16))
    guard given == value else { throw unsupported(key, "\(given)") }
  }

  /// How a recipe's name ends for the group size under a key; −1 is one group a row.
  private func groupName(
    named key: String, default missing: Int64, of sizes: [Int64]
  ) throws(ConfigurationError) -> String {
    let size = try keys.optionalInteger(key, in: -1...4096) ?? missing
    if size == -1 { return "-channel" }
    guard sizes.contains(size) else { throw unsupported(key, "\(size)") }
    return size == missing ? "" : "-g\(size)"
  }
}

/// The modules that a checkpoint leaves as trained, by the kinds of module that its list names.
private struct LeftModules {
  /// Linears of the layers that a list may leave; all else is left by every recipe.
  private enum Linear: CaseIterable { case attention, dense, sharedExperts }

  private var linears: Set<Linear> = []

  var coversNoLinear: Bool { linears.isEmpty }
  var coversOnlyExperts: Bool { linears.count == Linear.allCases.count }

  /// Takes an entry of a list: a module's name, a part of one, or `re:` and an expression.
  ///
  /// - Returns: Whether it is known which modules it names.
  mutating func add(_ entry: String) -> Bool {
    let words = entry.split { !$0.isLetter && $0 != "_" }.map { $0.lowercased() }
    func mentions(_ names: String...) -> Bool {
      words.contains { word in names.contains { word.contains($0) } }
    }
    if mentions("vision", "visual", "audio", "projector", "patch_merge") { return true }
    let namesLinears = mentions("_proj", "self_attn", "experts")
    if !namesLinears, mentions("norm", "embed", "lm_head", "router") { return true }
    guard !mentions("lm_head", "norm", "embed") else { return false }
    if mentions("e_score_correction", "mtp", "eh_proj", "nextn") { return true }
    let isForOneLayer = entry.contains { $0.isNumber }
    if words.last == "gate" || mentions("shared_expert_gate") { return true }
    guard !isForOneLayer else { return false }
    if mentions("self_attn", "attention") {
      linears.insert(.attention)
    } else if mentions("shared_expert") {
      linears.insert(.sharedExperts)
    } else if words.contains("mlp"), mentions("_proj"), !mentions("experts") {
      linears.insert(.dense)
    } else {
      return false
    }
    return true
  }
}
