import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// A row of checkpoint-bytes.tsv.
struct CheckpointRow: CustomTestStringConvertible, Sendable {
  let model: String
  let recipe: String
  /// Nil where the library refused.
  let bytes: Int64?
  /// Bytes a linear by which a description may be longer or shorter.
  let slack: Int64
  let source: String

  var testDescription: String { "\(recipe) of \(model)" }

  static func load() throws -> [CheckpointRow] {
    try FixtureTable("checkpoint-bytes.tsv", filePath: fixtureAnchor).rows.map { row in
      CheckpointRow(
        model: try #require(row["model"]), recipe: try #require(row["recipe"]),
        bytes: row["bytes"].flatMap { Int64($0) },
        slack: try #require(row["slack"].flatMap { Int64($0) }),
        source: try #require(row["source"]))
    }
  }
}

/// A row of published-bytes.tsv.
struct PublishedRow: CustomTestStringConvertible, Sendable {
  let model: String
  let recipe: String
  let bytes: Int64
  let source: String

  var testDescription: String { "\(recipe) of \(model)" }

  static func load() throws -> [PublishedRow] {
    try FixtureTable("published-bytes.tsv", filePath: fixtureAnchor).rows.map { row in
      PublishedRow(
        model: try #require(row["model"]), recipe: try #require(row["recipe"]),
        bytes: try #require(row["bytes"].flatMap { Int64($0) }),
        source: try #require(row["source"]))
    }
  }
}

/// A model of one of the configurations beside the tables, by its path.
private func fixtureModel(_ path: String) throws -> ModelShape {
  let name = path.split(separator: "/").last.map(String.init) ?? path
  return try ConfigurationFile(
    Fixture.bytes("\(path).json", filePath: fixtureAnchor), id: name, name: name
  ).shape
}

/// One of the toy models that libraries were run on.
private func toy(_ name: String) throws -> ModelShape { try fixtureModel("toys/\(name)") }

@Suite("Checkpoints that other programs write")
struct CheckpointBytesTests {
  @Test("A toy model takes the bytes that the library stored", arguments: try CheckpointRow.load())
  func measured(row: CheckpointRow) throws {
    let model = try toy(row.model)
    let recipe = try FormatRecipe.named(row.recipe)
    guard let bytes = row.bytes else {
      #expect(throws: FormatError.self, "\(row.source)") { try recipe.plan(for: model) }
      return
    }
    let plan = try recipe.plan(for: model)
    let linears = plan.entries.count { $0.format == recipe.mainFormat }
    let difference = abs(plan.tensorBytes.count - bytes)
    #expect(difference <= row.slack * Int64(linears), "\(plan.tensorBytes), \(row.source)")
  }

  @Test("A published checkpoint takes the bytes that it has", arguments: try PublishedRow.load())
  func published(row: PublishedRow) throws {
    let model =
      row.model.hasPrefix("published/")
      ? try fixtureModel(row.model) : try KnownModel.named(row.model)
    let plan = try FormatRecipe.named(row.recipe).plan(for: model)
    #expect(plan.tensorBytes == Bytes(row.bytes), "\(row.source)")
  }

  // TORCHAO.md section 1: W × 35/32 + V × (H + 5) + 4n, fp32 load. The 2-layer models have real
  // width and vocabulary.
  @Test(
    "The torchao checkpoint of 8da4w takes what its state dict took",
    arguments: [
      ("SmolLM3-3B", 36, 3_627_133_184), ("SmolLM3-3B", 2, 721_529_088),
      ("Qwen3-0.6B", 2, 360_939_392), ("Llama-3.2-1B", 2, 683_682_048),
    ])
  func torchAOCheckpoint(name: String, layers: Int, bytes: Int64) throws {
    let model = try KnownModel.named(name).keeping(layers: layers)
    let recipe = try #require(try FormatRecipe.named("8da4w").checkpoint)
    #expect(try recipe.plan(for: model).tensorBytes == Bytes(bytes))
  }

