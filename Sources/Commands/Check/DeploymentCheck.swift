internal import ArgumentParsing
internal import HostSystem
internal import Presets
internal import Reports
internal import VRAMBudget

/// Prices deployments and holds them against their limits.
struct DeploymentCheck {
  /// Whether a tight fit fails.
  let isStrict: Bool
  /// The budgets file that says what is deployed; nil where options do.
  let file: String?
  /// What a person should know of the configurations of a deployment: lines, each once.
  private var notes: [String] = []
  /// The model whose configuration is being read.
  private var model: BudgetsFile.Model?
  private let models: ReadModels
  private var digests: [String: String] = [:]
  private var devices: [[[String]]: Result<[Device], CommandFailure>] = [:]

  init(isStrict: Bool, file: String?, in catalogue: PresetCatalog) {
    models = ReadModels(catalogue)
    self.isStrict = isStrict
    self.file = file
  }

  /// Returns how a deployment came out, without a fix, and what a person should know of it. What is
  /// wrong with it is a finding, never an error, so that the others are checked, too.
  ///
  /// - Parameter options: Settings of the command line, which replace the file's.
  mutating func result(
    of entry: BudgetsFile.Entry, options: Settings = Settings()
  ) -> (deployment: CheckedDeployment, notes: [String]) {
    notes = []
    let deployment = deployment(of: entry, entry.settings.overridden(by: options))
    return (deployment, notes)
  }

  private mutating func deployment(
    of entry: BudgetsFile.Entry, _ settings: Settings
  ) -> CheckedDeployment {
    model = nil
    do {
      let priced = try priced(entry, settings)
      let findings = try findings(of: priced, entry, settings)
      return CheckedDeployment(
        name: entry.name, line: entry.line, message: entry.message, settings: settings.recorded,
        askedModels: entry.asked,
        models: priced.budget.deployments.map {
          CheckedDeployment.Model($0, digest: digest(of: $0.model), in: self.models.catalogue)
        },
        devices: priced.budget.checkedDevices(priced.devices, in: self.models.catalogue),
        lines: priced.budget.entries.map(CheckedDeployment.Line.init), findings: findings)
    } catch {
      return CheckedDeployment(
        name: entry.name, line: entry.line, message: entry.message, settings: settings.recorded,
        askedModels: entry.asked,
        findings: [finding(of: error, in: entry, settings)])
    }
  }

  private mutating func digest(of model: ModelShape) -> String {
    if let known = digests[model.id] { return known }
    let digest = model.digest.text
    digests[model.id] = digest
    return digest
  }

  // MARK: Pricing

  private struct Priced {
    let arguments: ParsedArguments
    let devices: [Device]
    let budget: Budget
  }

  private mutating func priced(
    _ entry: BudgetsFile.Entry, _ settings: Settings
  ) throws(CommandFailure) -> Priced {
    let arguments = try arguments(settings)
    let devices = try self.devices(arguments)
    var configurations: [Configuration] = []
    for model in entry.models {
      self.model = model
      let own =
        model.settings.values.isEmpty
        ? arguments : try self.arguments(settings.overridden(by: model.settings))
      let configuration = try ConfigurationArguments.configuration(
        of: resolved(model.text), on: devices, own, models)
      note(configuration.diagnostics)
      configurations.append(configuration)
      self.model = nil
    }
    return Priced(
      arguments: arguments, devices: devices,
      budget: try Budget(
        of: configurations, on: devices,
        hostMemory: try arguments.optional(Options.hostMemory), graphs: models.graphs))
  }

