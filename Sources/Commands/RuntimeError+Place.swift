internal import ArgumentParsing
internal import VRAMBudget

extension RuntimeError {
  /// The option that the error is about; nil when it is about the model.
  var option: String? {
    switch self {
    case .recipeNotLoadable, .noRuntimeLoads: Options.quant.spec.flag
    case .cacheTypeNotAllowed, .cacheRowNotDivisible, .latentCacheNeedsOneFormat:
      LlamaCppOptions.cacheType.spec.flag
    case .quantizedValueNeedsFlashAttention, .quantizedValueNotRead:
      LlamaCppOptions.cacheTypeV.spec.flag
    case .flashAttentionNotSupported: LlamaCppOptions.flashAttention.spec.flag
    case .oneDeviceOnly, .devicesDoNotMix, .deviceNotUsed, .deviceNotSupported:
      Options.gpu.spec.flag
    case .quantizedCacheNotSupported: "--kv-bits"
    case .adapterOfOtherModel: "--lora"
    case .parallelism, .ranksDoNotDivide: "--tensor-parallel-size"
    case .oneSequenceOnly, .tooManySequences: Options.sequences.spec.flag
    case .tensorSplit, .tensorSplitOfOtherDevices: LlamaCppOptions.tensorSplit.spec.flag
    case .contextBeyondModel: Options.context.spec.flag
    case .setting(let name, _, _): name
    case .notPriced: Options.runtime.spec.flag
    case .beyondLimit: nil
    }
  }

  /// What cannot be priced is not known; everything else is refused.
  var status: Outcome.Status {
    guard case .notPriced = self else { return .badInput }
    return .cannotTell
  }
}
