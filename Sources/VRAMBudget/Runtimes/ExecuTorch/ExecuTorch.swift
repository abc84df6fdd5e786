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

  var load: ModelLoad
  /// What the layers keep of a token, and how many do; or why they are not priced.
  private let rows: Result<[(value: CacheRow, count: Int64)], RuntimeError>
  /// The width of the widest feed-forward.
  private let width: Int64
  private let weightTotals: [WeightPlan.FormatTotal]

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
    self.load = load
    rows = Self.rows(of: load.model)
    width = load.model.layers.lazy.map(\.feedForward.activeWidth).max() ?? 0
    weightTotals = load.weights.totalsByFormat
  }

  /// What the layers keep of a token, the most elements first.
  private static func rows(
    of model: ModelShape
  ) -> Result<[(value: CacheRow, count: Int64)], RuntimeError> {
    for (index, layer) in model.layers.enumerated() {
      guard case .attention(let attention) = layer.mixers.first, layer.mixers.count == 1,
        attention.span.isWindow || attention.span == .full,
        attention.keyDimension == attention.valueDimension
      else {
        return .failure(
          .notPriced(
            runtime: .execuTorch, what: "layer \(index), which has other than full attention,"))
      }
    }
    return .success(
      model.layers.lazy.flatMap(\.cacheRows).counted()
        .sorted { $0.value.keyElements > $1.value.keyElements })
  }

  func enter(in ledger: inout Ledger) throws(RuntimeError) {
    guard load.workload.sequences == 1 else {
      throw .oneSequenceOnly(runtime: .execuTorch, sequences: load.workload.sequences)
    }
    guard load.workload.contextTokens > 1 else {
      throw .setting(name: "--context", value: "1", allowed: "2 tokens and more")
    }
    let rows = try rows.get()
    for (row, _) in rows {
      // What a ring of a window takes was not measured.
      guard let window = row.span.window, window < load.workload.contextTokens else { continue }
      throw .notPriced(
        runtime: .execuTorch,
        what: "a window of \(window) tokens, shorter than the context of"
          + " \(load.workload.contextTokens),")
    }
    enterWeights(in: &ledger)
    enterCache(of: rows, in: &ledger)
    enterArena(in: &ledger)
    enterContext(in: &ledger)
  }

  /// Linears are repacked into memory, the embedding and the norms are read from the mapped file:
  /// resident is what the file's tensors take.
  private func enterWeights(in ledger: inout Ledger) {
    var sum = ledger.sum()
    for total in weightTotals { sum.add(total.format.name, bytes: total.bytes) }
    ledger.enter(
      exactly: .weights, on: .device(0), sum,
      source: "\(Self.version), XNNPACK named data and constant segment")
  }

  private func enterCache(
    of rows: [(value: CacheRow, count: Int64)], in ledger: inout Ledger
  ) {
    var sum = ledger.sum()
    for (row, layers) in rows {
      sum.add(
        "", .init(layers, .layers), .init(row.heads, .keyValueHeads),
        .init(row.keyDimension, .headDimension), .init(2, .keysAndValues),
        .init(4, .bytesPerElement), .init(load.workload.contextTokens, .tokens))
    }
    // A window that the model itself reaches may be kept as a ring of twice the window.
    let isRing = rows.contains { row, _ in
      row.span.window.map { $0 < load.model.maximumContext } ?? false
    }
    ledger.enter(
      .keyValueCache, on: .device(0), basis: isRing ? .modelled : .exact,
      estimate: ByteEstimate(
        low: sum.bytes, expected: sum.bytes, high: Bytes(sum.bytes.count * (isRing ? 2 : 1))), sum,
      source: "\(Self.version), custom KV cache: fp32, planned for max_seq_length"
        + (isRing ? "; no program with a sliding window was measured" : ""))
  }

  /// The planned arena: of all tokens but one, the logits and one hidden state, or what the
  /// feed-forward holds at once where that is more.
  ///
  /// In three programs of real vocabulary it is the first to the byte. In four of 1,024 words it is
  /// 2048, 2176, 2560 and 5248 elements a token (2, 4, 8 and 36 layers, hidden 256, feed-forward 512):
  /// gate, up, their product and two hidden states, and with each layer after the second three eighths
  /// of a hidden state more, which nothing explains; the second form is above them by at most 3 %.
  private func enterArena(in ledger: inout Ledger) {
    let hidden = load.model.hiddenSize
    let layers = Int64(load.model.layers.count)
    let tokens = load.workload.contextTokens - 1
    let logits = load.model.vocabularySize + hidden
    let activations = 3 * width + 2 * hidden + 3 * hidden * max(0, layers - 2) / 8
    let most = max(activations, 4 * width + 2 * hidden + 3 * hidden * layers / 8)
    let isKnown = logits >= most
    var sum = ledger.sum()
    sum.add(
      logits >= activations ? "logits and a hidden state" : "gate, up and hidden states",
      .init(tokens, .tokens), .init(max(logits, activations), .elements),
      .init(4, .bytesPerElement))
    sum.add("scalars", bytes: Bytes(64))
    func bytes(_ elements: Int64) -> Bytes { Bytes(tokens * elements * 4 + 64) }
    ledger.enter(
      .computeBuffer, on: .device(0), basis: isKnown ? .exact : .modelled,
      estimate: isKnown
        ? ByteEstimate(exactly: sum.bytes)
        : ByteEstimate(low: bytes(logits), expected: sum.bytes, high: bytes(max(logits, most))),
      sum,
      source: "\(Self.version), non_const_buffer_sizes; "
        + (isKnown
          ? "exact in 3 of 3 programs of real vocabulary"
          : "a feed-forward wide beside the vocabulary: within 3 % of 4 programs of toy size, no"
            + " larger one was measured"))
  }

  /// What a running process held beyond the planned buffers and the weights.
  private func enterContext(in ledger: inout Ledger) {
    var sum = ledger.sum()
    if let overhead = load.overhead {
      sum.add("an empty process", bytes: overhead)
      return ledger.enter(
        .runtimeContext, on: .device(0), basis: .assumed,
        estimate: ByteEstimate(exactly: overhead), sum, source: "given with --overhead")
    }
    sum.add("unexplained resident memory", bytes: .kibibytes(90_000))
    ledger.enter(
      .runtimeContext, on: .device(0), basis: .modelled,
      estimate: ByteEstimate(
        low: .mebibytes(16), expected: .kibibytes(90_000), high: .kibibytes(142_600)), sum,
      source: "\(Self.version), one run on x86: 90,000 KiB beyond what is planned, at its peak"
        + " 52,600 KiB more")
  }
}

extension Attention.Span {
  /// The tokens of a window; nil where there is none.
  fileprivate var window: Int64? {
    guard case .sliding(let tokens) = self else { return nil }
    return tokens
  }

  fileprivate var isWindow: Bool { window != nil }
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
