internal import JSONDocuments
internal import VRAMBudget

// MARK: - Eight-bit floats, and NVIDIA's four

extension PublishedQuantization {
  func fp8() throws(ConfigurationError) -> FormatRecipe {
    let block = try keys.optionalIntegers("weight_block_size", in: 1...4096)
    let scheme = try keys.optionalText("activation_scheme")
    if block == nil, scheme == "static", modelType == "ministral3" {
      return try named("FP8-mistral", leaving: "modules_to_not_convert")
    }
    guard block == [128, 128] else {
      throw unsupported("weight_block_size", block.map { "\($0)" } ?? "nothing")
    }
    if modelType == "deepseek_v4" || expertType != nil { return try fp8WithExperts() }
    return try named(
      modelType.hasPrefix("qwen3") ? "FP8-block-bf16" : "FP8-block",
      leaving: "modules_to_not_convert")
  }

  /// DeepSeek-V4: experts in FP4, and scales of a byte.
  private func fp8WithExperts() throws(ConfigurationError) -> FormatRecipe {
    guard modelType == "deepseek_v4", expertType == "fp4" else {
      throw .unsupported(
        key: "expert_dtype", value: expertType.map { "'\($0.shown)'" } ?? "nothing")
    }
    let scales = try keys.optionalText("scale_fmt")
    guard scales == "ue8m0" else {
      throw unsupported("scale_fmt", scales.map { "'\($0.shown)'" } ?? "nothing")
    }
    return try named("FP8-block-FP4-experts", leaving: "modules_to_not_convert")
  }

  /// MiniMax M3's: an E8M0 scale for each 32 of a row.
  func mxfp8() throws(ConfigurationError) -> FormatRecipe {
    let block = try keys.optionalIntegers("weight_block_size", in: 1...4096)
    guard block == [1, 32] else {
      throw unsupported("weight_block_size", block.map { "\($0)" } ?? "nothing")
    }
    try requireHead(in: "ignored_layers", whereMissing: false)
    return try named("MXFP8", leaving: "ignored_layers")
  }

  func modelOpt() throws(ConfigurationError) -> FormatRecipe {
    let algorithm = try keys.optionalText("quant_algo") ?? "none"
    guard let name = ["NVFP4": "NVFP4", "FP8": "FP8-modelopt"][algorithm] else {
      throw unsupported("quant_algo", "'\(algorithm.shown)'")
    }
    let list = keys.keys.has("ignore") ? "ignore" : "exclude_modules"
    try requireHead(in: list, whereMissing: false)
    return try named(name, leaving: list)
  }
}
