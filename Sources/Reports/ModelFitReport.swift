public import VRAMBudget

/// A model and the best format of it that fits.
public struct ModelFit: Sendable {
  public let model: ModelShape
  public let fit: FormatFit
  /// How fast it is; nil where that is not asked or not known.
  public let speed: ServingSpeed?
  /// The model's, counted once.
  let parameters: Int64

  public init(model: ModelShape, fit: FormatFit, speed: ServingSpeed? = nil) {
    parameters = model.parameters
    self.model = model
    self.fit = fit
    self.speed = speed
  }
}

extension ModelTier {
  /// The tier with its sizes and uses, as a heading.
  fileprivate var heading: String {
    switch self {
    case .micro: "Micro (up to 3B: processors, phones, boards)"
    case .small: "Small (4B to 6B)"
    case .editor: "Editor (7B to 14B: a consumer card)"
    case .large: "Large (15B to 64B: a large card or two)"
    case .architect: "Architect (65B and up: servers)"
    }
  }
}

/// Which models fit given devices, each in its best format, the largest first.
public struct ModelFitReport: Sendable {
  private let devices: [Device]
  private let rows: [ModelFit]
  private let considered: Int
  private let runtime: RuntimeKind
  private let showsSpeed: Bool

  /// - Parameters:
  ///   - considered: How many models were tried.
  ///   - showsSpeed: Whether it is asked how fast they are.
  public init(
    devices: [Device], rows: [ModelFit], considered: Int, runtime: RuntimeKind,
    showsSpeed: Bool = false
  ) {
    self.showsSpeed = showsSpeed
    self.devices = devices
    self.considered = considered
    self.runtime = runtime
    self.rows = rows.sorted {
      ($1.parameters, $0.model.id) < ($0.parameters, $1.model.id)
    }
  }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat, prefix: BytePrefix) -> String {
    switch format {
    case .json: jsonText(document)
    case .csv: csv
    case .table: heading + tiers { table($0, prefix).text } + speedNote
    case .markdown: heading + tiers { table($0, prefix).markdown } + speedNote
    }
  }

  private var speedNote: String {
    let note = showsSpeed ? SpeedColumns.note(rows.map(\.speed)) : ""
    return note.isEmpty ? "" : "\n" + note
  }

  private var heading: String {
    "\(rows.count) of \(considered) models fit on \(devices.map(\.name).joined(separator: " + ")),"
      + " \(runtime.title)\n"
  }

  private func tiers(_ text: ([ModelFit]) -> String) -> String {
    ModelTier.allCases.reversed().map { tier in
      let rows = rows.filter { ModelTier(parameters: $0.parameters) == tier }
      return rows.isEmpty ? "" : "\n\(tier.heading)\n\n\(text(rows))"
    }.joined()
  }

  private func table(_ rows: [ModelFit], _ prefix: BytePrefix) -> TextTable {
    let unit = prefix.budgetUnit
    var table = TextTable(
      [
        ("Model", .left), ("Parameters", .right), ("Best format", .left),
        ("Weights \(unit.symbol)", .right), ("PPL", .right), ("Context that fits", .right),
      ] + (showsSpeed ? SpeedColumns.titles : []))
    for row in rows {
      let context = row.fit.sureContext ?? 0
      let cells: [String] = [
        row.model.id, row.parameters.abbreviated, row.fit.weights.name,
        row.fit.weights.tensorBytes.formatted(inUnitsOf: unit.bytes, decimals: 2),
        row.fit.quality.map { $0.isBaseline ? "" : $0.lossText } ?? "",
        context.grouped + (context >= row.fit.deployment.largestContext ? " (all)" : ""),
      ]
      table.add(cells + (showsSpeed ? SpeedColumns.texts(row.speed) : []))
    }
    return table
  }

  // MARK: For programs

  private struct Document: Encodable {
    let schema: Int
    let command: String
    let runtime: String
    let devices: [String]
    let considered: Int
    let models: [Row]
  }

  private struct Row: Encodable {
    let id: String
    let parameters: Int64
    let tier: String
    let quantization: String
    let weightsBytes: Int64
    let context: Int64
    let maxContext: Int64
    let loss: Nullable<Double>
    let speed: ServingDocument?
  }

  private var document: Document {
    Document(
      schema: 1, command: "fit", runtime: runtime.rawValue, devices: devices.map(\.id),
      considered: considered,
      models: rows.map { row in
        Row(
          id: row.model.id, parameters: row.parameters,
          tier: ModelTier(parameters: row.parameters).rawValue,
          quantization: row.fit.weights.name,
          weightsBytes: row.fit.weights.tensorBytes.count, context: row.fit.sureContext ?? 0,
          maxContext: row.model.maximumContext, loss: Nullable(row.fit.loss),
          speed: row.speed.map(ServingDocument.init))
      })
  }

  private var csv: String {
    var table = TextTable(
      [
        ("model", .left), ("parameters", .right), ("tier", .left), ("quantization", .left),
        ("weights_bytes", .right), ("context", .right), ("max_context", .right), ("loss", .right),
      ] + (showsSpeed ? SpeedColumns.names : []))
    for row in document.models {
      let cells: [String] = [
        row.id, "\(row.parameters)", row.tier, row.quantization, "\(row.weightsBytes)",
        "\(row.context)", "\(row.maxContext)", row.loss.value.map { "\($0)" } ?? "",
      ]
      table.add(cells + (showsSpeed ? SpeedColumns.cells(row.speed) : []))
    }
    return table.csv
  }
}
