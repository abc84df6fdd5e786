public import VRAMBudget

/// A budget as programs read it: schema 1 of `vram budget --format json`.
///
/// Whole bytes; a key ends in its unit; keys are only ever added.
public struct BudgetDocument: Codable, Sendable {
  struct Workload: Codable, Sendable {
    let quantization: String
    let outputTensorType: String?
    let tokenEmbeddingType: String?
    let runtime: String
    let runtimeVersion: String
    let context: Int64
    let contextOrigin: String
    let sequences: Int64
    let cacheTypeK: String?
    let cacheTypeV: String?
    let ubatch: Int64?
    let flashAttention: String?
    let gpuLayers: Int?
    let batch: Int64?
    let kvUnified: Bool?
    let swaFull: Bool?
    let kvOffload: Bool?
    let cpuMoeLayers: Int?
    let tensorSplit: [Float]?
  }

  struct Model: Codable, Sendable {
    let id: String
    let name: String
    let architecture: String
    let source: String
    let parameters: Int64
    let activeParameters: Int64
    let layers: Int
    let maxContext: Int64
    let workload: Workload
    let weightsBytes: Int64
    let fileBytes: Int64?
    /// How far `fileBytes` can be trusted.
    let fileBasis: String?
    /// What the file may be at most (`--max-file`), and whether it is no larger.
    let maxFileBytes: Int64?
    let maxFileVerdict: String?
    let kvCacheBytes: Int64
    let recurrentStateBytes: Int64
    let computeBytes: Int64
    let vllmReport: Report?
    /// Nil where a device's bandwidth is not known.
    let speed: SpeedDocument?
  }

  /// What vLLM would print of its cache.
  struct Report: Codable, Sendable {
    let kvCacheBytes: Int64
    let kvCacheTokens: Int64
    let maxConcurrency: Double
    let maxModelLen: Int64
  }

  struct Line: Codable, Sendable {
    /// The index of the model in `models`.
    let model: Int
    let name: String
    let lowBytes: Int64
    let expectedBytes: Int64
    let highBytes: Int64
    let basis: String
    let why: String
    let source: String
  }

  struct Reservation: Codable, Sendable {
    let reason: String
    let bytes: Int64
    let lowBytes: Int64
    let highBytes: Int64
    let basis: String
    let source: String
  }

  struct Device: Codable, Sendable {
    let id: String
    let name: String
    let backend: String
    let unifiedMemory: Bool
    let totalBytes: Int64
    let reservedBytes: Int64
    let usableBytes: Int64
    let usableLowBytes: Int64
    let reservations: [Reservation]
    let lines: [Line]
    let expectedBytes: Int64
    let highBytes: Int64
    let headroomBytes: Int64
    let verdict: String
  }

  struct Host: Codable, Sendable {
    let lines: [Line]
    let expectedBytes: Int64
    let highBytes: Int64
    /// What the machine's memory can hold, where it is asked about, and the answer.
    let usableBytes: Int64?
    let headroomBytes: Int64?
    let verdict: String?
  }

  /// A setting whose value was asked for.
  struct Found: Codable, Sendable {
    /// The index of the model in `models`; none for what all share.
    let model: Int?
    let option: String
    let value: String
    let flags: String
    let why: String
    let fits: Bool
  }

  /// What would make it fit, or fast enough.
  struct Suggestion: Codable, Sendable {
    let model: Int
    let change: String
    let flags: String
    let price: String
    let expectedBytes: Int64
    let highBytes: Int64
    let verdict: String
    /// How fast it is then, where that is why it is suggested.
    let speed: ServingDocument?
  }

  /// A cap on the tokens of a history.
  struct History: Codable, Sendable {
    let model: Int
    let historyTokens: Int64
    let kvCacheBytes: Int64
    let cappedKvCacheBytes: Int64
    let preallocated: Bool
  }

  /// How far the context could go.
  struct LargestContext: Codable, Sendable {
    /// Even at the highest estimate.
    let sure: Int64?
    let expected: Int64?
  }

  let schema: Int
  let command: String
  let models: [Model]
  let devices: [Device]
  let host: Host
  let expectedBytes: Int64
  let highBytes: Int64
  let headroomBytes: Int64
  let verdict: String
  /// The place that is the limit: a device's index, or `host`.
  let limit: String
  /// The same by name: the device's id, or `host`.
  let limitName: String
  let found: [Found]
  let suggestions: [Suggestion]
  let largestContext: LargestContext?
  let history: [History]?
  let swapped: Bool?

