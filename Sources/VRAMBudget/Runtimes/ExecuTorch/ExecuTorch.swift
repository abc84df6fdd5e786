/// How an ExecuTorch program was exported.
public struct ExecuTorchSettings: Hashable, Sendable {
  public init() {}
}

/// A `.pte` program with XNNPACK, the custom cache and the custom attention, one sequence.
///
/// Everything is planned when the program is exported: the cache is fp32 and as long as
/// `max_seq_length`, whatever is used of it.
///
/// Source: executorch 1.4.1 and optimum-executorch 1.1.0, measured in executorch-pte.jsonl.
struct ExecuTorch {
  private static let version = "executorch \(RuntimeKind.execuTorch.version)"

  let load: ModelLoad
  private let rows: [CacheRow]

  init(
    load: ModelLoad, settings: ExecuTorchSettings, devices: [Device]
  ) throws(RuntimeError) {
    try RuntimeKind.execuTorch.check(load.weights)
    guard devices.count == 1 else {
      throw .oneDeviceOnly(runtime: .execuTorch, devices: devices.count)
    }
    // XNNPACK runs on the processor: a card of its own memory holds nothing of the program.
    let device = devices[0]
    guard device.backend == .cpu || device.isUnified || device.isMemoryOnly else {
      throw .deviceNotUsed(runtime: .execuTorch, device: device.name)
    }
    guard load.workload.sequences == 1 else {
      throw .oneSequenceOnly(runtime: .execuTorch, sequences: load.workload.sequences)
    }
    guard load.workload.contextTokens > 1 else {
      throw .setting(name: "--context", value: "1", allowed: "2 tokens and more")
    }
    var rows: [CacheRow] = []
    for (index, layer) in load.model.layers.enumerated() {
      guard case .attention(let attention) = layer.mixers.first, layer.mixers.count == 1,
        attention.span == .full, attention.keyDimension == attention.valueDimension
      else {
        throw .notPriced(
          runtime: .execuTorch, what: "layer \(index), which has other than full attention,")
      }
      rows += layer.cacheRows
    }
    self.load = load
    self.rows = rows
  }

  func lines() -> [BudgetLine] { [weightLine, cacheLine, arenaLine, contextLine] }

  /// Linears are repacked into memory, the embedding and the norms are read from the mapped file:
  /// resident is what the file's tensors take.
  private var weightLine: BudgetLine {
    let terms = load.weights.totalsByFormat.map { total in
      Formula.Term(total.format.name, bytes: total.bytes)
    }
    return BudgetLine(
      exactly: .weights, on: .device(0), formula: Formula(terms),
      source: "\(Self.version), XNNPACK named data and constant segment")
  }

  private var cacheLine: BudgetLine {
    let terms = Dictionary(grouping: rows, by: \.self)
      .sorted { $0.key.keyElements > $1.key.keyElements }
      .map { row, layers in
        Formula.Term(
          "",
          [
            .init(Int64(layers.count), .layers), .init(row.heads, .keyValueHeads),
            .init(row.keyDimension, .headDimension), .init(2, .keysAndValues),
            .init(4, .bytesPerElement), .init(load.workload.contextTokens, .tokens),
          ])
      }
    return BudgetLine(
      exactly: .keyValueCache, on: .device(0), formula: Formula(terms),
      source: "\(Self.version), custom KV cache: fp32, planned for max_seq_length")
  }

  /// The planned arena: the logits and one hidden state of all tokens but one.
  private var arenaLine: BudgetLine {
    let model = load.model
    return BudgetLine(
      exactly: .computeBuffer, on: .device(0),
      formula: Formula([
        Formula.Term(
          "logits and a hidden state",
          [
            .init(load.workload.contextTokens - 1, .tokens),
            .init(model.vocabularySize + model.hiddenSize, .elements),
            .init(4, .bytesPerElement),
          ]), Formula.Term("scalars", bytes: Bytes(64)),
      ]),
      source: "\(Self.version), non_const_buffer_sizes; exact in 3 of 3 programs of real vocabulary"
    )
  }

  /// What a running process held beyond the planned buffers and the weights.
  private var contextLine: BudgetLine {
    if let overhead = load.overhead {
      return BudgetLine(
        .runtimeContext, on: .device(0), basis: .assumed,
        estimate: ByteEstimate(exactly: overhead),
        formula: Formula("an empty process", bytes: overhead), source: "given with --overhead")
    }
    return BudgetLine(
      .runtimeContext, on: .device(0), basis: .modelled,
      estimate: ByteEstimate(
        low: .mebibytes(16), expected: .kibibytes(90_000), high: .kibibytes(142_600)),
      formula: Formula("unexplained resident memory", bytes: .kibibytes(90_000)),
      source: "\(Self.version), one run on x86: 90,000 KiB beyond what is planned, at its peak"
        + " 52,600 KiB more")
  }
}

extension Formula {
  init(_ label: String, bytes: Bytes) { self.init([Term(label, bytes: bytes)]) }
}

extension ModelShape {
  /// The size of the `.pte` file of the model: its tensors and the program around them.
  ///
  /// The container grows with the layers' operators, whatever their width: a layer that rotates
  /// queries and keys takes more than one that does not (SmolLM3's every fourth), and one that
  /// normalizes them more still. Beside it stand the frequencies of the rotation, in fp32.
  ///
  /// Source: executorch 1.4.1, executorch-pte.jsonl: the container of 2, 4, 8 and 36 layers of SmolLM3
  /// within 18 bytes, which are padding; layers with norms from one program of 28.
  func executorchFile(tensorBytes: Bytes) -> Bytes {
    let hasNorms = tensors.contains { $0.role == .attentionQueryNorm }
    let container: Int64 = attentions.reduce(13_458) { total, attention in
      total + (hasNorms ? 20_420 : attention?.isRotary == false ? 12_425 : 17_655)
    }
    let headDimension = attentions.lazy.compactMap { $0?.keyDimension }.first ?? 0
    return tensorBytes + Bytes(container + 2 * headDimension)
  }
}
