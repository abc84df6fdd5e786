extension LlamaCpp {
  /// The model buffer of each place: every tensor with the padding of that place's memory.
  func weightLines() -> [BudgetLine] {
    places.compactMap { place in
      let entries = deployment.weights.entries.flatMap { entry in
        Array(repeating: entry, count: copies(of: entry.tensor, in: place))
      }
      guard !entries.isEmpty else { return nil }
      return weightLine(of: entries, in: place)
    }
  }

  /// How often a place holds a tensor: once or not at all.
  private func copies(of tensor: Tensor, in place: Place) -> Int {
    if let layer = tensor.layer { return placement.layers[layer] == place ? 1 : 0 }
    switch tensor.role {
    case .tokenEmbedding:
      // The input matrix stays on the host; a tied model needs it again where the output is.
      let isOutput = model.hasTiedEmbeddings && placement.output == place
      return place == placement.host || isOutput ? 1 : 0
    case .ropeFrequencies, .ropeFactorsLong, .ropeFactorsShort:
      return placement.layerPlaces.contains(place) ? 1 : 0
    default: return placement.output == place ? 1 : 0
    }
  }

  private func weightLine(of entries: [WeightPlan.Entry], in place: Place) -> BudgetLine {
    let buffers = GGMLBufferType(backend: backend(of: place))
    var terms: [Formula.Term] = []
    for (format, entries) in Dictionary(grouping: entries, by: \.format).sorted(by: {
      $0.key.name < $1.key.name
    }) {
      let elements = entries.reduce(0) { $0 + $1.tensor.shape.elements }
      guard case .blocks(let unit, let bytes) = format.layout else { continue }
      terms.append(
        Formula.Term(
          format.name, [.init(elements, .elements), .init(bytes, .bytesPerBlock)],
          dividedBy: unit))
    }
    let allocated = entries.map {
      buffers.allocated(
        $0.bytes, rowElements: $0.tensor.shape.rowElements, format: $0.format)
    }.total
    let padding = allocated - entries.map(\.bytes).total
    if padding > .zero { terms.append(Formula.Term("padding of rows and tensors", bytes: padding)) }
    let formula = Formula(terms)
    let source =
      "\(Self.version), src/llama-quant.cpp (formats) and src/llama-model.cpp (placement)"
    guard !buffers.isMeasured else {
      return BudgetLine(exactly: .weights, on: place, formula: formula, source: source)
    }
    return BudgetLine(
      .weights, on: place, basis: .modelled,
      estimate: ByteEstimate(
        low: entries.map(\.bytes).total, expected: formula.bytes,
        high: formula.bytes + .mebibytes(1)),
      formula: formula,
      source: "\(source); the padding of \(buffers.backend.rawValue) buffers is not measured")
  }
}
