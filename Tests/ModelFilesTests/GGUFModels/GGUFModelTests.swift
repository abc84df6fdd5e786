import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("Models in GGUF files")
struct GGUFModelTests {
  @Test(
    "A file's model has the layers and tensors of its configuration", arguments: KnownGGUF.names)
  func sameAsConfiguration(name: String) throws {
    let known = try KnownGGUF(name)
    let expected = try KnownModel.named(name)
    let plan = try FormatRecipe.llamaCpp(.q4_K_M).plan(for: expected)
    let folder = try TemporaryFolder()
    let path = try known.path(in: folder, plan)
    let file = try GGUFFile(path: path)
    let model = try GGUFModel(file, id: path, name: "")
    // Phi-3's window is not among the hyperparameters: llama.cpp switches it off.
    if name != "Phi-3-mini-4k" { #expect(model.shape.layers == expected.layers) }
    #expect(model.shape.parameters == expected.parameters)
    // llama.cpp counts RoPE tables too.
    let elements = model.shape.tensors.reduce(0) { $0 + $1.shape.elements }
    #expect(elements == (try known.integer("n_params")))
    #expect(model.shape.activeParameters == expected.activeParameters)
    #expect(model.shape.vocabularySize == (try known.integer("V")))
    #expect(model.shape.maximumContext == (try known.integer("ctx")))
    #expect(model.shape.name == name)
    #expect(model.weights.tensorBytes == plan.tensorBytes)
    #expect(model.weights.entries.map(\.format) == plan.entries.map(\.format))
    #expect(model.weights.name == "Q4_K_M")
  }

  @Test("A file is budgeted as its configuration is", arguments: KnownGGUF.names)
  func sameBudget(name: String) throws {
    let known = try KnownGGUF(name)
    let expected = try KnownModel.named(name)
    let plan = try FormatRecipe.llamaCpp(.q4_K_M).plan(for: expected)
    let folder = try TemporaryFolder()
    let path = try known.path(in: folder, plan)
    let model = try GGUFModel(try GGUFFile(path: path), id: path, name: "")
    func lines(_ shape: ModelShape, _ plan: WeightPlan) throws -> [BudgetLine] {
      try Budget(
        of: [
          Deployment(
            model: shape, weights: plan, runtime: .llamaCpp(LlamaCppSettings()),
            workload: Workload(contextTokens: 4096, contextOrigin: .given, sequences: 1))
        ], on: [Device(memory: .gibibytes(24), named: "24GiB")]
      ).entries.map(\.line)
    }
    #expect(try lines(model.shape, model.weights) == lines(expected, plan))
  }

  @Test("Requantizing a file is what quantizing the checkpoint is", arguments: KnownGGUF.names)
  func requantized(name: String) throws {
    let known = try KnownGGUF(name)
    let expected = try KnownModel.named(name)
    let folder = try TemporaryFolder()
    let path = try known.path(in: folder, try FormatRecipe.llamaCpp(.f16).plan(for: expected))
    let model = try GGUFModel(try GGUFFile(path: path), id: path, name: "")
    for fileType in LlamaCppFileType.allCases {
      let recipe = FormatRecipe.llamaCpp(fileType)
      #expect(
        try recipe.plan(for: model.shape).tensorBytes == recipe.plan(for: expected).tensorBytes,
        "\(fileType.rawValue)")
    }
  }
}
