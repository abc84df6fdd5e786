internal import ArgumentParsing
internal import VRAMBudget

/// Ollama's settings, under llama.cpp's names where it has them.
enum OllamaOptions {
  /// All of them; each is also one of llama.cpp's.
  static let all: [OptionSpec] = [
    LlamaCppOptions.cacheType.spec, LlamaCppOptions.flashAttention.spec, LlamaCppOptions.batch.spec,
    LlamaCppOptions.gpuLayers.spec, CompanionOptions.lora.spec, CompanionOptions.mmproj.spec,
  ]

  /// Returns the settings that a command line gives, Ollama's defaults for the others.
  static func settings(
    _ arguments: ParsedArguments, for model: ModelShape
  ) throws(CommandFailure) -> OllamaSettings {
    let format = try arguments.optional(LlamaCppOptions.cacheType) ?? .f16
    guard OllamaSettings.cacheFormats.contains(format) else {
      throw CommandFailure(
        at: LlamaCppOptions.cacheType.spec.flag,
        RuntimeError.cacheTypeNotAllowed(
          format.name, allowed: OllamaSettings.cacheFormats.map(\.name)))
    }
    return OllamaSettings(
      batchTokens: try arguments.optional(LlamaCppOptions.batch)
        ?? OllamaSettings.defaultBatch(of: model),
      flashAttention: try arguments.optional(LlamaCppOptions.flashAttention) ?? .auto,
      cacheFormat: format,
      gpuLayers: try arguments.optional(LlamaCppOptions.gpuLayers)?.given ?? .all)
  }
}
