import TestSupport
import Testing
import VRAMBudget

/// A row of quality.tsv.
struct QualityRow: CustomTestStringConvertible, Sendable {
  let subject: String
  let recipe: FormatRecipe
  let hasImatrix: Bool
  let perplexity: Double
  let baseline: Double
  let divergence: Double?
  /// What the measured file took, to two decimals of a GiB.
  let gibibytes: Double?

  var testDescription: String { "\(recipe.name) of \(subject)" }

  static func load() throws -> [QualityRow] {
    try FixtureTable("quality.tsv", filePath: fixtureAnchor).rows.map { row in
      let hasImatrix = row["imatrix"] == "1"
      let named = try FormatRecipe.named(try #require(row["recipe"]))
      return QualityRow(
        subject: try #require(row["subject"]), recipe: hasImatrix ? named.withImatrix : named,
        hasImatrix: hasImatrix, perplexity: try #require(row["perplexity"].flatMap { Double($0) }),
        baseline: try #require(row["baseline"].flatMap { Double($0) }),
        divergence: row["divergence"].flatMap { Double($0) },
        gibibytes: row["size_gib"].flatMap { Double($0) })
    }
  }
}

@Suite("Published losses")
struct QualityMeasurementTests {
  private func model(_ name: String) throws -> ModelShape {
    let shape = try KnownModel.named("Llama-3.1-8B")
    return ModelShape(
      id: "models/one", name: name, source: .config, architecture: shape.architecture,
      hiddenSize: shape.hiddenSize, vocabularySize: shape.vocabularySize,
      maximumContext: shape.maximumContext, layers: shape.layers, tensors: shape.tensors)
  }

  @Test("Every published row is what its own model is shown", arguments: try QualityRow.load())
  func row(row: QualityRow) throws {
    let measurement = try #require(row.recipe.quality(for: try model(row.subject)))
    #expect(measurement.subject.model == row.subject)
    #expect(measurement.hasImatrix == row.hasImatrix)
    #expect(measurement.perplexity == row.perplexity)
    #expect(measurement.subject.baseline == row.baseline)
    #expect(measurement.divergence == row.divergence)
    #expect(measurement.loss >= 0)
    #expect(measurement.isBaseline == (row.perplexity == row.baseline))
    #expect(measurement.subject.source.hasPrefix("https://"))
  }

  // The header of a GGUF file with Llama 3's vocabulary takes 7.84 MB (LLAMACPP.md, section c). The
  // table gives Q2_K_S, 2.78 GiB here, the size of Q2_K.
  @Test("The files that were measured are the ones that the recipes make")
  func sizes() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    var checked = 0
    for row in try QualityRow.load() where row.recipe.name != "Q2_K_S" {
      guard let gibibytes = row.gibibytes else { continue }
      let file = Double(try row.recipe.plan(for: model).tensorBytes.count + 7_840_000)
      #expect(abs(file / 1_073_741_824 / gibibytes - 1) < 0.005, "\(row.testDescription)")
      checked += 1
    }
    #expect(checked == 33)
  }

  @Test("A model's family comes first, then the importance matrix")
  func choice() throws {
    let q4 = FormatRecipe.llamaCpp(.q4_K_M)
    #expect(q4.quality(for: try model("Llama 2 13B Chat"))?.subject.model == "Llama 2 7B")
    #expect(
      q4.withImatrix.quality(for: try model("Llama 2 13B"))?.subject.model == "Llama 2 7B")
    #expect(q4.quality(for: try model("Llama-3.1-8B"))?.subject.model == "Llama 3 8B")
    #expect(q4.quality(for: try model("Qwen3 4B"))?.subject.model == "Llama 3 8B")
    // Nobody measured Q4_K_S of Llama 2.
    let q4KS = FormatRecipe.llamaCpp(.q4_K_S)
    #expect(q4KS.quality(for: try model("Llama 2 13B"))?.subject.model == "Llama 3 8B")
    #expect(q4KS.quality(for: try model("Qwen3 4B"))?.hasImatrix == false)
    #expect(q4KS.withImatrix.quality(for: try model("Qwen3 4B"))?.hasImatrix == true)
    // Only a file with an importance matrix was measured.
    let iq4 = FormatRecipe.llamaCpp(.iq4_XS)
    #expect(iq4.quality(for: try model("Qwen3 4B"))?.hasImatrix == true)
  }

  @Test("What nobody measured has none, nor has a file with a head that was asked for")
  func none() throws {
    let any = try model("any")
    for name in ["8da4w", "NF4", "mlx-4bit", "TQ1_0", "BF16", "GPTQ-4bit", "8da4w-g64", "W8A16"] {
      #expect(try FormatRecipe.named(name).quality(for: any) == nil, "\(name)")
    }
    let asked = try FormatRecipe.llamaCpp(.q4_K_M).overriding(.init(output: .q8_0))
    #expect(asked.quality(for: any) == nil)
  }
}
