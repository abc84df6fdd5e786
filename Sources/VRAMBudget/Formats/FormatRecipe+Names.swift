extension FormatRecipe {
  /// The recipes that lists show: llama.cpp's from most to fewest bits, then by program.
  ///
  /// A file type that llama.cpp only makes with an importance matrix has one here already.
  public static let all: [FormatRecipe] =
    LlamaCppFileType.allCases.map { llamaCpp($0) } + [
      torchAO(synonyms: ["int8-dynamic-activation-int4-weight", "8da4w-g32"]),
      torchAO(embedding: .fourBits),
      transformers(
        .torchFloat32, synonyms: ["fp32", "float32"], use: "training and conversion only"),
      transformers(.torchBFloat16, synonyms: ["bfloat16"], use: "a checkpoint in this dtype"),
      transformers(
        .torchFloat16, synonyms: ["fp16", "float16"], use: "a checkpoint in this dtype"),
    ] + compressedTensors + [deepSeek] + bitsAndBytes + [
      awq(
        groupSize: 128,
        synonyms: [
          "awq-g128", "awq-int4", "awq-4bit", "awq-int4-g128", "awq-4bit-g128", "awq-4bit-128g",
        ]),
      gptq(bits: 8, groupSize: 128),
      gptq(bits: 4, groupSize: 128, synonyms: ["gptq", "gptq-g128"]),
      gptOSS,
    ] + [8, 6, 5, 4, 3, 2].map { mlx(bits: $0) } + [
      exl2(centibits: 600), exl2(centibits: 400), exl3(centibits: 400), exl3(centibits: 300),
    ]

  /// The recipes that differ from a listed one by a group size or a companion; found by name.
  public static let variants: [FormatRecipe] =
    [64, 128, 256].flatMap { size in
      [torchAO(groupSize: size), torchAO(groupSize: size, embedding: .fourBits)]
    } + compressedTensorsVariants + bitsAndBytesVariants + [
      deepSeekV4, fbgemm, mistralFP8, modelOptFP8,
      awq(groupSize: 32), awq(groupSize: 64), awq(groupSize: nil, synonyms: ["awq-g-1"]),
    ]
    + [8, 4, 3, 2].flatMap { bits in
      [128, 64, 32, nil].compactMap { size in
        size == 128 && bits >= 4 ? nil : gptq(bits: bits, groupSize: size)
      }
    }
    + [2, 3, 4, 5, 6, 8].flatMap { bits in
      [mlx(bits: bits, groupSize: 32), mlx(bits: bits, groupSize: 128)]
    }

  /// Returns the recipe that `name` names, whatever its case and punctuation.
  ///
  /// - Throws: ``FormatError/ambiguousRecipe(_:choices:)`` for a name that several programs use for
  ///   different layouts, ``FormatError/unknownRecipe(_:nearest:)`` for one that nobody uses.
  public static func named(_ name: String) throws(FormatError) -> FormatRecipe {
    let wanted = LooseName.normalized(name)
    for recipes in [all, variants] {
      for recipe in recipes
      where recipe.names.contains(where: { LooseName.matches($0, normalized: wanted) }) {
        return recipe
      }
    }
    if let recipe = exLlama(normalizedName: wanted) { return recipe }
    if let choices = ambiguousNames[wanted] { throw .ambiguousRecipe(name, choices: choices) }
    throw .unknownRecipe(
      name, nearest: LooseName.nearest(to: name, among: (all + variants).map(\.name)))
  }

  /// Names that do not say which layout is meant, and what they may mean.
  private static let ambiguousNames: [String: [String]] = [
    "int8": ["Q8_0", "LLM.int8", "W8A8", "GPTQ-8bit", "mlx-8bit", "8da4w"],
    "8bit": ["Q8_0", "LLM.int8", "W8A8", "GPTQ-8bit", "mlx-8bit", "8da4w"],
    "int4": ["Q4_K_M", "Q4_0", "AWQ", "GPTQ-4bit", "W4A16", "NF4", "mlx-4bit", "8da4w"],
    "4bit": ["Q4_K_M", "Q4_0", "AWQ", "GPTQ-4bit", "W4A16", "NF4", "mlx-4bit", "8da4w"],
    "6bit": ["Q6_K", "mlx-6bit", "EXL2-6.0bpw"],
    "5bit": ["Q5_K_M", "Q5_0", "mlx-5bit"],
    "3bit": ["Q3_K_M", "GPTQ-3bit", "mlx-3bit", "EXL3-3.0bpw"],
    "2bit": ["Q2_K", "GPTQ-2bit", "mlx-2bit"],
    "fp4": ["NVFP4", "MXFP4_MOE", "MXFP4-experts", "BNB-FP4"],
    "bnb": ["LLM.int8", "NF4", "NF4-DQ"],
    "bitsandbytes": ["LLM.int8", "NF4", "NF4-DQ"],
    "mlx": ["mlx-8bit", "mlx-6bit", "mlx-4bit"],
    "exl2": ["EXL2-6.0bpw", "EXL2-4.0bpw"],
    "exl3": ["EXL3-4.0bpw", "EXL3-3.0bpw"],
    "q4": ["Q4_K_M", "Q4_0"],
    "q5": ["Q5_K_M", "Q5_0"],
    "q3": ["Q3_K_M", "Q3_K_S"],
    "q2": ["Q2_K", "Q2_K_S"],
  ]
}
