internal import VRAMBudget

extension QualityMeasurement {
  /// The loss as people compare it: `+2.8 %`, `+0.02 %`, `baseline`.
  var lossText: String {
    guard !isBaseline else { return "baseline" }
    let basisPoints = Int64((loss * 10_000).rounded())
    let magnitude = basisPoints.magnitude
    let percent =
      switch magnitude {
      case ..<10: "0.0\(magnitude)"
      case ..<1000: "\((magnitude + 5) / 100).\((magnitude + 5) % 100 / 10)"
      default: "\((magnitude + 50) / 100)"
      }
    return "\(basisPoints < 0 ? "−" : "+")\(percent) %"
  }

  /// The divergence with four decimals.
  var divergenceText: String? {
    divergence.map { divergence in
      let tenThousandths = Int64((divergence * 10_000).rounded())
      let decimals = String(tenThousandths % 10_000)
      return "\(tenThousandths / 10_000)." + String(repeating: "0", count: 4 - decimals.count)
        + decimals
    }
  }
}

/// The sets of measurements that a table's rows are taken from, each with a letter.
struct QualityNotes {
  private struct Origin: Hashable {
    let subject: QualityMeasurement.Subject
    let hasImatrix: Bool
  }

  private let origins: [Origin]

  /// - Parameter measurements: Those of the table's rows, in their order; a baseline that nothing
  ///   in the table is compared with needs no note.
  init(_ measurements: [QualityMeasurement]) {
    var origins: [Origin] = []
    for measurement in measurements where !measurement.isBaseline {
      let origin = Self.origin(of: measurement)
      if !origins.contains(origin) { origins.append(origin) }
    }
    self.origins = origins
  }

  private static func origin(of measurement: QualityMeasurement) -> Origin {
    Origin(subject: measurement.subject, hasImatrix: measurement.hasImatrix)
  }

  /// The loss with the letter of the note that tells where it was measured: `+2.8 % a`.
  func text(of measurement: QualityMeasurement) -> String {
    guard let index = origins.firstIndex(of: Self.origin(of: measurement)) else {
      return measurement.lossText
    }
    return "\(measurement.lossText) \(Self.letter(index))"
  }

  private static func letter(_ index: Int) -> Character {
    Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(min(index, 25))))
  }

  /// What the columns are and where each letter's figures were published; empty without any.
  var text: String {
    guard !origins.isEmpty else { return "" }
    var lines = [
      "PPL: perplexity against the baseline's; KLD: mean divergence of the next token, in nats."
    ]
    for (index, origin) in origins.enumerated() {
      let subject = origin.subject
      lines.append(
        "\(Self.letter(index)): \(subject.model)"
          + (origin.hasImatrix ? " with an importance matrix" : "")
          + ", \(subject.dataset), \(subject.baselineFormat) \(subject.baseline)"
          + " a \(subject.unit.rawValue)")
      lines.append("   \(subject.source)")
    }
    return "\n" + lines.joined(separator: "\n") + "\n"
  }
}
