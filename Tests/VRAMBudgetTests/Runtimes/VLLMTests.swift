import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of logs-vllm.tsv.
struct VLLMLogRow: Sendable, CustomTestStringConvertible {
  let name: String
  /// Nil where the checkpoint's layout is not one that is described.
  let recipe: String?
  let ranks: Int
  let cacheGibibytes: Double?
  let tokens: Int64?
  let context: Int64?
  let concurrency: Double?
  let loadedGibibytes: Double?
  let configuration: String

  var testDescription: String { name }

  static let all: [VLLMLogRow] = (try? load()) ?? []

  private static func load() throws -> [VLLMLogRow] {
    try FixtureTable("logs-vllm.tsv", filePath: fixtureAnchor).rows.map { row in
      VLLMLogRow(
        name: try #require(row["name"]), recipe: row["recipe"].flatMap { $0 == "-" ? nil : $0 },
        ranks: try #require(row["tensor_parallel"].flatMap { Int($0) }),
        cacheGibibytes: row["kv_gib"].flatMap { Double($0) },
        tokens: row["tokens"].flatMap { Int64($0) },
        context: row["max_model_len"].flatMap { Int64($0) },
        concurrency: row["concurrency"].flatMap { Double($0) },
        loadedGibibytes: row["load_gib"].flatMap { Double($0) },
        configuration: try #require(row["config"]))
    }
  }

  var devices: [Device] {
    Array(repeating: Device(memory: .gibibytes(80), named: "80GiB"), count: ranks)
  }

  func deployment() throws -> Deployment {
    let model = try ConfigurationFile(Array(configuration.utf8), id: name, name: name).shape
    return Deployment(
      model: model, weights: try FormatRecipe.named(recipe ?? "HF-BF16").plan(for: model),
      runtime: .vllm(VLLMSettings(tensorParallel: Int64(ranks), batchedTokens: 2048)),
      workload: Workload(contextTokens: context ?? 8192, contextOrigin: .given))
  }

  func report() throws -> VLLMReport? {
    guard let cacheGibibytes else { return nil }
    return try VLLMReport(
      of: deployment(), on: devices, cacheBytes: Bytes(Int64(cacheGibibytes * 1_073_741_824)))
  }
}

@Suite("vLLM")
struct VLLMTests {
  @Test("The cache holds the tokens that logs print, within 1 %", arguments: VLLMLogRow.all)
  func tokens(row: VLLMLogRow) throws {
    guard let tokens = row.tokens, let report = try row.report() else { return }
    let error = Double(report.cacheTokens) / Double(tokens) - 1
    // The batch that a window must hold beside it is not in the log; 0.34 GiB has two digits.
    // That of row 46 is what was available, 1.1 % above what was taken (kv-vectors.md).
    let isRough = ["gemma-4", "#0", "#46"].contains { row.name.contains($0) }
    #expect(abs(error) < (isRough ? 0.02 : 0.01), "\(report.cacheTokens), not \(tokens)")
  }

  @Test("So many sequences fit as logs print, within 1 %", arguments: VLLMLogRow.all)
  func concurrency(row: VLLMLogRow) throws {
    guard let concurrency = row.concurrency, let report = try row.report() else { return }
    let error = Double(report.centiconcurrency) / 100 / concurrency - 1
    let isRough = row.name.contains("gemma-4") || row.name.contains("#0")
    #expect(abs(error) < (isRough ? 0.02 : 0.01), "\(report.centiconcurrency)")
  }

  /// Logs of more weights than the checkpoint's, and what is known of them.
  private static let heavier = [
    "Qwen2.5-7B-Instruct #8": "v0.17.0: 0.18 GiB more than tensors and positions",
    "deepseek-r1-distill-qwen-14b-awq #0":
      "a development build, whose graphs took 36 minutes to capture: 0.2 GiB more",
    "Qwen2.5-14B-Instruct #33": "v0.7.2 on two ranks: 1.1 % more; on one, row #34, 0.1 %",
  ]

  @Test("The weights of a rank are what logs print, within 1 %", arguments: VLLMLogRow.all)
  func weights(row: VLLMLogRow) throws {
    guard let loaded = row.loadedGibibytes, row.recipe != nil,
      Self.heavier[row.name] == nil
    else { return }
    let budget = try Budget(of: [row.deployment()], on: row.devices)
    let line = try #require(budget.entries(on: .device(0)).first { $0.line.name == .weights })
    let error = Double(line.line.estimate.expected.count) / 1_073_741_824 / loaded - 1
    print("vLLM weights: \(row.name) \((error * 10000).rounded() / 100) %")
    #expect(abs(error) < 0.01, "\(line.line.estimate.expected.count)")
  }

