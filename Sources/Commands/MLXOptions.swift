internal import ArgumentParsing
internal import VRAMBudget

/// mlx-lm's own settings, under its own names.
enum MLXOptions {
  /// All of them, in the order of the help.
  static let all: [OptionSpec] = [
    prefillStep.spec, cacheBits.spec, cacheGroup.spec, quantizedFrom.spec,
  ]

  private static let prefillStep = Option(
    "prefill-step-size", "TOKENS",
    help: "tokens of a prompt that mlx-lm computes at once (default 2048)"
  ) { try TokenCount.parse($0, allowed: 1...(1 << 20)) }

  private static let cacheBits = Option(
    "kv-bits", "BITS", help: "bits of mlx-lm's cached keys and values (default: the model's dtype)"
  ) { try number($0, among: MLXSettings.allowedBits) }

  private static let cacheGroup = Option(
    "kv-group-size", "N", help: "cached elements that share a scale in mlx-lm (default 64)"
  ) { try number($0, among: MLXSettings.allowedGroups) }

  private static let quantizedFrom = Option(
    "quantized-kv-start", "TOKENS",
    help: "tokens from which on mlx-lm quantizes the cache (default 5000)"
  ) { try TokenCount.parse($0, allowed: 0...Workload.allowedContext.upperBound) }

  /// Returns the settings that a command line gives, mlx-lm's defaults for the others.
  static func settings(_ arguments: ParsedArguments) throws(CommandFailure) -> MLXSettings {
    for option in [cacheGroup.spec, quantizedFrom.spec]
    where arguments.has(option) && !arguments.has(cacheBits.spec) {
      throw CommandFailure(
        at: option.flag,
        UsageError.missing(
          what: "the cache is not quantized", fix: "add --kv-bits, or leave it out"))
    }
    return MLXSettings(
      prefillTokens: try arguments.optional(prefillStep) ?? 2048,
      cacheBits: try arguments.optional(cacheBits),
      cacheGroup: try arguments.optional(cacheGroup) ?? 64,
      quantizedFrom: try arguments.optional(quantizedFrom) ?? 5000)
  }

  private static func number(_ text: String, among allowed: [Int64]) throws(UsageError) -> Int64 {
    guard let number = Int64(text), allowed.contains(number) else {
      throw .notOneOf(text, allowed: allowed.map(String.init))
    }
    return number
  }
}
