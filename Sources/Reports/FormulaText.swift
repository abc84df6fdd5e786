internal import VRAMBudget

extension Formula {
  /// The formula with its numbers: `48 layers × 8 KV heads × 128 × 2 (K and V) × 2 B × 8,192 cells`.
  var text: String {
    terms.map(\.text).joined(separator: " + ")
  }
}

extension Formula {
  /// The formula in fewer words, for a line of a table: `48 layers × 8 KV heads × 128 × 2 × 2 B × …`.
  var shortText: String {
    terms.map { term in
      let product = term.factors.map(\.shortText).joined(separator: " × ")
      return term.divisor == 1 ? product : "\(product) / \(term.divisor.grouped)"
    }.joined(separator: " + ")
  }
}

extension Formula.Term {
  fileprivate var text: String {
    if factors.count == 1, factors[0].quantity == .bytes {
      return label.isEmpty
        ? "\(factors[0].value.grouped) B" : "\(label) \(factors[0].value.grouped) B"
    }
    let product = factors.map(\.text).joined(separator: " × ")
    let quotient = divisor == 1 ? product : "\(product) / \(divisor.grouped)"
    return label.isEmpty ? quotient : "\(label) \(quotient)"
  }
}

extension Formula.Factor {
  fileprivate var text: String {
    let number = value.grouped
    switch quantity {
    case .times: return number
    case .bytes: return "\(number) B"
    case .bytesPerElement: return "\(number) B"
    case .bytesPerBlock: return "\(number) B"
    case .keysAndValues: return "\(number) (K and V)"
    case .headDimension: return "\(number) a head"
    case .vocabulary: return "\(number) vocabulary"
    case .hiddenSize: return "\(number) wide"
    case .layers, .sequences, .streams, .cells, .tokens:
      let word = quantity.rawValue
      return "\(number) \(value == 1 ? String(word.dropLast()) : word)"
    default: return "\(number) \(quantity.rawValue)"
    }
  }

  fileprivate var shortText: String {
    switch quantity {
    case .headDimension, .keysAndValues, .cells, .tokens, .elements: value.grouped
    default: text
    }
  }
}
