internal import ArgumentParsing
internal import ModelFiles
internal import PresetEntries
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram models`: the models known by name.
enum ModelsCommand {
  private static let architectures = OptionSpec(
    "architectures", help: "list the architectures that a config.json may have, not models")

  static let command = Command(
    spec: CommandSpec(
      name: "models",
      summary: "The models known by name.",
      operands: "[TEXT]", operandCount: 0...1,
      options: [architectures, Options.format.spec],
      examples: [
        .init("vram models qwen", "those with 'qwen' in a name"),
        .init("vram models --architectures", "what a model of your own may be"),
      ]),
    run: run)

  private static func run(_ arguments: ParsedArguments) throws(CommandFailure) -> Outcome {
    let wanted = LooseName.normalized(arguments.operands.first ?? "")
    guard !arguments.has(architectures) else {
      let names = ArchitectureCatalog.modelTypes.filter {
        wanted.isEmpty || LooseName.normalized($0).contains(wanted)
      }
      return Outcome(
        output: ListReport.text(architectures: names, try arguments.reportFormat()),
        diagnostics: names.isEmpty ? "vram: no architecture's name contains '\(wanted)'\n" : "")
    }
    var models: [ModelSummary] = []
    do {
      for entry in try PresetCatalog.allModels()
      where wanted.isEmpty || entry.names.contains(where: { $0.contains(wanted) }) {
        models.append(
          ModelSummary(
            try PresetCatalog.shape(of: entry), huggingFace: entry.huggingFace,
            aliases: entry.aliases, released: entry.released))
      }
    } catch {
      throw CommandFailure(at: "models", error, status: error.status)
    }
    return Outcome(
      output: ListReport.text(models: models, try arguments.reportFormat()),
      diagnostics: models.isEmpty ? "vram: no model's name contains '\(wanted)'\n" : "")
  }
}

/// `vram devices`: the devices known by name.
enum DevicesCommand {
  static let command = Command(
    spec: CommandSpec(
      name: "devices",
      summary: "The devices known by name, with the memory that their drivers report.",
      operands: "[TEXT]", operandCount: 0...1,
      options: [Options.format.spec, Options.units.spec],
      examples: [.init("vram devices 4060", "those with '4060' in a name")]),
    run: run)

  private static func run(_ arguments: ParsedArguments) throws(CommandFailure) -> Outcome {
    let wanted = LooseName.normalized(arguments.operands.first ?? "")
    var devices: [DeviceSummary] = []
    do {
      for entry in try PresetCatalog.allDevices()
      where wanted.isEmpty || entry.names.contains(where: { $0.contains(wanted) }) {
        devices.append(
          DeviceSummary(
            Device(entry), aliases: entry.aliases, vendor: entry.vendor,
            deviceClass: entry.deviceClass, totalBasis: entry.total.basis,
            source: entry.total.source))
      }
    } catch {
      throw CommandFailure(at: "devices", error)
    }
    return Outcome(
      output: ListReport.text(
        devices: devices, try arguments.reportFormat(), prefix: try arguments.prefix()),
      diagnostics: devices.isEmpty ? "vram: no device's name contains '\(wanted)'\n" : "")
  }
}
