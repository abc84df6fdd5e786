extension LlamaCpp {
  /// What stands beside the model in each place.
  func enterCompanions(in ledger: inout Ledger) throws(RuntimeError) {
    try enterDraft(in: &ledger)
    try enterAdapters(in: &ledger)
    enterProjector(in: &ledger)
  }

  // MARK: Draft model

  /// How llama.cpp loads a draft beside a model: with the model's settings, but for cache types and
  /// layers on devices, which are options of its own with the usual defaults, and for experts on the
  /// host. It is asked for one output of each sequence.
  ///
  /// Source: llama.cpp 0c1e57098, common/speculative.cpp, `common_base_params_to_speculative`.
  static func draftSettings(_ settings: LlamaCppSettings) -> LlamaCppSettings {
    LlamaCppSettings(
      batchTokens: settings.batchTokens, microbatchTokens: settings.microbatchTokens,
      flashAttention: settings.flashAttention, isUnified: settings.isUnified,
      tensorSplit: settings.tensorSplit, offloadsCache: settings.offloadsCache,
      keepsFullWindows: settings.keepsFullWindows, outputs: .perSequence(1),
      keepsBackendPins: settings.keepsBackendPins)
  }

  /// What a draft is asked to do: its context is as long as the model's comes out.
  ///
  /// Source: llama.cpp 0c1e57098, common/speculative.cpp, `common_speculative_init_result`.
  private var draftWorkload: Workload {
    let tokens = context.cells * context.streams
    return Workload(
      contextTokens: min(tokens, Workload.allowedContext.upperBound), contextOrigin: .given,
      sequences: workload.sequences)
  }

  /// A draft model's own weights, caches and buffers, one line for each place.
  private func enterDraft(in ledger: inout Ledger) throws(RuntimeError) {
    guard let companion = layout.model.companions.draft, let draft else { return }
    let settings = Self.draftSettings(settings)
    try Self.check(companion.weights, settings, devices)
    try Self.checkLimits(of: companion.model)
    var own = Ledger(devices: devices.count, isExplained: ledger.isExplained)
    try LlamaCpp(
      layout: draft, draft: nil, settings: settings, devices: devices, workload: draftWorkload,
      graphs: graphs
    ).enter(in: &own, includesContext: false)
    for place in layout.places {
      let parts = own.lines.filter { $0.place == place }
      if ledger.isExplained, parts.isEmpty { continue }
      var sum = ledger.sum()
      for part in parts { sum.add(part.name.rawValue, bytes: part.formula.bytes) }
      ledger.enter(
        .draftModel, on: place,
        basis: parts.contains { $0.basis != .exact } ? .modelled : .exact,
        estimate: own.sums[place], sum,
        source:
          "\(Self.version): \(companion.model.name), \(companion.weights.name), loaded as any model"
      )
    }
  }

  // MARK: Adapters

  /// Adapters lie beside the matrices that they change.
  private func enterAdapters(in ledger: inout Ledger) throws(RuntimeError) {
    let parts = try layout.adapters.get()
    guard !parts.isEmpty else { return }
    for place in layout.places {
      var sum = ledger.sum()
      for part in parts where part.place == place {
        guard let rank = part.rank, (part.bytes.count / 4).isMultiple(of: rank) else {
          sum.add(part.name, bytes: part.bytes)
          continue
        }
        sum.add(
          "rank \(rank) × (in + out) of all matrices", .init(rank, .times),
          .init(part.bytes.count / 4 / rank, .elements), .init(4, .bytesPerElement))
      }
      guard sum.count > 0 else { continue }
      ledger.enter(
        exactly: .adapter, on: place, sum,
        source: "\(Self.version), src/llama-adapter.cpp: rank × (in + out) elements a matrix")
    }
  }

  // MARK: Projector

  /// A projector's weights, and what it computes an image with, which is not known.
  private func enterProjector(in ledger: inout Ledger) {
    guard let projector = layout.model.companions.projector else { return }
    let place: Place = devices.isEmpty ? .host : .device(0)
    var sum = ledger.sum()
    switch projector {
    case .file(let name, let weights):
      let compute = Bytes.mebibytes(256)
      sum.add(name, bytes: weights)
      sum.add("computing an image, a guess", bytes: compute)
      ledger.enter(
        .projector, on: place, basis: .assumed,
        estimate: ByteEstimate(
          low: weights, expected: weights + compute, high: 2 * weights + .gibibytes(1)), sum,
        source: "\(Self.version), tools/mtmd/clip.cpp: the file's tensors are exact; what an image"
          + " takes depends on its size and can exceed them (llama.cpp PR 17638)")
    case .unknown, .otherParts:
      sum.add("a projector of which nothing is known", bytes: .zero)
      ledger.enter(
        .projector, on: place, basis: .assumed,
        estimate: ByteEstimate(low: .zero, expected: .zero, high: devices[0].total), sum,
        source: "--mmproj unknown: it may take anything; name its GGUF file")
    }
  }
}
