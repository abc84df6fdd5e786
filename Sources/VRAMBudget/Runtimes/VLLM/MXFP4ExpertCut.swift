/// What one rank of vLLM holds of a matrix of gpt-oss's experts in MXFP4: whole blocks of 32 of the
/// intermediate size, rounded up, so that ranks need not divide them.
///
/// Source: vLLM a6b6cfaa0, vllm/model_executor/models/gpt_oss.py, `load_weights`
/// (`per_rank_intermediate_size_block`), and layers/quantization/mxfp4.py, `create_weights`: kernels pad
/// the intermediate size to 64 (Triton), 128 (Marlin) or 256 (TensorRT-LLM), and the hidden size to 256.
struct MXFP4ExpertCut {
  /// The blocks of the whole matrix.
  let blocks: Int64
  /// Those of the fullest rank.
  let rankBlocks: Int64
  private let hidden: Int64

  private static let blockElements: Int64 = 32
  private static let padding: Int64 = 256

  /// - Returns: nil for any other tensor, and where the model's own check refuses the ranks.
  init?(_ entry: WeightPlan.Entry, ranks: Int64) {
    let dimensions = entry.tensor.shape.dimensions
    guard entry.format.method == .mxfp4, dimensions.count > 1 else { return nil }
    let intermediate: Int64
    switch entry.tensor.role {
    case .expertDown: (intermediate, hidden) = (dimensions[0], dimensions[1])
    case .expertGateUp: (intermediate, hidden) = (dimensions[1] / 2, dimensions[0])
    case .expertGate, .expertUp: (intermediate, hidden) = (dimensions[1], dimensions[0])
    default: return nil
    }
    guard intermediate.isMultiple(of: ranks), intermediate >= Self.blockElements else { return nil }
    blocks = intermediate / Self.blockElements
    rankBlocks = (blocks + ranks - 1) / ranks
  }

  /// The bytes of the fullest rank.
  func bytes(of entry: WeightPlan.Entry) -> Bytes {
    Bytes(entry.bytes.count / blocks * rankBlocks)
  }

  /// What the kernel that pads the most adds to them.
  func mostPadding(of entry: WeightPlan.Entry) -> Bytes {
    func padded(_ elements: Int64) -> Int64 {
      (elements + Self.padding - 1) / Self.padding * Self.padding
    }
    let held = bytes(of: entry).count
    let elements = rankBlocks * Self.blockElements
    let perRow = held / max(1, hidden) * padded(hidden)
    return Bytes(perRow / elements * padded(elements) - held)
  }
}
