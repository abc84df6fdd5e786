public import VRAMBudget

/// A model of the catalogue, as lists show it.
public struct ModelSummary: Codable, Sendable {
  let id: String
  let name: String
  let huggingFace: String?
  let aliases: [String]
  let architecture: String
  let parameters: Int64
  let activeParameters: Int64
  let layers: Int
  let maxContext: Int64
  let released: String?

  public init(
    _ model: ModelShape, huggingFace: String?, aliases: [String], released: String?
  ) {
    id = model.id
    name = model.name
    self.huggingFace = huggingFace
    self.aliases = aliases
    architecture = model.architecture.modelType
    parameters = model.parameters
    activeParameters = model.activeParameters
    layers = model.layers.count
    maxContext = model.maximumContext
    self.released = released
  }
}

/// A device of the catalogue, as lists show it.
public struct DeviceSummary: Codable, Sendable {
  let id: String
  let name: String
  let aliases: [String]
  let vendor: String
  let deviceClass: String
  let backend: String
  let unifiedMemory: Bool
  let totalBytes: Int64
  let reservedBytes: Int64
  let usableBytes: Int64
  let totalBasis: String?
  let source: String

  public init(
    _ device: Device, aliases: [String], vendor: String, deviceClass: String, totalBasis: String?,
    source: String
  ) {
    id = device.id
    name = device.name
    self.aliases = aliases
    self.vendor = vendor
    self.deviceClass = deviceClass
    backend = device.backend.rawValue
    unifiedMemory = device.isUnified
    totalBytes = device.total.count
    reservedBytes = device.reserved.count
    usableBytes = device.usable.count
    self.totalBasis = totalBasis
    self.source = source
  }
}

/// The lists of the catalogue.
public enum ListReport {
  private struct Models: Codable {
    let schema: Int
    let command: String
    let models: [ModelSummary]
  }

  private struct Architectures: Codable {
    let schema: Int
    let command: String
    let architectures: [String]
  }

  private struct Devices: Codable {
    let schema: Int
    let command: String
    let devices: [DeviceSummary]
  }

  /// The models in one of the formats.
  public static func text(models: [ModelSummary], _ format: ReportFormat) -> String {
    if format == .json { return jsonText(Models(schema: 1, command: "models", models: models)) }
    if format == .csv {
      var table = TextTable([
        ("id", .left), ("name", .left), ("architecture", .left), ("parameters", .right),
        ("active_parameters", .right), ("layers", .right), ("max_context", .right),
        ("released", .left),
      ])
      for model in models {
        table.add([
          model.id, model.name, model.architecture, "\(model.parameters)",
          "\(model.activeParameters)", "\(model.layers)", "\(model.maxContext)",
          model.released ?? "",
        ])
      }
      return table.csv
    }
    var table = TextTable([
      ("Model", .left), ("Name", .left), ("Parameters", .right), ("Layers", .right),
      ("Context", .right), ("Architecture", .left),
    ])
    for model in models {
      table.add([
        model.id, model.name, model.parameters.abbreviated, "\(model.layers)",
        model.maxContext.grouped, model.architecture,
      ])
    }
    return format == .markdown ? table.markdown : table.text
  }

  /// The architectures, each by its `model_type`, in one of the formats.
  public static func text(architectures: [String], _ format: ReportFormat) -> String {
    if format == .json {
      return jsonText(
        Architectures(schema: 1, command: "models", architectures: architectures))
    }
    var table = TextTable([(format == .csv ? "model_type" : "Architecture (model_type)", .left)])
    for name in architectures { table.add([name]) }
    switch format {
    case .csv: return table.csv
    case .markdown: return table.markdown
    case .table, .json: return table.text
    }
  }

  /// The devices in one of the formats.
  public static func text(
    devices: [DeviceSummary], _ format: ReportFormat, prefix: BytePrefix
  ) -> String {
    if format == .json {
      return jsonText(Devices(schema: 1, command: "devices", devices: devices))
    }
    if format == .csv {
      var table = TextTable([
        ("id", .left), ("name", .left), ("vendor", .left), ("class", .left), ("backend", .left),
        ("unified_memory", .left), ("total_bytes", .right), ("reserved_bytes", .right),
        ("usable_bytes", .right), ("total_basis", .left),
      ])
      for device in devices {
        table.add([
          device.id, device.name, device.vendor, device.deviceClass, device.backend,
          "\(device.unifiedMemory)", "\(device.totalBytes)", "\(device.reservedBytes)",
          "\(device.usableBytes)", device.totalBasis ?? "",
        ])
      }
      return table.csv
    }
    let unit = prefix.budgetUnit
    var table = TextTable([
      ("Device", .left), ("Name", .left), ("Total \(unit.symbol)", .right),
      ("Usable \(unit.symbol)", .right), ("Class", .left), ("Total is", .left),
    ])
    for device in devices {
      table.add([
        device.id, device.name,
        Bytes(device.totalBytes).formatted(inUnitsOf: unit.bytes, decimals: 2),
        Bytes(device.usableBytes).formatted(inUnitsOf: unit.bytes, decimals: 2),
        device.deviceClass + (device.unifiedMemory ? ", shared memory" : ""),
        device.totalBasis ?? "",
      ])
    }
    return format == .markdown ? table.markdown : table.text
  }
}
