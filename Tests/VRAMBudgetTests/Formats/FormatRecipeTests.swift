import Testing
import VRAMBudget

@Suite("Format recipes")
struct FormatRecipeTests {
  @Test("Every recipe is found by each of its names, in any case and punctuation")
  func everyName() throws {
    for recipe in FormatRecipe.all + FormatRecipe.variants {
      for name in recipe.names {
        let spaced = String(name.map { $0 == "_" || $0 == "-" ? " " : $0 })
        let bare = name.filter { $0 != "_" && $0 != "-" }
        for spelling in [name, name.lowercased(), name.uppercased(), spaced, bare] {
          #expect(try FormatRecipe.named(spelling) == recipe, "\(spelling)")
        }
      }
    }
  }

  @Test(
    "What people type finds the recipe that they mean",
    arguments: [
      ("Q4_K_M", "Q4_K_M"), ("q4_k_m", "Q4_K_M"), ("q4km", "Q4_K_M"), ("fp16", "F16"),
      ("FP16", "F16"), ("half", "F16"), ("float16", "F16"), ("bf16", "BF16"),
      ("bfloat16", "BF16"), ("fp32", "F32"), ("f32", "F32"), ("q8_0", "Q8_0"), ("Q8-0", "Q8_0"),
      ("iq4_xs", "IQ4_XS"), ("mxfp4", "MXFP4_MOE"), ("8da4w", "8da4w"), ("8DA4W", "8da4w"),
      ("q2_k", "Q2_K"), ("nf4", "NF4"), ("bnb-4bit", "NF4"), ("bnb 8bit", "LLM.int8"),
      ("awq", "AWQ"), ("AWQ-g128", "AWQ"), ("awq-int4", "AWQ"), ("gptq", "GPTQ-4bit"),
      ("gptq-int4-g128", "GPTQ-4bit"), ("gptq-4bit-32g", "GPTQ-4bit-g32"), ("fp8", "FP8"),
      ("fp8-block", "FP8-block"), ("w4a16", "W4A16"), ("w8a8", "W8A8"), ("mlx-4bit", "mlx-4bit"),
      ("mlx-q4", "mlx-4bit"), ("MLX 4bit g32", "mlx-4bit-g32"), ("nvfp4", "NVFP4"),
      ("hf-bf16", "HF-BF16"), ("exl2-4.65bpw", "EXL2-4.65bpw"), ("EXL2 4.65", "EXL2-4.65bpw"),
      ("exl2-5bpw-h8", "EXL2-5.0bpw-h8"), ("exl3-2.25bpw", "EXL3-2.25bpw"),
    ])
  func typed(text: String, name: String) throws {
    #expect(try FormatRecipe.named(text).name == name)
  }

  @Test(
    "A name that several formats go by is refused, and the choices are named",
    arguments: [
      ("int8", ["Q8_0", "LLM.int8", "W8A8", "GPTQ-8bit", "mlx-8bit", "8da4w"]),
      ("INT-8", ["Q8_0", "LLM.int8", "W8A8", "GPTQ-8bit", "mlx-8bit", "8da4w"]),
      ("q4", ["Q4_K_M", "Q4_0"]), ("Q4", ["Q4_K_M", "Q4_0"]),
      ("int4", ["Q4_K_M", "Q4_0", "AWQ", "GPTQ-4bit", "W4A16", "NF4", "mlx-4bit", "8da4w"]),
      ("4-bit", ["Q4_K_M", "Q4_0", "AWQ", "GPTQ-4bit", "W4A16", "NF4", "mlx-4bit", "8da4w"]),
      ("fp4", ["NVFP4", "MXFP4_MOE", "MXFP4-experts", "BNB-FP4"]),
      ("bnb", ["LLM.int8", "NF4", "NF4-DQ"]), ("exl2", ["EXL2-6.0bpw", "EXL2-4.0bpw"]),
      ("2bit", ["Q2_K", "GPTQ-2bit", "mlx-2bit"]),
    ])
  func ambiguous(name: String, choices: [String]) throws {
    let error = try #require(throws: FormatError.self) { try FormatRecipe.named(name) }
    #expect(error == .ambiguousRecipe(name, choices: choices))
    #expect(error.problem.contains("'\(name)'"))
    for choice in choices {
      #expect(error.problem.contains(choice))
      #expect(error.fix.contains(choice))
      #expect(try FormatRecipe.named(choice).name == choice)
    }
  }

