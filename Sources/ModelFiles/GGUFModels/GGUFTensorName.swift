internal import VRAMBudget

/// A tensor's name in a GGUF file, taken apart: `blk.0.attn_q.weight`.
///
/// Source: llama.cpp 0c1e57098, src/llama-arch.cpp, `LLM_TENSOR_NAMES`.
struct GGUFTensorName {
  /// The layer, from 0; nil for a tensor of the model as a whole.
  let layer: Int?
  let role: TensorRole
  let part: Tensor.Part

  /// - Returns: nil for a name that no known role has.
  init?(_ name: String) {
    let inLayer = Self.split(name)
    layer = inLayer?.layer
    let rest = inLayer?.rest ?? name[...]
    if let role = TensorRole(rawValue: String(rest)) {
      self.role = role
      part = .plain
      return
    }
    guard let dot = rest.lastIndex(of: "."),
      let part = Tensor.Part(rawValue: String(rest[rest.index(after: dot)...])), part != .plain,
      let role = TensorRole(rawValue: String(rest[..<dot])),
      part != .scale || role == .router || role.mayBeScaled,
      part != .inputScale || role.mayBeScaled
    else { return nil }
    self.role = role
    self.part = part
  }

  /// The layer that a name begins with; nil for a tensor of the model as a whole.
  static func layer(of name: String) -> Int? { split(name)?.layer }

  private static func split(_ name: String) -> (layer: Int, rest: Substring)? {
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "blk", parts[1].count <= 6,
      parts[1].allSatisfy({ ("0"..."9").contains($0) }), let layer = Int(parts[1])
    else { return nil }
    return (layer, parts[2])
  }
}
