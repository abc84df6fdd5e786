import HostSystem
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// The count that hostile files say they have.
private let huge: UInt64 = 1 << 63

@Suite("GGUF files that are refused")
struct GGUFHostileTests {
  private func error(_ builder: GGUFBuilder) -> GGUFError? { error(builder.file) }

  private func error(_ bytes: [UInt8]) -> GGUFError? {
    do {
      _ = try readGGUF(bytes)
      return nil
    } catch {
      return error
    }
  }

  // MARK: The start

  @Test(
    "What does not begin with GGUF is not GGUF",
    arguments: ["", "GG", "GGU", "GGML....", "hello, I am a text", "PK\u{3}\u{4}", "GGUf\u{3}"])
  func otherFiles(text: String) {
    let expected: GGUFError =
      text.hasPrefix("GG") && text.utf8.count < 4
      ? .cut(.start, fileBytes: Int64(text.utf8.count))
      : .notGGUF(start: Array(text.utf8.prefix(4)))
    #expect(error(Array(text.utf8)) == expected)
  }

  @Test(
    "Versions other than 2 and 3 are refused by their number",
    arguments: [0, 1, 4, 77, 0xFFFF_FFFF] as [UInt32], [false, true])
  func versions(version: UInt32, isBigEndian: Bool) {
    let builder = GGUFSample.whole {
      $0.version = version
      $0.isBigEndian = isBigEndian
    }
    guard case .unsupportedVersion(let found) = error(builder) else {
      Issue.record("read")
      return
    }
    // A version beyond 16 bits does not tell the byte order; it is shown as it was read.
    if version < 0x10000, version > 0 { #expect(found == version) }
  }

  @Test("Counts that the file cannot hold are refused before memory is taken")
  func counts() {
    for count in [huge, .max, 1 << 40, 2] {
      var builder = GGUFSample.entry(.uint8(1))
      builder.alignment = 1
      builder.entryCount = count
      if count > 2 {
        #expect(
          error(builder)
            == .tooMany(count, of: .metadataEntries, in: .start, at: 16, remaining: 14))
      } else {
        #expect(
          error(builder) == .tooMany(2, of: .metadataEntries, in: .start, at: 16, remaining: 14))
      }
      builder = GGUFSample.tensor([1])
      builder.tensorCount = count
      let isRefused = error(builder)
      #expect(isRefused != nil)
      if count > 2 {
        #expect(isRefused == .tooMany(count, of: .tensors, in: .start, at: 8, remaining: 80))
      }
    }
  }

  @Test("Counts that the file can hold but no model has are refused")
  func countsBeyondAnyModel() {
    let entry = GGUFSample.entry(.uint8(1)).header.dropFirst(24).prefix(14)
    var bytes = GGUFBuilder().header.prefix(24) + repeatElement(entry, count: 65_537).joined()
    bytes[18] = 1
    bytes[16] = 1
    #expect(
      error(Array(bytes)) == .beyondAnyModel(65_537, of: .metadataEntries, limit: 65_536))
    bytes[16] = 0
    #expect(error(Array(bytes)) == .duplicateKey("k", at: 38))
    let zeros = HeaderOnly(header: Array("GGUF".utf8) + [3, 0, 0, 0, 1, 0, 16], count: 1 << 40)
    #expect(
      throws: GGUFError.beyondAnyModel(1_048_577, of: .tensors, limit: 1_048_576)
    ) { try GGUFHeader(reading: zeros) }
  }

  // MARK: Metadata

  @Test("Lengths of texts past the end are refused", arguments: [huge, .max, 1000, 2])
  func textLengths(length: UInt64) {
    var bytes = GGUFSample.entry(.string("x")).header
    func set(_ value: UInt64, at offset: Int) {
      for index in 0..<8 {
        bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
      }
    }
    let original = bytes
    set(length, at: 24)
    let keyError = error(bytes)
    #expect(keyError != nil)
    if length > 100 {
      #expect(
        keyError
          == .tooMany(
            length, of: .bytes, in: .key(index: 0), at: 24, remaining: Int64(bytes.count) - 32))
    }
    bytes = original
    set(length, at: 24 + 8 + 1 + 4)
    let valueError = error(bytes)
    if length > 100 {
      #expect(
        valueError
          == .tooMany(
            length, of: .bytes, in: .value(key: "k"), at: 37, remaining: Int64(bytes.count) - 45))
    }
  }

  @Test(
    "Counts of lists past the end are refused, also where count × size overflows",
    arguments: Array(0...12) as [UInt32], [huge, .max, 1 << 61, 1 << 60 + 1, 1_000_000])
  func listCounts(type: UInt32, count: UInt64) {
    let builder = GGUFSample.entry(.countedArray(type: type, count: count, []))
    #expect(
      error(builder)
        == .tooMany(count, of: .elements, in: .value(key: "k"), at: 41, remaining: 15))
  }

  @Test("Lists in lists are read four deep and no deeper")
  func nesting() {
    func nested(_ depth: Int) -> GGUFBuilder.Value {
      depth == 1
        ? .array(type: 0, [.uint8(7)])
        : .array(type: 9, [nested(depth - 1)])
    }
    #expect(error(GGUFSample.entry(nested(4))) == nil)
    #expect(error(GGUFSample.entry(nested(5))) == .nestedTooDeep(key: "k", limit: 4))
    // A million lists in one another.
    let level: [UInt8] = [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    let deep = GGUFBuilder.Value.raw(
      type: 9, Array(repeatElement(level, count: 1_000_000).joined()))
    #expect(error(GGUFSample.entry(deep)) == .nestedTooDeep(key: "k", limit: 4))
  }

  @Test(
    "Value types that do not exist are refused by number", arguments: [13, 99, .max] as [UInt32])
  func valueTypes(type: UInt32) {
    #expect(
      error(GGUFSample.entry(.raw(type: type, [0]))) == .unknownValueType(type, key: "k", at: 33))
    #expect(
      error(GGUFSample.entry(.array(type: type, []))) == .unknownValueType(type, key: "k", at: 37))
    #expect(
      error(GGUFSample.entry(.array(type: 9, [.array(type: type, [])])))
        == .unknownValueType(type, key: "k", at: 49))
  }

  @Test("Truth values other than 0 and 1 are refused")
  func bools() {
    #expect(error(GGUFSample.entry(.raw(type: 7, [2]))) == .invalidBool(2, key: "k", at: 37))
    let list = GGUFBuilder.Value.array(type: 7, [.bool(true), .raw(type: 7, [3])])
    #expect(error(GGUFSample.entry(list)) == .invalidBool(3, key: "k", at: 50))
  }

  @Test("Keys that are empty, long, not UTF-8 or there twice are refused")
  func keys() {
    #expect(error(GGUFSample.entry(.uint8(1), key: "")) == .emptyKey(at: 24))
    let long = String(repeating: "k", count: 65_536)
    #expect(
      error(GGUFSample.entry(.uint8(1), key: long))
        == .nameTooLong(.key(index: 0), bytes: 65_536, at: 24))
    var bytes = GGUFSample.entry(.uint8(1)).file
    bytes[32] = 0xFF
    #expect(error(bytes) == .notUTF8(.key(index: 0), at: 24))
    var builder = GGUFSample.entry(.uint8(1))
    builder.entries.append(("k", .string("again")))
    #expect(error(builder) == .duplicateKey("k", at: 38))
  }

  @Test(
    "An alignment that is not a power of two in 32 bits is refused",
    arguments: [
      .uint32(0), .uint32(33), .uint32(3), .uint64(32), .int32(32), .string("32"), .uint32(.max),
    ] as [GGUFBuilder.Value])
  func alignments(value: GGUFBuilder.Value) {
    guard case .badAlignment = error(GGUFSample.entry(value, key: "general.alignment")) else {
      Issue.record("\(value)")
      return
    }
  }

  @Test("The largest alignment is taken, and data must lie behind it")
  func largestAlignment() {
    var builder = GGUFSample.tensor([1])
    builder.entries = [("general.alignment", .uint32(1 << 31))]
    #expect(
      error(builder.header)
        == .tensor("t", .dataBeyondEnd(end: 1 << 31 + 4, fileBytes: Int64(builder.header.count))))
  }

  // MARK: Tensors

  @Test("A tensor has one to four dimensions", arguments: [0, 5, 100, .max] as [UInt32])
  func dimensionCounts(count: UInt32) {
    var bytes = GGUFSample.tensor([1]).file
    for index in 0..<4 { bytes[33 + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    #expect(error(bytes) == .tensor("t", .dimensionCount(count, at: 33)))
  }

  @Test(
    "A dimension of zero, or beyond any tensor, is refused",
    arguments: [0, huge, .max, 1 << 48 + 1] as [UInt64])
  func dimensions(dimension: UInt64) {
    #expect(
      error(GGUFSample.tensor([dimension]))
        == .tensor("t", .dimension(dimension, index: 0, at: 37)))
    #expect(
      error(GGUFSample.tensor([1, 1, dimension]))
        == .tensor("t", .dimension(dimension, index: 2, at: 53)))
  }

  @Test("A product of dimensions that overflows is refused")
  func products() {
    for dimensions in [
      [1 << 48, 2], [1 << 32, 1 << 32], [1 << 48, 1 << 48, 1 << 48, 1 << 48],
      [1 << 24, 1 << 24, 1, 2], [1 << 16, 1 << 16, 1 << 16, 1 << 16],
    ] as [[UInt64]] {
      #expect(
        error(GGUFSample.tensor(dimensions))
          == .tensor("t", .tooLarge(dimensions: dimensions.map { Int64($0) })))
    }
  }

  @Test(
    "Type numbers that do not exist, or no longer, are refused with the tensor's name",
    arguments: [4, 5, 31, 38, 43, 1000, .max] as [UInt32])
  func types(type: UInt32) {
    #expect(
      error(GGUFSample.tensor([256], type: type))
        == .tensor("t", .unknownType(type, at: 45)))
  }

  @Test("A row that is not a whole number of blocks is refused")
  func rows() {
    #expect(
      error(GGUFSample.tensor([2880], type: 12))
        == .tensor(
          "t", .rowNotWhole(.rowNotDivisible(format: "q4_K", elements: 2880, unit: 256))))
  }

  @Test("Data must begin where the tensor before ends, padded", arguments: [0, 4, 64, huge, .max])
  func offsets(offset: UInt64) {
    var builder = GGUFSample.tensor([1])
    builder.tensors.append(.init("u", [1], type: 0, bytes: 4, offset: offset))
    #expect(
      error(builder)
        == .tensor("u", .misplaced(offset: offset, expected: 32, alignment: 32)))
  }

  @Test("Data must end in the file")
  func dataEnd() {
    let builder = GGUFSample.tensor([1 << 40])
    #expect(
      error(builder) == .tensor("t", .dataBeyondEnd(end: 64 + 4 << 40, fileBytes: 96)))
    // The sum of many tensors that are each in range.
    var many = GGUFBuilder()
    many.tensors = (0..<20).map {
      .init("\($0)", [1 << 48], type: 28, bytes: 0, offset: UInt64($0) << 51)
    }
    guard case .tensor("0", .dataBeyondEnd) = error(many) else {
      Issue.record("read")
      return
    }
  }

  @Test("Two tensors of one name are refused")
  func duplicateTensor() {
    var builder = GGUFSample.tensor([1])
    builder.tensors.append(.init("t", [1], type: 0, bytes: 4))
    #expect(error(builder) == .tensor("t", .duplicate))
  }

  // MARK: Long and impossible headers

  /// A terabyte: a header, then texts of 1,016 bytes without end.
  private struct Endless: ByteSource {
    let header: [UInt8]
    let texts = Array(repeatElement([0xF8, 0x03] + [UInt8](repeating: 0, count: 1022), count: 300))
      .flatMap { $0 }
    var count: Int64 { 1 << 40 }

    func read(at offset: Int64, count: Int) -> [UInt8] {
      if offset < header.count {
        return Array((header.dropFirst(Int(offset)) + texts).prefix(count))
      }
      return Array(texts.dropFirst(Int((offset - Int64(header.count)) % 1024)).prefix(count))
    }
  }

  @Test("A terabyte of texts is refused after 256 MiB", .timeLimit(.minutes(1)))
  func endlessHeader() {
    var builder = GGUFSample.entry(.countedArray(type: 8, count: 1 << 34, []))
    builder.alignment = 1
    let texts = Endless(header: builder.header)
    #expect(throws: GGUFError.headerTooLong(.value(key: "k"), limit: 256 << 20)) {
      try GGUFHeader(reading: texts)
    }
    // Numbers are passed over at once, so the limit holds at the end too.
    builder.entries = [("k", .countedArray(type: 0, count: 1 << 34, []))]
    let numbers = Endless(header: builder.header)
    #expect(throws: GGUFError.headerTooLong(.end, limit: 256 << 20)) {
      try GGUFHeader(reading: numbers)
    }
  }

  @Test("A source that says it is larger than any file is refused")
  func impossibleSize() {
    let source = HeaderOnly(header: GGUFSample.tensor([1]).header, count: .max)
    #expect(throws: GGUFError.unreadable(.tooLarge(bytes: .max, limit: 1 << 60))) {
      try GGUFHeader(reading: source)
    }
  }

  @Test("A file that has shrunk while it is read is cut")
  func shrunk() {
    struct Shrunk: ByteSource {
      let bytes: [UInt8]
      var count: Int64 { Int64(bytes.count) + 1000 }
      func read(at offset: Int64, count: Int) -> [UInt8] {
        MemoryBytes(bytes).read(at: offset, count: count)
      }
    }
    let bytes = Array(GGUFSample.whole.header.prefix(100))
    // 24 bytes, then entries of 45, 15 and 15.
    #expect(throws: GGUFError.cut(.key(index: 3), fileBytes: 100)) {
      try GGUFHeader(reading: Shrunk(bytes: bytes))
    }
  }

  // MARK: What is not a file

  @Test("A folder, a pipe, a device and an empty file are refused", .timeLimit(.minutes(1)))
  func notFiles() throws {
    let folder = try TemporaryFolder()
    let cases: [(String, ModelFileError.Reason)] = [
      (folder.path, .file(.isFolder)), (try folder.pipe("p.gguf"), .file(.notRegular)),
      ("/dev/zero", .file(.notRegular)), ("\(folder.path)/none.gguf", .file(.notFound)),
      (try folder.file("empty.gguf", []), .gguf(.notGGUF(start: []))),
    ]
    for (path, reason) in cases {
      #expect(throws: ModelFileError(at: path, reason)) { try GGUFFile(path: path) }
    }
  }
}
