import Testing
import VRAMBudget

@Suite("Bytes")
struct BytesTests {
  @Test("A kibibyte, a mebibyte and a gibibyte are powers of 1024")
  func powers() {
    #expect(Bytes.kibibytes(3).count == 3072)
    #expect(Bytes.mebibytes(1536).count == 1_610_612_736)
    #expect(Bytes.gibibytes(24).count == 25_769_803_776)
    #expect(Bytes.zero.count == 0)
  }

  @Test("Quantities add, subtract and multiply as their counts do")
  func arithmetic() {
    #expect(Bytes(700) + Bytes(324) == .kibibytes(1))
    #expect(Bytes.kibibytes(1) - Bytes(324) == Bytes(700))
    #expect(3 * Bytes.kibibytes(2) == Bytes(6144))
    #expect(0 * Bytes.gibibytes(2) == .zero)
    var sum = Bytes(1)
    sum += Bytes(2)
    #expect(sum == Bytes(3))
  }

  @Test("A shortfall is a negative quantity, below zero in order")
  func negative() {
    let shortfall = Bytes.gibibytes(8) - .gibibytes(12)
    #expect(shortfall.count == -4_294_967_296)
    #expect(shortfall < .zero)
    #expect(-2 * shortfall == .gibibytes(8))
    #expect([Bytes(1), shortfall, .zero].sorted() == [shortfall, .zero, Bytes(1)])
  }

  @Test("The total of a list is its sum, and zero of an empty one")
  func total() {
    #expect([Bytes(1), Bytes(20), Bytes(300)].total == Bytes(321))
    #expect([Bytes]().total == .zero)
    #expect([Bytes(5), Bytes(-7)].total == Bytes(-2))
  }

  @Test(
    "A quantity is rounded up to the next multiple, and stays when it is one",
    arguments: [
      (0, 256, 0), (1, 256, 256), (255, 256, 256), (256, 256, 256), (257, 256, 512),
      (1000, 3, 1002), (1002, 3, 1002), (77, 1, 77),
      (9_007_199_254_740_993, 128, 9_007_199_254_741_120),
    ] as [(Int64, Int64, Int64)])
  func roundedUp(count: Int64, alignment: Int64, expected: Int64) {
    #expect(Bytes(count).roundedUp(to: alignment) == Bytes(expected))
  }

  @Test("Rounding up adds less than the alignment and leaves no rest", arguments: 0...600)
  func roundedUpProperties(count: Int64) {
    for alignment: Int64 in [1, 2, 7, 32, 128, 500] {
      let rounded = Bytes(count).roundedUp(to: alignment).count
      #expect(rounded.isMultiple(of: alignment))
      #expect((count..<count + alignment).contains(rounded))
    }
  }
}
