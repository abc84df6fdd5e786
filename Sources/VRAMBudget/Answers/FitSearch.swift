/// What must hold of an answer of `vram fit`, beside that it fits.
public struct FitRequirements: Hashable, Sendable {
  /// The context that must fit.
  public let context: Int64?
  /// The greatest loss, as a share of the baseline's perplexity; a format that nobody measured does
  /// not meet it.
  public let loss: Double?

  public init(context: Int64? = nil, loss: Double? = nil) {
    self.context = context
    self.loss = loss
  }

  /// Whether a format's quality is good enough.
  public func allows(_ recipe: FormatRecipe, for model: ModelShape) -> Bool {
    guard let loss else { return true }
    return recipe.loss(for: model).map { $0 <= loss } ?? false
  }

  /// The context that a model has to hold: what is asked for, else what a budget starts from.
  public func context(of model: ModelShape) -> Int64 {
    context ?? Workload.defaultContext(of: model)
  }
}

extension [FormatFit] {
  /// The index of the row to choose: the best quality that holds a context even at the highest
  /// estimate, the rows standing in the order of their quality; nil when none does.
  public func recommended(holding context: Int64) -> Int? { firstIndex { $0.holds(context) } }
}

extension Question {
  /// Returns how far a model can go in the best format that holds a context; nil when none does.
  ///
  /// - Parameters:
  ///   - recipes: The formats to choose among, the best quality first.
  ///   - isWanted: What else must hold of the deployment in a format, once that fits.
  /// - Throws: ``RuntimeError`` when the runtime refuses the deployment.
  public func best(
    of recipes: [FormatRecipe], holding context: Int64, for index: Int = 0,
    graphs: PricedGraphs = PricedGraphs(), where isWanted: (Deployment) -> Bool = { _ in true }
  ) throws(RuntimeError) -> FormatFit? {
    let deployment = deployments[index]
    let room = devices.reduce(.zero) { $0 + max($1.usable, $1.usableWhenShared) }
    let workload = Workload(
      contextTokens: context, contextOrigin: .given, sequences: deployment.workload.sequences)
    let sure = replacing(index, by: deployment.with(workload: workload)).by(.highest)
    let parts = deployment.runtime.partsOfWeightsOnDevices
    for recipe in recipes {
      if let parts, let least = try? recipe.leastOnDevices(of: deployment.model),
        least > parts * room
      {
        continue
      }
      guard let plan = try? recipe.plan(for: deployment.model) else { continue }
      if try sure.first(of: [plan], for: index, graphs: graphs) != nil,
        isWanted(sure.deployments[index].with(weights: plan))
      {
        return try sure.contexts(of: [plan], for: index, graphs: graphs).first
      }
    }
    return nil
  }
}

/// A device that holds a configuration, and what is left of it.
public struct DeviceFit: Hashable, Sendable {
  public let device: Device
  public let needed: ByteEstimate
  public let headroom: Bytes
  public let verdict: Verdict
}

extension Question {
  /// Returns what the first deployment leaves of each of some devices, in their order; without those
  /// that its runtime does not run on.
  public func outlooks(on devices: [Device]) -> [DeviceFit] {
    guard let deployment = deployments.first else { return [] }
    var evaluator = BudgetEvaluator(
      of: deployment.model, weights: deployment.weights, on: self.devices,
      overhead: deployment.load.overhead, companions: deployment.load.companions)
    return devices.compactMap { device in
      evaluator.move(to: [device])
      guard
        let totals = try? evaluator.totals(of: deployment.workload, under: deployment.runtime)
      else { return nil }
      let host = totals.needed(on: .host)
      let isHeld = hostMemory.map { host.high <= $0 } ?? true
      return DeviceFit(
        device: device, needed: totals.needed(on: .device(0)), headroom: totals.headroom,
        verdict: isHeld ? totals.verdict : .doesNotFit)
    }
  }
}

extension Runtime {
  /// Of how many equal parts of the weights one at least lies on devices, but for those that
  /// ``FormatRecipe/leastOnDevices(of:)`` leaves out; nil where all may lie on the host.
  fileprivate var partsOfWeightsOnDevices: Int64? {
    // Other programs may load a part in fewer bits than a file has.
    guard let settings = llamaCppSettings else { return 2 }
    return settings.gpuLayers == .all && settings.hostExpertLayers == 0 ? 1 : nil
  }
}

extension FormatRecipe {
  /// What a model takes on devices at the least: embeddings may stay on the host.
  ///
  /// - Throws: ``FormatError`` when the recipe does not suit the model.
  fileprivate func leastOnDevices(of model: ModelShape) throws(FormatError) -> Bytes {
    try bytes(for: model) { tensor in
      switch tensor.role {
      case .tokenEmbedding, .perLayerTokenEmbedding, .positionEmbedding, .tokenTypes: false
      default: true
      }
    }
  }
}
