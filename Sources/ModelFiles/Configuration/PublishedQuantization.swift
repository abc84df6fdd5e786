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

  /// - Returns: nil for a configuration of a checkpoint that is not quantized.
  init?(_ configuration: ModelConfiguration, modelType: String, isTied: Bool)
    throws(ConfigurationError)
  {
    let isNamedInFull = configuration.keys.has("quantization_config")
    guard
      let object = try configuration.object(
        isNamedInFull ? "quantization_config" : "quantization")
    else { return nil }
    self.keys = object
    self.modelType = modelType
    self.isTied = isTied
    let keys = object.keys
    // mlx-lm writes the bits alone, under either key; bitsandbytes once left out its name.
    let fallback =
      keys.has("load_in_4bit") ? "bitsandbytes" : keys.has("bits") ? "mlx" : nil
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
  private func fp8() throws(ConfigurationError) -> FormatRecipe {
    let block = try keys.optionalIntegers("weight_block_size", in: 1...4096)
    guard block == [128, 128] else {
      throw unsupported("weight_block_size", block.map { "\($0)" } ?? "nothing")
    }
    return try named(
      modelType.hasPrefix("qwen3") ? "FP8-block-bf16" : "FP8-block",
      leaving: "modules_to_not_convert")
  }

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
    guard !keys.keys.has("dynamic") else { throw unsupported("dynamic", "rules for some modules") }
    let group = try groupName(named: "group_size", default: 128, of: [32, 64, 128])
    return try named("GPTQ-\(bits)bit\(group)", leaving: nil)
  }

  private func bitsAndBytes() throws(ConfigurationError) -> FormatRecipe {
    let skipped = "llm_int8_skip_modules"
    guard try keys.bool("load_in_4bit", default: false) else {
      return try named("LLM.int8", leaving: skipped)
    }
    let type = try keys.optionalText("bnb_4bit_quant_type") ?? "fp4"
    let isDouble = try keys.bool("bnb_4bit_use_double_quant", default: false)
    guard let name = ["nf4": "NF4", "fp4": "BNB-FP4"][type] else {
      throw unsupported("bnb_4bit_quant_type", "'\(type.shown)'")
    }
    return try named(isDouble ? "\(name)-DQ" : name, leaving: skipped)
  }

  private func modelOpt() throws(ConfigurationError) -> FormatRecipe {
    let algorithm = try keys.optionalText("quant_algo") ?? "none"
    guard algorithm == "NVFP4" else { throw unsupported("quant_algo", "'\(algorithm.shown)'") }
    return try named("NVFP4", leaving: keys.keys.has("ignore") ? "ignore" : "exclude_modules")
  }

  private func mlx() throws(ConfigurationError) -> FormatRecipe {
    let mode = try keys.optionalText("mode") ?? "affine"
    guard mode == "affine" else { throw unsupported("mode", "'\(mode.shown)'") }
    let members = try keys.reading { () throws(JSONDocumentError) in try keys.keys.members() }
    for member in members {
      if case .object = member.value.node.value {
        throw unsupported(member.key.shown, "bits of its own")
      }
    }
    let bits = try keys.integer("bits", in: 2...8)
    let size = try keys.integer("group_size", in: 1...4096)
    return try named(size == 64 ? "mlx-\(bits)bit" : "mlx-\(bits)bit-g\(size)", leaving: nil)
  }

  private func exLlama() throws(ConfigurationError) -> FormatRecipe {
    let bits = try keys.reading { () throws(JSONDocumentError) in
      try keys.keys.required("bits").number()
    }
    guard bits >= 1, bits <= 8 else { throw unsupported("bits", "\(bits)") }
    let tenths = Int64((bits * 10).rounded())
    guard abs(Double(tenths) - bits * 10) < 0.05 else { throw unsupported("bits", "\(bits)") }
    return try named("\(method.uppercased())-\(tenths / 10).\(tenths % 10)bpw", leaving: nil)
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
    if mentions("vision", "visual", "audio", "projector", "norm", "embed", "lm_head", "router") {
      return true
    }
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
