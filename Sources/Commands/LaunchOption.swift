internal import ArgumentParsing
internal import HostSystem
internal import PresetEntries
internal import Presets
internal import Reports
internal import VRAMBudget

/// `--launch`: the command that runs the configuration, in place of the budget.
enum LaunchOption {
  static let spec = OptionSpec(
    "launch", help: "print the command that runs exactly this configuration, nothing else")

  /// Returns the commands, one for each configuration, and a note on every name that only stands for
  /// what holds the weights.
  ///
  /// - Throws: A failure about what the runtime's command line cannot say.
  static func text(
    _ configurations: [Configuration], _ devices: [Device], in catalogue: PresetCatalog
  ) throws(CommandFailure) -> (commands: String, notes: String) {
    var text = ""
    var notes = ""
    for configuration in configurations {
      let weights = try weights(of: configuration, in: catalogue)
      let line = LaunchLine(configuration.deployment, on: devices, weights: weights.name)
      do {
        text += try line.text()
      } catch {
        throw CommandFailure(at: spec.flag, error)
      }
      if weights.isInvented {
        let model = configuration.deployment.model.name
        notes +=
          "vram: note: '\(weights.name)' stands for your"
          + " \(configuration.deployment.weights.name) of \(model)\n"
      }
    }
    return (text, notes)
  }

  /// What is to be said of a configuration that is not sure to fit.
  static func note(on budget: Budget) -> String {
    switch budget.verdict {
    case .fits: ""
    case .tight: "vram: note: this is tight; without --launch the budget says by how much\n"
    case .doesNotFit: "vram: note: this does not fit; without --launch the budget says why\n"
    case .unknown: "vram: note: whether this fits cannot be told\n"
    }
  }

  /// What holds the weights, as a command line names it.
  private struct WeightsName {
    let name: String
    /// Whether it is only what it might be called.
    let isInvented: Bool
  }

  /// The file where MODEL is one; else the repository, or for programs that load GGUF files, what the
  /// file might be called.
  private static func weights(
    of configuration: Configuration, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> WeightsName {
    let model = configuration.deployment.model
    let isStored = configuration.deployment.weights.origin.recipe == nil
    if isStored || HostSystem.kind(ofPath: model.id) == .folder {
      return WeightsName(name: model.id, isInvented: false)
    }
    if configuration.deployment.runtime.llamaCppSettings != nil {
      let base = model.id.split(separator: "/").last.map(String.init) ?? model.id
      let name = String(base.map { $0 == ":" || $0 == " " ? "-" : $0 })
      return WeightsName(
        name: "\(name)-\(configuration.deployment.weights.name).gguf", isInvented: true)
    }
    let repository = try repository(of: model, in: catalogue)
    // Programs that export quantize by themselves, and a checkpoint as published is the repository's.
    let format = configuration.deployment.weights.name
    let published = configuration.named.published.name
    let isPublished =
      published.map { $0 == format } ?? format.hasPrefix("HF-")
      || configuration.deployment.runtime.kind == .execuTorch
    return isPublished
      ? WeightsName(name: repository, isInvented: false)
      : WeightsName(name: "\(repository)-\(format)", isInvented: true)
  }

  /// Where a preset's checkpoint is published; a path stays what it is.
  private static func repository(
    of model: ModelShape, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> String {
    guard model.source == .preset else { return model.id }
    do {
      return try catalogue.entry(ofModelNamed: model.id).huggingFace ?? model.id
    } catch {
      throw CommandFailure(at: "MODEL", error, status: error.status)
    }
  }
}
