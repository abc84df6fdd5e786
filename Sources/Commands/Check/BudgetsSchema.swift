internal import ArgumentParsing
internal import Reports

/// The JSON schema of a budgets file, made from the options that its keys are.
enum BudgetsSchema {
  static var text: String {
    JSONSchema(
      title: "vram-budget: what is deployed where, and what it may need",
      properties: [
        "$schema": .text("The schema that an editor checks the file against."),
        "presets": .oneOf([
          .text("A file or folder of your own presets, relative to this file."),
          .list(.text("A file or folder."), "Several.", atLeast: 0),
        ]),
        "defaults": deployment(
          "What every deployment has that does not say otherwise.", required: [], isNamed: false),
        "deployments": .list(
          deployment("A deployment and its limits.", required: ["name"], isNamed: true),
          "The deployments.", atLeast: 1),
      ], required: ["deployments"]
    ).text
  }

  private static func deployment(
    _ description: String, required: [String], isNamed: Bool
  ) -> JSONSchema.Node {
    var properties: [String: JSONSchema.Node] = [
      "message": .text("What to say when it does not pass."),
      "model": .text(
        "A preset ('vram models'), or the path of a GGUF file, a config.json or a model folder."),
      "models": .list(
        .oneOf([.text("A model."), model]), "Models that share the devices.", atLeast: 1),
    ]
    if isNamed { properties["name"] = .text("The name, unlike any other.") }
    for option in BudgetsFileReader.settings {
      properties[Settings.key(of: option)] = setting(option)
    }
    return .object(description, properties, required: required)
  }

  private static var model: JSONSchema.Node {
    var properties: [String: JSONSchema.Node] = ["model": .text("The model.")]
    for option in BudgetsFileReader.modelSettings {
      properties[Settings.key(of: option)] = setting(option)
    }
    return .object("A model with settings of its own.", properties, required: ["model"])
  }

  private static func setting(_ option: OptionSpec) -> JSONSchema.Node {
    let help = option.help.split(separator: "\n").joined(separator: " ")
    guard option.placeholder != nil else {
      return option.words.isEmpty ? .flag(help) : .oneOf([.flag(help), .text(help)])
    }
    return .value(help, isRepeatable: option.isRepeatable)
  }
}
