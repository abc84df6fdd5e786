import Testing
import VRAMBudget

@Suite("Bytes as text")
struct BytePrefixTests {
  @Test(
    "The largest binary unit not above the quantity is chosen",
    arguments: [
      (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"),
      (1_048_576, "1.00 MiB"), (1_610_612_736, "1.50 GiB"), (25_769_803_776, "24.00 GiB"),
      (1_099_511_627_776, "1.00 TiB"), (1_152_921_504_606_846_976, "1048576.00 TiB"),
    ] as [(Int64, String)])
  func binary(count: Int64, text: String) {
    #expect(Bytes(count).formatted(.binary) == text)
  }

  @Test(
    "The largest decimal unit not above the quantity is chosen",
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1023, "1.02 kB"), (1_000_000, "1.00 MB"),
      (1_610_612_736, "1.61 GB"), (25_769_803_776, "25.77 GB"), (1_000_000_000_000, "1.00 TB"),
    ] as [(Int64, String)])
  func decimal(count: Int64, text: String) {
    #expect(Bytes(count).formatted(.decimal) == text)
  }

  @Test("1536 MiB are 1.50 GiB and 1.61 GB")
  func documentedExample() {
    #expect(Bytes.mebibytes(1536).formatted(.binary) == "1.50 GiB")
    #expect(Bytes.mebibytes(1536).formatted(.decimal) == "1.61 GB")
  }

  @Test(
    "Half a hundredth rounds up, less than half rounds down",
    arguments: [
      (1151, "1.12 KiB"),  // 1.1240 KiB
      (1152, "1.13 KiB"),  // 1.125 KiB
      (1407, "1.37 KiB"),  // 1.3740 KiB
      (1408, "1.38 KiB"),  // 1.375 KiB
    ] as [(Int64, String)])
  func halfUp(count: Int64, text: String) {
    #expect(Bytes(count).formatted(.binary) == text)
  }

  @Test("Digits carry into the whole part; the unit is that of the exact quantity")
  func carry() {
    // 1023.999 MiB, a thousandth of a MiB below 1 GiB.
    #expect((Bytes.mebibytes(1024) - Bytes(1049)).formatted(.binary) == "1024.00 MiB")
    #expect(Bytes(1_048_575).formatted(.binary) == "1024.00 KiB")
    #expect(Bytes(999_999).formatted(.decimal) == "1000.00 kB")
    #expect(Bytes(2_047_999).formatted(.decimal, decimals: 1) == "2.0 MB")
    #expect(Bytes(1_999_999).formatted(.decimal, decimals: 3) == "2.000 MB")
  }

  @Test(
    "A negative quantity reads as the positive one behind a minus sign",
    arguments: [1, 1023, 1024, 1152, 1_610_612_736, 5_000_000_000_001] as [Int64],
    BytePrefix.allCases)
  func negative(count: Int64, prefix: BytePrefix) {
    #expect(Bytes(-count).formatted(prefix) == "-" + Bytes(count).formatted(prefix))
  }

  @Test("A shortfall of 1536 MiB reads -1.50 GiB")
  func shortfall() {
    #expect(Bytes.mebibytes(-1536).formatted(.binary) == "-1.50 GiB")
  }

  @Test(
    "As many decimals are shown as are asked for, 0 to 6",
    arguments: [
      (0, "1 GB"), (1, "1.2 GB"), (2, "1.23 GB"), (3, "1.235 GB"), (4, "1.2346 GB"),
      (5, "1.23457 GB"), (6, "1.234568 GB"),
    ])
  func decimals(decimals: Int, text: String) {
    #expect(Bytes(1_234_567_890).formatted(.decimal, decimals: decimals) == text)
  }

  @Test("Without decimals half a unit rounds up")
  func noDecimals() {
    #expect(Bytes(1499).formatted(.decimal, decimals: 0) == "1 kB")
    #expect(Bytes(1500).formatted(.decimal, decimals: 0) == "2 kB")
  }

  @Test(
    "In a given unit a small quantity has a zero before the point",
    arguments: [
      (0, 2, "0.00"), (1, 2, "0.00"), (5_368_709, 2, "0.00"), (5_368_710, 2, "0.01"),
      (536_870_912, 0, "1"), (536_870_911, 0, "0"), (536_870_912, 6, "0.500000"),
      (1_073_741_824, 1, "1.0"), (26_843_545_600, 2, "25.00"),
    ] as [(Int64, Int, String)])
  func inGibibytes(count: Int64, decimals: Int, text: String) {
    #expect(
      Bytes(count).formatted(inUnitsOf: BytePrefix.binary.budgetUnit.bytes, decimals: decimals)
        == text)
  }

  @Test("There is no negative zero")
  func negativeZero() {
    #expect(Bytes(-1).formatted(inUnitsOf: 1 << 30, decimals: 2) == "0.00")
    #expect(Bytes(-1).formatted(inUnitsOf: 1 << 30, decimals: 0) == "0")
    #expect(Bytes(-536_870_912).formatted(inUnitsOf: 1 << 30, decimals: 0) == "-1")
  }

  @Test("The least and the most that 64 bits hold can be shown")
  func extremes() {
    // 2^63 bytes are 2^23 TiB.
    #expect(Bytes(.max).formatted(.binary) == "8388608.00 TiB")
    #expect(Bytes(.min).formatted(.binary) == "-8388608.00 TiB")
    #expect(Bytes(.min).formatted(.binary, decimals: 6) == "-8388608.000000 TiB")
  }

  @Test("Budgets are shown in GiB or GB")
  func budgetUnit() {
    #expect(BytePrefix.binary.budgetUnit == (bytes: 1_073_741_824, symbol: "GiB"))
    #expect(BytePrefix.decimal.budgetUnit == (bytes: 1_000_000_000, symbol: "GB"))
  }
}
