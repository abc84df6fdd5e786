import PresetEntries
import Presets
import Testing
import VRAMBudget

@Suite("Speed")
struct SpeedTests {
  private func budget(
    _ model: String = "llama3.1:8b", _ gpu: [String] = ["rtx-4090"], quant: String = "Q4_K_M",
    context: Int64 = 8192, sequences: Int64 = 1, settings: LlamaCppSettings = LlamaCppSettings()
  ) throws -> Budget {
    let shape = try PresetCatalog().model(named: model)
    return try Budget(
      of: [
        Deployment(
          model: shape, weights: try FormatRecipe.named(quant).plan(for: shape),
          runtime: .llamaCpp(settings),
          workload: Workload(
            contextTokens: context, contextOrigin: .given, sequences: sequences))
      ], on: try gpu.map { try PresetCatalog().device(named: $0) })
  }

  private func model(of budget: Budget, host: Double? = nil) throws -> SpeedModel {
    try #require(
      SpeedModel(of: budget.deployments[0], on: budget.devices, hostBandwidth: host))
  }

  /// By hand: F16 of Llama 3.1 8B reads 8,030,261,248 − 525,336,576 parameters of two bytes, its norms
  /// (65 × 4096) and 64 frequencies of four; no cache at depth 0. The RTX 4090 reads 1008 GB a second.
  @Test("The bound is the bytes read over the bandwidth")
  func bound() throws {
    let decode = try model(of: try budget(quant: "F16")).decode(depth: 0)
    let norms: Int64 = 65 * 4096
    let matrices: Int64 = 8_030_261_248 - 525_336_576 - norms
    let bytes = Double(2 * matrices + 4 * (norms + 64))
    #expect(abs(decode.bound - 1008e9 / bytes) < 0.001)
  }

  /// 32 layers × 8 heads × 128 × 2 × 2 bytes for each token held.
  @Test("The cache at the present depth is read too")
  func depth() throws {
    let model = try model(of: try budget(quant: "F16"))
    let step0 = 1 / model.decode(depth: 0).bound
    let step = 1 / model.decode(depth: 10_000).bound
    let cache = 10_000 * 131_072 / 1008e9
    #expect(abs(step - step0 - cache) < 1e-9)
  }

  /// 128 experts of which 8 are used: 17/32 bytes an element for experts, the rest whole.
  @Test("Of a mixture of experts the chosen ones are read; a batch touches more")
  func experts() throws {
    let budget = try budget("qwen3-coder:30b", ["rtx-5090"])
    let model = try model(of: budget)
    let one = model.decode(depth: 0)
    let dense = 1792e9 / Double(budget.deployments[0].weights.tensorBytes.count)
    #expect(one.bound > 5 * dense)
    let eight = model.decode(depth: 0, sequences: 8)
    #expect(eight.rate.expected > one.rate.expected)
    #expect(eight.rate.expected < 5 * one.rate.expected)
  }

  @Test("Deeper is never faster, and more sequences never give less")
  func monotone() throws {
    for name in ["llama3.1:8b", "gpt-oss:20b", "gemma3:12b", "qwen3-next-80b-a3b"] {
      let model = try model(of: try budget(name, ["h200"]))
      var last = Double.infinity
      for depth: Int64 in [0, 1, 100, 1000, 4096, 8192, 100_000, 16_777_216] {
        let rate = model.decode(depth: depth).rate
        #expect(rate.expected <= last)
        #expect(rate.low <= rate.expected && rate.expected <= rate.high && rate.low > 0)
        last = rate.expected
      }
      last = 0
      for sequences: Int64 in [1, 2, 3, 8, 31, 32, 33, 100, 256, 4096, 65536] {
        let decode = model.decode(depth: 1000, sequences: sequences)
        #expect(decode.rate.expected >= last)
        #expect(decode.rate.high <= decode.bound * 1.000001)
        last = decode.rate.expected
      }
    }
  }

  @Test("Layers on the host are read at the host's bandwidth")
  func offloading() throws {
    let all = try model(of: try budget()).decode(depth: 0).rate
    let half = try budget(settings: LlamaCppSettings(gpuLayers: .count(16)))
    let assumed = try model(of: half)
    #expect(assumed.assumesHost)
    let known = try model(of: half, host: 64e9)
    #expect(!known.assumesHost)
    #expect(known.decode(depth: 0).rate.expected < all.expected / 3)
    #expect(assumed.decode(depth: 0).rate.low < known.decode(depth: 0).rate.low)
    #expect(!(try model(of: try budget()).assumesHost))
  }

  @Test("Two cards in layer split add up in time")
  func layerSplit() throws {
    let one = try model(of: try budget("llama3.1:8b", ["rtx-4090"])).decode(depth: 0)
    let two = try model(of: try budget("llama3.1:8b", ["rtx-4090", "rtx-4090"])).decode(depth: 0)
    #expect(abs(one.bound - two.bound) < one.bound / 1000)
  }

  @Test("Nothing is said of a device whose bandwidth is not known, nor of an encoder")
  func unknown() throws {
    let size = Device(memory: .gibibytes(24), named: "24GiB")
    let budget = try budget()
    #expect(SpeedModel(of: budget.deployments[0], on: [size]) == nil)
    let encoder = try self.budget("nomic-embed-text:v1.5", quant: "F16", context: 512)
    #expect(SpeedModel(of: encoder.deployments[0], on: encoder.devices) == nil)
  }

  @Test("Every preset has a speed on every device that has a bandwidth, finite and ordered")
  func everyPreset() throws {
    let card = try PresetCatalog().device(named: "h200")
    for entry in try PresetCatalog().allModels() {
      let shape = try PresetCatalog().shape(of: entry.entry)
      guard let plan = try? FormatRecipe.named("Q8_0").plan(for: shape) else { continue }
      let deployment = Deployment(
        model: shape, weights: plan, runtime: .llamaCpp(LlamaCppSettings()),
        workload: Workload(contextTokens: 4096, contextOrigin: .given))
      guard let budget = try? Budget(of: [deployment], on: [card]) else { continue }
      guard let summary = SpeedSummary(of: 0, in: budget) else {
        #expect(shape.isEncoder)
        continue
      }
      #expect(summary.decode.bound.isFinite && summary.decode.rate.low > 0)
      #expect(try #require(summary.firstToken).low > 0)
    }
    let phone = try PresetCatalog().model(named: "smollm3-3b")
    let plan = try FormatRecipe.named("Q4_0").plan(for: phone)
    for entry in try PresetCatalog().allDevices() {
      let device = Device(try PresetCatalog().entry(of: entry))
      let deployment = Deployment(
        model: phone, weights: plan, runtime: .llamaCpp(LlamaCppSettings()),
        workload: Workload(contextTokens: 4096, contextOrigin: .given))
      let model = SpeedModel(of: deployment, on: [device])
      #expect((model == nil) == (device.performance == nil), "\(device.id)")
    }
  }

  @Test("Throughput stops where memory or arithmetic does")
  func throughput() throws {
    let roomy = try budget("llama3.2:1b", ["h200"])
    let busy = try #require(Throughput(of: 0, in: roomy, speed: try model(of: roomy)))
    #expect(busy.limit != .memory && busy.sequences <= busy.fittingSequences)
    let tight = try budget("llama3.1:8b", ["rtx-3060-12gb"], context: 16384)
    let few = try #require(Throughput(of: 0, in: tight, speed: try model(of: tight)))
    #expect(few.limit == .memory && few.sequences == few.fittingSequences)
    // Left after weights and buffers: the cache of 16,384 tokens is 2 GiB, the card's rest below 7.
    #expect((2...3).contains(few.sequences))
  }

  @Test("Costs: an hour's price over an hour's tokens, and the load to break even")
  func costs() {
    let cost = ServingCost(
      rentPerHour: 0.30, watts: 500, pricePerKilowattHour: 0.20, otherPerMillion: 2)
    #expect(abs(cost.perHour - 0.40) < 1e-12)
    let rate = SpeedRange(low: 50, expected: 100, high: 200)
    // 100 tokens/s are 360,000 an hour: 0.40 / 0.36 a million.
    let million = cost.perMillion(rate: rate, load: 1)
    #expect(abs(million.expected - 0.4 / 0.36) < 1e-9)
    #expect(abs(million.low - 0.4 / 0.72) < 1e-9)
    #expect(abs(million.high - 0.4 / 0.18) < 1e-9)
    #expect(abs(cost.perMillion(rate: rate, load: 0.5).expected - 0.8 / 0.36) < 1e-9)
    let even = cost.breakEvenLoad(rate: rate)
    #expect(abs((even?.expected ?? 0) - 0.4 / 0.36 / 2) < 1e-9)
  }

  @Test("Requirements: met for sure, as expected, or not")
  func requirements() throws {
    let summary = try #require(SpeedSummary(of: 0, in: try budget()))
    let serving = summary.serving
    let rate = summary.decode.rate
    #expect(SpeedRequirement.rate(tokensPerSecond: rate.low).verdict(on: serving) == .fits)
    #expect(SpeedRequirement.rate(tokensPerSecond: rate.expected).verdict(on: serving) == .tight)
    #expect(
      SpeedRequirement.rate(tokensPerSecond: rate.high + 1).verdict(on: serving) == .doesNotFit)
    #expect(SpeedRequirement.firstToken(seconds: 0.3).verdict(on: nil) == .unknown)
    let first = try #require(summary.firstToken)
    #expect(SpeedRequirement.firstToken(seconds: first.high).verdict(on: serving) == .fits)
  }

  /// 6 × 8.03e9 × 15e12; 15e12 / (20 × 8.03e9) is 93 (94 for a round 8 billion).
  @Test(
    "Llama 3 8B is trained on 93 times Chinchilla's tokens; serving overtakes after 45 T tokens")
  func lifetime() throws {
    let shape = try PresetCatalog().model(named: "llama3:8b")
    let life = Lifetime(
      parameters: shape.parameters, activeParameters: shape.activeParameters,
      trainingTokens: 15e12, servedTokensPerDay: 1e11, days: 1000)
    #expect(abs(life.chinchillaMultiple - 93.4) < 0.1)
    #expect(abs(life.trainingOperations - 7.227e23) < 0.001e23)
    #expect(abs(life.crossoverDay - 450) < 1e-9)
    #expect(abs(life.inferenceOperations(untilDay: 450) / life.trainingOperations - 1) < 1e-9)
    let half = Lifetime(
      parameters: shape.parameters / 2, activeParameters: shape.activeParameters / 2,
      trainingTokens: 15e12 + life.extraTrainingTokensForHalf, servedTokensPerDay: 1e11, days: 1000)
    #expect(abs(half.operations / life.operations - 1) < 1e-6)
  }

  @Test("Amounts are read with their units, and nothing else is")
  func amounts() throws {
    #expect(try Amount.seconds("300ms") == 0.3)
    #expect(try Amount.seconds("2 min") == 120)
    #expect(try Amount.tokens("11.2T") == 11.2e12)
    #expect(try Amount.tokens("1_000_000") == 1e6)
    #expect(try Amount.bytesPerSecond("100Mbit/s") == 12.5e6)
    #expect(try Amount.share("30%") == 0.3)
    for text in ["", "nan", "inf", "-1s", "1e5s", ".5s", "5.s", "0x10s", "300", "1..2s", "٣s", "s"]
    {
      #expect(throws: AmountError.self) { try Amount.seconds(text) }
    }
    for text in ["1k", "0", "1e9", "999999999999999T", String(repeating: "9", count: 400)] {
      #expect(throws: AmountError.self) { try Amount.tokens(text) }
    }
    #expect(throws: AmountError.self) { try Amount.share("0%") }
    #expect(throws: AmountError.self) { try Amount.share("101%") }
  }
}
