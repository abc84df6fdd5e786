internal import HostSystem

/// How many rows `vram sweep` writes in a second, by threads, and the memory it takes as rows grow.
enum Sweeps {
  /// - Parameter isLong: Whether ten million rows are among them, which take half a minute.
  static func rows(tool: String, isLong: Bool) -> [BenchRow] {
    guard let one = costs(tool, threads: 1) else {
      return [BenchRow(what: "sweep", measured: "failed: cannot run \(tool)", bar: "")]
    }
    var rows = [
      BenchRow(
        what: "rows a second of `vram sweep` to CSV, a graph for 1,000 of them, one thread",
        measured: (1_000_000 / one.processor).rate, bar: "at least 200,000")
    ]
    for threads in [2, 4, 8, 16] where threads <= HostSystem.processors {
      guard let several = costs(tool, threads: threads) else { continue }
      rows.append(
        BenchRow(
          what: "… \(threads) threads, against one by the clock",
          measured: "\((one.clock / several.clock).short) ×",
          bar: threads == 2 ? "at least 1.7 ×" : ""))
    }
    if let ratio = shareOfRateWithSpeed(tool) {
      rows.append(
        BenchRow(
          what: "… with --speed on 74 consumer devices, against the same rows without",
          measured: "\(ratio.short) ×", bar: "at least 0.5 ×"))
    }
    for exponent in 4...(isLong ? 7 : 6) {
      guard let cost = HostSystem.run(command(tool, exponent: exponent)) else { continue }
      rows.append(
        BenchRow(
          what: exponent == 4
            ? "peak memory of a sweep of 10⁴ rows" : "… of \(Self.power(exponent))",
          measured: "\((Double(cost.peakKibibytes) / 1024).short) MiB",
          bar: exponent == 7 ? "at most 95 MiB" : ""))
    }
    return rows
  }

  /// How many rows with speed are written in the time of one without.
  private static func shareOfRateWithSpeed(_ tool: String) -> Double? {
    let command = [
      tool, "sweep", "gpt-oss:20b", "--context", "512..512000+512", "--gpu", "class=consumer",
      "--format", "csv", "--threads", "1",
    ]
    func seconds(_ command: [String]) -> Double? {
      let costs = (0..<5).compactMap { _ in HostSystem.run(command)?.processorSeconds }
      return costs.count == 5 ? costs.sorted()[2] : nil
    }
    guard let without = seconds(command), let with = seconds(command + ["--speed"]) else {
      return nil
    }
    return without / with
  }

  private static func power(_ exponent: Int) -> String { "10" + ["⁵", "⁶", "⁷"][exponent - 5] }

  /// The seconds that a million rows take: the medians of three runs.
  private static func costs(
    _ tool: String, threads: Int
  ) -> (clock: Double, processor: Double)? {
    let command = command(tool, exponent: 6) + ["--threads", "\(threads)"]
    let costs = (0..<3).compactMap { _ in HostSystem.run(command) }
    guard costs.count == 3 else { return nil }
    return (costs.map(\.seconds).sorted()[1], costs.map(\.processorSeconds).sorted()[1])
  }

  /// A sweep of 10^exponent rows: 1,000 contexts on as many devices as that takes, and for the
  /// largest of as many sequences.
  private static func command(_ tool: String, exponent: Int) -> [String] {
    let devices = [4: 10, 5: 100][exponent] ?? 1000
    return [
      tool, "sweep", "qwen2.5-coder:14b", "--context", "512..512000+512", "--gpu",
      "1GiB..\(devices)GiB+1GiB", "--sequences", exponent == 7 ? "1..10" : "1", "--format", "csv",
    ]
  }
}
