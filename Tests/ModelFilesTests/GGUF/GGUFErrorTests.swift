import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("The words of GGUF errors")
struct GGUFErrorTests {
  @Test(
    "An error says what is wrong and where",
    arguments: [
      (.notGGUF(start: Array("PK\u{3}\u{4}".utf8)), "it begins with 50 4b 03 04, not with 'GGUF'"),
      (.notGGUF(start: []), "it begins with nothing, not with 'GGUF'"),
      (.unsupportedVersion(1), "it is GGUF version 1, not 2 or 3"),
      (
        .cut(.value(key: "tokenizer.ggml.tokens"), fileBytes: 4096),
        "it ends at byte 4096, inside the value of 'tokenizer.ggml.tokens'"
      ),
      (
        .tooMany(1 << 63, of: .elements, in: .value(key: "k"), at: 41, remaining: 15),
        "the value of 'k' counts 9223372036854775808 elements at byte 41, but only 15 bytes follow"
      ),
      (
        .tensor("blk.0.a", .unknownType(99, at: 45)),
        "tensor 'blk.0.a': it has the unknown type 99 at byte 45"
      ),
      (
        .tensor("t", .misplaced(offset: 33, expected: 32, alignment: 32)),
        "tensor 't': its data begins at 33, which is not a multiple of 32"
      ),
      (
        .tensor("t", .misplaced(offset: 0, expected: 32, alignment: 32)),
        "tensor 't': its data begins at 0, which overlaps the tensor before it, up to 32"
      ),
      (
        .tensor("t", .misplaced(offset: 64, expected: 32, alignment: 32)),
        "tensor 't': its data begins at 64, which leaves a gap after the tensor before it, from 32"
      ),
      (
        .badAlignment(.integer(33), type: .uint32),
        "the key 'general.alignment' is 33 (uint32), not a uint32 power of two"
      ),
    ] as [(GGUFError, String)])
  func words(error: GGUFError, problem: String) {
    #expect(error.problem == problem)
    #expect(!error.fix.isEmpty)
  }

  @Test("A Git LFS pointer is named as one")
  func pointer() {
    let error = #expect(throws: GGUFError.self) {
      try readGGUF(Array("version https://git-lfs.github.com/spec/v1\n".utf8))
    }
    #expect(error?.fix.contains("git lfs pull") == true)
  }

  @Test("Names that steer a terminal or have no end are shown harmless")
  func hostileNames() {
    let error = GGUFError.duplicateKey("\u{1B}[31m\nred", at: 1)
    #expect(error.problem == "the key '\\u{1b}[31m\\u{a}red' stands twice, again at byte 1")
    let long = GGUFError.tensor(String(repeating: "x", count: 60_000), .duplicate)
    #expect(long.problem.count < 120)
  }
}

@Suite("Metadata by key")
struct GGUFMetadataTests {
  private let metadata: GGUFMetadata

  init() throws { metadata = try readGGUF(GGUFSample.whole.file).metadata }

  @Test("A missing key is named")
  func missing() throws {
    #expect(throws: GGUFMetadataError.missing(key: "x")) { try metadata.integer(forKey: "x") }
    #expect(throws: GGUFMetadataError.missing(key: "x")) { try metadata.integers(forKey: "x") }
    #expect(throws: GGUFMetadataError.missing(key: "x")) { try metadata.string(forKey: "x") }
    #expect(try metadata.optionalInteger(forKey: "x") == nil)
    #expect(try metadata.optionalInteger(forKey: "u8") == 255)
  }

  @Test("A key of another kind is refused with both kinds")
  func kinds() {
    #expect(
      throws: GGUFMetadataError.wrongKind(
        key: "text", expected: "a whole number", found: "a text")
    ) { try metadata.integer(forKey: "text") }
    #expect(
      throws: GGUFMetadataError.wrongKind(key: "f32", expected: "a whole number", found: "a number")
    ) { try metadata.optionalInteger(forKey: "f32") }
    #expect(
      throws: GGUFMetadataError.wrongKind(key: "u8", expected: "a list", found: "a whole number")
    ) { try metadata.integers(forKey: "u8") }
    #expect(
      throws: GGUFMetadataError.wrongKind(
        key: "list.text", expected: "a whole number", found: "a text")
    ) { try metadata.integers(forKey: "list.text") }
    #expect(
      throws: GGUFMetadataError.wrongKind(
        key: "u8", expected: "true or false", found: "a whole number")
    ) { try metadata.bool(forKey: "u8") }
  }

  @Test("A number outside its range is refused with the range")
  func ranges() throws {
    #expect(try metadata.integer(forKey: "u8", in: 0...255) == 255)
    #expect(throws: GGUFMetadataError.outOfRange(key: "u8", value: "255", allowed: 1...254)) {
      try metadata.integer(forKey: "u8", in: 1...254)
    }
    #expect(
      throws: GGUFMetadataError.outOfRange(
        key: "u64", value: "18446744073709551615", allowed: .min ... .max)
    ) { try metadata.integer(forKey: "u64") }
    #expect(throws: GGUFMetadataError.outOfRange(key: "list.u32", value: "3", allowed: 1...2)) {
      try metadata.integers(forKey: "list.u32", in: 1...2)
    }
  }

  @Test("Whole numbers count as numbers, not the other way round")
  func numbers() throws {
    #expect(try metadata.number(forKey: "u8") == 255)
    #expect(try metadata.number(forKey: "f32") == 0.5)
    #expect(throws: GGUFMetadataError.self) { try metadata.number(forKey: "yes") }
  }
}