  @Test("Every row is here")
  func rows() { #expect(VLLMLogRow.all.count == 27) }

  /// Logs of hybrids under vLLM 0.25.1, each with three tokens proposed ahead by a layer of the model's
  /// own: Qwen3.8 27B in INT4 and in NVFP4 (whose checkpoint asks for a cache in fp8), Qwen3.6 35B A3B in
  /// NVFP4. github.com/sostrowsk/dgx-spark-local-llm, qwen38-int4.log, qwen38-nvfp4.log and qwen36.log.
  @Test(
    "Hybrids have the blocks, tokens and sequences that logs print, exactly",
    arguments: [
      ("Qwen/Qwen3.8-27B", 2, 80.17, 800, 1_191_213, 454),
      ("Qwen/Qwen3.8-27B", 1, 76.4, 1600, 2_192_477, 836),
      ("Qwen/Qwen3.6-35B-A3B", 2, 74.22, 1072, 3_366_051, 1284),
    ] as [(String, Int64, Double, Int64, Int64, Int64)])
  func hybrids(
    name: String, elementBytes: Int64, gibibytes: Double, block: Int64, tokens: Int64,
    centiconcurrency: Int64
  ) throws {
    let model = try KnownModel.catalogued(name)
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
      runtime: .vllm(
        VLLMSettings(
          batchedTokens: 2048, cacheElementBytes: elementBytes, proposedTokens: 3)),
      workload: Workload(contextTokens: 262_144, contextOrigin: .given))
    let devices = [Device(memory: .gibibytes(200), named: "200GiB")]
    // What is printed is rounded to 0.01 GiB: within it there is the cache of exactly those tokens.
    let reports = try [-0.005, 0, 0.005].map { rounding in
      try VLLMReport(
        of: deployment, on: devices,
        cacheBytes: Bytes(Int64((gibibytes + rounding) * 1_073_741_824)))
    }
    #expect(reports.contains { $0.cacheTokens == tokens }, "\(reports.map(\.cacheTokens))")
    #expect(reports.contains { $0.centiconcurrency == centiconcurrency })
    let budget = try Budget(of: [deployment], on: devices)
    let line = try #require(budget.entries.first { $0.line.name == .keyValueCache }).line
    #expect(line.formula.terms[0].label == "pages of \(block) tokens")
  }

  /// vLLM 0.25.1, vllm/v1/worker/gpu_worker.py: the graphs are taken off the cache since v0.21.0.
  @Test("The largest --max-model-len is the largest context that is not short")
  func largestLength() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    func budget(_ context: Int64, eager: Bool) throws -> Budget {
      try Budget(
        of: [
          Deployment(
            model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
            runtime: .vllm(VLLMSettings(enforcesEager: eager)),
            workload: Workload(contextTokens: context, contextOrigin: .given))
        ], on: [Device(memory: .gibibytes(24), named: "24GiB")])
    }
    for eager in [false, true] {
      let report = try #require(try budget(50_000, eager: eager).report(of: 0))
      #expect(try budget(report.largestContext, eager: eager).verdict != .doesNotFit)
      #expect(try budget(report.largestContext + 1, eager: eager).verdict == .doesNotFit)
    }
  }