  // TORCHAO.md section 5: linears W × 9/16, embedding V × (H + 4), norms 4n.
  @Test("8da4w as deployed takes the bytes of the named data and the constants")
  func deployed() throws {
    let model = try KnownModel.named("SmolLM3-3B")
    let linears: Int64 = 1_729_658_880
    let embedding: Int64 = 262_668_288 + 513_024
    #expect(
      try FormatRecipe.named("8da4w").plan(for: model).tensorBytes
        == Bytes(linears + embedding + 598_016))
    // W is 1,729,658,880 × 16/9: 32 weights take 18 bytes, 64 take 34, 128 take 66, 256 take 130.
    let weights = linears / 9 * 16
    for (name, bytes) in [("g64", weights / 64 * 34), ("g128", weights / 128 * 66)] {
      #expect(
        try FormatRecipe.named("8da4w-\(name)").plan(for: model).tensorBytes
          == Bytes(bytes + embedding + 598_016))
    }
    // A 4-bit embedding takes half a byte a weight and 4 bytes for each 32.
    #expect(
      try FormatRecipe.named("8da4w-g256-emb4").plan(for: model).tensorBytes
        == Bytes(weights / 256 * 130 + 262_668_288 / 8 * 5 + 598_016))
  }

  // Llama 3.1 8B by hand: linears of the layers 6,979,321,856, embedding and head 525,336,576
  // each, norms 65 × 4096; inputs of a layer's linears 6 × 4096 + 14336, outputs 43,008.
  @Test(
    "Llama 3.1 8B takes what its layout says, worked by hand",
    arguments: [
      ("HF-BF16", 8_030_261_248 * 2),
      ("AWQ", 6_979_321_856 / 128 * 64 + 54_525_952 * 2 + 54_525_952 / 2),
      ("AWQ-g32", 6_979_321_856 / 2 + 218_103_808 * 2 + 218_103_808 / 2),
      ("AWQ-channel", 6_979_321_856 / 2 + 32 * 43_008 * 2 + 32 * 43_008 / 2),
      (
        "GPTQ-4bit",
        6_979_321_856 / 2 + 54_525_952 * 2 + 54_525_952 / 2 + 32 * 38_912 * 4
      ), ("GPTQ-8bit", 6_979_321_856 + 54_525_952 * 3 + 32 * 38_912 * 4),
      ("FP8", 6_979_321_856 + 224 * 4), ("FP8-dynamic", 6_979_321_856 + 32 * 43_008 * 2),
      ("FP8-block", 6_979_321_856 / 16384 * 16388),
      ("NVFP4", 6_979_321_856 / 16 * 9 + 224 * 8),
      ("W4A16", 6_979_321_856 / 2 + 54_525_952 * 2 + 224 * 16),
      ("NF4", 6_979_321_856 / 64 * 36 + 224 * 146),
    ] as [(String, Int64)])
  func byHand(name: String, linears: Int64) throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    let rest: Int64 = name == "HF-BF16" ? 0 : 2 * (2 * 525_336_576 + 65 * 4096)
    #expect(
      try FormatRecipe.named(name).plan(for: model).tensorBytes == Bytes(linears + rest), "\(name)")
  }

  // torchao's README at 36027d82d (file-sizes.jsonl): "8B Llama", in GB of two decimals or one.
  @Test(
    "Published sizes of an 8B Llama are met within half a percent",
    arguments: [
      ("HF-BF16", 1610), ("FP8-dynamic", 910), ("W8A8", 910), ("MXFP8", 932), ("NVFP4", 605),
    ] as [(String, Int64)])
  func quoted(name: String, centiGB: Int64) throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    let published = centiGB * 10_000_000
    let priced = try FormatRecipe.named(name).plan(for: model).tensorBytes.count
    #expect(abs(priced - published) * 200 <= published, "\(priced)")
  }

  // vLLM 0.13.0 and 0.11.0 log the memory that loading took: the weights, and what the model
  // computes beside them, such as tables of positions (logs-vllm.jsonl).
  @Test(
    "vLLM takes the weights' bytes and at most 1.2 % more to load a model",
    arguments: [
      ("Llama-3.1-8B", "HF-BF16", 14.9889), ("Qwen2.5-Coder-14B", "AWQ", 9.3795),
    ])
  func loaded(model: String, recipe: String, gibibytes: Double) throws {
    let plan = try FormatRecipe.named(recipe).plan(for: KnownModel.named(model))
    let logged = Int64(gibibytes * 1_073_741_824)
    #expect(plan.tensorBytes.count <= logged)
    #expect(plan.tensorBytes.count * 1000 >= logged * 988)
  }

  // 8-bit absmax for each 64, an fp32 for each 64 × 256: 4 + 8/64 + 32/16384 bits.
  @Test("NF4 with double quantization takes 4.127 bits a weight of a linear")
  func doubleQuantization() throws {
    let format = try FormatRecipe.named("NF4-DQ").mainFormat
    let elements: Int64 = 4096 * 14336
    let bytes = try format.bytes(of: TensorShape(4096, 14336)).count
    #expect(bytes == elements / 2 + elements / 64 + elements / 16384 * 4 + 64 + 1024 + 173)
  }

  @Test("A model without experts cannot have a format of experts")
  func noExperts() throws {
    let model = try toy("llama-untied")
    #expect(throws: FormatError.noExperts(recipe: "MXFP4-experts", model: "llama-untied")) {
      try FormatRecipe.named("MXFP4-experts").plan(for: model)
    }
  }

  // Bytes of stored_tensors in a published quantization_config.json (exllamav3 0.0.32,
  // UnstableLlama/Qwen3.6-35B-A3B-DFlash-exl3-3.50bpw, q_proj of 2048 × 4096 at 4 bits).
  @Test("A linear of EXL3 takes its trellis, its two vectors and its multiplier")
  func exl3() throws {
    let format = try FormatRecipe.named("EXL3-4.0bpw").mainFormat
    #expect(
      try format.bytes(of: TensorShape(2048, 4096)) == Bytes(4_194_304 + 4096 + 8192 + 4))
    #expect(throws: FormatError.self) { try format.bytes(of: TensorShape(960, 960)) }
  }
}

extension ModelShape {
  /// The model with its first layers only.
  func keeping(layers count: Int) -> ModelShape {
    ModelShape(
      id: id, name: name, source: source, architecture: architecture, hiddenSize: hiddenSize,
      vocabularySize: vocabularySize, maximumContext: maximumContext,
      layers: Array(layers.prefix(count)), tensors: tensors.filter { ($0.layer ?? 0) < count })
  }
}
