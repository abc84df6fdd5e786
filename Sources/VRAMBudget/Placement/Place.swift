/// Where memory is taken from.
public enum Place: Hashable, Sendable {
  /// The device with this index in the request.
  case device(Int)
  /// The machine's own memory.
  case host
}
