public import VRAMBudget

/// What a file of tensors holds, as its header says it.
public struct TensorFileReport: Sendable {
  /// One tensor of a file.
  public struct Tensor: Sendable {
    let name: String
    let format: String
    let shape: [Int64]
    let elements: Int64
    let bytes: Bytes

    /// - Parameter shape: The dimensions in the order of the file.
    public init(name: String, format: String, shape: [Int64], elements: Int64, bytes: Bytes) {
      self.name = name
      self.format = format
      self.shape = shape
      self.elements = elements
      self.bytes = bytes
    }
  }

  /// What the header says of the whole.
  public struct Summary: Sendable {
    let path: String
    let source: String
    let kind: String
    let name: String?
    let architecture: String?
    let files: Int
    let headerBytes: Bytes
    let tensorBytes: Bytes
    let fileBytes: Bytes

    /// - Parameters:
    ///   - source: `gguf` or `safetensors`.
    ///   - kind: The same for people, with the version.
    ///   - name: The model's name, where the header gives one.
    ///   - architecture: The architecture, where the header gives one.
    ///   - files: The number of files.
    ///   - headerBytes: Everything before tensor data, of all files.
    ///   - tensorBytes: The data of all tensors, without padding.
    ///   - fileBytes: All files.
    public init(
      path: String, source: String, kind: String, name: String?, architecture: String?, files: Int,
      headerBytes: Bytes, tensorBytes: Bytes, fileBytes: Bytes
    ) {
      self.path = path
      self.source = source
      self.kind = kind
      self.name = name
      self.architecture = architecture
      self.files = files
      self.headerBytes = headerBytes
      self.tensorBytes = tensorBytes
      self.fileBytes = fileBytes
    }
  }

  private struct Document: Codable {
    struct Format: Codable {
      let format: String
      let tensors: Int
      let elements: Int64
      let bytes: Int64
    }
    struct Tensor: Codable {
      let name: String
      let format: String
      let shape: [Int64]
      let elements: Int64
      let bytes: Int64
    }
    let schema: Int
    let command: String
    let id: String
    let source: String
    let name: String?
    let architecture: String?
    let files: Int
    let tensorCount: Int
    let elements: Int64
    let headerBytes: Int64
    let weightsBytes: Int64
    let fileBytes: Int64
    let parameters: Int64?
    let activeParameters: Int64?
    let hiddenSize: Int64?
    let vocabulary: Int64?
    let maxContext: Int64?
    let layers: [LayerGroups.Document]?
    let formats: [Format]
    let groups: [TensorFileGroup.Document]
    let tensors: [Tensor]?
  }

  /// All tensors of one format together.
  private struct FormatTotal {
    let format: String
    var tensors = 0
    var elements: Int64 = 0
    var bytes = Bytes.zero
  }

  private let summary: Summary
  private let tensors: [Tensor]
  private let model: ModelShape?
  private let listsAllTensors: Bool

