import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("GGUF files with other metadata than their tensors'")
struct GGUFModelFuzzTests {
  private static let numbers: [Int64] = [
    0, 1, 2, 3, 4, 7, 8, 16, 17, 24, 31, 32, 63, 64, 65, 96, 128, 512, 1000, 1023, 1024, 1025, 4095,
    4096, 4097, 8192, 8193, 1 << 17, 1 << 20, 1 << 24, 1 << 27, 1 << 31, 1 << 32, 1 << 48, 1 << 62,
    .max, -1, -2, .min,
  ]

  /// Keys that the files may not have, under any family's name.
  private static let keys = [
    "block_count", "embedding_length", "context_length", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "attention.value_length",
    "attention.key_length_swa", "attention.value_length_swa", "attention.sliding_window",
    "attention.sliding_window_pattern", "attention.shared_kv_layers", "attention.rope_pattern",
    "attention.kv_lora_rank", "attention.key_length_mla", "attention.value_length_mla",
    "attention.indexer.types", "attention.indexer.head_count", "attention.indexer.key_length",
    "rope.dimension_count", "rope.scaling.finetuned", "expert_used_count", "ssm.conv_kernel",
    "ssm.inner_size", "ssm.state_size", "ssm.group_count", "kda.head_dim", "shortconv.l_cache",
    "nextn_predict_layers",
  ]

  private func value(_ random: inout SeededGenerator, layers: Int) -> GGUFBuilder.Value {
    let number = Self.numbers.randomElement(using: &random) ?? 0
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .float64(Double(number))
    case 1: return .string("\(number)")
    case 2: return .bool(number > 2)
    case 3: return .uint64(UInt64(bitPattern: number))
    case 4, 5: return .int64(number)
    case 6: return .uint8(UInt8(truncatingIfNeeded: number))
    case 7:
      let count = [0, 1, layers - 1, layers, layers + 1].randomElement(using: &random) ?? 0
      return .array(type: 7, (0..<max(0, count)).map { .bool($0 % 3 == 0) })
    case 8:
      var list: [GGUFBuilder.Value] = []
      for _ in 0..<layers {
        list.append(.int64(Self.numbers.randomElement(using: &random) ?? 0))
      }
      return .array(type: 11, list)
    default: return .uint32(UInt32(truncatingIfNeeded: number))
    }
  }

  private func mutate(
    _ builder: inout GGUFBuilder, _ architecture: String, _ random: inout SeededGenerator
  ) {
    let layers = builder.tensors.filter { $0.name.hasSuffix("ffn_down.weight") }.count
    for _ in 0...Int.random(in: 0..<3, using: &random) {
      let key = "\(architecture).\(Self.keys.randomElement(using: &random) ?? "")"
      let index = builder.entries.firstIndex { $0.key == key }
      switch (index, Int.random(in: 0..<6, using: &random)) {
      case (let index?, 0): builder.entries.remove(at: index)
      case (let index?, _): builder.entries[index].value = value(&random, layers: layers)
      case (nil, _): builder.entries.append((key, value(&random, layers: layers)))
      }
    }
    if Int.random(in: 0..<4, using: &random) == 0, builder.tensors.count > 2 {
      builder.tensors.remove(at: Int.random(in: builder.tensors.indices, using: &random))
    }
  }

  @Test("The files without a fault are read", arguments: TinyGGUF.architectures)
  func faultless(architecture: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("model.gguf", TinyGGUF.builder(architecture).file)
    let model = try GGUFModel(try GGUFFile(path: path), id: path, name: "tiny")
    budget(model)
  }

  @Test(
    "Any metadata gives a model that can be budgeted, or an error",
    arguments: TinyGGUF.architectures)
  func anyMetadata(architecture: String) throws {
    var random = SeededGenerator(seed: Mutation.seed(20_260_726))
    let folder = try TemporaryFolder()
    let valid = TinyGGUF.builder(architecture)
    var readable = 0
    for round in 0..<Mutation.rounds(60) {
      var builder = valid
      mutate(&builder, architecture, &random)
      let path = try folder.file("\(round).gguf", builder.file)
      guard let model = model(try GGUFFile(path: path)) else { continue }
      readable += 1
      budget(model)
    }
    #expect(readable > 0)
  }

  /// The model of a file; nil where it holds none.
  private func model(_ file: GGUFFile) -> GGUFModel? {
    do throws(GGUFModelError) {
      return try GGUFModel(file, id: "tiny", name: "tiny")
    } catch {
      #expect(!error.problem.isEmpty && !error.fix.isEmpty)
      return nil
    }
  }

  /// Budgets a model under llama.cpp; a combination that the runtime refuses is no fault.
  private func budget(_ model: GGUFModel) {
    let deployment = Deployment(
      model: model.shape, weights: model.weights, runtime: .llamaCpp(LlamaCppSettings()),
      workload: Workload(contextTokens: 512, contextOrigin: .given, sequences: 2))
    do {
      let budget = try Budget(
        of: [deployment], on: [Device(memory: .gibibytes(24), named: "24GiB")])
      #expect(budget.entries.allSatisfy { $0.line.estimate.expected >= .zero })
    } catch {
      #expect(!error.problem.isEmpty)
    }
  }
}
