internal import HostSystem

/// Random damage to files, the same in every run.
public enum Mutation {
  /// Numbers that break readers: limits of types, overflows of sums and products.
  private static let numbers: [UInt64] = [
    0, 1, 2, 7, 8, 9, 13, 31, 32, 33, 64, 255, 256, 4096, 65_535, 65_536, 1 << 31, 1 << 32,
    1 << 32 - 1, 1 << 48, 1 << 56, 1 << 60, 1 << 61, 1 << 62, 1 << 63 - 1, 1 << 63, .max - 7, .max,
  ]

  /// Returns the bytes with one to four random changes.
  public static func damaged(
    _ bytes: [UInt8], using random: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...24, using: &random))
      switch Int.random(in: 0..<8, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4: bytes.removeLast(bytes.count - place)
      default: write(&bytes, at: place, using: &random)
      }
    }
    return bytes
  }

  /// Writes one of the numbers, in 1 to 8 bytes of either order.
  private static func write(
    _ bytes: inout [UInt8], at place: Int, using random: inout SeededGenerator
  ) {
    let number = numbers.randomElement(using: &random) ?? 0
    let isBigEndian = Bool.random(using: &random)
    for index in 0..<(1 << Int.random(in: 0...3, using: &random))
    where place + index < bytes.count {
      let shift = UInt64(isBigEndian ? 56 - 8 * index : 8 * index)
      bytes[place + index] = UInt8(truncatingIfNeeded: number >> shift)
    }
  }

  /// How often a fuzz test tries: `FUZZ_ROUNDS` when it is set, for long runs by hand.
  public static func rounds(_ usual: Int) -> Int {
    HostSystem.environment("FUZZ_ROUNDS").flatMap { Int($0) } ?? usual
  }

  /// Where the random numbers of a fuzz test begin: `FUZZ_SEED` when it is set.
  public static func seed(_ usual: UInt64) -> UInt64 {
    HostSystem.environment("FUZZ_SEED").flatMap { UInt64($0) } ?? usual
  }
}
