extension Device {
  /// A device of which only the usable memory is known, as `--gpu 24GiB` asks for.
  ///
  /// Nothing is taken off: the size is what the user says a model may have.
  ///
  /// - Parameter text: The size as it was written.
  public init(memory: Bytes, named text: String) {
    self.init(
      id: text.filter { $0 != " " }, name: "\(text) of GPU memory", backend: .cuda, total: memory,
      isMemoryOnly: true)
  }
}
