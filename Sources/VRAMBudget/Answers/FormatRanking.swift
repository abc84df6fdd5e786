extension FormatRecipe {
  /// Returns the recipes that a choice for a model is made among, the best quality first.
  ///
  /// Ordered by the published loss; those that nobody measured stand last, the most bits first. Left
  /// out are formats that only convert or that only suit models trained in them, unless this is one.
  ///
  /// - Parameter runtime: What has to load the format.
  public static func ranked(
    for model: ModelShape, under runtime: RuntimeKind
  ) -> [FormatRecipe] {
    let choices = all.filter { $0.runtimes.contains(runtime) && $0.isChoice(for: model) }
    let ranked = choices.map { (recipe: $0, rank: $0.rank(for: model)) }
    return ranked.sorted { $0.rank < $1.rank }.map(\.recipe)
  }

  /// The published loss, as a share of the baseline's perplexity; nil where nobody measured it.
  public func loss(for model: ModelShape) -> Double? {
    isNative(of: model) ? 0 : quality(for: model)?.loss
  }

  private func rank(for model: ModelShape) -> (Int, Double) {
    if isNative(of: model) { return (0, 0) }
    if let loss = quality(for: model)?.loss { return (1, loss) }
    return (2, -(mainFormat.bitsPerElement))
  }

  /// Whether the model was trained in the format.
  public func isNative(of model: ModelShape) -> Bool {
    guard model.architecture.modelType == "gpt_oss" else { return false }
    if case .llamaCpp(.mxfp4_MOE, _, _) = method { return true }
    return project == .gptOSS
  }

  private func isChoice(for model: ModelShape) -> Bool {
    switch method {
    case .llamaCpp(let fileType, _, _):
      switch fileType {
      case .f32, .bf16, .tq1_0, .tq2_0: false
      case .mxfp4_MOE: isNative(of: model)
      default: true
      }
    case .byKind:
      switch project {
      case .transformers: name == "HF-BF16"
      case .gptOSS: isNative(of: model)
      // What was trained in four bits loses by other four and gains nothing by eight.
      default: project.loader != .vllmAndTransformers || model.architecture.modelType != "gpt_oss"
      }
    }
  }
}

extension TensorFormat {
  /// The bits of one element of a long row.
  fileprivate var bitsPerElement: Double {
    let elements: Int64 = 1 << 16
    guard let bytes = try? bytesPerRow(elements: elements) else { return 0 }
    return Double(bytes.count) * 8 / Double(elements)
  }
}