  /// vLLM 0.25.1, vllm/config/model.py, `_get_and_verify_max_len`.
  @Test(
    "A context beyond the model's positions, scaled as its rotation is, is refused",
    arguments: [
      ("", 8192),
      (
        #""rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8192},"#,
        32_768
      ),
      (#""rope_scaling": {"rope_type": "linear", "factor": 2},"#, 16_384),
      (
        #""rope_parameters": {"rope_type": "yarn", "factor": 40, "original_max_position_embeddings": 4096},"#,
        163_840
      ),
      (#""rope_scaling": {"rope_type": "llama3", "factor": 8.0},"#, 8192),
      (#""rope_scaling": {"rope_type": "yarn", "factor": "x"},"#, 8192),
    ] as [(String, Int64)])
  func positions(rope: String, most: Int64) throws {
    let text =
      #"{"model_type": "qwen2", \#(rope) "hidden_size": 64, "num_hidden_layers": 2,"#
      + #""num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128,"#
      + #""vocab_size": 100, "tie_word_embeddings": true, "max_position_embeddings": 8192}"#
    let model = try ConfigurationFile(Array(text.utf8), id: "m", name: "m").shape
    func budget(_ context: Int64) throws -> Budget {
      try Budget(
        of: [
          Deployment(
            model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
            runtime: .vllm(VLLMSettings()),
            workload: Workload(contextTokens: context, contextOrigin: .given))
        ], on: [Device(memory: .gibibytes(24), named: "24GiB")])
    }
    #expect(throws: Never.self) { try budget(most) }
    #expect(
      throws: RuntimeError.contextBeyondModel(runtime: .vllm, tokens: most + 1, most: most)
    ) { try budget(most + 1) }
  }

  @Test("States of other kinds are refused by name")
  func otherStates() throws {
    for name in ["ibm-granite/granite-4.0-h-tiny", "LiquidAI/LFM2-1.2B"] {
      let model = try KnownModel.catalogued(name)
      let deployment = Deployment(
        model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
        runtime: .vllm(VLLMSettings()),
        workload: Workload(contextTokens: 4096, contextOrigin: .given))
      #expect(throws: RuntimeError.self) {
        try Budget(of: [deployment], on: [Device(memory: .gibibytes(80), named: "80GiB")])
      }
    }
  }

  /// The configuration of Gemma 4 31B as far as its cache goes: 50 sliding layers of 16 × 256, ten
  /// full ones of 4 × 512.
  private func gemma(_ settings: VLLMSettings) throws -> (Deployment, [Device]) {
    let sliding = Layer(
      mixers: [
        .attention(
          Attention(
            queryHeads: 32, keyValueHeads: 16, keyDimension: 256, valueDimension: 256,
            span: .sliding(tokens: 1024)))
      ], feedForward: .none)
    let full = Layer(
      mixers: [
        .attention(
          Attention(
            queryHeads: 32, keyValueHeads: 4, keyDimension: 512, valueDimension: 512))
      ], feedForward: .none)
    let model = ModelShape(
      id: "gemma", name: "gemma", source: .config,
      architecture: Architecture(modelType: "gemma4_text", ggufName: "gemma4"),
      hiddenSize: 5376, vocabularySize: 262_144, maximumContext: 262_144,
      layers: (0..<60).map { ($0 + 1) % 6 == 0 ? full : sliding },
      tensors: [Tensor(.tokenEmbedding, shape: TensorShape(5376, 262_144))])
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
      runtime: .vllm(settings), workload: Workload(contextTokens: 8192, contextOrigin: .given))
    return (deployment, [Device(memory: .gibibytes(80), named: "80GiB")])
  }

  @Test("Gemma 4 31B's layers are paged in groups of ten")
  func hybrid() throws {
    let (deployment, devices) = try gemma(VLLMSettings(batchedTokens: 2048))
    let budget = try Budget(of: [deployment], on: devices)
    let line = try #require(budget.entries(on: .device(0)).first { $0.line.name == .keyValueCache })
    // Full layers keep 8192 B a token, half of a sliding layer's, so their blocks hold 32 tokens:
    // 256 blocks. A window of 1024 beside a batch of 2048 takes 193 of 16 in each of five groups.
    // hf-mem PR 61: a token of all six groups is 6 × 10 × 16,384 = 983,040 B.
    #expect(line.line.estimate.expected == Bytes((256 + 5 * 193) * 10 * 16 * 16_384))
  }

  @Test("Ranks share KV heads, and repeat them where there are fewer")
  func sharedHeads() throws {
    let model = try KnownModel.named("Qwen2.5-7B")
    let plan = try FormatRecipe.named("HF-BF16").plan(for: model)
    func cache(_ ranks: Int) throws -> Bytes {
      let budget = try Budget(
        of: [
          Deployment(
            model: model, weights: plan,
            runtime: .vllm(VLLMSettings(tensorParallel: Int64(ranks))),
            workload: Workload(contextTokens: 4096, contextOrigin: .given))
        ], on: Array(repeating: Device(memory: .gibibytes(24), named: "24GiB"), count: ranks))
      return budget.entries(on: .device(0)).filter { $0.line.name == .keyValueCache }
        .map(\.line.estimate.expected).reduce(.zero, +)
    }
    // 28 layers of 4 KV heads of 128, K and V, 2 B.
    #expect(try cache(1) == Bytes(4096 * 28 * 4 * 128 * 2 * 2))
    #expect(try cache(2) == Bytes(4096 * 28 * 2 * 128 * 2 * 2))
    #expect(try cache(4) == Bytes(4096 * 28 * 1 * 128 * 2 * 2))
    // 28 query heads do not divide among 8 ranks.
    #expect(throws: RuntimeError.self) { try cache(8) }
  }

  @Test("A share is claimed of what CUDA reports")
  func share() throws {
    let model = try KnownModel.named("Qwen3-0.6B")
    let driver = Reservation(.driver, .gibibytes(1), basis: .exact, source: "test")
    let device = Device(
      id: "card", name: "card", backend: .cuda, total: .gibibytes(25), reservations: [driver])
    let budget = try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.named("HF-BF16").plan(for: model),
          runtime: .vllm(VLLMSettings(utilizationPermille: 500)),
          workload: Workload(contextTokens: 4096, contextOrigin: .given))
      ], on: [device])
    #expect(budget.devices[0].usable == .gibibytes(12))
  }
}
