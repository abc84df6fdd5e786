/// What a format cost in quality where somebody measured and published it.
///
/// Never an estimate: a format that nobody measured has none, and a measurement of one model is shown
/// with that model's name when it stands beside another.
public struct QualityMeasurement: Hashable, Sendable {
  /// What a set of measurements was made with: one model, one text, one baseline.
  public struct Subject: Hashable, Sendable {
    /// The unit of text that a perplexity is given for; numbers of the two do not compare.
    public enum Unit: String, Hashable, Sendable {
      case token, word
    }

    /// The model for people: `Llama 3 8B`.
    public let model: String
    /// How names of the model's family begin, normalized as ``LooseName`` does.
    public let family: String
    public let dataset: String
    public let unit: Unit
    /// The format that losses are counted from, and its perplexity.
    public let baselineFormat: String
    public let baseline: Double
    /// Where the figures were published.
    public let source: String
  }

  public let subject: Subject
  /// The recipe's name.
  public let recipe: String
  /// Whether the measured file was made with an importance matrix.
  public let hasImatrix: Bool
  public let perplexity: Double
  /// The mean Kullback-Leibler divergence of the next token's probabilities from the baseline's, in
  /// nats.
  public let divergence: Double?
}

extension QualityMeasurement {
  /// The perplexity above the baseline's, as a share of it.
  public var loss: Double { perplexity / subject.baseline - 1 }

  /// Whether the measured format is the one that losses are counted from.
  public var isBaseline: Bool { recipe == subject.baselineFormat }
}

extension FormatRecipe {
  /// Returns the published measurement that tells most of the recipe's loss in a model: one of the
  /// model's family before any other, one of a file made likewise (with or without an importance
  /// matrix) before any other; nil where nobody measured the format.
  ///
  /// A file with a head or an embedding that was asked for is not the one that was measured.
  public func quality(for model: ModelShape) -> QualityMeasurement? {
    guard overrides == .none else { return nil }
    let names = [model.name, model.id].map(LooseName.normalized)
    var best: (rank: Int, measurement: QualityMeasurement)?
    for measurement in QualityMeasurement.all where measurement.recipe == name {
      let isRelated = names.contains { $0.hasPrefix(measurement.subject.family) }
      let rank = (isRelated ? 0 : 2) + (measurement.hasImatrix == hasImatrix ? 0 : 1)
      if let best, best.rank <= rank { continue }
      best = (rank, measurement)
    }
    return best?.measurement
  }

  /// Whether the file is made with an importance matrix.
  public var hasImatrix: Bool {
    switch method {
    case .llamaCpp(_, let hasImatrix, _): hasImatrix
    case .byKind: false
    }
  }
}
