import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of reported-totals.tsv: what a GPU reported of a whole run.
struct ReportedTotalRow: Sendable, CustomTestStringConvertible {
  let fields: [String: String]

  subscript(_ name: String) -> String { fields[name] ?? "-" }
  func number(_ name: String) -> Int64? { Int64(self[name]) }

  var testDescription: String { "row \(self["row"])" }

  static let all: [ReportedTotalRow] =
    (try? FixtureTable("reported-totals.tsv", filePath: fixtureAnchor).rows.map(
      ReportedTotalRow.init))
    ?? []

  private var runtime: Runtime {
    guard self["runtime"] == "llama.cpp" else { return .transformers(TransformersSettings()) }
    return .llamaCpp(
      LlamaCppSettings(
        batchTokens: 2048, microbatchTokens: number("batch") ?? 512,
        flashAttention: LlamaCppSettings.FlashAttention(rawValue: self["flash"]) ?? .auto))
  }

  func budget() throws -> Budget {
    let name = self["model"]
    let model =
      name.hasPrefix("{")
      ? try ConfigurationFile(Array(name.utf8), id: "row", name: testDescription).shape
      : try KnownModel.catalogued(name)
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.named(self["recipe"]).plan(for: model),
      runtime: runtime,
      workload: Workload(contextTokens: try #require(number("context")), contextOrigin: .given))
    let device = Device(
      id: "d", name: "d", backend: Backend(rawValue: self["backend"]) ?? .cuda,
      total: .gibibytes(96), isUnified: self["runtime"] == "llama.cpp")
    return try Budget(of: [deployment], on: [device])
  }

  /// What the report counts: torch's own allocations, or all that the GPU maps.
  func need() throws -> ByteEstimate {
    let countsProcess = self["runtime"] == "llama.cpp"
    return try budget().entries.filter { countsProcess || $0.line.name != .runtimeContext }
      .reduce(.zero) { $0 + $1.line.estimate }
  }

  var reported: Double { Double((number("mebibytes") ?? 0) - (number("idle") ?? 0)) }
}

@Suite("The whole against what a GPU reports")
struct ReportedTotalTests {
  /// Runs that are not within 3 %, and what is known of them.
  private static let others = [
    "56": "ended about 500 of 2,048 tokens early, as what it took shows",
    "67": "ended after about 890 of 2,048 tokens, as what it took shows",
    "68": "the same", "69": "the same",
    "84": "AWQ of Qwen3 4B: 18 KiB a token of prompt beyond the rest, only within the range",
    "87": "the same", "90": "the same",
  ]

  @Test("It is within 3 %, and within its range")
  func totals() throws {
    for runtime in ["transformers", "llama.cpp"] {
      var worst = (residual: 0.0, row: "")
      let rows = ReportedTotalRow.all.filter { $0["runtime"] == runtime }
      for row in rows {
        let need = try row.need()
        let residual = Double(need.expected.count) / 1_048_576 / row.reported - 1
        #expect(Double(need.high.count) / 1_048_576 >= row.reported, "\(row)")
        guard Self.others[row["row"]] == nil else { continue }
        #expect(abs(residual) < 0.03, "\(row): \(residual * 100) %")
        if abs(residual) > abs(worst.residual) { worst = (residual, row["row"]) }
      }
      print(
        "reported totals: \(runtime): \(rows.count) rows,"
          + " \(rows.count { Self.others[$0["row"]] == nil }) within 3 %, worst \((worst.residual * 10_000).rounded() / 100) % (row \(worst.row))"
      )
    }
  }

  /// Gemma 4 31B in Q4_K_M under Metal on an M4 Max of 36 GB: 21.7 and 24.3 at 32 and 64 thousand tokens;
  /// at 128 thousand it was 29.4 and out of memory. github.com/gisenberg/local-model-eval,
  /// results/CONTEXT_CAPACITY.md; the sizes are GiB, as the card's 28.08 are its 30,150 MB. The build is
  /// older than llama.cpp's pull request 27390.
  @Test(
    "What ran out of memory does not fit, and what ran is within 1 %",
    arguments: [(32_768, 21.7, Verdict.fits), (65_536, 24.3, .fits), (131_072, 29.4, .doesNotFit)])
  func metal(context: Int64, gibibytes: Double, verdict: Verdict) throws {
    let layers = (0..<60).map { $0 % 6 == 5 ? #""full_attention""# : #""sliding_attention""# }
    let text =
      #"{"model_type":"gemma4_text","tie_word_embeddings":true,"hidden_size":5376,"#
      + #""num_hidden_layers":60,"num_attention_heads":32,"num_key_value_heads":16,"head_dim":256,"#
      + #""intermediate_size":21504,"vocab_size":262144,"max_position_embeddings":262144,"#
      + #""sliding_window":1024,"global_head_dim":512,"num_global_key_value_heads":4,"#
      + #""num_kv_shared_layers":0,"attention_k_eq_v":true,"enable_moe_block":false,"#
      + #""hidden_size_per_layer_input":0,"vocab_size_per_layer_input":262144,"#
      + #""layer_types":[\#(layers.joined(separator: ","))]}"#
    let model = try ConfigurationFile(Array(text.utf8), id: "gemma", name: "gemma").shape
    let limit = Reservation(
      .workingSetLimit, .gibibytes(36) - .mebibytes(28_753), basis: .modelled, source: "log")
    let budget = try Budget(
      of: [
        Deployment(
          model: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model),
          runtime: .llamaCpp(LlamaCppSettings()),
          workload: Workload(contextTokens: context, contextOrigin: .given))
      ],
      on: [
        Device(
          id: "mac", name: "a Mac", backend: .metal, total: .gibibytes(36), reservations: [limit],
          isUnified: true)
      ])
    let need = Double(budget.needed(on: .device(0)).expected.count) / 1_073_741_824
    // Later builds reserve room for a layer's keys and values in f16, which shows where it is more than
    // the logits': with the longest context.
    let later = context > 65_536 ? Double(2 * 4 * 512 * 2 * context) / 1_073_741_824 : 0
    #expect(
      need > gibibytes * 0.99 && need < (gibibytes + later) * 1.01, "\(need), not \(gibibytes)")
    #expect(budget.verdict == verdict)
  }

  @Test("Every row is here")
  func rows() {
    let others = [
      "ExecuTorch on phones: models of other exports": 15,
      "AutoAWQ's own fused modules and caches": 30, "torchao's own evaluation": 10,
      "llama.cpp: mixes by unsloth, whose tensors' formats are not known": 15,
      "Ollama's own engine of 2025": 6, "MLX (MLXTests)": 13,
    ]
    for (reason, count) in others.sorted(by: { $0.key < $1.key }) {
      print("other-memory: \(count) rows not here: \(reason)")
    }
    print("other-memory: \(ReportedTotalRow.all.count) rows used")
  }
}
