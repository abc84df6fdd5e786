import PresetEntries
import Presets
import Testing
import VRAMBudget

@Suite("Every model in every format")
struct PresetPricingTests {
  /// The models with a row that is no whole number of groups of 128, in one matrix at least: programs
  /// that pack such groups do not take them.
  private static let withUnevenRows: Set<String> = [
    "deepseek-coder-v2:16b", "deepseek-v2:16b", "falcon:7b", "gemma3n:e4b", "gemma4:26b",
    "glm-4.5-air", "gpt-oss:20b", "gpt-oss:120b", "mamba-130m-hf", "mamba-2.8b-hf",
    "mellum-4b-base", "nemotron-3-nano:30b", "smollm2:135m", "smollm2:360m",
  ]

  @Test("A model has a price in every format, or a reason why there is no such file")
  func prices() throws {
    let catalogue = PresetCatalog()
    var uneven: Set<String> = []
    let everyFourth = Set(try everyFourthPreset())
    for (entry, _, _) in try catalogue.allModels() {
      let model = try catalogue.shape(of: entry)
      for recipe in FormatRecipe.all {
        // What decides here is the same for all of them; .ci/catalogue prices them all.
        if recipe.project == .llamaCpp, !everyFourth.contains(entry.id) { continue }
        do {
          let plan = try recipe.plan(for: model)
          #expect(plan.tensorBytes > .zero, "\(entry.id) \(recipe.name)")
        } catch {
          switch error {
          case .rowNotDivisible: uneven.insert(entry.id)
          case .noExperts: #expect(model.experts == nil, "\(entry.id) \(recipe.name)")
          case .notInGGUF: #expect(model.architecture.ggufName == nil, "\(entry.id) \(recipe.name)")
          default: Issue.record("\(entry.id) \(recipe.name): \(error.problem)")
          }
        }
      }
    }
    #expect(uneven == Self.withUnevenRows)
  }

  @Test("Every model and device says where it is from")
  func sources() throws {
    let catalogue = PresetCatalog()
    for (entry, _, _) in try catalogue.allModels() {
      #expect(!entry.sources.isEmpty, "\(entry.id)")
      #expect(entry.parameters != nil && entry.parameterCheck != nil, "\(entry.id)")
      #expect(entry.huggingFace != nil, "\(entry.id)")
    }
    for device in try catalogue.allDevices() {
      let entry = try catalogue.entry(of: device)
      #expect(!entry.total.source.isEmpty && entry.total.basis != nil, "\(entry.id)")
    }
  }

  // Parameters and the borders between the names that makers give their sizes.
  @Test(
    "A tier follows from the parameters, all experts counted",
    arguments: [
      ("smollm2:135m", .micro), ("smollm3-3b", .micro), ("llama3.2:3b", .micro),
      ("qwen3:4b", .small), ("phi4-mini:3.8b", .small), ("yi:6b", .small), ("mistral:7b", .editor),
      ("qwen2.5-coder:14b", .editor), ("phi4:14b", .editor), ("gpt-oss:20b", .large),
      ("qwen3:30b-a3b", .large), ("mixtral:8x7b", .large), ("llama3.1:70b", .architect),
      ("gpt-oss:120b", .architect), ("deepseek-r1:671b", .architect),
    ] as [(String, ModelTier)])
  func tiers(name: String, tier: ModelTier) throws {
    #expect(try PresetCatalog().model(named: name).tier == tier)
  }

  @Test("The tiers have no gap: one more parameter never makes a smaller tier")
  func tierBorders() {
    let order = ModelTier.allCases
    var last = 0
    for parameters in stride(from: Int64(0), through: 100_000_000_000, by: 250_000_000) {
      let index = order.firstIndex(of: ModelTier(parameters: parameters)) ?? -1
      #expect(index >= last)
      last = index
    }
    #expect(last == order.count - 1)
    #expect(ModelTier(parameters: .max) == .architect)
  }

