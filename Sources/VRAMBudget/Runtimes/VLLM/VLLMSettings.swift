/// How vLLM is started: its own options, with its own defaults.
public struct VLLMSettings: Hashable, Sendable {
  /// `--gpu-memory-utilization`, in thousandths: the share of each device that vLLM claims.
  public let utilizationPermille: Int64
  /// `--tensor-parallel-size`.
  public let tensorParallel: Int64
  /// `--pipeline-parallel-size`.
  public let pipelineParallel: Int64
  /// `--max-num-batched-tokens`; nil for what the server uses on the device.
  public let batchedTokens: Int64?
  /// `--max-num-seqs`; nil for what the server uses on the device.
  public let mostSequences: Int64?
  /// `--enforce-eager`: no CUDA graphs.
  public let enforcesEager: Bool
  /// The bytes of one cached element: 2, or 1 for `--kv-cache-dtype fp8`.
  public let cacheElementBytes: Int64
  /// `--block-size`: the tokens of one block of the cache.
  public let blockTokens: Int64
  /// `num_speculative_tokens`: the tokens that a layer of the model's own (MTP) proposes ahead. What it
  /// takes of the cache is counted, its weights are not.
  public let proposedTokens: Int64
  /// `--language-model-only`: nothing but the language model of a checkpoint is loaded.
  public let isTextOnly: Bool

  /// The shares that can be claimed, in thousandths.
  public static let allowedUtilization: ClosedRange<Int64> = 1...1000

  /// - Parameter utilizationPermille: 920 by default, as of v0.25; 900 in older versions.
  public init(
    utilizationPermille: Int64 = 920, tensorParallel: Int64 = 1, pipelineParallel: Int64 = 1,
    batchedTokens: Int64? = nil, mostSequences: Int64? = nil, enforcesEager: Bool = false,
    cacheElementBytes: Int64 = 2, blockTokens: Int64 = 16, proposedTokens: Int64 = 0,
    isTextOnly: Bool = false
  ) {
    self.utilizationPermille = utilizationPermille
    self.tensorParallel = tensorParallel
    self.pipelineParallel = pipelineParallel
    self.batchedTokens = batchedTokens
    self.mostSequences = mostSequences
    self.enforcesEager = enforcesEager
    self.cacheElementBytes = cacheElementBytes
    self.blockTokens = blockTokens
    self.proposedTokens = proposedTokens
    self.isTextOnly = isTextOnly
  }
}

extension VLLMSettings {
  /// The tokens that are computed at once: the server's default by the device's memory, the A100
  /// excepted. It is the least for a GB10, which reports its memory otherwise (`2048` in its logs).
  ///
  /// Source: vLLM 002f10e0c, vllm/engine/arg_utils.py, `get_batch_defaults`.
  func batchedTokens(on device: Device) -> Int64 {
    batchedTokens
      ?? (Self.isLarge(device) ? device.total >= .gibibytes(160) ? 16_384 : 8192 : 2048)
  }

  /// The sequences that are computed at once.
  func mostSequences(on device: Device) -> Int64 {
    mostSequences ?? (Self.isLarge(device) ? 1024 : 256)
  }

  private static func isLarge(_ device: Device) -> Bool {
    device.total >= .gibibytes(70) && !device.id.hasPrefix("a100") && !device.isUnified
  }

  /// What vLLM claims of a device when it starts.
  ///
  /// - Parameter overhead: What the process itself takes, where the user says so.
  func claim(on device: Device, overhead: Bytes?) -> Claim {
    let context = RuntimeContext(device: device, given: overhead)
    let drivers = device.reservations.lazy.filter { $0.reason == .driver }
    return Claim(
      share: share(of: device),
      leastShare: share(ofTotal: device.total - drivers.map(\.estimate.high).total),
      beside: context.estimate, besideBasis: context.basis, besideSource: context.source)
  }

  /// The share of a device that vLLM claims.
  ///
  /// Source: vLLM 002f10e0c, vllm/config/cache.py, `gpu_memory_utilization` (0.92); vLLM 0.27.1,
  /// vllm/v1/worker/utils.py, `request_memory`: of CUDA's own total, rounded up.
  func share(of device: Device) -> Bytes { share(ofTotal: Self.cudaTotal(of: device)) }

  private func share(ofTotal total: Bytes) -> Bytes {
    Bytes((max(0, total.count) * utilizationPermille + 999) / 1000)
  }

  /// What of a device vLLM leaves to others: the process's own context, the desktop and what else is
  /// kept free lie in it.
  func unclaimed(of device: Device, _ claim: Claim) -> Reservation {
    Reservation(
      .unclaimedShare, max(.zero, device.usable - claim.share), basis: .assumed,
      source: "\(VLLM.version), --gpu-memory-utilization"
        + " \(Self.text(permille: utilizationPermille)) of \(Self.cudaTotal(of: device).count) B;"
        + " an empty process's \(claim.beside.expected.count) B lie in it")
  }

  /// What CUDA says that the device has.
  private static func cudaTotal(of device: Device) -> Bytes {
    device.total - device.reservations.lazy.filter { $0.reason == .driver }.map(\.bytes).total
  }

  private static func text(permille: Int64) -> String {
    guard permille < 1000 else { return "1.0" }
    var digits = String(String(1000 + permille).dropFirst())
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return "0.\(digits)"
  }
}
