extension Ledger {
  /// Enters the parts of a checkpoint beside the language model, towers for images or sound, where a
  /// runtime loads them: nothing is known of their size, nor of what they compute with.
  mutating func enterOtherParts(
    of load: ModelLoad, on device: Device, at index: Int, under version: String
  ) {
    guard load.companions.projector == .otherParts else { return }
    var sum = sum()
    sum.add("parts for images or sound, of which nothing is known", bytes: .zero)
    enter(
      .projector, on: .device(index), basis: .assumed,
      estimate: ByteEstimate(low: .zero, expected: .zero, high: device.total), sum,
      source: "\(version) loads the checkpoint whole: they may take anything;"
        + " --language-model-only leaves them out")
  }
}
