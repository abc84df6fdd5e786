internal import ArgumentParsing
internal import ModelFiles
internal import Presets
internal import VRAMBudget

/// What llama.cpp is asked to load beside the model.
enum CompanionOptions {
  static let all: [OptionSpec] = [
    draft.spec, draftQuant.spec, lora.spec, mmproj.spec,
  ]

  static let draft = Option(
    "draft", "MODEL", help: "llama.cpp's --model-draft: a small model that proposes tokens"
  ) { $0 }

  private static let draftQuant = Option(
    "draft-quant", "FORMAT", help: "the draft model's weight format (default Q4_K_M)"
  ) { try FormatRecipe.named($0) }

  static let lora = Option(
    "lora", "ADAPTER",
    help: "a LoRA adapter: a GGUF file, or RANK[:TARGETS][xN] such as 16, 16:all or\n8:q,vx4",
    isRepeatable: true
  ) { $0 }

  static let mmproj = Option(
    "mmproj", "FILE|unknown", help: "a vision projector's GGUF file"
  ) { $0 }

  /// Returns what a command line asks to load beside a model.
  static func companions(
    of model: ModelShape, _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> Companions {
    var adapters: [Adapter] = []
    for text in try arguments.all(lora) { adapters += try self.adapters(text, of: model) }
    return Companions(
      draft: try draftModel(arguments, in: catalogue), adapters: adapters,
      projector: try arguments.optional(mmproj).map(projector))
  }

  private static func draftModel(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> Companions.Draft? {
    let quant = try arguments.optional(draftQuant)
    guard let name = try arguments.optional(draft) else {
      guard quant == nil else {
        throw CommandFailure(
          at: draftQuant.spec.flag,
          UsageError.missing(what: "no draft model is named", fix: "add --draft MODEL"))
      }
      return nil
    }
    let named = try ModelArgument.named(name, in: catalogue, at: draft.spec.flag)
    guard !named.shape.isEmbedding else {
      throw CommandFailure(
        at: draft.spec.flag,
        UsageError.missing(
          what: "\(named.shape.name) is an embedding model, which proposes no tokens",
          fix: "name a small language model"))
    }
    if quant == nil, let stored = named.stored {
      return .init(model: named.shape, weights: stored)
    }
    do {
      let plan = try (quant ?? .usual(under: .llamaCpp)).plan(for: named.shape)
      return .init(model: named.shape, weights: plan)
    } catch {
      throw CommandFailure(at: draftQuant.spec.flag, error)
    }
  }

  private static func projector(_ text: String) throws(CommandFailure) -> Companions.Projector {
    if text == "unknown" { return .unknown }
    let file = try gguf(text, at: mmproj.spec.flag)
    // Source: llama.cpp 0c1e57098, tools/mtmd/clip.cpp: a projector's architecture is `clip`.
    let architecture = (try? file.metadata.string(forKey: "general.architecture")) ?? "none"
    guard architecture == "clip" else {
      throw CommandFailure(
        at: mmproj.spec.flag,
        UsageError.missing(
          what: "'\(text)' is no projector: its architecture is '\(architecture)', not 'clip'",
          fix: "give the mmproj file that was converted beside the model"))
    }
    return .file(name: text, tensorBytes: file.tensorBytes)
  }

  private static func gguf(_ path: String, at flag: String) throws(CommandFailure) -> GGUFFile {
    guard case .gguf(let file) = try ModelArgument.weightFile(path) else {
      throw CommandFailure(
        at: flag,
        UsageError.missing(
          what: "'\(path)' is no GGUF file", fix: "give the path of a .gguf file"))
    }
    return file
  }

  // MARK: Adapters

  private static func adapters(
    _ text: String, of model: ModelShape
  ) throws(CommandFailure) -> [Adapter] {
    if text.first?.isNumber != true || text.hasSuffix(".gguf") {
      return [try adapter(ofFile: text, for: model)]
    }
    guard let (rank, targets, count) = parsed(text) else {
      throw CommandFailure(
        at: lora.spec.flag,
        UsageError.missing(
          what: "'\(text)' is no adapter",
          fix: "write RANK[:TARGETS][xN] with a rank of 1 to 4096 and "
            + Adapter.Targets.allCases.map(\.rawValue).joined(separator: ", ")))
    }
    let adapter = Adapter(rank: rank, targets: targets, of: model)
    guard !adapter.pairs.isEmpty else {
      throw CommandFailure(
        at: lora.spec.flag,
        UsageError.missing(
          what: "the model has none of the matrices of '\(text)'", fix: "write \(rank):all"))
    }
    return Array(repeating: adapter, count: count)
  }

  /// The rank, the targets and the number of adapters that a text names; nil when it is no such text.
  private static func parsed(_ text: String) -> (Int64, Set<Adapter.Targets>, Int)? {
    var rest = text[...]
    var count = 1
    if let cross = rest.lastIndex(of: "x"), let number = Int(rest[rest.index(after: cross)...]) {
      guard (1...256).contains(number) else { return nil }
      count = number
      rest = rest[..<cross]
    }
    let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let rank = Int64(parts[0]), (1...4096).contains(rank) else { return nil }
    guard parts.count > 1 else { return (rank, [.attention], count) }
    let names = parts[1].split(separator: ",", omittingEmptySubsequences: false)
    let targets = names.compactMap { Adapter.Targets(rawValue: String($0)) }
    guard targets.count == names.count else { return nil }
    return (rank, Set(targets), count)
  }

  private static func adapter(
    ofFile path: String, for model: ModelShape
  ) throws(CommandFailure) -> Adapter {
    let file = try gguf(path, at: lora.spec.flag)
    try check(file, path, against: model)
    var halves: [String: (first: Bytes?, second: Bytes?)] = [:]
    for tensor in file.tensors {
      if tensor.name.hasSuffix(".lora_a") {
        halves[String(tensor.name.dropLast(7)), default: (nil, nil)].first = tensor.bytes
      } else if tensor.name.hasSuffix(".lora_b") {
        halves[String(tensor.name.dropLast(7)), default: (nil, nil)].second = tensor.bytes
      } else if !tensor.name.hasSuffix("_norm.weight") {
        throw notAnAdapter(path, "'\(tensor.name)' is no tensor of one")
      }
    }
    var pairs: [Adapter.Pair] = []
    for (name, pair) in halves.sorted(by: { $0.key < $1.key }) {
      guard let first = pair.first, let second = pair.second else {
        throw notAnAdapter(path, "'\(name)' lacks one of its two matrices")
      }
      pairs.append(.init(target: name, first: first, second: second))
    }
    guard !pairs.isEmpty else { throw notAnAdapter(path, "it holds no pair of matrices") }
    return Adapter(name: path, pairs: pairs)
  }

  /// Checks that each pair of matrices has the inputs and the outputs of the one that it changes.
  ///
  /// Source: llama.cpp 0c1e57098, src/llama-adapter.cpp, `llama_adapter_lora_init_impl`: "tensor '…' has
  /// incorrect shape (hint: maybe wrong base model?)".
  private static func check(
    _ file: GGUFFile, _ path: String, against model: ModelShape
  ) throws(CommandFailure) {
    let shapes = Dictionary(
      model.ggufTensors.map { ($0.name, $0.shape.dimensions) }, uniquingKeysWith: { a, _ in a })
    for tensor in file.tensors {
      let isFirst = tensor.name.hasSuffix(".lora_a")
      // A token's embedding is looked up: its pair stands the other way round.
      guard isFirst || tensor.name.hasSuffix(".lora_b"), !tensor.name.hasPrefix("token_embd"),
        let own = shapes[String(tensor.name.dropLast(7))], own.count > 1
      else { continue }
      let dimensions = tensor.shape.dimensions
      let length = isFirst ? dimensions[0] : dimensions.count > 1 ? dimensions[1] : 1
      guard length == own[isFirst ? 0 : 1] else {
        throw CommandFailure(
          at: lora.spec.flag,
          UsageError.missing(
            what: "'\(path)' was made for another model: '\(tensor.name)' has \(length)"
              + " \(isFirst ? "inputs" : "outputs"), not \(own[isFirst ? 0 : 1])",
            fix: "give an adapter that was made for \(model.name)"))
      }
    }
  }

  private static func notAnAdapter(_ path: String, _ why: String) -> CommandFailure {
    CommandFailure(
      at: path,
      UsageError.missing(
        what: "not an adapter: \(why)", fix: "make it with llama.cpp's convert_lora_to_gguf.py"))
  }
}
