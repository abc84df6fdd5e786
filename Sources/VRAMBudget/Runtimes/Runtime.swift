/// A program that loads a model, at one version, with its settings.
///
/// The model says what must be stored; the runtime says how: padding, preallocation, what stays on
/// the host. One folder each.
public enum Runtime: Hashable, Sendable {
  case llamaCpp(LlamaCppSettings)
  case execuTorch(ExecuTorchSettings)

  public var kind: RuntimeKind {
    switch self {
    case .llamaCpp: .llamaCpp
    case .execuTorch: .execuTorch
    }
  }

  /// Returns what the deployment allocates on the devices and on the host.
  ///
  /// - Throws: ``RuntimeError`` when the runtime refuses the configuration.
  public static func lines(
    for deployment: Deployment, on devices: [Device]
  ) throws(RuntimeError) -> [BudgetLine] {
    switch deployment.runtime {
    case .llamaCpp(let settings):
      try LlamaCpp(load: deployment.load, settings: settings, devices: devices).lines()
    case .execuTorch(let settings):
      try ExecuTorch(load: deployment.load, settings: settings, devices: devices).lines()
    }
  }
}
