internal import VRAMBudget

extension CheckedDeployment {
  /// What is expected on all devices; nil where nothing was priced. No sum of a record is larger
  /// than one of its figures may be.
  fileprivate var totalBytes: Int64? {
    guard !devices.isEmpty else { return nil }
    let total = devices.reduce(Int128(0)) { $0 + Int128($1.expectedBytes) }
    let largest = Int128(CheckResult.allowed.upperBound)
    return Int64(min(max(total, -largest), largest))
  }

  /// The settings that a price comes from: all but the limits.
  fileprivate var pricedSettings: [String: SettingValue] {
    settings.filter { !["max", "min_headroom", "min_context", "verdict"].contains($0.key) }
  }
}

extension ResultDiff.Deployment {
  init(removed old: CheckedDeployment) {
    self.init(
      name: old.name, change: .removed, oldBytes: old.totalBytes, newBytes: nil, deltaBytes: nil,
      deltaPercent: nil, programBytes: nil, oldStatus: old.status, newStatus: nil, causes: [],
      exceeds: false, regresses: false, problem: nil, deviceNames: old.devices.map(\.name),
      lines: [])
  }

  init(
    from old: CheckedDeployment?, to new: CheckedDeployment, repriced: CheckedDeployment?,
    program: String?, limit: ResultDiff.IncreaseLimit?, countsProgram: Bool
  ) {
    let oldBytes = old?.totalBytes
    let newBytes = new.totalBytes
    var delta: Int64?
    if let oldBytes, let newBytes { delta = newBytes - oldBytes }
    let lines = old.map { ResultDiff.Line.changes(from: $0, to: new) } ?? []
    let differs = !lines.isEmpty || delta != 0 || old?.status != new.status
    let causes = old.map { ResultDiff.Cause.all(from: $0, to: new, program, differs: differs) }
    var programBytes: Int64?
    if let old, let delta, let oldBytes {
      if Self.asksTheSame(old, new), causes?.contains(where: { $0.kind == .modelFile }) != true {
        programBytes = delta
      } else if let bytes = repriced?.totalBytes {
        programBytes = bytes - oldBytes
      }
    }
    var exceeds = false
    if let limit, let delta, let oldBytes {
      let counted = countsProgram ? delta : delta - (programBytes ?? 0)
      exceeds = counted > limit.bytes(Bytes(oldBytes)).count
    }
    let isBad = new.status != .pass
    self.init(
      name: new.name, change: old == nil ? .added : differs ? .changed : .unchanged,
      oldBytes: oldBytes, newBytes: newBytes, deltaBytes: delta,
      deltaPercent: delta.flatMap { delta in oldBytes.flatMap { percentage(delta, of: $0) } },
      programBytes: programBytes == 0 ? nil : programBytes, oldStatus: old?.status,
      newStatus: new.status, causes: causes ?? [], exceeds: exceeds,
      regresses: isBad && (old == nil || old?.status == .pass),
      problem: new.findings.lazy.compactMap(\.problem).first,
      deviceNames: new.devices.map(\.name), lines: lines)
  }

  fileprivate static func asksTheSame(_ old: CheckedDeployment, _ new: CheckedDeployment) -> Bool {
    old.pricedSettings == new.pricedSettings && old.askedModels == new.askedModels
  }
}

extension ResultDiff.Line {
  private struct Key: Hashable {
    let model: Int
    let device: Int?
    let name: String

    init(_ line: CheckedDeployment.Line) {
      model = line.model
      device = line.device
      name = line.name
    }
  }

