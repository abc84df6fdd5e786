import Foundation
import PackagePlugin

/// Checks the preset files and writes them out as string literals, which compile fast.
@main
struct EmbedPresets: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = target.directoryURL
    let inputs = ["models", "devices"].flatMap { kind -> [URL] in
      let files = try? FileManager.default.contentsOfDirectory(
        at: folder.appending(path: kind), includingPropertiesForKeys: nil)
      return (files ?? []).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedPresets.swift")
    return [
      .buildCommand(
        displayName: "Embedding presets",
        executable: try context.tool(named: "embed-presets").url,
        arguments: [output.path] + inputs.map(\.path), inputFiles: inputs, outputFiles: [output])
    ]
  }
}
