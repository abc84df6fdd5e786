import TestSupport
import Testing
import VRAMBudget

/// A row of llamacpp-overrides.tsv.
struct OverrideRow: CustomTestStringConvertible, Sendable {
  let model: String
  let fileType: LlamaCppFileType
  let overrides: LlamaCppTypeOverrides
  /// Nil where the quantizer stops.
  let bytes: Int64?
  let embedding: String
  /// Empty for a tied model.
  let output: String

  var testDescription: String { "\(model) \(fileType.rawValue) \(overrides.words)" }

  static func load() throws -> [OverrideRow] {
    try FixtureTable("llamacpp-overrides.tsv", filePath: fixtureAnchor).rows.map { row in
      func type(_ key: String) throws -> TensorFormat? {
        let name = try #require(row[key])
        return name == "-" ? nil : try LlamaCppTypeOverrides.format(named: name)
      }
      return OverrideRow(
        model: try #require(row["model"]),
        fileType: try #require(row["file_type"].flatMap(LlamaCppFileType.init)),
        overrides: LlamaCppTypeOverrides(
          output: try type("output_tensor_type"), tokenEmbedding: try type("token_embedding_type")),
        bytes: row["bytes"].flatMap { Int64($0) }, embedding: try #require(row["token_embd"]),
        output: try #require(row["output"]))
    }
  }
}

@Suite("Formats asked of llama.cpp's quantizer")
struct LlamaCppTypeOverridesTests {
  @Test("Every file measured with them is exact, and those that the quantizer stops at are refused")
  func measured() throws {
    var models: [String: ModelShape] = [:]
    for row in try OverrideRow.load() {
      let model = try models[row.model] ?? KnownModel.named(row.model)
      models[row.model] = model
      let recipe = try FormatRecipe.llamaCpp(row.fileType, hasImatrix: false)
        .overriding(row.overrides)
      guard let bytes = row.bytes else {
        #expect(throws: FormatError.self, "\(row.testDescription)") { try recipe.plan(for: model) }
        continue
      }
      let plan = try recipe.plan(for: model)
      #expect(plan.tensorBytes == Bytes(bytes), "\(row.testDescription)")
      let embedding = plan.entries.first { $0.tensor.role == .tokenEmbedding }
      let output = plan.entries.first { $0.tensor.role == .output }
      #expect(embedding?.format.name == row.embedding, "\(row.testDescription)")
      #expect(output?.format.name ?? "-" == row.output, "\(row.testDescription)")
    }
  }

  @Test("A tensor says that its format was asked for, unless a row made it another")
  func reasons() throws {
    func reason(_ name: String, _ role: TensorRole, _ overrides: LlamaCppTypeOverrides) throws
      -> AssignmentReason?
    {
      let recipe = try FormatRecipe.llamaCpp(.q4_K_M).overriding(overrides)
      let plan = try recipe.plan(for: KnownModel.named(name))
      return plan.entries.first { $0.tensor.role == role }?.reason
    }
    let output = LlamaCppTypeOverrides(output: .q6_K)
    #expect(try reason("Llama-3.1-8B", .output, output) == .asked)
    #expect(try reason("Llama-3.1-8B", .tokenEmbedding, output) == .tokenEmbedding)
    #expect(try reason("Llama-3.2-1B", .tokenEmbedding, output) == .asked)
    // 896 elements a row are no whole number of blocks of 256.
    #expect(
      try reason("Qwen2.5-0.5B", .tokenEmbedding, output) == .rowNotDivisible(by: "q6_K"))
  }

  @Test("Formats that the quantizer cannot write are refused, with all it can")
  func refused() throws {
    for name in ["q8_1", "q8_K", "q4_K_M", "int8", ""] {
      let error = try #require(throws: FormatError.self) {
        try LlamaCppTypeOverrides.format(named: name)
      }
      for allowed in ["f32", "bf16", "q6_K", "iq4_xs", "mxfp4"] {
        #expect(error.fix.contains(allowed))
      }
    }
    #expect(try LlamaCppTypeOverrides.format(named: "q6_k") == .q6_K)
    #expect(throws: FormatError.noTypeOverrides(recipe: "AWQ")) {
      try FormatRecipe.named("awq").overriding(.init(output: .q8_0))
    }
  }

  @Test("What needs an importance matrix is refused without one")
  func imatrix() throws {
    let recipe = FormatRecipe.llamaCpp(.q4_K_M)
    for format in [TensorFormat.iq2_xxs, .iq2_xs, .iq1_s] {
      #expect(throws: FormatError.formatNeedsImatrix(format.name)) {
        try recipe.overriding(.init(tokenEmbedding: format))
      }
      let made = try recipe.withImatrix.overriding(.init(tokenEmbedding: format))
      #expect(made.overrides.tokenEmbedding == format)
    }
    let both = try recipe.overriding(.init(output: .q8_0))
    #expect(both.withImatrix.overrides == both.overrides)
    #expect(both.title == "Q4_K_M (output q8_0)" && both.name == "Q4_K_M")
  }
}
