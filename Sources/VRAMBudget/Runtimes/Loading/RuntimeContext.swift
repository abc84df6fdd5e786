/// What an empty process costs on a device before it loads anything.
///
/// Only three devices have a measured modern figure (107, 256 and 555 MiB, more on bigger chips);
/// for all others the range of the three is assumed.
struct RuntimeContext {
  let device: Device
  /// The figure that the user gives in place of all others.
  let given: Bytes?

  func line(on place: Place) -> BudgetLine {
    let (estimate, basis, source) = figures
    return BudgetLine(
      .runtimeContext, on: place, basis: basis, estimate: estimate,
      formula: Formula("an empty process", [.init(estimate.expected.count, .bytes)]),
      source: source)
  }

  private var figures: (ByteEstimate, Basis, String) {
    if let given { return (ByteEstimate(exactly: given), .assumed, "given with --overhead") }
    if let measured = device.measuredContext {
      return (
        ByteEstimate(
          low: Bytes(measured.count * 4 / 5), expected: measured,
          high: Bytes(measured.count * 5 / 4)), .modelled,
        "measured once on this kind of device; another driver may differ by a quarter"
      )
    }
    switch device.backend {
    case .cuda:
      return (
        estimate(107, 256, 555), .assumed,
        "CUDA context: 107 MiB on an RTX 4060 Ti and 555 MiB on an RTX PRO 6000"
          + " (llama.cpp PR 23604), 256 MiB on an RTX 3090 (InvokeAI issue 9413)"
      )
    case .rocm, .sycl, .vulkan:
      return (
        estimate(107, 256, 555), .assumed,
        "no measurement found for \(device.backend.rawValue): the range seen under CUDA"
      )
    case .metal:
      return (estimate(16, 64, 192), .assumed, "no measurement found for Metal")
    case .cpu:
      return (
        estimate(16, 64, 192), .assumed, "code, stacks and heap of the process; no measurement"
      )
    }
  }

  private func estimate(_ low: Int64, _ expected: Int64, _ high: Int64) -> ByteEstimate {
    ByteEstimate(
      low: .mebibytes(low), expected: .mebibytes(expected), high: .mebibytes(high))
  }
}
