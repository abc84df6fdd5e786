internal import Presets
internal import Reports
internal import VRAMBudget

extension BudgetsFile.Entry {
  /// The models as a result records them.
  var asked: [CheckedDeployment.AskedModel] {
    models.map { .init(model: $0.text, settings: $0.settings.recorded) }
  }
}

extension Budget {
  /// The devices as a result records them.
  ///
  /// - Parameters:
  ///   - asked: The devices before a runtime claimed its share.
  ///   - catalogue: Where they are looked up.
  func checkedDevices(
    _ asked: [Device], in catalogue: PresetCatalog
  ) -> [CheckedDeployment.Device] {
    devices.indices.map { index in
      let need = needed(on: .device(index))
      return .init(
        id: devices[index].id, name: devices[index].name,
        presetFile: catalogue.path(ofDevice: devices[index].id).map(PresetSources.recorded),
        digest: asked[index].digest.text,
        usableBytes: devices[index].usable.count, expectedBytes: need.expected.count,
        highBytes: need.high.count)
    }
  }
}

extension CheckedDeployment.Model {
  /// - Parameters:
  ///   - digest: Of the model's description.
  ///   - catalogue: Where it is looked up.
  init(_ deployment: Deployment, digest: String, in catalogue: PresetCatalog) {
    self.init(
      id: deployment.model.id, name: deployment.model.name,
      source: deployment.model.source.rawValue,
      presetFile: deployment.model.source == .preset
        ? catalogue.path(ofModel: deployment.model.id).map(PresetSources.recorded) : nil,
      digest: digest,
      quantization: deployment.weights.origin.title, runtime: deployment.runtime.kind.rawValue,
      runtimeVersion: deployment.runtime.kind.version,
      context: deployment.workload.contextTokens,
      contextOrigin: deployment.workload.contextOrigin.rawValue,
      sequences: deployment.workload.sequences)
  }
}

extension CheckedDeployment.Line {
  init(_ entry: Budget.Entry) {
    let line = entry.line
    var device: Int?
    if case .device(let index) = line.place { device = index }
    self.init(
      model: entry.deployment, device: device, name: line.name.rawValue,
      lowBytes: line.estimate.low.count, expectedBytes: line.estimate.expected.count,
      highBytes: line.estimate.high.count, basis: line.basis.rawValue)
  }
}

extension ModelShape {
  /// Changes with whatever of the description a price may come from.
  var digest: StableDigest {
    var digest = StableDigest()
    digest.combine(architecture.modelType)
    for number in [hiddenSize, vocabularySize, maximumContext] { digest.combine(number) }
    if isPooled { digest.combine("pooled") }
    if scaledContext > maximumContext { digest.combine(scaledContext) }
    var last: Layer?
    for layer in layers {
      // A layer's own words hold every field of it; most are like the one before.
      digest.combine(layer == last ? "" : "\(layer)")
      last = layer
    }
    for tensor in tensors {
      digest.combine(tensor.role.rawValue)
      digest.combine(tensor.part.rawValue)
      digest.combine(Int64(tensor.layer ?? -1))
      for dimension in tensor.shape.dimensions { digest.combine(dimension) }
    }
    return digest
  }
}

extension Device {
  /// Changes with what is known of the device; not with what the user keeps free of it.
  fileprivate var digest: StableDigest {
    var digest = StableDigest()
    digest.combine(id)
    digest.combine(backend.rawValue)
    digest.combine(total.count)
    digest.combine(isUnified ? 1 : 0)
    digest.combine(measuredContext?.count ?? -1)
    for reservation in reservations where reservation.reason != .user {
      digest.combine(reservation.reason.rawValue)
      digest.combine(reservation.bytes.count)
      digest.combine(reservation.estimate.high.count)
    }
    return digest
  }
}
