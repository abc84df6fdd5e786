import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// Every recipe that goes by kind, listed or not, and some targets of EXL2 and EXL3.
private let kindRecipes: [FormatRecipe] = {
  let named = ["exl2-4.65bpw", "exl3-3.5bpw-h8"].compactMap { try? FormatRecipe.named($0) }
  return (FormatRecipe.all + FormatRecipe.variants + named).filter { $0.project != .llamaCpp }
}()

@Suite("Recipes that go by the kind of tensor")
struct KindRecipeTests {
  @Test(
    "Every tensor of the checkpoint is stored once, and nothing else but an untied head",
    arguments: kindRecipes)
  func complete(recipe: FormatRecipe) throws {
    for name in ["Llama-3.1-8B", "Qwen2.5-7B", "Llama-3.2-1B"] {
      let model = try KnownModel.named(name)
      guard let plan = try? recipe.plan(for: model) else {
        #expect(recipe.name == "MXFP4-experts")
        continue
      }
      let extra = plan.entries.filter { $0.reason == .untiedHead }
      #expect(extra.count <= (model.hasTiedEmbeddings ? 1 : 0))
      #expect(
        plan.entries.filter { $0.reason != .untiedHead }.map(\.tensor) == model.checkpointTensors)
      #expect(plan.entries.reduce(0) { $0 + $1.bytes.count } == plan.tensorBytes.count)
    }
  }

  @Test("Norms and biases are never quantized", arguments: kindRecipes)
  func vectors(recipe: FormatRecipe) throws {
    guard let plan = try? recipe.plan(for: KnownModel.named("Qwen2.5-7B")) else { return }
    for entry in plan.entries where entry.tensor.shape.dimensions.count == 1 {
      #expect(["f32", "f16", "bf16"].contains(entry.format.name), "\(entry.tensor.name)")
    }
  }

  @Test(
    "What becomes of embedding and head differs from project to project",
    arguments: [
      ("AWQ", "f16", "f16"), ("GPTQ-4bit", "f16", "f16"), ("FP8", "bf16", "bf16"),
      ("FP8-block", "bf16", "bf16"), ("NF4", "bf16", "bf16"), ("LLM.int8", "bf16", "bf16"),
      ("NVFP4", "bf16", "bf16"), ("mlx-4bit", "mlx-4bit-g64", "mlx-4bit-g64"),
      ("8da4w", "int8-row", "int4-g32"), ("8da4w-g64-emb4", "int4-row-g32", "int4-g64"),
      ("EXL2-4.0bpw", "f16", "exl2-h6"), ("EXL3-4.0bpw", "f16", "exl3"),
    ])
  func embeddingAndHead(name: String, embedding: String, head: String) throws {
    let plan = try FormatRecipe.named(name).plan(for: KnownModel.named("Llama-3.1-8B"))
    #expect(plan.entries.first { $0.tensor.role == .tokenEmbedding }?.format.name == embedding)
    #expect(plan.entries.first { $0.tensor.role == .output }?.format.name == head)
  }

  @Test(
    "A tied head is stored apart only where it is quantized otherwise than the embedding",
    arguments: [
      ("AWQ", false), ("NF4", false), ("mlx-4bit", false), ("HF-BF16", false), ("8da4w", true),
      ("EXL2-4.0bpw", true), ("EXL3-4.0bpw", true),
    ])
  func tiedHead(name: String, isStored: Bool) throws {
    let plan = try FormatRecipe.named(name).plan(for: KnownModel.named("Llama-3.2-1B"))
    #expect(plan.entries.contains { $0.tensor.role == .output } == isStored)
  }

  /// Worked out from mlx-lm 0.32.2, models/granite.py, `quant_predicate`: 8 bits in groups of 64 for
  /// o_proj and down_proj, 4 bits for the others, all else in 4.
  @Test(
    "What a family's class keeps wider under MLX is",
    arguments: [
      ("granite3-dense:8b", 5_980_699_392), ("granite4.1:30b", 21_069_570_048),
    ] as [(String, Int64)])
  func keptWider(id: String, bytes: Int64) throws {
    let preset = try #require(KnownModel.presets().first { $0.id == id })
    let model = try ModelShape(
      configuration: preset.configuration, id: id, name: id, source: .config)
    #expect(try FormatRecipe.named("mlx-4bit").plan(for: model).tensorBytes == Bytes(bytes))
  }

  @Test("A row that groups do not divide is refused by AWQ and left alone by MLX")
  func misfits() throws {
    let model = try KnownModel.named("SmolLM2-360M")
    #expect(throws: FormatError.rowNotDivisible(format: "awq-g128", elements: 960, unit: 128)) {
      try FormatRecipe.named("AWQ").plan(for: model)
    }
    let plan = try FormatRecipe.named("mlx-4bit-g128").plan(for: model)
    let query = try #require(plan.entries.first { $0.tensor.role == .attentionQuery })
    #expect(query.format == .bf16)
    #expect(query.reason == .rowNotDivisible(by: "mlx-4bit-g128"))
    let down = try #require(plan.entries.first { $0.tensor.role == .feedForwardDown })
    #expect(down.reason == .main)
  }

  @Test("Smaller groups never take less, and more bits always take more")
  func monotonic() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    func bytes(_ name: String) throws -> Bytes {
      try FormatRecipe.named(name).plan(for: model).tensorBytes
    }
    for family in ["awq", "gptq-4bit", "gptq-8bit", "w4a16"] {
      #expect(try bytes("\(family)-g32") > bytes("\(family)-g64"))
      #expect(try bytes("\(family)-g64") > bytes("\(family)-g128"))
      #expect(try bytes("\(family)-g128") > bytes("\(family)-channel"))
    }
    for (more, fewer) in zip([8, 6, 5, 4, 3], [6, 5, 4, 3, 2]) {
      #expect(try bytes("mlx-\(more)bit") > bytes("mlx-\(fewer)bit"))
    }
    #expect(try bytes("exl2-4.65bpw") > bytes("exl2-4.6bpw"))
    #expect(try bytes("exl3-4.0bpw-h8") > bytes("exl3-4.0bpw"))
  }

  @Test("Only targets in fractions of a bit are estimates")
  func basis() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    for recipe in kindRecipes {
      guard let plan = try? recipe.plan(for: model) else { continue }
      let isEstimate = recipe.name.hasPrefix("EXL2") || recipe.name == "EXL3-3.5bpw-h8"
      #expect((plan.basis == .modelled) == isEstimate, "\(recipe.name)")
      #expect(plan.estimate.expected == plan.tensorBytes)
      if isEstimate { #expect(plan.estimate.low < plan.tensorBytes) }
    }
  }

  // 6,979,321,856 weights of linears at the target; f16 embedding and norms; the head at 6.33
  // bits with an int32 for each of its 4096 inputs.
  @Test("EXL2 meets its target over the linears")
  func exl2() throws {
    let plan = try FormatRecipe.named("exl2-4.0bpw").plan(for: KnownModel.named("Llama-3.1-8B"))
    let head = 525_336_576 / 8 * 633 / 100 + 4 * 4096
    #expect(
      plan.tensorBytes
        == Bytes(6_979_321_856 / 2 + 2 * (525_336_576 + 65 * 4096) + Int64(head)))
  }

  @Test("Each format has the runtimes of the programs that load it", arguments: kindRecipes)
  func runtimes(recipe: FormatRecipe) {
    let runtimes = recipe.project.loader.runtimes
    switch recipe.project.loader {
    case .llamaCpp: #expect(runtimes == [.llamaCpp])
    case .execuTorch: #expect(runtimes == [.execuTorch])
    case .vllmAndTransformers: #expect(runtimes == [.vllm, .transformers])
    case .mlx: #expect(runtimes == [.mlx])
    case .exLlama: #expect(runtimes == [])
    }
  }

  @Test("Every layout names its project's version, and every project has one")
  func sources() {
    for recipe in kindRecipes { #expect(!recipe.mainFormat.source.isEmpty, "\(recipe.name)") }
    for project in FormatProject.allCases { #expect(!project.version.isEmpty) }
  }
}

@Suite("Layouts beyond ggml")
struct LayoutTests {
  private func format(_ layout: TensorFormat.Layout) -> TensorFormat {
    TensorFormat(name: "test", layout: layout, source: "")
  }

  // 576 rows are 5 squares of 128, the last in half; 7168 elements are 56.
  @Test("A square at the edge has a scale of its own")
  func tiles() throws {
    let tiles = format(.tiles(bits: 8, side: 128, scaleBytes: 4))
    #expect(
      try tiles.bytes(of: TensorShape(7168, 576)) == Bytes(7168 * 576 + 5 * 56 * 4))
    #expect(try tiles.bytes(of: TensorShape(1, 1)) == Bytes(5))
    // Each expert is a matrix of its own.
    #expect(
      try tiles.bytes(of: TensorShape(7168, 576, 3)) == 3 * tiles.bytes(of: TensorShape(7168, 576)))
  }

  // 7 groups of 128 a row: 7 × 20 bits are no whole number of bytes; 2 rows of them are 35 bytes.
  @Test("Zero points of four bits add up over the rows of a matrix")
  func zeroPoints() throws {
    let awq = format(.groups(bits: 4, groupSize: 128, scaleBits: 16, zeroBits: 4))
    #expect(try awq.bytes(of: TensorShape(896, 2)) == Bytes(896 + 35))
    #expect(try awq.bytes(of: TensorShape(896, 8)) == Bytes(8 * 448 + 56 * 2 + 28))
  }

  @Test("Runs go on over the ends of rows, and the last may be partial")
  func runs() throws {
    let runs = format(.runs(bits: 4, length: 64, scales: .single))
    #expect(try runs.bytes(of: TensorShape(48, 4)) == Bytes(96 + 3 * 4))
    #expect(try runs.bytes(of: TensorShape(48, 5)) == Bytes(120 + 4 * 4))
    let double = format(.runs(bits: 4, length: 64, scales: .quantized(length: 256)))
    #expect(try double.bytes(of: TensorShape(64, 257)) == Bytes(257 * 32 + 257 + 2 * 4))
  }

  @Test("Companions count once for each matrix, input and output")
  func companions() throws {
    let format = TensorFormat(
      name: "test", layout: .blocks(elements: 1, bytes: 1),
      companions: .init(perMatrix: 100, perInput: 4, perOutput: 2), source: "")
    #expect(try format.bytes(of: TensorShape(10, 20)) == Bytes(200 + 100 + 40 + 40))
    #expect(try format.bytes(of: TensorShape(10, 20, 3)) == Bytes(3 * 380))
    #expect(try format.bytesPerRow(elements: 10) == Bytes(10))
  }

  @Test(
    "A layout is told in words",
    arguments: [
      ("FP8", "1 byte an element + 4 bytes a matrix"),
      ("FP8-block", "8 bits an element + 4 bytes for each 128 × 128"),
      ("AWQ", "4 bits an element + 16 + 4 bits for each 128"),
      ("GPTQ-4bit", "4 bits an element + 16 + 4 bits for each 128 + 4 bytes an input"),
      ("NVFP4", "4 bits an element + 1 byte for each 16 + 8 bytes a matrix"),
      ("NF4", "4 bits an element + 4 bytes for each 64 + 146 bytes a matrix"),
      ("exl2-4.05bpw", "4.05 bits an element on average"),
    ])
  func words(name: String, text: String) throws {
    #expect(try FormatRecipe.named(name).mainFormat.layoutDescription == text)
  }
}
