internal import VRAMBudget

extension ModelShape {
  /// The sizes of the model, a line each.
  var summaryRows: [(String, String)] {
    [
      ("Parameters", parametersText),
      ("Layers", "\(layers.count)"),
      ("Hidden size", hiddenSize.grouped),
      ("Vocabulary", "\(vocabularySize.grouped), \(headDescription)"),
      ("Context", "\(maximumContext.grouped) tokens at most"),
    ]
  }

  private var parametersText: String {
    let total = "\(parameters.grouped) (\(parameters.abbreviated))"
    guard activeParameters != parameters else { return total }
    return "\(total), active \(activeParameters.grouped)"
  }

  private var headDescription: String {
    if isEncoder { return "no head" }
    return hasTiedEmbeddings ? "embedding and head are one matrix" : "with its own head"
  }
}
