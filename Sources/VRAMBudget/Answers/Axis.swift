/// A setting whose largest value can be asked for, in steps from the least that it costs upwards.
///
/// Every step takes what the one before it takes or more, but for a compute buffer, which may shrink.
public enum Axis: String, Hashable, Sendable, CaseIterable {
  /// Layers on devices, from none to all and the output (`--gpu-layers max`).
  case gpuLayers
  /// Layers whose experts are on devices, from none to all (`--n-cpu-moe min`).
  case deviceExperts
  /// Sequences at once, from one (`--sequences max`).
  case sequences
  /// Tokens, in steps of llama.cpp's padding, up to what the model was made for (`--context max`).
  case context
}

extension Axis {
  /// The tokens that llama.cpp rounds a sequence's context up to.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-context.cpp (`GGML_PAD(…, 256)`).
  private static let contextStep: Int64 = 256

  /// The number of steps of a deployment; the first is step 1.
  func steps(of deployment: Deployment, on devices: [Device]) -> Int64 {
    let layers = Int64(deployment.model.layers.count)
    switch self {
    case .gpuLayers: return layers + 2
    case .deviceExperts: return layers + 1
    case .sequences:
      return min(
        Workload.allowedSequences.upperBound, deployment.runtime.mostSequences(on: devices))
    case .context:
      let step = Self.contextStep * Self.parts(of: deployment)
      return (deployment.largestContext + step - 1) / step
    }
  }

  /// The value at a step, as the setting counts: experts by the layers that keep theirs on the host.
  func value(ofStep step: Int64, of deployment: Deployment) -> Int64 {
    switch self {
    case .gpuLayers: return step - 1
    case .deviceExperts: return Int64(deployment.model.layers.count) + 1 - step
    case .sequences: return step
    case .context:
      return min(
        step * Self.contextStep * Self.parts(of: deployment), deployment.largestContext)
    }
  }

  /// Returns a deployment with another value of the setting.
  ///
  /// - Parameter value: A value of ``value(ofStep:of:)``.
  public func deployment(_ deployment: Deployment, at value: Int64) -> Deployment {
    let workload = deployment.workload
    switch self {
    case .context:
      return deployment.with(
        workload: Workload(
          contextTokens: value, contextOrigin: .largest, sequences: workload.sequences))
    case .sequences:
      return deployment.with(
        workload: Workload(
          contextTokens: workload.contextTokens, contextOrigin: workload.contextOrigin,
          sequences: value))
    case .gpuLayers:
      return deployment.with(gpuLayers: .count(Int(value)))
    case .deviceExperts:
      return deployment.with(hostExpertLayers: Int(value))
    }
  }

  /// The last of the steps from one on up to which sums grow evenly: sequences that each have as many
  /// cells of the context that they divide.
  func lastStep(alike step: Int64, of deployment: Deployment, count: Int64) -> Int64 {
    let kind = deployment.runtime.kind
    let isUnified = deployment.runtime.llamaCppSettings?.isUnified ?? false
    guard self == .sequences, !kind.countsContextPerSequence, !isUnified else { return count }
    let tokens = deployment.workload.contextTokens
    func blocks(_ sequences: Int64) -> Int64 {
      (tokens / sequences + Self.contextStep - 1) / Self.contextStep
    }
    var last = step
    while last < count, blocks(last + 1) == blocks(step) { last += 1 }
    return last
  }

  /// The sequences that divide a context among themselves.
  private static func parts(of deployment: Deployment) -> Int64 {
    let kind = deployment.runtime.kind
    let isUnified = deployment.runtime.llamaCppSettings?.isUnified ?? false
    return kind.countsContextPerSequence || isUnified ? 1 : deployment.workload.sequences
  }
}
