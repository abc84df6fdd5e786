import TestSupport
import Testing
import VRAMBudget

/// A row of llamacpp-runtime.tsv.
struct RuntimeRow: CustomTestStringConvertible, Sendable {
  struct Buffer: Hashable {
    let model: Int64
    let context: Int64
    let compute: Int64
  }

  let fields: [String: String]
  let buffers: [String: Buffer]

  subscript(_ name: String) -> String { fields[name] ?? "" }

  func number(_ name: String) -> Int64 { fields[name].flatMap { Int64($0) } ?? -1 }

  var testDescription: String {
    let names = ["model", "weights", "n_dev", "n_ctx", "n_ubatch", "n_seq_max", "kv_unified"]
    return names.map { "\($0)=\(self[$0])" }.joined(separator: " ")
      + " \(self["type_k"])/\(self["type_v"]) fa=\(self["flash_attn"])"
  }

  static func load(_ table: String = "llamacpp-runtime.tsv") throws -> [RuntimeRow] {
    try FixtureTable(table, filePath: fixtureAnchor).rows.map { row in
      var buffers: [String: Buffer] = [:]
      for entry in (row["buffers"] ?? "").split(separator: " ") {
        let parts = entry.split(separator: "=")
        let sizes = parts[1].split(separator: ":").compactMap { Int64($0) }
        buffers[String(parts[0])] = Buffer(
          model: sizes[0], context: sizes[1], compute: sizes[2])
      }
      return RuntimeRow(fields: row, buffers: buffers)
    }
  }

  /// Whether llama.cpp refused the settings, with or without saying why.
  var isRefused: Bool { buffers.isEmpty }

  /// The settings of the row.
  func settings() throws -> LlamaCppSettings {
    LlamaCppSettings(
      batchTokens: number("n_batch"), microbatchTokens: number("n_ubatch"),
      flashAttention: self["flash_attn"] == "1" ? .on : self["flash_attn"] == "0" ? .off : .auto,
      keyFormat: try LlamaCppSettings.cacheFormat(named: self["type_k"]),
      valueFormat: try LlamaCppSettings.cacheFormat(named: self["type_v"]),
      isUnified: self["kv_unified"] == "1",
      gpuLayers: number("ngl") == 99 ? .all : .count(Int(number("ngl"))),
      tensorSplit: self["tensor_split"] == "-"
        ? nil : self["tensor_split"].split(separator: ",").compactMap { Float($0) },
      offloadsCache: self["kv_offload"] == "1", keepsFullWindows: self["swa_full"] == "1",
      hostExpertLayers: Int(number("n_cpu_moe")), keepsBackendPins: false)
  }

  /// The devices of the row: stand-ins that report 80 GiB each.
  var devices: [Device] {
    let count = Int(number("n_dev"))
    let backend: Backend = count == 0 ? .cpu : self["cc"] == "metal" ? .metal : .cuda
    return (0..<max(1, count)).map {
      Device(id: "d\($0)", name: "d\($0)", backend: backend, total: .gibibytes(80))
    }
  }

  /// The weights of the row's file type.
  func weights(of model: ModelShape) throws -> WeightPlan {
    let fileType = try #require(LlamaCppFileType(rawValue: self["weights"]))
    return try FormatRecipe.llamaCpp(fileType).plan(for: model)
  }

  /// - Parameter weights: What ``weights(of:)`` gives, where it is known.
  func budget(for model: ModelShape, weights: WeightPlan? = nil) throws -> Budget {
    let deployment = Deployment(
      model: model, weights: try weights ?? self.weights(of: model),
      runtime: .llamaCpp(try settings()),
      workload: Workload(
        contextTokens: number("n_ctx"), contextOrigin: .given, sequences: number("n_seq_max")))
    return try Budget(of: [deployment], on: devices)
  }
}

extension Budget {
  /// The line of one kind in a place, zero where there is none.
  func estimate(_ name: BudgetLine.Name, on place: Place) -> ByteEstimate {
    entries(on: place).first { $0.line.name == name }?.line.estimate ?? .zero
  }
}