  @Test("An unknown name is refused with those nearest to it")
  func unknown() throws {
    let error = try #require(throws: FormatError.self) { try FormatRecipe.named("Q4_K_X") }
    guard case .unknownRecipe("Q4_K_X", let nearest) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(nearest.prefix(2) == ["Q4_K_M", "Q4_K_S"])
    #expect(error.problem.contains("'Q4_K_X'"))
    #expect(error.fix.contains("Q4_K_M"))
  }

  @Test(
    "A name like no other, or an empty one, is refused without a guess",
    arguments: ["", "zzzzzz", "!"])
  func unlike(name: String) {
    #expect(throws: FormatError.unknownRecipe(name, nearest: [])) {
      try FormatRecipe.named(name)
    }
  }

  @Test(
    "A target that EXL2 and EXL3 do not have is refused",
    arguments: [
      "exl2-1.9bpw", "exl2-8.01bpw", "exl2-16bpw", "exl2-4.", "exl2-.5", "exl2-4.123bpw",
      "exl2-4.+5bpw", "exl2-4.0bpw-h7", "exl3-0.99bpw", "exl3-8.5bpw", "exl4-4.0bpw", "exl2-4.5.0",
    ])
  func targets(name: String) {
    #expect(throws: FormatError.self) { try FormatRecipe.named(name) }
  }

  @Test("No two recipes share a name, case and punctuation aside")
  func unique() {
    var owners: [String: String] = [:]
    for recipe in FormatRecipe.all + FormatRecipe.variants {
      for name in recipe.names {
        let owner = owners.updateValue(recipe.name, forKey: LooseName.normalized(name))
        #expect(owner == nil, "\(name) names \(recipe.name) and \(owner ?? "")")
      }
    }
  }

  @Test("Every file type of llama.cpp has a recipe of its name")
  func fileTypes() throws {
    for fileType in LlamaCppFileType.allCases {
      let recipe = try FormatRecipe.named(fileType.rawValue)
      #expect(
        recipe.method == .llamaCpp(fileType, hasImatrix: fileType.needsImatrix),
        "\(fileType.rawValue)")
    }
    #expect(
      FormatRecipe.all.count { $0.project == .llamaCpp } == LlamaCppFileType.allCases.count)
  }

  // LLAMACPP.md, sections b2 and b6.
  @Test(
    "A recipe's main format is the one its matrices take before any exception",
    arguments: [
      ("Q4_K_M", "q4_K"), ("Q5_K_S", "q5_K"), ("Q3_K_L", "q3_K"), ("Q2_K_S", "q2_K"),
      ("IQ2_S", "iq2_xs"), ("IQ2_M", "iq2_s"), ("IQ3_XS", "iq3_s"), ("IQ3_M", "iq3_s"),
      ("IQ3_XXS", "iq3_xxs"), ("MXFP4_MOE", "mxfp4"), ("Q8_0", "q8_0"), ("BF16", "bf16"),
      ("8da4w", "int4-g32"),
    ])
  func mainFormat(name: String, format: String) throws {
    #expect(try FormatRecipe.named(name).mainFormat.name == format)
  }

  @Test(
    "The smallest file types are never made without an importance matrix",
    arguments: [
      "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "Q2_K_S",
    ])
  func needsImatrix(name: String) throws {
    let recipe = try FormatRecipe.named(name)
    #expect(recipe == recipe.withImatrix)
  }

  @Test("With an importance matrix a recipe keeps its name and main format")
  func withImatrix() throws {
    let plain = try FormatRecipe.named("IQ4_XS")
    #expect(plain.withImatrix != plain)
    #expect(plain.withImatrix.method == .llamaCpp(.iq4_XS, hasImatrix: true))
    #expect(plain.withImatrix.name == "IQ4_XS")
    #expect(plain.withImatrix.mainFormat == plain.mainFormat)
    let torch = try FormatRecipe.named("8da4w")
    #expect(torch.withImatrix == torch)
  }
}
