public import VRAMBudget

/// Which devices hold one configuration, the smallest first.
public struct DeviceFitReport: Sendable {
  private let deployment: Deployment
  private let fits: [DeviceFit]
  private let considered: Int
  /// How fast it is on each; nil where that is not asked.
  private let speeds: [ServingSpeed?]?

  /// - Parameters:
  ///   - fits: The devices that hold it, in order.
  ///   - considered: How many devices the runtime runs on.
  ///   - speeds: How fast it is on each that holds it; nil where that is not asked.
  public init(
    deployment: Deployment, fits: [DeviceFit], considered: Int, speeds: [ServingSpeed?]? = nil
  ) {
    self.speeds = speeds
    self.deployment = deployment
    self.fits = fits
    self.considered = considered
  }

  /// Whether no device holds it.
  public var isEmpty: Bool { fits.isEmpty }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat, prefix: BytePrefix) -> String {
    switch format {
    case .json: jsonText(document)
    case .csv: csv
    case .table: heading + table(prefix).text + speedNote
    case .markdown: heading + table(prefix).markdown + speedNote
    }
  }

  private var speedNote: String {
    let note = SpeedColumns.note(speeds ?? [])
    return note.isEmpty ? "" : "\n" + note
  }

  private var heading: String {
    BudgetTable.title(of: deployment)
      + "\n\(fits.count) of \(considered) devices hold it, even at the highest estimate\n\n"
  }

  private func table(_ prefix: BytePrefix) -> TextTable {
    let unit = prefix.budgetUnit
    func text(_ bytes: Bytes) -> String { bytes.formatted(inUnitsOf: unit.bytes, decimals: 2) }
    var table = TextTable(
      [
        ("Device", .left), ("Name", .left), ("Usable \(unit.symbol)", .right), ("Needed", .right),
        ("To spare", .right),
      ] + (speeds == nil ? [] : SpeedColumns.titles))
    for (index, fit) in fits.enumerated() {
      let cells: [String] = [
        fit.device.id, fit.device.name, text(fit.device.usable), text(fit.needed.expected),
        text(fit.headroom),
      ]
      table.add(cells + (speeds.map { SpeedColumns.texts($0[index]) } ?? []))
    }
    return table
  }

  // MARK: For programs

  private struct Document: Encodable {
    let schema: Int
    let command: String
    let model: String
    let quantization: String
    let runtime: String
    let context: Int64
    let sequences: Int64
    let considered: Int
    let devices: [Row]
  }

  private struct Row: Encodable {
    let id: String
    let name: String
    let usableBytes: Int64
    let expectedBytes: Int64
    let highBytes: Int64
    let headroomBytes: Int64
    let verdict: String
    let speed: ServingDocument?
  }

  private var document: Document {
    Document(
      schema: 1, command: "fit", model: deployment.model.id,
      quantization: deployment.weights.name, runtime: deployment.runtime.kind.rawValue,
      context: deployment.workload.contextTokens, sequences: deployment.workload.sequences,
      considered: considered,
      devices: fits.enumerated().map { index, fit in
        Row(
          id: fit.device.id, name: fit.device.name, usableBytes: fit.device.usable.count,
          expectedBytes: fit.needed.expected.count, highBytes: fit.needed.high.count,
          headroomBytes: fit.headroom.count, verdict: fit.verdict.rawValue,
          speed: (speeds?[index]).map(ServingDocument.init))
      })
  }

  private var csv: String {
    var table = TextTable(
      [
        ("device", .left), ("name", .left), ("usable_bytes", .right), ("expected_bytes", .right),
        ("high_bytes", .right), ("headroom_bytes", .right), ("verdict", .left),
      ] + (speeds == nil ? [] : SpeedColumns.names))
    for row in document.devices {
      let cells: [String] = [
        row.id, row.name, "\(row.usableBytes)", "\(row.expectedBytes)", "\(row.highBytes)",
        "\(row.headroomBytes)", row.verdict,
      ]
      table.add(cells + (speeds == nil ? [] : SpeedColumns.cells(row.speed)))
    }
    return table.csv
  }
}
