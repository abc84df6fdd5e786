import TestSupport
import Testing
import VRAMBudget

@Suite("gpt-oss's experts on the ranks of vLLM")
struct MXFP4ExpertCutTests {
  /// By hand: 24 layers of 32 experts, each three matrices of 2880 by the rank's share of 2880, rounded up
  /// to blocks of 32 (90, 45, 23 and 12 of them), at 17 B for 32.
  @Test(
    "Each holds whole blocks of 32",
    arguments: [(1, 10_152_345_600), (2, 5_076_172_800), (4, 2_594_488_320), (8, 1_353_646_080)]
      as [(Int, Int64)])
  func blocks(ranks: Int, bytes: Int64) throws {
    let model = try KnownModel.named("gpt-oss-20b")
    let lines = try Runtime.lines(
      for: Deployment(
        model: model, weights: try FormatRecipe.named("MXFP4-experts").plan(for: model),
        runtime: .vllm(VLLMSettings(tensorParallel: Int64(ranks))),
        workload: Workload(contextTokens: 2048, contextOrigin: .given)),
      on: Array(repeating: Device(memory: .gibibytes(80), named: "80GiB"), count: ranks))
    let line = try #require(lines.first { $0.name == .weights })
    let experts = line.formula.terms.first { $0.label == "mxfp4-blocks" }
    #expect(experts?.bytes.count == bytes)
    // Padded to 256 each way: 3072 of 2880 inputs, and 3072, 1536, 768 or 512 of a rank's.
    let padded = [1: 12, 2: 6, 4: 3, 8: 2][ranks, default: 0] * 256 * 3072 * 3 * 24 * 32 * 17 / 32
    #expect(line.estimate.high.count >= line.estimate.expected.count + Int64(padded) - bytes)
  }
}