@Suite("llama.cpp's buffers")
struct LlamaCppRuntimeTests {
  /// Calls `body` with every row of a known architecture that `isChosen` and llama.cpp accepts.
  private func forEachRow(
    where isChosen: (RuntimeRow) -> Bool, _ body: (RuntimeRow, ModelShape) throws -> Void
  ) throws {
    var models: [String: ModelShape] = [:]
    for row in try RuntimeRow.load() where !row.isRefused && isChosen(row) {
      guard let model = try models[row["model"]] ?? KnownModel.ifSupported(row["model"]) else {
        continue
      }
      models[row["model"]] = model
      try body(row, model)
    }
  }

  /// Rows that the described graphs miss: Mamba with layers on the host (512 bytes of the host's
  /// buffer), and batches of 16 with experts on the host (up to 786,432 bytes). They are `modelled`,
  /// and inside their ranges.
  private func isKnownMiss(_ row: RuntimeRow, _ model: ModelShape) -> Bool {
    let isMambaOnHost =
      model.architecture.ggufName == "mamba" && row["n_dev"] != "0"
      && row.number("ngl") <= Int64(model.layers.count)
    return isMambaOnHost || row["n_cpu_moe"] != "0" && row.number("n_ubatch") < 32
  }

  /// From the `.real` dumps of llamacpp-graphs: graphs of allocating runs, which keep the pins that
  /// an estimate without memory loses (Llama-3.1-8B on two GPUs: 371,769,344 there).
  @Test(
    "A real run's compute buffers are exact, pins and all",
    arguments: [
      ("Llama-3.1-8B", 2, "f16", false, true, nil, [687_890_432, 687_898_624, 125_870_080]),
      ("Llama-3.1-8B", 2, "f16", true, true, nil, [180_396_032, 338_214_912, 75_554_816]),
      ("Llama-3.1-8B", 2, "q8_0", true, true, nil, [180_723_712, 338_542_592, 75_882_496]),
      ("Llama-3.1-8B", 1, "f16", true, true, 20, [271_056_896, 25_180_160]),
      ("Llama-3.1-8B", 1, "f16", false, false, nil, [279_445_504, 578_824_192]),
      ("Llama-3.2-1B", 2, "f16", true, true, nil, [113_287_168, 317_243_392, 54_583_296]),
      ("Qwen3-4B", 2, "f16", true, true, nil, [133_210_112, 370_982_912, 59_826_176]),
    ] as [(String, Int, String, Bool, Bool, Int?, [Int64])])
  func realRun(
    name: String, gpus: Int, cache: String, isFused: Bool, offloadsCache: Bool, layers: Int?,
    measured: [Int64]
  ) throws {
    let model = try KnownModel.named(name)
    let format = try LlamaCppSettings.cacheFormat(named: cache)
    let settings = LlamaCppSettings(
      flashAttention: isFused ? .on : .off, keyFormat: format, valueFormat: format,
      gpuLayers: layers.map { .count($0) } ?? .all, offloadsCache: offloadsCache)
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model),
      runtime: .llamaCpp(settings),
      workload: Workload(contextTokens: 8192, contextOrigin: .given))
    let device = Device(id: "d", name: "d", backend: .cuda, total: .gibibytes(80))
    let budget = try Budget(of: [deployment], on: Array(repeating: device, count: gpus))
    let places = (0..<gpus).map(Place.device) + [.host]
    #expect(places.map { budget.estimate(.computeBuffer, on: $0).expected.count } == measured)
  }

  /// The closed form is for families whose graph is not described; the described ones tell how far
  /// it can be trusted.
  @Test("The closed form's range holds every graph that is measured on one whole device")
  func closedForm() throws {
    var within = 0
    var rows = 0
    try forEachRow(where: {
      $0["n_dev"] == "1" && $0["ngl"] == "99" && $0["kv_offload"] == "1"
        && $0["n_cpu_moe"] == "0" && $0["type_k"] != "iq4_nl"
    }) { row, described in
      let model = described.withArchitecture(
        Architecture(modelType: "undescribed", ggufName: "undescribed"))
      let budget = try row.budget(for: model)
      let estimate = budget.estimate(.computeBuffer, on: .device(0))
      let host = budget.estimate(.computeBuffer, on: .host)
      let measured = try #require(row.buffers["CUDA0"]).compute
      let measuredHost = try #require(row.buffers["CUDA_Host"]).compute
      #expect(
        estimate.low.count <= measured && measured <= estimate.high.count,
        "\(row.testDescription) \(estimate) \(measured)")
      #expect(
        host.low.count <= measuredHost && measuredHost <= host.high.count,
        "\(row.testDescription) host \(host) \(measuredHost)")
      rows += 1
      within += abs(estimate.expected.count - measured) * 5 <= measured ? 1 : 0
    }
    #expect(within * 3 >= rows * 2, "\(within) of \(rows) within 20 %")
  }

  /// Checks a row's weights and caches on the device and on the host, wherever the layers lie.
  private func checkWeightsAndCache(_ row: RuntimeRow, _ budget: Budget) throws {
    for (index, name) in (0..<max(1, row.number("n_dev"))).enumerated() {
      let isProcessor = row["n_dev"] == "0"
      let buffer = try #require(
        row.buffers[isProcessor ? "CPU" : "CUDA\(name)"]
          ?? .some(.init(model: 0, context: 0, compute: 0)))
      let place = Place.device(index)
      #expect(
        budget.estimate(.weights, on: place) == ByteEstimate(exactly: Bytes(buffer.model)),
        "\(row.testDescription)")
      #expect(
        budget.estimate(.keyValueCache, on: place)
          + budget.estimate(.recurrentState, on: place)
          == ByteEstimate(exactly: Bytes(buffer.context)), "\(row.testDescription)")
    }
    if row["n_dev"] != "0" {
      // The host part is pinned memory of the first device or plain memory, by what is in it.
      let host = row.buffers.filter { !$0.key.hasPrefix("CUDA") || $0.key == "CUDA_Host" }
      #expect(
        budget.estimate(.weights, on: .host).expected.count
          == host.values.reduce(0) { $0 + $1.model }, "\(row.testDescription)")
      #expect(
        (budget.estimate(.keyValueCache, on: .host)
          + budget.estimate(.recurrentState, on: .host)).expected.count
          == host.values.reduce(0) { $0 + $1.context }, "\(row.testDescription)")
    }
  }

  @Test("Weights, caches and compute buffers are exact on every device and the host")
  func everyBuffer() throws {
    var rows = 0
    var exact = 0
    var plans: [String: WeightPlan] = [:]
    try forEachRow(where: { _ in true }) { row, model in
      let file = row["model"] + " " + row["weights"]
      let plan = try plans[file] ?? row.weights(of: model)
      plans[file] = plan
      let budget = try row.budget(for: model, weights: plan)
      try checkWeightsAndCache(row, budget)
      var measured: [Int64] = []
      var priced: [Int64] = []
      if row["n_dev"] == "0" {
        measured = [row.buffers["CPU"]?.compute ?? 0]
      } else {
        measured = (0..<row.number("n_dev")).map { row.buffers["CUDA\($0)"]?.compute ?? 0 }
        measured.append(row.buffers["CUDA_Host"]?.compute ?? 0)
        priced.append(budget.estimate(.computeBuffer, on: .host).expected.count)
      }
      priced =
        budget.devices.indices.map {
          budget.estimate(.computeBuffer, on: .device($0)).expected.count
        } + priced
      if isKnownMiss(row, model) {
        let estimates =
          budget.devices.indices.map { budget.estimate(.computeBuffer, on: .device($0)) }
          + [budget.estimate(.computeBuffer, on: .host)]
        for (estimate, measured) in zip(estimates, measured) {
          #expect(
            estimate.low.count <= measured && measured <= estimate.high.count,
            "\(row.testDescription) \(estimate) \(measured)")
        }
      } else {
        #expect(priced == measured, "\(row.testDescription) ngl=\(row["ngl"])")
      }
      rows += 1
      exact += priced == measured ? 1 : 0
    }
    #expect(rows == 2703)
    #expect(exact == 2687)
  }
}

extension ModelShape {
  /// The same layers and tensors under another architecture's name.
  fileprivate func withArchitecture(_ architecture: Architecture) -> ModelShape {
    ModelShape(
      id: id, name: name, source: source, architecture: architecture, hiddenSize: hiddenSize,
      vocabularySize: vocabularySize, maximumContext: maximumContext, layers: layers,
      tensors: tensors)
  }
}
