extension Device {
  /// A device of which only the usable memory is known, as `--gpu 24GiB` asks for.
  ///
  /// Nothing is taken off: the size is what the user says a model may have.
  public init(memory: Bytes) {
    let size = memory.formatted(.binary)
    self.init(
      id: size.split(separator: " ").joined(), name: "\(size) GPU", backend: .cuda, total: memory)
  }
}
