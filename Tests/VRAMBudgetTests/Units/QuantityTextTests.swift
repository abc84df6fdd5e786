import Testing
import VRAMBudget

@Suite("Quantities of memory from text")
struct QuantityTextTests {
  @Test(
    "A number with a unit is read",
    arguments: [
      ("24GiB", 25_769_803_776), ("24GB", 24_000_000_000), ("24 gib", 25_769_803_776),
      ("24 GB", 24_000_000_000), ("24gb", 24_000_000_000), ("1.5GiB", 1_610_612_736),
      ("512MiB", 536_870_912), ("512 MB", 512_000_000), ("2KiB", 2048), ("2kB", 2000),
      ("2TiB", 2_199_023_255_552), ("2 TB", 2_000_000_000_000), ("77B", 77), ("0GiB", 0),
      ("0.25KiB", 256), ("1_024MiB", 1_073_741_824), ("007MiB", 7_340_032),
    ] as [(String, Int64)])
  func read(text: String, bytes: Int64) throws {
    #expect(try Bytes(parsing: text) == Bytes(bytes))
  }

  @Test(
    "Nine decimals are read to the byte",
    arguments: [
      ("0.000000001GB", 1), ("1.000000001GB", 1_000_000_001), ("1.123456789GB", 1_123_456_789),
      ("24.123456789GB", 24_123_456_789), ("80.000000001GB", 80_000_000_001),
      ("1.1234567TB", 1_123_456_700_000), ("24.000000000GiB", 25_769_803_776),
      ("0.000000001GiB", 1),
    ] as [(String, Int64)])
  func nineDecimals(text: String, bytes: Int64) throws {
    #expect(try Bytes(parsing: text) == Bytes(bytes))
  }

  @Test("Ten decimals are refused", arguments: ["1.1234567890GB", "0.0000000001TiB"])
  func tenDecimals(text: String) {
    #expect(throws: QuantityError.self) { try Bytes(parsing: text) }
  }

  @Test(
    "A bare letter is refused, and both readings are named",
    arguments: [
      ("24G", "G", "24GiB", "24GB"), ("24g", "g", "24GiB", "24GB"),
      ("1.5T", "T", "1.5TiB", "1.5TB"),
      ("512 M", "M", "512MiB", "512MB"), ("8k", "k", "8KiB", "8kB"), ("8K", "K", "8KiB", "8kB"),
    ] as [(String, Character, String, String)])
  func bareLetter(text: String, letter: Character, binary: String, decimal: String) throws {
    let error = try #require(throws: QuantityError.self) { try Bytes(parsing: text) }
    guard case .unitAmbiguous(text, _, letter) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(error.problem.contains("'\(text)'"))
    #expect(error.fix.contains("write \(binary) "))
    #expect(error.fix.contains(" \(decimal) "))
  }

  @Test("A number without a unit is refused, and two units are offered")
  func noUnit() throws {
    let error = try #require(throws: QuantityError.self) { try Bytes(parsing: "24") }
    #expect(error == .unitMissing("24"))
    #expect(error.fix.contains("24GiB"))
    #expect(error.fix.contains("24MiB"))
  }

  @Test(
    "An unknown unit is refused by its name",
    arguments: [
      ("24XB", "XB"), ("1e9GiB", "e9GiB"), ("24GiBs", "GiBs"), ("24bits", "bits"),
      ("24PiB", "PiB"), ("1,024MiB", ",024MiB"),
    ])
  func unknownUnit(text: String, unit: String) {
    #expect(throws: QuantityError.unitUnknown(text, unit: unit)) { try Bytes(parsing: text) }
  }

  @Test(
    "What is no number is refused",
    arguments: [
      "", " ", "GiB", "-1GiB", "+1GiB", "_GiB", ".5GiB", "5.GiB", "1.2.3GiB", ".GiB", "٣GiB",
    ])
  func notANumber(text: String) {
    #expect(throws: QuantityError.notANumber(text)) { try Bytes(parsing: text) }
  }

  @Test(
    "Spaces stand between number and unit only",
    arguments: ["1 2GiB", "2 4 GiB", "24 G iB", "1. 5GiB"])
  func inwardSpaces(text: String) {
    #expect(throws: QuantityError.self) { try Bytes(parsing: text) }
  }

