/// A project that writes weights in formats of its own.
public enum FormatProject: String, CaseIterable, Hashable, Sendable {
  case llamaCpp = "llama.cpp"
  case torchAO = "torchao"
  case transformers
  case compressedTensors = "compressed-tensors"
  case deepSeek = "DeepSeek-V3"
  case gptOSS = "gpt-oss"
  case bitsAndBytes = "bitsandbytes"
  case autoAWQ = "AutoAWQ"
  case gptq = "GPTQModel"
  case mlx = "mlx-lm"
  case exLlamaV2 = "exllamav2"
  case exLlamaV3 = "exllamav3"

  /// The version or commit that layouts and rules were read from or measured with.
  public var version: String {
    switch self {
    case .llamaCpp: "0c1e57098"
    case .torchAO: "0.18.0"
    case .transformers: "5.23.0"
    case .compressedTensors: "0.20.0"
    case .deepSeek: "0b39205ae"
    case .gptOSS: "1983a9d74"
    case .bitsAndBytes: "0.50.2"
    case .autoAWQ: "030fe2a15"
    case .gptq: "00f3d5eff"
    case .mlx: "0.32.2"
    case .exLlamaV2: "c64d65a1d"
    case .exLlamaV3: "0bf12170c"
    }
  }

  /// The programs that load what the project writes.
  public var loader: FormatLoader {
    switch self {
    case .llamaCpp: .llamaCpp
    case .torchAO: .execuTorch
    case .transformers, .compressedTensors, .deepSeek, .gptOSS, .bitsAndBytes, .autoAWQ, .gptq:
      .vllmAndTransformers
    case .mlx: .mlx
    case .exLlamaV2, .exLlamaV3: .exLlama
    }
  }
}

/// The programs that load a file, as lists group formats by them; the raw value is for people.
public enum FormatLoader: String, CaseIterable, Hashable, Sendable {
  case llamaCpp = "llama.cpp"
  case execuTorch = "ExecuTorch"
  case vllmAndTransformers = "vLLM and Transformers"
  case mlx = "MLX"
  case exLlama = "ExLlama"
}
