internal import ModelFiles
internal import Reports
internal import VRAMBudget

extension TensorFileReport {
  /// - Parameters:
  ///   - model: What the file describes; nil where that is not known.
  ///   - listsAllTensors: Whether each tensor has a row, rather than each kind.
  /// - Throws: ``GGUFMetadataError`` when the header's name or architecture is no text.
  init(
    _ file: WeightFile, path: String, describing model: ModelShape?, listsAllTensors: Bool
  ) throws(GGUFMetadataError) {
    switch file {
    case .gguf(let file):
      let metadata = file.metadata
      let order = file.byteOrder == .bigEndian ? ", big endian" : ""
      self.init(
        Summary(
          path: path, source: "gguf", kind: "GGUF, version \(file.version)\(order)",
          name: metadata["general.name"] == nil
            ? nil : try metadata.string(forKey: "general.name"),
          architecture: metadata["general.architecture"] == nil
            ? nil : try metadata.string(forKey: "general.architecture"), files: file.parts.count,
          headerBytes: file.headerBytes, tensorBytes: file.tensorBytes, fileBytes: file.fileBytes),
        tensors: file.tensors.map {
          Tensor(
            name: $0.name, format: $0.format.name, shape: $0.shape.dimensions,
            elements: $0.shape.elements, bytes: $0.bytes)
        }, describing: model, listsAllTensors: listsAllTensors)
    case .safetensors(let file):
      self.init(
        Summary(
          path: path, source: "safetensors", kind: "safetensors", name: nil, architecture: nil,
          files: file.parts.count, headerBytes: file.headerBytes, tensorBytes: file.tensorBytes,
          fileBytes: file.fileBytes),
        tensors: file.tensors.map {
          Tensor(
            name: $0.name, format: $0.dtype.rawValue, shape: $0.shape, elements: $0.elements,
            bytes: $0.bytes)
        }, describing: model, listsAllTensors: listsAllTensors)
    }
  }
}
