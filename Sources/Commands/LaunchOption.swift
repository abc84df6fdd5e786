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

  /// Returns the commands, one for each configuration.
  ///
  /// - Throws: A failure about what the runtime's command line cannot say.
  static func text(
    _ configurations: [Configuration], _ devices: [Device], in catalogue: PresetCatalog
  ) throws(CommandFailure) -> String {
    var text = ""
    for configuration in configurations {
      let line = LaunchLine(
        configuration.deployment, on: devices,
        weights: try weights(of: configuration, in: catalogue))
      do {
        text += try line.text()
      } catch {
        throw CommandFailure(at: spec.flag, error)
      }
    }
    return text
  }

  /// The file where MODEL is one; else the repository, or for programs that load GGUF files, what the
  /// file might be called.
  private static func weights(
    of configuration: Configuration, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> String {
    let model = configuration.deployment.model
    let isStored = configuration.deployment.weights.origin.recipe == nil
    if isStored || HostSystem.kind(ofPath: model.id) == .folder { return model.id }
    if configuration.deployment.runtime.llamaCppSettings != nil {
      let base = model.id.split(separator: "/").last.map(String.init) ?? model.id
      let name = String(base.map { $0 == ":" || $0 == " " ? "-" : $0 })
      return "\(name)-\(configuration.deployment.weights.name).gguf"
    }
    let repository = try repository(of: model, in: catalogue)
    // Programs that export quantize by themselves, and a checkpoint as published is the repository's.
    let format = configuration.deployment.weights.name
    let published = configuration.named.published.name
    let isPublished =
      published.map { $0 == format } ?? format.hasPrefix("HF-")
      || configuration.deployment.runtime.kind == .execuTorch
    return isPublished ? repository : "\(repository)-\(format)"
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