  /// The document of a budget.
  public init(
    _ budget: Budget, answers: BudgetAnswers = BudgetAnswers(),
    speed: SpeedReport = SpeedReport([])
  ) {
    schema = 1
    command = "budget"
    models = budget.deployments.indices.map { Model(budget, $0, speed) }
    devices = budget.devices.indices.map { Device(budget, $0) }
    let hostNeed = budget.needed(on: .host)
    host = Host(
      lines: budget.entries(on: .host).map(Line.init), expectedBytes: hostNeed.expected.count,
      highBytes: hostNeed.high.count, usableBytes: budget.hostMemory?.count,
      headroomBytes: budget.hostConstraint?.headroom.count,
      verdict: budget.hostConstraint?.verdict.rawValue)
    expectedBytes = budget.neededOnDevices.expected.count
    highBytes = budget.neededOnDevices.high.count
    headroomBytes = budget.headroom.count
    verdict = budget.verdict.rawValue
    limit =
      switch budget.limit {
      case .host: "host"
      case .device(let index): "\(index)"
      }
    limitName =
      switch budget.limit {
      case .host: "host"
      case .device(let index): budget.devices[index].id
      }
    found = answers.found.map {
      Found(
        model: $0.index, option: $0.option, value: $0.value, flags: $0.flags, why: $0.words,
        fits: $0.fits)
    }
    suggestions = answers.suggestions.map {
      Suggestion(
        model: $0.index, change: $0.words, flags: $0.flags,
        price: $0.price(for: budget.deployments[$0.index].model),
        expectedBytes: $0.needed.expected.count, highBytes: $0.needed.high.count,
        verdict: $0.verdict.rawValue, speed: $0.speed.map(ServingDocument.init))
    }
    largestContext = answers.likelyContext.map { .init(sure: answers.sureContext, expected: $0) }
    let caps = answers.history.map {
      History(
        model: $0.index, historyTokens: $0.tokens, kvCacheBytes: $0.whole.count,
        cappedKvCacheBytes: $0.capped.count, preallocated: $0.isPreallocated)
    }
    history = caps.isEmpty ? nil : caps
    swapped = budget.isSwapped ? true : nil
  }

  /// The document as JSON text.
  public var text: String { jsonText(self) }
}

extension BudgetDocument.Line {
  init(_ entry: Budget.Entry) {
    let line = entry.line
    self.init(
      model: entry.deployment, name: line.name.rawValue, lowBytes: line.estimate.low.count,
      expectedBytes: line.estimate.expected.count, highBytes: line.estimate.high.count,
      basis: line.basis.rawValue, why: line.formula.text, source: line.source)
  }
}

extension BudgetDocument.Model {
  init(_ budget: Budget, _ index: Int, _ speed: SpeedReport) {
    let deployment = budget.deployments[index]
    let model = deployment.model
    self.init(
      id: model.id, name: model.name, architecture: model.architecture.modelType,
      source: model.source.rawValue, parameters: model.parameters,
      activeParameters: model.activeParameters, layers: model.layers.count,
      maxContext: model.maximumContext, workload: .init(deployment),
      weightsBytes: deployment.weights.tensorBytes.count, fileBytes: deployment.fileBytes?.count,
      fileBasis: deployment.fileBytes.map { _ in deployment.fileBasis.rawValue },
      maxFileBytes: speed.mostFileBytes?.count,
      maxFileVerdict: speed.fileVerdict(of: deployment)?.rawValue,
      kvCacheBytes: budget.expected(.keyValueCache, of: index).count,
      recurrentStateBytes: budget.expected(.recurrentState, of: index).count,
      computeBytes: budget.expected(.computeBuffer, of: index).count,
      vllmReport: budget.report(of: index).map {
        .init(
          kvCacheBytes: $0.cacheBytes.count, kvCacheTokens: $0.cacheTokens,
          maxConcurrency: Double($0.centiconcurrency) / 100, maxModelLen: $0.largestContext)
      }, speed: SpeedDocument(speed, index))
  }
}

extension BudgetDocument.Workload {
  init(_ deployment: Deployment) {
    let overrides = deployment.weights.origin.overrides
    let settings = deployment.runtime.llamaCppSettings
    var layers: Int?
    switch settings?.gpuLayers {
    case .all: layers = deployment.model.layers.count + 1
    case .count(let count): layers = count
    case nil: break
    }
    self.init(
      quantization: deployment.weights.name,
      outputTensorType: overrides.output?.name,
      tokenEmbeddingType: overrides.tokenEmbedding?.name,
      runtime: deployment.runtime.kind.rawValue,
      runtimeVersion: deployment.runtime.kind.version,
      context: deployment.workload.contextTokens,
      contextOrigin: deployment.workload.contextOrigin.rawValue,
      sequences: deployment.workload.sequences, cacheTypeK: settings?.keyFormat.name,
      cacheTypeV: settings?.valueFormat.name, ubatch: settings?.microbatchTokens,
      flashAttention: settings?.flashAttention.rawValue, gpuLayers: layers,
      batch: settings?.batchTokens, kvUnified: settings?.isUnified,
      swaFull: settings?.keepsFullWindows, kvOffload: settings?.offloadsCache,
      cpuMoeLayers: settings.map { min($0.hostExpertLayers, deployment.model.layers.count) },
      tensorSplit: settings?.tensorSplit)
  }
}

extension BudgetDocument.Device {
  init(_ budget: Budget, _ index: Int) {
    let device = budget.devices[index]
    let need = budget.needed(on: .device(index))
    self.init(
      id: device.id, name: device.name, backend: device.backend.rawValue,
      unifiedMemory: device.isUnified, totalBytes: device.total.count,
      reservedBytes: device.reserved.count, usableBytes: device.usable.count,
      usableLowBytes: device.leastUsable.count,
      reservations: device.reservations.map {
        .init(
          reason: $0.reason.rawValue, bytes: $0.bytes.count, lowBytes: $0.estimate.low.count,
          highBytes: $0.estimate.high.count, basis: $0.basis.rawValue, source: $0.source)
      },
      lines: budget.entries(on: .device(index)).map(BudgetDocument.Line.init),
      expectedBytes: need.expected.count, highBytes: need.high.count,
      headroomBytes: budget.headroom(of: index).count,
      verdict: budget.verdict(of: index).rawValue)
  }
}