  /// - Parameters:
  ///   - model: What the file's keys and tensors describe; nil where that is not known.
  ///   - listsAllTensors: Whether each tensor has a row, rather than each kind of tensor.
  public init(
    _ summary: Summary, tensors: [Tensor], describing model: ModelShape?, listsAllTensors: Bool
  ) {
    self.summary = summary
    self.tensors = tensors
    self.model = model
    self.listsAllTensors = listsAllTensors
  }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat) -> String {
    switch format {
    case .json: jsonText(document)
    case .csv: table(format).csv
    case .table: heading + "\n" + formatTable.text + "\n" + table(format).text
    case .markdown: heading + "\n" + formatTable.markdown + "\n" + table(format).markdown
    }
  }

  /// The formats, the one with the most bytes first.
  private var totals: [FormatTotal] {
    var totals: [String: FormatTotal] = [:]
    for tensor in tensors {
      var total = totals[tensor.format] ?? FormatTotal(format: tensor.format)
      total.tensors += 1
      total.elements += tensor.elements
      total.bytes += tensor.bytes
      totals[tensor.format] = total
    }
    return totals.values.sorted { ($1.bytes, $0.format) < ($0.bytes, $1.format) }
  }

  private var elements: Int64 { tensors.reduce(0) { $0 + $1.elements } }

  private var heading: String {
    let files = summary.files == 1 ? "" : ", \(summary.files) files"
    var rows = [("File", summary.kind + files)]
    if let name = summary.name { rows.append(("Model", name.shown())) }
    if let architecture = summary.architecture {
      rows.append(("Architecture", architecture.shown()))
    }
    if let model { rows += model.summaryRows + LayerGroups(model).rows }
    rows += [
      ("Tensors", "\(Int64(tensors.count).grouped) of \(elements.grouped) elements"),
      ("Tensor data", size(summary.tensorBytes)), ("Header", size(summary.headerBytes)),
      (summary.files == 1 ? "Whole file" : "All files", size(summary.fileBytes)),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return summary.path.shown(upTo: 1000) + "\n\n"
      + rows.map { "  \($0.padded(to: width))  \($1)\n" }.joined()
  }

  private func size(_ bytes: Bytes) -> String {
    let exact = "\(bytes.count.grouped) B"
    return bytes.count < 1024 ? exact : "\(exact) (\(bytes.formatted(.binary)))"
  }

  private var formatTable: TextTable {
    var table = TextTable([
      ("Format", .left), ("Tensors", .right), ("Elements", .right), ("Bytes", .right),
    ])
    for total in totals {
      table.add([
        total.format, "\(total.tensors)", total.elements.grouped, total.bytes.count.grouped,
      ])
    }
    return table
  }

  private func table(_ format: ReportFormat) -> TextTable {
    let number = { (value: Int64) in format == .csv ? "\(value)" : value.grouped }
    guard listsAllTensors else {
      var table = TextTable([
        ("Tensor", .left), ("Format", .left), ("Shape", .left), ("Count", .right),
        ("Elements", .right), ("Bytes", .right),
      ])
      for group in TensorFileGroup.groups(of: tensors) {
        table.add([
          group.name.shown(upTo: 200), group.format,
          group.shape.map(String.init).joined(separator: " × "), "\(group.count)",
          number(group.elements), number(group.bytes.count),
        ])
      }
      return table
    }
    var table = TextTable([
      ("Tensor", .left), ("Format", .left), ("Shape", .left), ("Elements", .right),
      ("Bytes", .right),
    ])
    for tensor in tensors {
      table.add([
        tensor.name.shown(upTo: 200), tensor.format,
        tensor.shape.map(String.init).joined(separator: " × "), number(tensor.elements),
        number(tensor.bytes.count),
      ])
    }
    return table
  }

  private var document: Document {
    Document(
      schema: 1, command: "inspect", id: summary.path, source: summary.source, name: summary.name,
      architecture: summary.architecture, files: summary.files, tensorCount: tensors.count,
      elements: elements, headerBytes: summary.headerBytes.count,
      weightsBytes: summary.tensorBytes.count, fileBytes: summary.fileBytes.count,
      parameters: model?.parameters, activeParameters: model?.activeParameters,
      hiddenSize: model?.hiddenSize, vocabulary: model?.vocabularySize,
      maxContext: model?.maximumContext, layers: model.map { LayerGroups($0).documents },
      formats: totals.map {
        .init(
          format: $0.format, tensors: $0.tensors, elements: $0.elements, bytes: $0.bytes.count)
      },
      groups: TensorFileGroup.groups(of: tensors).map(\.document),
      tensors: listsAllTensors
        ? tensors.map {
          .init(
            name: $0.name, format: $0.format, shape: $0.shape, elements: $0.elements,
            bytes: $0.bytes.count)
        } : nil)
  }
}
