/// The runtimes, by the names that `--runtime` takes.
public enum RuntimeKind: String, CaseIterable, Hashable, Sendable {
  case llamaCpp = "llama.cpp"
  case execuTorch = "executorch"
}

extension RuntimeKind {
  /// The version that the figures are pinned to.
  public var version: String {
    switch self {
    case .llamaCpp: "0c1e57098"
    case .execuTorch: "1.4.1"
    }
  }

  /// The name for people.
  public var title: String {
    switch self {
    case .llamaCpp: "llama.cpp"
    case .execuTorch: "ExecuTorch"
    }
  }
}

extension FormatLoader {
  /// The runtimes of this library among the programs; the first is the default. None where the
  /// programs are not priced: then only the weights are.
  public var runtimes: [RuntimeKind] {
    switch self {
    case .llamaCpp: [.llamaCpp]
    case .execuTorch: [.execuTorch]
    case .vllmAndTransformers, .mlx, .exLlama: []
    }
  }
}
