/// A program that loads a model, at one version, with its settings.
///
/// The model says what must be stored; the runtime says how: padding, preallocation, what stays on
/// the host. One folder each.
public enum Runtime: Hashable, Sendable {
  case llamaCpp(LlamaCppSettings)
  case execuTorch(ExecuTorchSettings)

  /// The names that `--runtime` takes.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    case llamaCpp = "llama.cpp"
    case execuTorch = "executorch"
  }

  public var kind: Kind {
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
      try LlamaCpp(deployment: deployment, settings: settings, devices: devices).lines()
    case .execuTorch(let settings):
      try ExecuTorch(deployment: deployment, settings: settings, devices: devices).lines()
    }
  }
}

extension Runtime.Kind {
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

extension FormatRecipe {
  /// The runtimes of this library that load files of this recipe; the first is the default. None
  /// where the programs that do are not priced: then only the weights are.
  public var runtimes: [Runtime.Kind] {
    switch project.loader {
    case .llamaCpp: [.llamaCpp]
    case .execuTorch: [.execuTorch]
    case .vllmAndTransformers, .mlx, .exLlama: []
    }
  }
}

/// A configuration that a runtime refuses, for the runtime's own reason.
public enum RuntimeError: Error, Hashable {
  case recipeNotLoadable(recipe: String, runtime: Runtime.Kind, by: [Runtime.Kind])
  /// A recipe of a program that this library does not price.
  case noRuntimeLoads(recipe: String, loader: FormatLoader)
  case cacheTypeNotAllowed(String, allowed: [String])
  case cacheRowNotDivisible(layer: Int, elements: Int64, format: String, unit: Int64)
  case quantizedValueNeedsFlashAttention(String)
  case latentCacheNeedsOneFormat(String, String)
  case flashAttentionNotSupported(headDimension: Int64, backend: Backend)
  case oneDeviceOnly(runtime: Runtime.Kind, devices: Int)
  case oneSequenceOnly(runtime: Runtime.Kind, sequences: Int64)
  case tensorSplit(String)
  case tensorSplitOfOtherDevices(shares: Int, devices: Int)
  case setting(name: String, value: String, allowed: String)
  case devicesDoNotMix(String, String)
  case deviceNotUsed(runtime: Runtime.Kind, device: String)
  /// Something that this program does not know how to price.
  case notPriced(runtime: Runtime.Kind, what: String)
}

extension RuntimeError: ActionableError {
  public var problem: String {
    switch self {
    case .recipeNotLoadable(let recipe, let runtime, _):
      "\(runtime.title) does not load \(recipe)"
    case .noRuntimeLoads(let recipe, let loader):
      "\(recipe) is for \(loader.rawValue), which this program cannot price yet"
    case .cacheTypeNotAllowed(let name, _): "llama.cpp has no cache of type '\(name)'"
    case .cacheRowNotDivisible(let layer, let elements, let format, let unit):
      "the cache of layer \(layer) has rows of \(elements) elements, which \(format) cannot hold:"
        + " it packs \(unit) at a time"
    case .quantizedValueNeedsFlashAttention(let format):
      "a cache of \(format) values needs flash attention, as llama.cpp's context creation says"
    case .latentCacheNeedsOneFormat(let key, let value):
      "a latent cache has one format, not \(key) for keys and \(value) for values"
    case .flashAttentionNotSupported(let dimension, let backend):
      "flash attention on \(backend.rawValue) has no kernel for heads of \(dimension)"
    case .oneDeviceOnly(let runtime, let devices):
      "\(runtime.title) uses one device, not \(devices)"
    case .oneSequenceOnly(let runtime, let sequences):
      "\(runtime.title) serves one sequence, not \(sequences)"
    case .tensorSplit(let text): "'\(text)' is no list of shares"
    case .tensorSplitOfOtherDevices(let shares, let devices):
      "\(shares) \(shares == 1 ? "share is" : "shares are") given for \(devices)"
        + " \(devices == 1 ? "device" : "devices")"
    case .setting(let name, let value, let allowed):
      "\(name) of \(value) is outside \(allowed)"
    case .devicesDoNotMix(let a, let b): "\(a) and \(b) cannot be in one machine"
    case .deviceNotUsed(let runtime, let device):
      "\(runtime.title)'s program runs on the processor and uses nothing of the \(device)"
    case .notPriced(let runtime, let what): "\(what) cannot be priced under \(runtime.title)"
    }
  }

  public var fix: String {
    switch self {
    case .noRuntimeLoads(let recipe, _), .recipeNotLoadable(let recipe, _, []):
      "choose a --quant of \(Runtime.Kind.allCases.map(\.title).list(or: true));"
        + " 'vram weights MODEL --only \(recipe)' gives the weights alone"
    case .recipeNotLoadable(_, _, let runtimes):
      "write --runtime \(runtimes.map(\.rawValue).list(or: true)), or choose another --quant"
    case .cacheTypeNotAllowed(_, let allowed): "use \(allowed.list(or: true))"
    case .cacheRowNotDivisible: "use --cache-type f16"
    case .quantizedValueNeedsFlashAttention:
      "use --flash-attention on, or --cache-type-v f16"
    case .latentCacheNeedsOneFormat: "use --cache-type for both"
    case .flashAttentionNotSupported: "use --flash-attention off"
    case .oneDeviceOnly: "give one --gpu"
    case .oneSequenceOnly: "leave out --sequences"
    case .tensorSplit: "write a share for each device, not all of them 0, such as 3,1"
    case .tensorSplitOfOtherDevices(_, let devices): "give one share for each --gpu: \(devices)"
    case .setting(_, _, let allowed): "give a value within \(allowed)"
    case .devicesDoNotMix: "give devices of one kind"
    case .deviceNotUsed:
      "name the board, phone or Mac that it runs on, or a size such as --gpu 6GiB"
    case .notPriced: "no option prices it; the figures would be wrong"
    }
  }
}
