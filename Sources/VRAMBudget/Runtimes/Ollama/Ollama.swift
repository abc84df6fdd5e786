/// Ollama as a front end of llama.cpp: one `llama-server` for a model, whose context is what each
/// parallel request may hold.
///
/// Source: ollama 00f6d6204, llm/llama_server.go. Releases up to v0.24 served some families with an
/// engine of their own, whose graphs are not described here.
enum Ollama {
  static let version = "ollama \(RuntimeKind.ollama.version)"

  /// The workload as the server counts it: with the context of all sequences together, each cut to what
  /// the model was made for.
  ///
  /// Source: ollama 00f6d6204, llm/server.go ("requested context size too large for model").
  ///
  /// - Throws: ``RuntimeError/setting(name:value:allowed:)`` when that is more than can be priced.
  static func served(
    _ workload: Workload, by model: ModelShape
  ) throws(RuntimeError) -> Workload {
    let tokens = min(workload.contextTokens, model.maximumContext) * workload.sequences
    guard Workload.allowedContext.contains(tokens) else {
      throw .setting(
        name: "--context", value: "\(workload.contextTokens) for each of \(workload.sequences)",
        allowed: "\(Workload.allowedContext.upperBound) for all together")
    }
    return Workload(
      contextTokens: tokens, contextOrigin: workload.contextOrigin,
      sequences: workload.sequences)
  }
}
