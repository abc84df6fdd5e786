/// NVIDIA's code for what a chip can compute: 8.6.
public struct ComputeCapability: Hashable, Comparable, Sendable {
  public let major: Int
  public let minor: Int

  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// The code as it is written, `8.6`; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0,
      minor >= 0
    else { return nil }
    self.init(major, minor)
  }

  public static func < (a: ComputeCapability, b: ComputeCapability) -> Bool {
    (a.major, a.minor) < (b.major, b.minor)
  }

  /// The code as it is written.
  public var text: String { "\(major).\(minor)" }
}