  @Test("1 EiB is the most that can be named, in any unit")
  func largest() throws {
    let exbibyte = Bytes(1_152_921_504_606_846_976)
    #expect(try Bytes(parsing: "1048576TiB") == exbibyte)
    #expect(try Bytes(parsing: "1152921504606846976B") == exbibyte)
    for text in [
      "1048577TiB", "1152921504606846977B", "1073741825GiB", "1152922TB", "9223372036854775807TiB",
    ] {
      #expect(throws: QuantityError.outOfRange(text, allowed: "0 to 1 EiB")) {
        try Bytes(parsing: text)
      }
    }
  }

  @Test(
    "A number of more digits than 64 bits hold is too large, not misread",
    arguments: ["9223372036854775808GiB", "99999999999999999999999999999999999999GiB"])
  func hugeDigits(text: String) {
    #expect(throws: QuantityError.outOfRange(text, allowed: "0 to 1 EiB")) {
      try Bytes(parsing: text)
    }
  }
}

@Suite("Numbers of tokens from text")
struct TokenCountTests {
  private static let allowed: ClosedRange<Int64> = 1...10_485_760

  @Test(
    "Digits, a k for 1024 and separators are read",
    arguments: [
      ("8192", 8192), ("8k", 8192), ("8K", 8192), ("128k", 131_072), ("128K", 131_072),
      ("1.5k", 1536), ("0.5k", 512), ("8,192", 8192), ("8_192", 8192), ("1,048,576", 1_048_576),
      ("1", 1), ("10240k", 10_485_760), ("2.0", 2), ("0.125k", 128),
    ] as [(String, Int64)])
  func read(text: String, tokens: Int64) throws {
    #expect(try TokenCount.parse(text, allowed: Self.allowed) == tokens)
  }

  @Test(
    "What is no number is refused",
    arguments: [
      "", "abc", "-1", "+1", "k", ",", "8kk", "8 k", "8m", "8KiB", "1e3", "0x10", ".5k", "8.", "٣",
    ])
  func notANumber(text: String) {
    #expect(throws: QuantityError.notACount(text)) {
      try TokenCount.parse(text, allowed: Self.allowed)
    }
  }

  @Test("A number of tokens that is not whole is refused", arguments: ["1.3k", "1.5", "0.0001k"])
  func fraction(text: String) {
    #expect(throws: QuantityError.notACount(text)) {
      try TokenCount.parse(text, allowed: Self.allowed)
    }
  }

  @Test(
    "A comma that parts no thousands is refused: 1,5k may mean one and a half thousand",
    arguments: ["1,5k", "1,5", "8,19", "12,34,567", ",192", "8,"])
  func misplacedComma(text: String) {
    #expect(throws: QuantityError.self) { try TokenCount.parse(text, allowed: Self.allowed) }
  }

  @Test(
    "A number outside the allowed range is refused, and the range is named",
    arguments: [
      "0", "0k", "10485761", "10241k", "9223372036854775807", "9223372036854775807k",
      "9223372036854775808", "99999999999999999999999999",
    ])
  func outOfRange(text: String) {
    #expect(throws: QuantityError.outOfRange(text, allowed: "1 to 10485760")) {
      try TokenCount.parse(text, allowed: Self.allowed)
    }
  }

  @Test("The bounds belong to the range")
  func bounds() throws {
    #expect(try TokenCount.parse("0", allowed: 0...4) == 0)
    #expect(try TokenCount.parse("4", allowed: 0...4) == 4)
    #expect(throws: QuantityError.outOfRange("5", allowed: "0 to 4")) {
      try TokenCount.parse("5", allowed: 0...4)
    }
  }
}

@Suite("Errors about quantities")
struct QuantityErrorTests {
  @Test(
    "Every error quotes the text and says what to do",
    arguments: [
      QuantityError.notANumber("x9"), .unitMissing("x9"),
      .unitAmbiguous("x9", number: "9", letter: "G"), .unitUnknown("x9", unit: "q"),
      .outOfRange("x9", allowed: "1 to 5"),
    ])
  func words(error: QuantityError) {
    #expect(error.problem.hasPrefix("'x9' "))
    #expect(!error.fix.isEmpty)
    for text in [error.problem, error.fix] { #expect(!text.hasSuffix(".")) }
  }
}
