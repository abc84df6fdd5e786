import Testing
import VRAMBudget

@Suite("Estimates")
struct ByteEstimateTests {
  @Test("A quantity known to the byte is its own least, expected and most")
  func exactly() {
    let estimate = ByteEstimate(exactly: .mebibytes(3))
    #expect(estimate.low == .mebibytes(3))
    #expect(estimate.expected == .mebibytes(3))
    #expect(estimate.high == .mebibytes(3))
    #expect(estimate.isExact)
    #expect(ByteEstimate.zero == ByteEstimate(exactly: .zero))
  }

  @Test("An estimate with a span is not exact, be it on one side only")
  func span() {
    #expect(!ByteEstimate(low: Bytes(1), expected: Bytes(2), high: Bytes(3)).isExact)
    #expect(!ByteEstimate(low: Bytes(1), expected: Bytes(1), high: Bytes(3)).isExact)
    #expect(!ByteEstimate(low: Bytes(1), expected: Bytes(3), high: Bytes(3)).isExact)
  }

  @Test("Estimates add up term by term")
  func sum() {
    let sum =
      ByteEstimate(low: Bytes(1), expected: Bytes(20), high: Bytes(300))
      + ByteEstimate(low: Bytes(4), expected: Bytes(50), high: Bytes(600))
    #expect(sum == ByteEstimate(low: Bytes(5), expected: Bytes(70), high: Bytes(900)))
  }

  @Test("Adding zero changes nothing, and exact parts make an exact sum")
  func neutral() {
    let estimate = ByteEstimate(low: Bytes(-2), expected: Bytes(0), high: Bytes(7))
    #expect(estimate + .zero == estimate)
    #expect((ByteEstimate(exactly: Bytes(1)) + ByteEstimate(exactly: Bytes(2))).isExact)
    #expect(!(estimate + ByteEstimate(exactly: Bytes(1))).isExact)
  }

  @Test("An estimate out of order stops the program")
  func order() async {
    await #expect(processExitsWith: .failure) {
      _ = ByteEstimate(low: Bytes(2), expected: Bytes(1), high: Bytes(3))
    }
    await #expect(processExitsWith: .failure) {
      _ = ByteEstimate(low: Bytes(1), expected: Bytes(4), high: Bytes(3))
    }
  }

  @Test("A number is exact, modelled or assumed")
  func bases() {
    #expect(Basis.allCases.map(\.rawValue) == ["exact", "modelled", "assumed"])
  }
}
