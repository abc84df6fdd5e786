import TestSupport
import Testing
import VRAMBudget

@Suite("The largest value that fits")
struct AnswerTests {
  private func deployment(
    _ model: String, _ fileType: LlamaCppFileType = .q4_K_M, context: Int64 = 8192,
    sequences: Int64 = 1, settings: LlamaCppSettings = LlamaCppSettings()
  ) throws -> Deployment {
    let model = try KnownModel.named(model)
    return Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(fileType).plan(for: model),
      runtime: .llamaCpp(settings),
      workload: Workload(contextTokens: context, contextOrigin: .given, sequences: sequences),
      overhead: .zero)
  }

  /// A card of which 1 GiB is kept free, as llama.cpp's `--fit-target` does by default.
  private func card(gibibytes: Int64) -> Device {
    Device(memory: .gibibytes(gibibytes), named: "card").reserving(
      Reservation(.user, .gibibytes(1), basis: .assumed, source: ""))
  }

  /// Measured: llama-fit-params of llama.cpp 0c1e57098 on a stand-in device of that size, which keeps
  /// 1024 MiB free; Llama 3.1 8B in Q4_K_M.
  @Test(
    "The context is the one that llama.cpp's own fit finds",
    arguments: [(16, 85504), (12, 52736), (10, 36352), (8, 19968)] as [(Int64, Int64)])
  func context(gibibytes: Int64, tokens: Int64) throws {
    let answer = try Question([deployment("Llama-3.1-8B")], on: [card(gibibytes: gibibytes)])
      .largest(.context)
    #expect(answer.value == tokens)
    #expect(answer.fits && !answer.isLargest)
  }

  /// Measured likewise, at a context of 8192 tokens.
  @Test(
    "The layers on the device are those of llama.cpp's own fit",
    arguments: [(6, 29), (5, 22), (4, 16), (3, 9)] as [(Int64, Int64)])
  func layers(gibibytes: Int64, layers: Int64) throws {
    let answer = try Question([deployment("Llama-3.1-8B")], on: [card(gibibytes: gibibytes)])
      .largest(.gpuLayers)
    #expect(answer.value == layers)
  }

  @Test("Nothing larger than the model was made for is an answer")
  func ceiling() throws {
    let answer = try Question(
      [deployment("Llama-3.1-8B", sequences: 2)], on: [card(gibibytes: 200)]
    ).largest(.context)
    #expect(answer.value == 2 * 131_072)
    #expect(answer.isLargest && answer.fits)
  }

  @Test("Where not even the least fits, the least is named and does not fit")
  func nothingFits() throws {
    let answer = try Question([deployment("Llama-3.1-8B")], on: [card(gibibytes: 2)])
      .largest(.context)
    #expect(answer.value == 256)
    #expect(!answer.fits)
  }

  @Test("The highest estimate never allows more than what is expected")
  func standards() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(.q4_K_M).plan(for: model),
      runtime: .llamaCpp(LlamaCppSettings()),
      workload: Workload(contextTokens: 8192, contextOrigin: .given))
    let question = Question([deployment], on: [card(gibibytes: 12)])
    let expected = try question.largest(.context).value
    let highest = try question.by(.highest).largest(.context).value
    // 299 MiB between both estimates of an empty process, at 128 KiB a token: 2392 tokens.
    #expect(expected - highest >= 2304 && expected - highest <= 2560)
  }

  /// 4096 tokens for each of several sequences: the step is 256 for each.
  @Test("Several sequences divide the context evenly")
  func divided() throws {
    let answer = try Question(
      [deployment("Llama-3.1-8B", sequences: 3)], on: [card(gibibytes: 8)]
    ).largest(.context)
    #expect(answer.value.isMultiple(of: 768))
    #expect(answer.value == 19968 / 768 * 768)
  }

  @Test("What other models take is taken off")
  func neighbours() throws {
    let first = try deployment("Llama-3.1-8B")
    let second = try deployment("Qwen3-0.6B")
    let device = card(gibibytes: 12)
    let alone = try Question([first], on: [device]).largest(.context).value
    let question = Question([first, second], on: [device])
    let shared = try question.largest(.context, of: 0)
    #expect(shared.value < alone)
    let budget = try Budget(of: [shared.deployment, second], on: [device])
    #expect(budget.verdict == .fits)
    let swapped = Question([first, second], on: [device], isSwapped: true)
    #expect(try swapped.largest(.context).value == alone)
  }

  @Test("Host memory can be the limit")
  func host() throws {
    let deployment = try deployment("Llama-3.1-8B")
    let device = card(gibibytes: 6)
    let free = try Question([deployment], on: [device], hostMemory: .gibibytes(8))
      .largest(.gpuLayers)
    #expect(free.value == 29)
    let budget = try Budget(
      of: [free.deployment], on: [device], hostMemory: .mebibytes(500))
    #expect(budget.verdict == .doesNotFit)
    #expect(budget.limit == .host)
    #expect(budget.verdict(of: 0) == .fits)
  }
}

