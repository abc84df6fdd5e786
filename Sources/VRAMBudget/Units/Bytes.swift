/// A signed quantity of memory, exact to the byte.
///
/// The storage is `Int64` on every platform. A negative quantity is meaningful: it is the
/// shortfall of a model that does not fit.
public struct Bytes: Hashable, Comparable, Sendable {
  /// The number of bytes.
  public var count: Int64

  public init(_ count: Int64) { self.count = count }

  public static let zero = Bytes(0)

  public static func kibibytes(_ count: Int64) -> Bytes { Bytes(count * 1024) }
  public static func mebibytes(_ count: Int64) -> Bytes { Bytes(count * 1_048_576) }
  public static func gibibytes(_ count: Int64) -> Bytes { Bytes(count * 1_073_741_824) }

  public static func < (a: Bytes, b: Bytes) -> Bool { a.count < b.count }
  public static func + (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count + b.count) }
  public static func - (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count - b.count) }
  public static func += (a: inout Bytes, b: Bytes) { a = a + b }
  public static func * (factor: Int64, b: Bytes) -> Bytes { Bytes(factor * b.count) }

  /// Returns the quantity rounded up to a multiple of `alignment` bytes.
  ///
  /// - Parameter alignment: In bytes, above zero. The quantity must not be negative.
  public func roundedUp(to alignment: Int64) -> Bytes {
    Bytes(count.roundedUp(to: alignment))
  }
}

extension Sequence where Element == Bytes {
  /// The total of all quantities.
  public var total: Bytes { reduce(.zero, +) }
}

extension Int64 {
  /// Returns the number rounded up to a multiple of `step`, which is above zero.
  func roundedUp(to step: Int64) -> Int64 { (self + step - 1) / step * step }
}
