extension QualityMeasurement {
  /// Every measurement, those to prefer where a model's own family has none first.
  ///
  /// To add some, add a list here and its rows to `Fixtures/quality.tsv`.
  static let all: [QualityMeasurement] = llama3 + llama2 + torchAOTable + torchAOAWQ + execuTorch

  /// One row of a published table.
  private struct Row {
    let recipe: String
    let hasImatrix: Bool
    let perplexity: Double
    let divergence: Double?

    init(_ recipe: String, imatrix: Bool = false, _ perplexity: Double, _ divergence: Double? = nil)
    {
      self.recipe = recipe
      self.hasImatrix = imatrix
      self.perplexity = perplexity
      self.divergence = divergence
    }
  }

  private static func measurements(of subject: Subject, _ rows: [Row]) -> [QualityMeasurement] {
    rows.map {
      QualityMeasurement(
        subject: subject, recipe: $0.recipe, hasImatrix: $0.hasImatrix, perplexity: $0.perplexity,
        divergence: $0.divergence)
    }
  }

  /// The scoreboard of llama.cpp's perplexity tool, revision f364eb6f; importance matrices of ten
  /// million tokens ("WT 10m"). The divergence of F16 is left out: it is that of the stored logits.
  private static let llama3 = measurements(
    of: Subject(
      model: "Llama 3 8B", family: "llama3", dataset: "wikitext-2-raw test, 512 tokens",
      unit: .token, baselineFormat: "F16", baseline: 6.233160, source: perplexityTool),
    [
      Row("F16", 6.23316),
      Row("Q8_0", 6.234284, 0.001355),
      Row("Q6_K", 6.253382, 0.005452),
      Row("Q5_1", 6.337857, 0.018045),
      Row("Q5_K_M", 6.288607, 0.010762),
      Row("Q5_K_S", 6.336598, 0.016595),
      Row("Q5_0", 6.363224, 0.022239),
      Row("Q4_1", 6.682737, 0.071683),
      Row("Q4_K_M", 6.407115, 0.031273),
      Row("Q4_K_M", imatrix: true, 6.382937, 0.028152),
      Row("Q4_K_S", 6.500529, 0.043136),
      Row("Q4_K_S", imatrix: true, 6.409697, 0.031951),
      Row("Q4_0", 6.700147, 0.07194),
      Row("IQ4_NL", imatrix: true, 6.455593, 0.035742),
      Row("IQ4_XS", imatrix: true, 6.459705, 0.036334),
      Row("Q3_K_L", 6.787876, 0.087176),
      Row("Q3_K_L", imatrix: true, 6.671223, 0.073077),
      Row("Q3_K_M", 6.888498, 0.101913),
      Row("Q3_K_M", imatrix: true, 6.734255, 0.084358),
      Row("IQ3_M", imatrix: true, 6.898327, 0.102534),
      Row("IQ3_S", imatrix: true, 6.965501, 0.111278),
      Row("Q3_K_S", 7.863786, 0.228217),
      Row("Q3_K_S", imatrix: true, 7.602878, 0.199821),
      Row("IQ3_XS", imatrix: true, 7.163043, 0.138693),
      Row("IQ3_XXS", imatrix: true, 7.458436, 0.183625),
      Row("Q2_K", 9.751568, 0.445132),
      Row("Q2_K", imatrix: true, 8.647825, 0.332223),
      Row("Q2_K_S", imatrix: true, 9.323778, 0.40336),
      Row("IQ2_M", imatrix: true, 8.600799, 0.325989),
      Row("IQ2_S", imatrix: true, 9.650781, 0.439197),
      Row("IQ2_XS", imatrix: true, 10.761424, 0.54629),
      Row("IQ2_XXS", imatrix: true, 14.091782, 0.812022),
      Row("IQ1_M", imatrix: true, 25.493722, 1.393084),
      Row("IQ1_S", imatrix: true, 60.694593, 2.254554),
    ])

  /// "LLaMA 2 vs. LLaMA 3" of the same file. Its mean perplexity of q2_K repeats the baseline's, which
  /// the other columns give as 5.794552; with the difference that it states, 0.625552, q2_K has this.
  private static let llama2 = measurements(
    of: Subject(
      model: "Llama 2 7B", family: "llama2", dataset: "wikitext-2-raw test, 512 tokens",
      unit: .token, baselineFormat: "F16", baseline: 5.794552, source: perplexityTool),
    [
      Row("F16", 5.794552), Row("Q8_0", 5.798542, 0.000369), Row("Q6_K", 5.808494, 0.002098),
      Row("Q4_K_M", 5.877078, 0.012686), Row("Q2_K", 6.420104, 0.108903),
    ])

  private static let perplexityTool =
    "https://github.com/ggml-org/llama.cpp/blob/0c1e57098/tools/perplexity/README.md"

  /// torchao's README, first table: the schemes of compressed-tensors' presets under torchao's own
  /// names (`float8_rowwise`, `int8_rowwise` dynamic, `mxfp8`, `nvfp4`), whose sizes agree. Its weights
  /// of eight bits alone have one scale a row, not one for each 128 as W8A16's.
  private static let torchAOTable = measurements(
    of: Subject(
      model: "8B Llama", family: "llama3", dataset: "wikitext, LM Eval", unit: .word,
      baselineFormat: "HF-BF16", baseline: 7.3315,
      source: "https://github.com/pytorch/ao/blob/b795037725b0fba94ff1123d79b355e7373eeee7/"
        + "torchao/quantization/README.md"),
    [
      Row("HF-BF16", 7.3315), Row("FP8-dynamic", 7.4197), Row("W8A8", 7.4535),
      Row("MXFP8", 7.6034), Row("NVFP4", 8.4459),
    ])

  /// torchao's AWQ (`awq-uint4`, groups of 128), which is AutoAWQ's scheme.
  private static let torchAOAWQ = measurements(
    of: Subject(
      model: "Llama 3 8B Instruct", family: "llama3", dataset: "wikitext, LM Eval", unit: .word,
      baselineFormat: "HF-BF16", baseline: 10.936,
      source: "https://github.com/pytorch/ao/blob/36027d82d1ad9949597ea16002ff4940374b1b94/"
        + "torchao/prototype/awq/README.md"),
    [Row("AWQ", 11.409)])

  /// ExecuTorch's Llama example; groups of 32, which 8da4w means here, are not among them.
  private static let execuTorch = measurements(
    of: Subject(
      model: "Llama 3 8B", family: "llama3", dataset: "wikitext, LM Eval", unit: .word,
      baselineFormat: "HF-F32", baseline: 7.9,
      source: "https://github.com/pytorch/executorch/blob/cff6f4dd32e630945b7188512c1f2b4f102b05ad/"
        + "examples/models/llama/README.md"),
    [Row("HF-F32", 7.9), Row("8da4w-g128", 9.4), Row("8da4w-g256", 9.7)])
}
