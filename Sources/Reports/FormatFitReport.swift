public import VRAMBudget

/// How long a context fits in each format of one model on given devices, and which format to take.
public struct FormatFitReport: Sendable {
  private let deployment: Deployment
  private let devices: [Device]
  private let fits: [FormatFit]
  /// The context that has to fit.
  private let context: Int64
  /// How fast each row is; nil where that is not asked.
  private let speeds: [ServingSpeed?]?
  /// The index of the row to choose.
  public let recommended: Int?

  /// - Parameters:
  ///   - fits: The rows, the best quality first.
  ///   - speeds: How fast each of them is; nil where that is not asked.
  public init(
    deployment: Deployment, devices: [Device], fits: [FormatFit], context: Int64,
    speeds: [ServingSpeed?]? = nil
  ) {
    self.deployment = deployment
    self.devices = devices
    self.fits = fits
    self.context = context
    self.speeds = speeds
    recommended = fits.recommended(holding: context)
  }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat, prefix: BytePrefix) -> String {
    switch format {
    case .json: jsonText(document)
    case .csv: csv
    case .table: heading + table(prefix).text + "\n" + answer + speedNote + notes.text
    case .markdown: heading + table(prefix).markdown + "\n" + answer + speedNote + notes.text
    }
  }

  private var speedNote: String { SpeedColumns.note(speeds ?? []) }

  /// The report as a picture.
  public func picture(prefix: BytePrefix) -> String {
    let unit = prefix.budgetUnit
    let maximum = deployment.largestContext
    return FitPicture(
      title: headline, heads: ("Format", "Weights", "PPL"),
      rows: fits.map { fit in
        .init(
          name: fit.weights.name,
          weights: fit.weights.tensorBytes.formatted(inUnitsOf: unit.bytes, decimals: 2)
            + " \(unit.symbol)",
          loss: fit.quality?.lossText ?? "", fit, maximumContext: maximum)
      }, recommended: recommended, context: context, maximumContext: maximum, answer: answer
    ).text
  }

  private var heading: String { headline + "\n\n" }

  private var headline: String {
    let names = devices.map(\.name).joined(separator: " + ")
    let sequences = deployment.workload.sequences
    return "\(deployment.model.name) on \(names), \(deployment.runtime.kind.title)"
      + (sequences > 1 ? ", \(sequences) sequences" : "")
  }

  private var notes: QualityNotes { QualityNotes(fits.compactMap(\.quality)) }

  private func table(_ prefix: BytePrefix) -> TextTable {
    let unit = prefix.budgetUnit
    let notes = notes
    var table = TextTable(
      [
        ("", .left), ("Format", .left), ("Weights \(unit.symbol)", .right), ("PPL", .right),
        ("Context that fits", .right), ("as expected", .right),
      ] + (speeds == nil ? [] : SpeedColumns.titles))
    for (index, fit) in fits.enumerated() {
      let cells: [String] = [
        index == recommended ? "→" : "", fit.weights.name,
        fit.weights.tensorBytes.formatted(inUnitsOf: unit.bytes, decimals: 2),
        fit.quality.map(notes.text) ?? "", text(fit.sureContext),
        fit.likelyContext == fit.sureContext
          ? "" : text(fit.likelyContext),
      ]
      table.add(cells + (speeds.map { SpeedColumns.texts($0[index]) } ?? []))
    }
    return table
  }

  /// A context, marked where it is all that the model was made for.
  private func text(_ context: Int64?) -> String {
    guard let context else { return "none" }
    return context.grouped + (context >= deployment.largestContext ? " (all)" : "")
  }

  private var answer: String {
    guard let recommended else {
      let most = fits.compactMap(\.sureContext).max()
      guard !fits.isEmpty else {
        return "No format is of such a quality and as fast as is asked for.\n"
      }
      return "No format holds \(context.grouped) tokens"
        + (most.map { "; the longest context that fits is \($0.grouped)" } ?? "") + ".\n"
    }
    let fit = fits[recommended]
    let better = fits.prefix(recommended).map(\.weights.name)
    let why =
      better.isEmpty
      ? "the best quality \(speeds == nil ? "there is" : "of these"), and it holds \(context.grouped) tokens"
      : "the best quality that holds \(context.grouped) tokens; "
        + "\(better.suffix(3).joined(separator: ", ")) \(better.count == 1 ? "does" : "do") not"
    return "Take \(fit.weights.name) with up to \((fit.sureContext ?? context).grouped) tokens: "
      + "\(why).\n"
  }
}

// MARK: For programs

extension FormatFitReport {
  private struct Document: Encodable {
    let schema: Int
    let command: String
    let model: String
    let runtime: String
    let sequences: Int64
    let devices: [String]
    let usableBytes: Int64
    /// The context that has to fit.
    let context: Int64
    let recommended: Nullable<String>
    let formats: [Row]
  }

  private struct Row: Encodable {
    let quantization: String
    let weightsBytes: Int64
    /// The largest context that fits even at the highest estimate, and as expected.
    let context: Nullable<Int64>
    let expectedContext: Nullable<Int64>
    /// The published loss, as a share of the baseline's perplexity.
    let loss: Nullable<Double>
    let recommended: Bool
    /// How fast it is, where that is asked and known.
    let speed: ServingDocument?
  }

  private var document: Document {
    Document(
      schema: 1, command: "fit", model: deployment.model.id,
      runtime: deployment.runtime.kind.rawValue, sequences: deployment.workload.sequences,
      devices: devices.map(\.id), usableBytes: devices.lazy.map(\.usable.count).reduce(0, +),
      context: context, recommended: Nullable(recommended.map { fits[$0].weights.name }),
      formats: fits.enumerated().map { index, fit in
        Row(
          quantization: fit.weights.name, weightsBytes: fit.weights.tensorBytes.count,
          context: Nullable(fit.sureContext), expectedContext: Nullable(fit.likelyContext),
          loss: Nullable(fit.loss), recommended: index == recommended,
          speed: (speeds?[index]).map(ServingDocument.init))
      })
  }

  private var csv: String {
    var table = TextTable(
      [
        ("model", .left), ("devices", .left), ("quantization", .left), ("weights_bytes", .right),
        ("context", .right), ("expected_context", .right), ("loss", .right), ("recommended", .left),
      ] + (speeds == nil ? [] : SpeedColumns.names))
    for (index, fit) in fits.enumerated() {
      let cells: [String] = [
        deployment.model.id, devices.map(\.id).joined(separator: " + "), fit.weights.name,
        "\(fit.weights.tensorBytes.count)", fit.sureContext.map { "\($0)" } ?? "",
        fit.likelyContext.map { "\($0)" } ?? "", fit.loss.map { "\($0)" } ?? "",
        "\(index == recommended)",
      ]
      table.add(
        cells + (speeds.map { SpeedColumns.cells($0[index].map(ServingDocument.init)) } ?? []))
    }
    return table.csv
  }
}
