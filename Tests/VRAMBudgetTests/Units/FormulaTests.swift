import Testing
import VRAMBudget

@Suite("Formulas")
struct FormulaTests {
  @Test("A term is the product of its factors")
  func product() {
    // Llama 3.1 8B, 8192 tokens in f16: 2 × 32 × 8 × 128 × 8192 × 2 B = 1 GiB.
    let cache = Formula(
      "f16",
      [
        .init(2, .keysAndValues), .init(32, .layers), .init(8, .keyValueHeads),
        .init(128, .headDimension), .init(8192, .cells), .init(2, .bytesPerElement),
      ])
    #expect(cache.bytes == .gibibytes(1))
  }

  @Test("A term is divided once, after its factors are multiplied")
  func divisor() {
    // A row of 1024 elements in q8_0: 32 blocks of 34 bytes.
    let row = Formula.Term(
      "q8_0", [.init(1024, .rowElements), .init(34, .bytesPerBlock)], dividedBy: 32)
    #expect(row.bytes == Bytes(1088))
    // 2 × 6 / 4; dividing a factor first would give 2 or 0.
    let small = Formula.Term("", [.init(2, .elements), .init(6, .times)], dividedBy: 4)
    #expect(small.bytes == Bytes(3))
  }

  @Test("A term of bytes alone is that many bytes")
  func bytes() {
    let term = Formula.Term("logits", bytes: .kibibytes(5))
    #expect(term.bytes == Bytes(5120))
    #expect(term.label == "logits")
    #expect(term.factors == [Formula.Factor(5120, .bytes)])
    #expect(term.divisor == 1)
  }

  @Test("A formula is the sum of its terms, and zero without any")
  func sum() {
    let formula = Formula([
      .init("a", bytes: Bytes(1)), .init("b", bytes: Bytes(20)), .init("c", bytes: Bytes(-300)),
    ])
    #expect(formula.bytes == Bytes(-279))
    #expect(Formula([]).bytes == .zero)
  }

  @Test("Adding formulas keeps every term in its order")
  func addition() {
    let left = Formula("left", [.init(3, .layers), .init(5, .bytes)])
    let right = Formula("right", [.init(7, .times), .init(11, .bytes)])
    #expect((left + right).terms == left.terms + right.terms)
    #expect((left + right).terms.map(\.label) == ["left", "right"])
    #expect((left + right).bytes == Bytes(92))
  }
}
