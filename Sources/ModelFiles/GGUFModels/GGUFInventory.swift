internal import VRAMBudget

/// The tensors of a GGUF file, each with what it is for, while they are being sorted.
struct GGUFInventory {
  private let architecture: GGUFArchitecture
  /// The layers of the file, and how many of them are loaded.
  let blocks: Int
  let loaded: Int
  private(set) var assignments: [TensorAssignment] = []
  private(set) var skippedTensors = 0
  private(set) var skippedBytes = Bytes.zero

  var tensors: [Tensor] { assignments.map(\.tensor) }

  /// Far above any vocabulary, and low enough that no product of sizes, tokens and bytes leaves 63
  /// bits.
  private static let longestDimension: Int64 = 1 << 23

  init(_ architecture: GGUFArchitecture, blocks: Int, loaded: Int) {
    self.architecture = architecture
    self.blocks = blocks
    self.loaded = loaded
  }

  /// Adds a tensor of the file.
  ///
  /// - Throws: ``GGUFModelError/unknownTensor(_:architecture:)`` for a name that no role has: what it
  ///   is for decides where it is loaded, so it is not guessed.
  mutating func add(_ tensor: GGUFTensor) throws(GGUFModelError) {
    if architecture.skipsPredictionLayers, let block = GGUFTensorName.layer(of: tensor.name),
      (loaded..<blocks).contains(block)
    {
      skippedTensors += 1
      skippedBytes = skippedBytes + tensor.bytes
      return
    }
    guard let name = GGUFTensorName(tensor.name), (name.layer ?? 0) < loaded else {
      throw .unknownTensor(tensor.name, architecture: architecture.name)
    }
    guard tensor.shape.dimensions.allSatisfy({ $0 <= Self.longestDimension }) else {
      throw .tensorBeyondAnyModel(tensor.name, limit: Self.longestDimension)
    }
    let isConstant = name.role.kind == .constant
    let isScale =
      name.part == .inputScale || name.part == .scale && tensor.shape.elements == 1
    assignments.append(
      TensorAssignment(
        Tensor(
          name.role, name.part, layer: name.layer, shape: tensor.shape,
          presence: isConstant ? .ggufOnly : .everywhere,
          isParameter: !isConstant && !isScale && name.role != .expertSelection),
        tensor.format, because: .stored))
  }

  /// The shape of a matrix of the model as a whole; nil where the file has none.
  func shape(of role: TensorRole) -> TensorShape? {
    assignments.first { $0.tensor.role == role && $0.tensor.part == .weight }?.tensor.shape
  }
}