  // Tags of ollama.com/library by pulls and repositories of huggingface.co by downloads, as far as
  // their configurations are sourced.
  @Test(
    "What people run most is found by its Ollama tag",
    arguments: [
      "llama3.1:8b", "llama3.1:70b", "llama3.1:405b", "llama3.2:1b", "llama3.2:3b", "llama3.3:70b",
      "llama3:8b", "llama3:70b", "llama2:7b", "llama2:13b", "llama2:70b", "deepseek-r1:1.5b",
      "deepseek-r1:7b", "deepseek-r1:8b", "deepseek-r1:14b", "deepseek-r1:32b", "deepseek-r1:70b",
      "deepseek-r1:671b", "gemma:2b", "gemma:7b", "gemma2:2b", "gemma2:9b", "gemma2:27b",
      "gemma3:270m", "gemma3:1b", "gemma3:4b", "gemma3:12b", "gemma3:27b", "gemma3n:e4b",
      "mistral:7b", "mistral-nemo:12b", "mistral-small3.2:24b", "mistral-large:123b",
      "mixtral:8x7b", "mixtral:8x22b", "qwen2:0.5b", "qwen2:1.5b", "qwen2:7b", "qwen2.5:0.5b",
      "qwen2.5:1.5b", "qwen2.5:3b", "qwen2.5:7b", "qwen2.5:14b", "qwen2.5:32b", "qwen2.5:72b",
      "qwen2.5-coder:0.5b", "qwen2.5-coder:1.5b", "qwen2.5-coder:3b", "qwen2.5-coder:7b",
      "qwen2.5-coder:14b", "qwen2.5-coder:32b", "qwen3:0.6b", "qwen3:1.7b", "qwen3:4b", "qwen3:8b",
      "qwen3:14b", "qwen3:30b", "qwen3:32b", "qwen3:235b", "qwen3-coder:30b", "qwq:32b",
      "qwen2.5vl:7b", "phi3:3.8b", "phi3:14b", "phi3.5:3.8b", "phi4:14b", "phi4-mini:3.8b",
      "codellama:7b", "codellama:13b", "codellama:34b", "codellama:70b", "codegemma:7b",
      "nomic-embed-text:v1.5", "mxbai-embed-large:335m", "tinyllama:1.1b", "starcoder2:3b",
      "starcoder2:15b", "deepseek-coder:1.3b", "deepseek-coder:33b", "deepseek-coder-v2:16b",
      "deepseek-v3:671b", "codestral:22b", "command-r:35b", "smollm2:135m", "smollm2:360m",
      "smollm2:1.7b", "olmo2:7b", "olmo2:13b", "granite3.3:2b", "gpt-oss:20b", "gpt-oss:120b",
      "zephyr:7b", "yi:6b", "yi:34b", "solar:10.7b", "falcon3:1b", "falcon3:3b", "falcon3:7b",
      "falcon3:10b", "hermes3:8b", "llama4:scout", "exaone3.5:7.8b", "aya-expanse:8b",
      "nomic-embed-text", "mxbai-embed-large:latest", "codestral:latest", "qwq",
    ])
  func ollamaTags(tag: String) throws {
    _ = try PresetCatalog().entry(ofModelNamed: tag)
  }

  @Test(
    "What people run most is found by its repository",
    arguments: [
      "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Meta-Llama-3.1-8B-Instruct",
      "meta-llama/Meta-Llama-3-8B-Instruct", "meta-llama/Llama-3.2-1B-Instruct",
      "meta-llama/Llama-3.2-3B-Instruct", "meta-llama/Llama-3.3-70B-Instruct",
      "meta-llama/Llama-2-7b-chat-hf", "Qwen/Qwen2.5-0.5B-Instruct", "Qwen/Qwen2.5-1.5B-Instruct",
      "Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-14B-Instruct", "Qwen/Qwen2.5-72B-Instruct",
      "Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-Coder-7B-Instruct", "Qwen/Qwen3-0.6B",
      "Qwen/Qwen3-4B", "Qwen/Qwen3-8B", "Qwen/Qwen3-14B", "Qwen/Qwen3-32B", "Qwen/Qwen3-30B-A3B",
      "Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen/Qwen3-4B-Instruct-2507",
      "Qwen/Qwen3-Embedding-0.6B", "Qwen/Qwen3-Coder-30B-A3B-Instruct",
      "Qwen/Qwen3-Next-80B-A3B-Instruct", "openai/gpt-oss-20b", "openai/gpt-oss-120b",
      "mistralai/Mistral-7B-Instruct-v0.2", "mistralai/Mistral-7B-Instruct-v0.3",
      "mistralai/Mixtral-8x7B-Instruct-v0.1", "google/gemma-2-9b-it", "google/gemma-3-1b-it",
      "google/gemma-3-4b-it", "google/gemma-3-12b-it", "google/gemma-3-27b-it",
      "microsoft/phi-4", "microsoft/Phi-3-mini-4k-instruct", "microsoft/Phi-3.5-mini-instruct",
      "microsoft/Phi-4-mini-instruct", "deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-V3",
      "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
      "HuggingFaceTB/SmolLM2-135M-Instruct", "HuggingFaceTB/SmolLM3-3B",
      "TinyLlama/TinyLlama-1.1B-Chat-v1.0", "nomic-ai/nomic-embed-text-v1.5",
      "BAAI/bge-large-en-v1.5", "https://huggingface.co/Qwen/Qwen3-8B", "hf.co/openai/gpt-oss-20b",
    ])
  func repositories(name: String) throws {
    _ = try PresetCatalog().entry(ofModelNamed: name)
  }

  @Test("A name without its tag lists the sizes, or finds the only one")
  func withoutTag() throws {
    let error = try #require(throws: PresetError.self) {
      try PresetCatalog().model(named: "Gemma2")
    }
    #expect(
      error == .ambiguousModel("Gemma2", choices: ["gemma2:2b", "gemma2:27b", "gemma2:9b"]))
    #expect(try PresetCatalog().model(named: "codestral").id == "codestral:22b")
  }
}