@Suite("Suggestions")
struct SuggestionTests {
  private func question(_ gibibytes: Int64, model: String = "Llama-3.1-8B") throws -> Question {
    let model = try KnownModel.named(model)
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(.q8_0).plan(for: model),
      runtime: .llamaCpp(LlamaCppSettings()),
      workload: Workload(contextTokens: 32768, contextOrigin: .given))
    return Question([deployment], on: [Device(memory: .gibibytes(gibibytes), named: "card")])
  }

  private func suggestions(_ question: Question) throws -> [Suggestion] {
    let larger = [12, 16, 24, 48].map { Device(memory: .gibibytes($0), named: "\($0)") }
    return try question.suggestions(
      among: { least in larger.filter { $0.usable >= least } },
      recipes: FormatRecipe.ranked(for: question.deployments[0].model, under: .llamaCpp))
  }

  @Test("What fits needs no change")
  func fits() throws { #expect(try suggestions(question(24)).isEmpty) }

  @Test("Every suggestion fits, and the first costs least: an eight-bit cache")
  func order() throws {
    let found = try suggestions(question(11))
    #expect(found.allSatisfy { $0.verdict == .fits })
    #expect(found.allSatisfy { $0.needed.high <= .gibibytes(11) || $0.changes.count == 1 })
    #expect(found.contains { $0.changes == [.cacheFormat(.q8_0)] })
    #expect(found.contains { if case .gpuLayers? = $0.changes.first { true } else { false } })
    guard case .device(let device, 1, nil)? = found.last?.changes.first else {
      Issue.record("the last is another device")
      return
    }
    #expect(device.total == .gibibytes(16))
  }

  /// 8 B parameters in the smallest format and the shortest context together.
  @Test("Where no single setting is enough, two are suggested")
  func pair() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    let deployment = Deployment(
      model: model, weights: try FormatRecipe.llamaCpp(.q8_0).plan(for: model),
      runtime: .llamaCpp(LlamaCppSettings(gpuLayers: .count(33))),
      workload: Workload(contextTokens: 131_072, contextOrigin: .given))
    let question = Question([deployment], on: [Device(memory: .gibibytes(8), named: "card")])
    let found = try question.suggestions(
      among: { _ in [] }, recipes: FormatRecipe.ranked(for: model, under: .llamaCpp))
    #expect(found.map(\.changes.count) == [2, 1])
    guard case .device(_, let count, nil)? = found.last?.changes.first else {
      Issue.record("the last is more of the same card")
      return
    }
    #expect(count > 1)
    #expect(found.allSatisfy { $0.verdict == .fits })
  }
}

@Suite("Formats by quality")
struct FormatRankingTests {
  @Test("The order is that of the published losses, what nobody measured last")
  func order() throws {
    let model = try KnownModel.named("Llama-3.1-8B")
    for runtime in RuntimeKind.allCases {
      let losses = FormatRecipe.ranked(for: model, under: runtime).map { $0.loss(for: model) }
      let known = losses.prefix { $0 != nil }.compactMap { $0 }
      #expect(known == known.sorted())
      #expect(losses.dropFirst(known.count).allSatisfy { $0 == nil })
    }
    let names = FormatRecipe.ranked(for: model, under: .llamaCpp).map(\.name)
    #expect(Array(names.prefix(4)) == ["F16", "Q8_0", "Q6_K", "Q5_K_M"])
  }

  @Test("A model that was trained in a format has no better one")
  func native() throws {
    let model = try KnownModel.named("gpt-oss-20b")
    #expect(FormatRecipe.ranked(for: model, under: .llamaCpp).first?.name == "MXFP4_MOE")
    let other = try KnownModel.named("Mixtral-8x7B")
    #expect(!FormatRecipe.ranked(for: other, under: .llamaCpp).contains { $0.name == "MXFP4_MOE" })
  }
}