  private mutating func devices(
    _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [Device] {
    let key = Self.deviceOptions.map { arguments.texts(of: $0) }
    if let known = devices[key] { return try known.get() }
    let found = Result { () throws(CommandFailure) in
      try ConfigurationArguments.devices(arguments, in: models.catalogue)
    }
    devices[key] = found
    return try found.get()
  }

  /// The options that decide what the devices are.
  private static let deviceOptions = [
    Options.gpu.spec, Options.reserve.spec, Options.desktop.spec, Options.gpuLimit.spec,
  ]

  /// The arguments with paths that lead from the file's folder.
  private func arguments(_ settings: Settings) throws(CommandFailure) -> ParsedArguments {
    var settings = settings
    for option in CompanionOptions.paths {
      let key = Settings.key(of: option)
      guard let setting = settings[key], let value = setting.value else { continue }
      let texts = value.texts.map(resolved)
      settings[key] = Setting(
        value: texts.count == 1 ? .text(texts[0]) : .texts(texts), line: setting.line)
    }
    return try settings.arguments(for: CheckCommand.settingsSpec)
  }

  private mutating func note(_ text: String) {
    for line in text.split(separator: "\n").map(String.init) where !notes.contains(line) {
      notes.append(line)
    }
  }

  /// The path from the working directory of what the file names; the text itself where it is a name.
  private func resolved(_ text: String) -> String {
    let folder = file.map(BudgetsFile.folder) ?? ""
    guard !folder.isEmpty, !text.hasPrefix("/") else { return text }
    let isPath =
      text.hasPrefix("./") || text.hasPrefix("../") || text.hasSuffix(".gguf")
      || text.hasSuffix(".json") || text.hasSuffix(".safetensors")
      || text.contains("/") && HostSystem.kind(ofPath: folder + text) != .nothing
    return isPath ? folder + text : text
  }

  // MARK: Limits

  private mutating func findings(
    of priced: Priced, _ entry: BudgetsFile.Entry, _ settings: Settings
  ) throws(CommandFailure) -> [Finding] {
    let arguments = priced.arguments
    let budget = priced.budget
    let isStrict = try isStrict(arguments)
    var findings = [fits(budget, .fits, isStrict: isStrict, line: settings["verdict"]?.line)]
    if let limit = try arguments.optional(LimitOptions.max) {
      findings.append(
        budget.worst { index in
          Finding(
            .max, needed: budget.needed(on: .device(index)),
            available: limit.bytes(of: budget.devices[index].usable), device: index,
            isStrict: isStrict, limit: arguments.texts(of: LimitOptions.max.spec).last,
            line: settings["max"]?.line)
        })
    }
    if let limit = try arguments.optional(LimitOptions.minHeadroom) {
      findings.append(
        budget.worst { index in
          let constraint = budget.constraint(of: index)
          return Finding(
            .minHeadroom, needed: constraint.needed,
            available: constraint.available - limit.bytes(of: constraint.available),
            leastAvailable: constraint.leastAvailable - limit.bytes(of: constraint.available),
            device: index, includesHost: constraint.includesHost, isStrict: isStrict,
            limit: arguments.texts(of: LimitOptions.minHeadroom.spec).last,
            line: settings["min_headroom"]?.line)
        })
    }
    if let limit = try arguments.optional(LimitOptions.minContext) {
      findings.append(
        try contextFinding(limit, priced, entry, settings, isStrict: isStrict))
    }
    return findings
      + (try SpeedLimits.findings(
        of: budget, arguments, settings, isStrict: isStrict))
  }

  private func isStrict(_ arguments: ParsedArguments) throws(CommandFailure) -> Bool {
    let worst = try arguments.optional(LimitOptions.verdict)
    return isStrict || worst == .fits
  }

  /// Whether a context fits: of every model that has no context of its own.
  private mutating func contextFinding(
    _ tokens: Int64, _ priced: Priced, _ entry: BudgetsFile.Entry, _ settings: Settings,
    isStrict: Bool
  ) throws(CommandFailure) -> Finding {
    let limit = settings["min_context"]
    let asked = limit?.value?.texts.last ?? "\(tokens)"
    let shared = zip(entry.models, priced.budget.deployments).filter {
      $0.0.settings["context"] == nil
    }
    if let model = shared.first(where: { $0.1.model.maximumContext < tokens }) {
      return Finding(
        context: tokens, maximum: model.1.model.maximumContext, limit: asked, line: limit?.line)
    }
    var budget = priced.budget
    if shared.contains(where: { $0.1.workload.contextTokens < tokens }) {
      var larger = settings
      larger["context"] = Setting(value: .text("\(tokens)"), line: limit?.line)
      budget = try self.priced(entry, larger).budget
    }
    return fits(
      budget, .minContext, isStrict: isStrict, limit: asked, line: limit?.line, context: tokens)
  }

  /// Whether a budget fits, for the device that has the least room, or the host.
  private func fits(
    _ budget: Budget, _ rule: Finding.Rule, isStrict: Bool, limit: String? = nil, line: Int?,
    context: Int64? = nil
  ) -> Finding {
    func finding(_ constraint: Budget.Constraint, _ device: Int?) -> Finding {
      Finding(
        rule, needed: constraint.needed, available: constraint.available,
        leastAvailable: constraint.leastAvailable, device: device,
        includesHost: constraint.includesHost, isStrict: isStrict, limit: limit, line: line,
        context: context)
    }
    let worst = budget.worst { finding(budget.constraint(of: $0), $0) }
    guard let host = budget.hostConstraint.map({ finding($0, nil) }) else { return worst }
    return host.isWorse(than: worst) ? host : worst
  }

  // MARK: What to change

  /// Returns the cheapest change after which a deployment holds all its limits, nil where none is
  /// found, and what a person should know of it.
  ///
  /// - Parameter options: Settings of the command line, which replace the file's.
  mutating func fix(
    of entry: BudgetsFile.Entry, options: Settings
  ) -> (fix: CheckedDeployment.Fix?, notes: [String]) {
    notes = []
    let settings = entry.settings.overridden(by: options)
    guard let priced = try? priced(entry, settings),
      let findings = try? findings(of: priced, entry, settings)
    else { return (nil, notes) }
    let fix = fix(of: priced, findings, entry, settings)
    return (fix, notes)
  }

  /// What is suggested for devices that are as small as the limits make them is made, and checked.
  private mutating func fix(
    of priced: Priced, _ findings: [Finding], _ entry: BudgetsFile.Entry, _ settings: Settings
  ) -> CheckedDeployment.Fix? {
    // What the limits leave unused of a device; a shared memory's own limits count already.
    let kept = findings.compactMap { finding -> Bytes? in
      guard let index = finding.device, let available = finding.availableBytes,
        finding.rule == .max || finding.rule == .minHeadroom
      else { return nil }
      return priced.budget.devices[index].usable - Bytes(available)
    }.max()
    let limited = priced.devices.map {
      $0.reserving(
        Reservation(.user, max(.zero, kept ?? .zero), basis: .assumed, source: "the limits"))
    }
    let question = Question(
      priced.budget.deployments, on: limited, hostMemory: priced.budget.hostMemory,
      standard: .highest)
    guard let speed = try? SpeedOptions.question(priced.arguments),
      let isStrict = try? isStrict(priced.arguments)
    else { return nil }
    let questions = BudgetQuestions(
      question: question, budget: priced.budget, models: self.models, arguments: priced.arguments,
      speed: speed, isStrict: isStrict)
    var fix: CheckedDeployment.Fix?
    func isFixed(by suggestion: Suggestion) -> Bool {
      fix = self.fix(by: suggestion, of: entry, settings)
      return fix != nil
    }
    _ = try? questions.suggestions(until: isFixed)
    if fix == nil { _ = questions.speedSuggestions(until: isFixed) }
    return fix
  }

  /// What is suggested, where all limits hold with it.
  private mutating func fix(
    by suggestion: Suggestion, of entry: BudgetsFile.Entry, _ settings: Settings
  ) -> CheckedDeployment.Fix? {
    let change = Settings(flags: suggestion.flags)
    var changed = settings
    var models = entry.models
    if models.count == 1 {
      changed = settings.overridden(by: change)
    } else {
      let model = models[suggestion.index]
      models[suggestion.index] = .init(
        text: model.text, line: model.line,
        settings: model.settings.overridden(by: change))
    }
    let other = BudgetsFile.Entry(
      name: entry.name, line: entry.line, message: nil, models: models, settings: changed)
    guard let again = try? priced(other, changed),
      let found = try? findings(of: again, other, changed),
      found.allSatisfy({ $0.status == .pass })
    else { return nil }
    let whose = models.count == 1 ? "" : " for \(models[suggestion.index].text)"
    return CheckedDeployment.Fix(
      change: (file == nil ? suggestion.flags : change.words) + whose,
      settings: change.recorded)
  }
}

extension DeploymentCheck {
  /// The finding that a deployment could not be priced, at the line that is to blame.
  private func finding(
    of failure: CommandFailure, in entry: BudgetsFile.Entry, _ settings: Settings
  ) -> Finding {
    var problem = failure.error.problem
    var fix = failure.error.fix
    var line = model?.line ?? entry.line
    if failure.place.hasPrefix("--") {
      let key = Settings.key(ofName: failure.place)
      let setting = model?.settings[key] ?? settings[key]
      line = setting == nil ? line : setting?.line
      let isKey = file != nil && (setting == nil || setting?.line != nil)
      problem = "\(isKey ? key : failure.place): \(problem)"
    } else if failure.place != "MODEL" {
      problem = "\(failure.place): \(problem)"
    }
    if file != nil {
      problem = Settings.withKeys(forFlagsIn: problem, among: BudgetsFileReader.settings)
      fix = Settings.withKeys(forFlagsIn: fix, among: BudgetsFileReader.settings)
    }
    return Finding(
      failure.status == .cannotTell ? .unknown : .error, problem: problem.shown(upTo: 1000),
      fix: fix.shown(upTo: 1000), line: line)
  }
}

extension Budget {
  /// The finding of the device that comes out worst, of those the one that has the least room.
  fileprivate func worst(_ finding: (Int) -> Finding) -> Finding {
    let all = devices.indices.map(finding)
    return all.dropFirst().reduce(all[0]) { $1.isWorse(than: $0) ? $1 : $0 }
  }
}

extension CompanionOptions {
  /// The options whose values may be paths.
  fileprivate static var paths: [OptionSpec] { [draft.spec, lora.spec, mmproj.spec] }
}
