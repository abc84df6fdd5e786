import TestSupport
import Testing
import VRAMBudget

/// A row of formats.tsv.
struct FormatRow: CustomTestStringConvertible, Sendable {
  let name: String
  let elements: Int64
  let bytes: Int64
  let source: String

  var testDescription: String { "\(name) × \(elements)" }

  static func load() throws -> [FormatRow] {
    try FixtureTable("formats.tsv", filePath: fixtureAnchor).rows.map { row in
      FormatRow(
        name: try #require(row["name"]),
        elements: try #require(row["elements"].flatMap { Int64($0) }),
        bytes: try #require(row["bytes"].flatMap { Int64($0) }),
        source: try #require(row["source"]))
    }
  }
}

@Suite("Tensor formats")
struct TensorFormatTests {
  @Test("A row costs what the fixture table says", arguments: try FormatRow.load())
  func rowCost(row: FormatRow) throws {
    let format = try #require(TensorFormat.ggml.first { $0.name == row.name })
    #expect(try format.bytesPerRow(elements: row.elements) == Bytes(row.bytes), "\(row.source)")
  }

  @Test("Every ggml format has a row in the fixture table, and every row a format")
  func complete() throws {
    #expect(Set(try FormatRow.load().map(\.name)) == Set(TensorFormat.ggml.map(\.name)))
  }

  @Test("A row of no elements costs nothing", arguments: TensorFormat.ggml)
  func emptyRow(format: TensorFormat) throws {
    #expect(try format.bytesPerRow(elements: 0) == .zero)
  }

  @Test("A row costs twice as much when it is twice as long", arguments: TensorFormat.ggml)
  func linear(format: TensorFormat) throws {
    let once = try format.bytesPerRow(elements: 3 * format.rowUnit)
    #expect(try format.bytesPerRow(elements: 6 * format.rowUnit) == 2 * once)
  }

  @Test("A row that is not a whole number of blocks is refused, with the numbers")
  func partialBlock() throws {
    let error = FormatError.rowNotDivisible(format: "q4_K", elements: 2880, unit: 256)
    #expect(throws: error) { try TensorFormat.q4_K.bytesPerRow(elements: 2880) }
    for part in ["2880", "q4_K", "256"] { #expect(error.problem.contains(part)) }
    #expect(error.fix.contains("f16"))
  }

  @Test(
    "One element more or less than whole blocks is refused by every format that packs",
    arguments: TensorFormat.ggml.filter(\.isQuantized))
  func partialBlocks(format: TensorFormat) {
    for elements in [1, format.rowUnit - 1, format.rowUnit + 1, 7 * format.rowUnit - 1] {
      let error = FormatError.rowNotDivisible(
        format: format.name, elements: elements, unit: format.rowUnit)
      #expect(throws: error) { try format.bytesPerRow(elements: elements) }
    }
  }

  @Test("Only f32, f16 and bf16 store elements one by one")
  func plain() {
    #expect(TensorFormat.ggml.filter { !$0.isQuantized }.map(\.name) == ["f32", "f16", "bf16"])
    #expect(TensorFormat.ggml.filter { $0.rowUnit == 1 }.map(\.name) == ["f32", "f16", "bf16"])
  }

  @Test("A tensor costs its rows, over all its dimensions")
  func tensor() throws {
    // 4096 elements a row are 16 blocks of 144 bytes.
    #expect(try TensorFormat.q4_K.bytes(of: TensorShape(4096)) == Bytes(2304))
    #expect(try TensorFormat.q4_K.bytes(of: TensorShape(4096, 14336)) == Bytes(33_030_144))
    #expect(try TensorFormat.q4_K.bytes(of: TensorShape(4096, 14336, 8)) == Bytes(264_241_152))
    #expect(throws: FormatError.rowNotDivisible(format: "q4_K", elements: 896, unit: 256)) {
      try TensorFormat.q4_K.bytes(of: TensorShape(896, 4096))
    }
  }

