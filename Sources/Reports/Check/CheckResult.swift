/// What `vram check` found out: everything that its renderings need, and what a later run needs to
/// tell what has changed since.
///
/// Schema 1 of `vram check --format json`: whole bytes, keys that end in their unit and are only ever
/// added. Every other format is made from this value alone, so that `vram render` of a recorded one
/// gives the same bytes.
public struct CheckResult: Codable, Hashable, Sendable {
  /// How a deployment, one of its limits or the whole came out.
  public enum Status: String, Codable, CaseIterable, Hashable, Sendable {
    case pass
    /// A part cannot be priced.
    case unknown
    case fail
    /// A setting is wrong, so that nothing could be priced.
    case error

    /// The status that a run with several of them ends with.
    public static func worst(_ statuses: some Sequence<Status>) -> Status {
      let all = Set(statuses)
      return allCases.last(where: all.contains) ?? .pass
    }
  }

  public static let schema = 1

  public let schema: Int
  public let command: String
  public let toolVersion: String
  /// Which formulas the figures come from; see `Tool.formulas`.
  public let formulasVersion: Int
  /// The budgets file as it was found; nil where options alone said what to check.
  public let file: String?
  /// Whether what may not fit at its highest estimate counts as failing.
  public let strict: Bool
  public let deployments: [CheckedDeployment]
  public let status: Status

  public init(
    toolVersion: String, formulasVersion: Int, file: String?, strict: Bool,
    deployments: [CheckedDeployment]
  ) {
    schema = Self.schema
    command = "check"
    self.toolVersion = toolVersion
    self.formulasVersion = formulasVersion
    self.file = file
    self.strict = strict
    self.deployments = deployments
    status = Status.worst(deployments.map(\.status))
  }
}

/// One deployment of a budgets file, or the one that options describe, and how it came out.
public struct CheckedDeployment: Codable, Hashable, Sendable {
  /// A model as it was asked for, with the settings that are its own.
  public struct AskedModel: Codable, Hashable, Sendable {
    public let model: String
    public let settings: [String: SettingValue]

    public init(model: String, settings: [String: SettingValue]) {
      self.model = model
      self.settings = settings
    }
  }

  /// A model as it was priced.
  public struct Model: Codable, Hashable, Sendable {
    public let id: String
    public let name: String
    /// Where the description came from: `preset`, `config`, `gguf` or `safetensors`.
    public let source: String
    /// The file of presets that describes it; nil where it is built in, or no preset.
    public let presetFile: String?
    /// Of the description.
    public let digest: String
    public let quantization: String
    public let runtime: String
    public let runtimeVersion: String
    public let context: Int64
    public let contextOrigin: String
    public let sequences: Int64

    public init(
      id: String, name: String, source: String, presetFile: String? = nil, digest: String,
      quantization: String, runtime: String, runtimeVersion: String, context: Int64,
      contextOrigin: String, sequences: Int64
    ) {
      self.presetFile = presetFile
      self.id = id
      self.name = name
      self.source = source
      self.digest = digest
      self.quantization = quantization
      self.runtime = runtime
      self.runtimeVersion = runtimeVersion
      self.context = context
      self.contextOrigin = contextOrigin
      self.sequences = sequences
    }
  }

  /// A device with what it needs and has.
  public struct Device: Codable, Hashable, Sendable {
    public let id: String
    public let name: String
    /// The file of presets that describes it; nil where it is built in, or no preset.
    public let presetFile: String?
    /// Of what is known of the device.
    public let digest: String
    public let usableBytes: Int64
    public let expectedBytes: Int64
    public let highBytes: Int64

    public init(
      id: String, name: String, presetFile: String? = nil, digest: String, usableBytes: Int64,
      expectedBytes: Int64, highBytes: Int64
    ) {
      self.presetFile = presetFile
      self.id = id
      self.name = name
      self.digest = digest
      self.usableBytes = usableBytes
      self.expectedBytes = expectedBytes
      self.highBytes = highBytes
    }
  }

  /// A line of the budget.
  public struct Line: Codable, Hashable, Sendable {
    /// The index of the model.
    public let model: Int
    /// The index of the device; nil on the host.
    public let device: Int?
    public let name: String
    public let lowBytes: Int64
    public let expectedBytes: Int64
    public let highBytes: Int64
    public let basis: String

    public init(
      model: Int, device: Int?, name: String, lowBytes: Int64, expectedBytes: Int64,
      highBytes: Int64, basis: String
    ) {
      self.model = model
      self.device = device
      self.name = name
      self.lowBytes = lowBytes
      self.expectedBytes = expectedBytes
      self.highBytes = highBytes
      self.basis = basis
    }
  }

  /// A change that would make it pass.
  public struct Fix: Codable, Hashable, Sendable {
    /// In words.
    public let change: String
    /// The settings that make it, by the file's keys.
    public let settings: [String: SettingValue]

    public init(change: String, settings: [String: SettingValue]) {
      self.change = change
      self.settings = settings
    }
  }

  public let name: String
  /// Where the deployment begins in the file, from 1.
  public let line: Int?
  /// What whoever wrote the file has to say when it does not pass.
  public let message: String?
  public let status: CheckResult.Status
  /// The settings as asked for, defaults included, limits too.
  public let settings: [String: SettingValue]
  public let askedModels: [AskedModel]
  /// What was priced; nothing where that was not possible.
  public let models: [Model]
  public let devices: [Device]
  public let lines: [Line]
  /// What was held against what, worst first.
  public let findings: [Finding]
  /// Found after the rest; see ``Fix``.
  public var fix: Fix?

  public init(
    name: String, line: Int?, message: String?, settings: [String: SettingValue],
    askedModels: [AskedModel], models: [Model] = [], devices: [Device] = [], lines: [Line] = [],
    findings: [Finding], fix: Fix? = nil
  ) {
    self.name = name
    self.line = line
    self.message = message
    self.settings = settings
    self.askedModels = askedModels
    self.models = models
    self.devices = devices
    self.lines = lines
    self.findings = findings
    self.fix = fix
    status = CheckResult.Status.worst(findings.map(\.status))
  }
}
