/// A configuration that a runtime refuses, for the runtime's own reason.
public enum RuntimeError: Error, Hashable {
  case recipeNotLoadable(recipe: String, runtime: RuntimeKind, by: [RuntimeKind])
  /// A recipe of a program that this library does not price.
  case noRuntimeLoads(recipe: String, loader: FormatLoader)
  case cacheTypeNotAllowed(String, allowed: [String])
  case cacheRowNotDivisible(layer: Int, elements: Int64, format: String, unit: Int64)
  case quantizedValueNeedsFlashAttention(String)
  /// Values that need flash attention, in heads for which there is none.
  case quantizedValueNotRead(String, headDimension: Int64)
  case latentCacheNeedsOneFormat(String, String)
  case flashAttentionNotSupported(headDimension: Int64, backend: Backend)
  case oneDeviceOnly(runtime: RuntimeKind, devices: Int)
  case parallelism(tensor: Int64, pipeline: Int64, devices: Int)
  /// A number of ranks, what it does not divide, and the numbers that divide all.
  case ranksDoNotDivide(ranks: Int64, what: String, among: [Int64])
  case tooManySequences(runtime: RuntimeKind, sequences: Int64, most: Int64)
  case oneSequenceOnly(runtime: RuntimeKind, sequences: Int64)
  case tensorSplit(String)
  case tensorSplitOfOtherDevices(shares: Int, devices: Int)
  case setting(name: String, value: String, allowed: String)
  case devicesDoNotMix(String, String)
  case deviceNotUsed(runtime: RuntimeKind, device: String)
  case deviceNotSupported(runtime: RuntimeKind, device: String, needed: String)
  case quantizedCacheNotSupported(runtime: RuntimeKind, why: String)
  case adapterOfOtherModel(adapter: String, tensor: String)
  /// More tokens of a sequence than the runtime lets the model have.
  case contextBeyondModel(runtime: RuntimeKind, tokens: Int64, most: Int64)
  /// More than the runtime itself takes.
  case beyondLimit(runtime: RuntimeKind, what: String, limit: String)
  /// Something that this program does not know how to price.
  case notPriced(runtime: RuntimeKind, what: String)
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
    case .quantizedValueNotRead(let format, let dimension):
      "a cache of \(format) values needs flash attention, which has no kernel for heads of"
        + " \(dimension)"
    case .latentCacheNeedsOneFormat(let key, let value):
      "a latent cache has one format, not \(key) for keys and \(value) for values"
    case .flashAttentionNotSupported(let dimension, let backend):
      "flash attention on \(backend.rawValue) has no kernel for heads of \(dimension)"
    case .oneDeviceOnly(.transformers, let devices):
      "\(devices) devices, over which device_map=\"auto\" spreads the layers, are not priced under"
        + " Transformers"
    case .oneDeviceOnly(let runtime, let devices):
      "\(runtime.title) uses one device, not \(devices)"
    case .oneSequenceOnly(let runtime, let sequences):
      "\(runtime.title) serves one sequence, not \(sequences)"
    case .parallelism(let tensor, let pipeline, let devices):
      "\(tensor) \(tensor == 1 ? "rank" : "ranks") in \(pipeline)"
        + " \(pipeline == 1 ? "stage" : "stages") use \(tensor * pipeline)"
        + " \(tensor * pipeline == 1 ? "device" : "devices"), not \(devices)"
    case .tooManySequences(let runtime, let sequences, let most):
      "\(runtime.title) computes \(most) sequences at once, not \(sequences)"
    case .ranksDoNotDivide(let ranks, let what, _): "\(ranks) ranks do not divide \(what)"
    case .tensorSplit(let text): "'\(text)' is no list of shares"
    case .tensorSplitOfOtherDevices(let shares, let devices):
      "\(shares) \(shares == 1 ? "share is" : "shares are") given for \(devices)"
        + " \(devices == 1 ? "device" : "devices")"
    case .setting(let name, let value, let allowed):
      "\(name) of \(value) is outside \(allowed)"
    case .devicesDoNotMix(let a, let b): "\(a) and \(b) cannot be in one machine"
    case .deviceNotUsed(let runtime, let device):
      "\(runtime.title)'s program runs on the processor and uses nothing of the \(device)"
    case .deviceNotSupported(let runtime, let device, let needed):
      "\(runtime.title) runs on \(needed), not on \(device)"
    case .quantizedCacheNotSupported(let runtime, let why):
      "\(runtime.title) cannot quantize this cache: \(why)"
    case .adapterOfOtherModel(let adapter, let tensor):
      "the adapter '\(adapter)' changes '\(tensor)', which the model does not have"
    case .contextBeyondModel(let runtime, let tokens, let most):
      "\(runtime.title) refuses a context of \(tokens) tokens for a model that was made for \(most)"
    case .beyondLimit(let runtime, let what, let limit):
      "\(runtime.title) does not take \(what): its limit is \(limit)"
    case .notPriced(let runtime, let what): "\(what) cannot be priced under \(runtime.title)"
    }
  }

  public var fix: String {
    switch self {
    case .noRuntimeLoads(let recipe, _), .recipeNotLoadable(let recipe, _, []):
      "choose a --quant of \(RuntimeKind.allCases.map(\.title).list(or: true));"
        + " 'vram weights MODEL --only \(recipe)' gives the weights alone"
    case .recipeNotLoadable(_, _, let runtimes):
      "write --runtime \(runtimes.map(\.rawValue).list(or: true)), or choose another --quant"
    case .cacheTypeNotAllowed(_, let allowed): "use \(allowed.list(or: true))"
    case .cacheRowNotDivisible: "use --cache-type f16"
    case .quantizedValueNeedsFlashAttention:
      "use --flash-attention on, or --cache-type-v f16"
    case .quantizedValueNotRead:
      "use f16 values: --cache-type-k for the keys alone, with --flash-attention off"
    case .latentCacheNeedsOneFormat: "use --cache-type for both"
    case .flashAttentionNotSupported: "use --flash-attention off"
    case .oneDeviceOnly: "give one --gpu"
    case .parallelism:
      "give as many --gpu as --tensor-parallel-size times --pipeline-parallel-size"
    case .tooManySequences(.vllm, let sequences, let most):
      "add --max-num-seqs \(sequences), or give at most \(most)"
    case .tooManySequences(_, _, let most): "give at most \(most)"
    case .ranksDoNotDivide(_, _, let possible):
      "write --tensor-parallel-size \(possible.map(String.init).list(or: true)), and as many --gpu as"
        + " that times --pipeline-parallel-size"
    case .oneSequenceOnly: "leave out --sequences"
    case .tensorSplit: "write a share for each device, not all of them 0, such as 3,1"
    case .tensorSplitOfOtherDevices(_, let devices): "give one share for each --gpu: \(devices)"
    case .setting(_, _, let allowed): "give a value within \(allowed)"
    case .devicesDoNotMix: "give devices of one kind"
    case .deviceNotUsed:
      "name the board, phone or Mac that it runs on, or a size such as --gpu 6GiB"
    case .deviceNotSupported(let runtime, _, _):
      "name \(runtime == .mlx ? "a Mac" : "a graphics card"), or a size such as --gpu 24GiB; or choose"
        + " another --quant or --runtime"
    case .quantizedCacheNotSupported: "leave out --kv-bits"
    case .adapterOfOtherModel: "give an adapter that was made for this model"
    case .contextBeyondModel(_, _, let most):
      "give a --context of at most \(most); what VLLM_ALLOW_LONG_MAX_MODEL_LEN=1 lets through is not"
        + " priced"
    case .beyondLimit: "no option changes it; check the model's configuration"
    case .notPriced: "choose another --runtime; the figures would be wrong"
    }
  }
}