  @Test("Names, names without regard to case, and GGUF numbers are unique")
  func unique() {
    let formats = TensorFormat.ggml
    #expect(Set(formats.map(\.name)).count == formats.count)
    #expect(Set(formats.map { LooseName.normalized($0.name) }).count == formats.count)
    #expect(Set(formats.map(\.ggmlType)).count == formats.count)
    #expect(formats.allSatisfy { $0.ggmlType != nil })
    #expect(formats.allSatisfy { !$0.source.isEmpty })
  }

  @Test("Formats are in the order of their GGUF numbers")
  func order() {
    let numbers = TensorFormat.ggml.compactMap(\.ggmlType)
    #expect(numbers == numbers.sorted())
  }

  // `enum ggml_type` of ggml.h; 4 and 5 were q4_2 and q4_3, 24 to 28 are plain integers and f64,
  // 31 to 33 and 36 to 38 were repacked formats that no file has any more.
  @Test(
    "A format has the number that ggml.h gives it",
    arguments: [
      (0, "f32"), (1, "f16"), (2, "q4_0"), (3, "q4_1"), (6, "q5_0"), (7, "q5_1"), (8, "q8_0"),
      (9, "q8_1"), (10, "q2_K"), (11, "q3_K"), (12, "q4_K"), (13, "q5_K"), (14, "q6_K"),
      (15, "q8_K"), (16, "iq2_xxs"), (17, "iq2_xs"), (18, "iq3_xxs"), (19, "iq1_s"),
      (20, "iq4_nl"), (21, "iq3_s"), (22, "iq2_s"), (23, "iq4_xs"), (29, "iq1_m"), (30, "bf16"),
      (34, "tq1_0"), (35, "tq2_0"), (39, "mxfp4"), (40, "nvfp4"),
    ] as [(UInt32, String)])
  func ggufNumber(number: UInt32, name: String) {
    #expect(TensorFormat.ggml.first { $0.ggmlType == number }?.name == name)
  }

  @Test("4-bit groups of 32 cost 18 bytes for 32 weights: 16 of weights, 2 of scale")
  func groups() throws {
    let format = TensorFormat.int4Groups(of: 32)
    #expect(try format.bytesPerRow(elements: 32) == Bytes(18))
    #expect(try format.bytesPerRow(elements: 2048) == Bytes(1152))
    #expect(try format.bytesPerRow(elements: 0) == .zero)
    #expect(throws: FormatError.rowNotDivisible(format: format.name, elements: 48, unit: 32)) {
      try format.bytesPerRow(elements: 48)
    }
  }

  @Test("Larger groups share a scale among more weights")
  func largerGroups() throws {
    #expect(try TensorFormat.int4Groups(of: 128).bytesPerRow(elements: 128) == Bytes(66))
    #expect(try TensorFormat.int4Groups(of: 64).bytesPerRow(elements: 4096) == Bytes(2176))
    #expect(TensorFormat.int4Groups(of: 64).name != TensorFormat.int4Groups(of: 32).name)
  }

  @Test("8-bit rows cost a byte for each weight and 4 bytes for each row, of any length")
  func rows() throws {
    #expect(try TensorFormat.int8Rows.bytesPerRow(elements: 1) == Bytes(5))
    #expect(try TensorFormat.int8Rows.bytesPerRow(elements: 1001) == Bytes(1005))
    #expect(
      try TensorFormat.int8Rows.bytes(of: TensorShape(2048, 128_256)) == Bytes(263_181_312))
    #expect(TensorFormat.int8Rows.rowUnit == 1)
    #expect(TensorFormat.int8Rows.isQuantized)
  }

  @Test("Formats that no GGUF file can hold have no number there")
  func withoutNumber() {
    #expect(TensorFormat.int8Rows.ggmlType == nil)
    #expect(TensorFormat.int4Groups(of: 32).ggmlType == nil)
  }

  @Test("A layout is told in words")
  func words() {
    #expect(TensorFormat.f16.layoutDescription == "2 bytes an element")
    #expect(TensorFormat.q4_K.layoutDescription == "256 elements in 144 bytes")
    #expect(
      TensorFormat.int4Groups(of: 32).layoutDescription
        == "4 bits an element + 2 bytes for each 32")
    #expect(TensorFormat.int8Rows.layoutDescription == "8 bits an element + 4 bytes a row")
  }
}
