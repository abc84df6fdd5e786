internal import HostSystem
internal import ModelFiles
internal import VRAMBudget

extension ModelArgument {
  /// The model that a folder's configuration describes, with the weights beside it where it has any
  /// and both agree.
  static func model(
    inFolder folder: String, named id: String
  ) throws(CommandFailure) -> NamedModel {
    try refuseWithoutConfiguration(folder)
    var named = try model(atPath: folder + "config.json", named: id)
    guard let configuration = named.configuration,
      ["model.safetensors", "model.safetensors.index.json"]
        .contains(where: { HostSystem.kind(ofPath: folder + $0) == .file })
    else { return named }
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile(path: folder)
    } catch {
      throw CommandFailure(at: error.path, error)
    }
    named.checkpoint = file
    do {
      named.stored = try CheckpointModel(file, configuration).weights
    } catch {
      let hasOtherParts =
        !configuration.otherParts.isEmpty || configuration.shape.predictionLayers > 0
      guard error.leavesModelKnown(hasOtherParts: hasOtherParts) else {
        throw CommandFailure(at: id, error, status: .cannotTell)
      }
      named.note += "vram: note: \(id): \(error.problem); the configuration alone is priced\n"
    }
    return named
  }

  /// A folder of GGUF files names the model that is meant no further.
  private static func refuseWithoutConfiguration(_ folder: String) throws(CommandFailure) {
    guard HostSystem.kind(ofPath: folder + "config.json") == .nothing,
      let names = try? HostSystem.names(inFolder: folder)
    else { return }
    let files = names.filter { $0.hasSuffix(".gguf") }.sorted()
    guard let first = files.first else { return }
    let count = files.count == 1 ? "a GGUF file" : "\(files.count) GGUF files"
    throw CommandFailure(
      at: folder,
      UsageError.missing(
        what: "the folder has \(count) and no config.json",
        fix: "name the file: \((folder + first).shown(upTo: 300))")
    )
  }
}