  /// The lines whose bytes are others now, in the order of the new result, then those that are gone.
  fileprivate static func changes(
    from old: CheckedDeployment, to new: CheckedDeployment
  ) -> [ResultDiff.Line] {
    let before = Dictionary(old.lines.map { (Key($0), $0.expectedBytes) }) { first, _ in first }
    let now = Dictionary(new.lines.map { (Key($0), $0.expectedBytes) }) { first, _ in first }
    var seen: Set<Key> = []
    return (new.lines + old.lines).map(Key.init).filter { seen.insert($0).inserted }
      .compactMap { key in
        let (old, new) = (before[key] ?? 0, now[key] ?? 0)
        guard old != new else { return nil }
        return ResultDiff.Line(
          model: key.model, device: key.device, name: key.name, oldBytes: old, newBytes: new,
          deltaBytes: new - old, deltaPercent: percentage(new - old, of: old))
      }
  }
}

extension ResultDiff.Cause {
  /// What is other in two deployments of one name.
  ///
  /// - Parameter program: How the program changed; nil where it did not.
  fileprivate static func all(
    from old: CheckedDeployment, to new: CheckedDeployment, _ program: String?, differs: Bool
  ) -> [ResultDiff.Cause] {
    var causes = settings(from: old.pricedSettings, to: new.pricedSettings)
    causes += models(from: old, to: new)
    for (before, now) in zip(old.devices, new.devices)
    where before.id == now.id && before.digest != now.digest {
      causes.append(.preset(now.id, from: before.presetFile, to: now.presetFile))
    }
    guard differs else { return causes }
    for (before, now) in zip(old.models, new.models)
    where before.runtime == now.runtime && before.runtimeVersion != now.runtimeVersion {
      causes.append(
        .init(
          kind: .formulas,
          change: "\(now.runtime) \(before.runtimeVersion) → \(now.runtimeVersion)"))
    }
    if let program { causes.append(.init(kind: .formulas, change: program)) }
    if causes.isEmpty {
      causes.append(
        .init(kind: .formulas, change: "the formulas of one version, which should not change"))
    }
    var seen: Set<ResultDiff.Cause> = []
    return causes.filter { seen.insert($0).inserted }
  }

  private static func settings(
    from old: [String: SettingValue], to new: [String: SettingValue]
  ) -> [ResultDiff.Cause] {
    Set(old.keys).union(new.keys).sorted().compactMap { key in
      guard old[key] != new[key] else { return nil }
      return .init(kind: .settings, change: "\(key) \(words(old[key])) → \(words(new[key]))")
    }
  }

  private static func models(
    from old: CheckedDeployment, to new: CheckedDeployment
  ) -> [ResultDiff.Cause] {
    var causes: [ResultDiff.Cause] = []
    if old.askedModels.map(\.model) != new.askedModels.map(\.model) {
      func names(_ deployment: CheckedDeployment) -> String {
        deployment.askedModels.map(\.model).joined(separator: " + ")
      }
      causes.append(.init(kind: .settings, change: "model \(names(old)) → \(names(new))"))
    } else {
      for (before, now) in zip(old.askedModels, new.askedModels) {
        causes += settings(from: before.settings, to: now.settings)
      }
      for (before, now) in zip(old.models, new.models) where before.digest != now.digest {
        let isPreset = now.source == ModelShape.Source.preset.rawValue
        causes.append(
          isPreset
            ? .preset(now.id, from: before.presetFile, to: now.presetFile)
            : .init(kind: .modelFile, change: "the file \(now.id)"))
      }
    }
    return causes
  }

  /// Another description under the same name, with the files where it is not built in.
  private static func preset(
    _ id: String, from old: String?, to new: String?
  ) -> ResultDiff.Cause {
    let files =
      switch (old, new) {
      case (nil, nil): ""
      case (_, let new?) where old == new: ", in \(new)"
      default: ", \(old ?? "built in") → \(new ?? "built in")"
      }
    return .init(kind: .preset, change: "what is known of \(id)\(files)")
  }

  private static func words(_ value: SettingValue?) -> String {
    switch value {
    case nil: "not set"
    case .flag: "set"
    case .text(let text): text
    case .texts(let texts): texts.joined(separator: " + ")
    }
  }
}
