import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("GGUF headers")
struct GGUFHeaderTests {
  static let variants: [(version: UInt32, isBigEndian: Bool)] = [
    (3, false), (2, false), (3, true), (2, true),
  ]

  @Test("Versions 2 and 3 are read in both byte orders", arguments: variants)
  func values(version: UInt32, isBigEndian: Bool) throws {
    let builder = GGUFSample.whole {
      $0.version = version
      $0.isBigEndian = isBigEndian
    }
    let header = try readGGUF(builder.file)
    #expect(header.version == version)
    #expect(header.byteOrder == (isBigEndian ? .bigEndian : .littleEndian))
    let metadata = header.metadata
    #expect(metadata.entries.map(\.key) == builder.entries.map(\.key))
    #expect(metadata.entries.map(\.type.rawValue) == builder.entries.map(\.value.type))
    #expect(metadata["u8"] == .integer(255))
    #expect(metadata["i8"] == .integer(-128))
    #expect(metadata["u16"] == .integer(65_535))
    #expect(metadata["i16"] == .integer(-2))
    #expect(metadata["u32"] == .integer(4_294_967_295))
    #expect(metadata["i32"] == .integer(-2_147_483_648))
    #expect(metadata["u64"] == .largeInteger(.max))
    #expect(metadata["i64"] == .integer(.min))
    #expect(metadata["f32"] == .number(0.5))
    #expect(metadata["f64"] == .number(1e-5))
    #expect(metadata["yes"] == .bool(true))
    #expect(metadata["no"] == .bool(false))
    #expect(metadata["text"] == .string("é 模 😀"))
    #expect(metadata["empty"] == .string(""))
    #expect(metadata["none"] == nil)
    #expect(try metadata.integers(forKey: "list.u32") == [1, 2, 3])
    #expect(try metadata.integers(forKey: "list.i16") == [-1, 7])
    #expect(try metadata.bools(forKey: "list.bool") == [true, false, true])
    #expect(try metadata.strings(forKey: "list.text") == ["a", "", "bc"])
    #expect(try metadata.strings(forKey: "list.empty") == [])
  }

  @Test("Lists in lists are measured, not kept")
  func nested() throws {
    let metadata = try readGGUF(GGUFSample.whole.file).metadata
    guard case .array(let array) = metadata["list.list"] else {
      Issue.record("no list")
      return
    }
    // Two lists of 4 + 8 bytes before their elements: 1 byte, and two texts of 8 + 1.
    #expect(array.elementType == .array)
    #expect(array.count == 2)
    #expect(array.byteCount == 2 * 12 + 1 + 2 * 9)
    #expect(array.elements == nil)
  }

  @Test("Tensors have their shape, format, place and bytes", arguments: variants)
  func tensors(version: UInt32, isBigEndian: Bool) throws {
    let builder = GGUFSample.whole {
      $0.version = version
      $0.isBigEndian = isBigEndian
    }
    let header = try readGGUF(builder.file)
    let tensors = header.tensors
    #expect(tensors.map(\.name) == builder.tensors.map(\.name))
    #expect(
      tensors.map(\.shape.dimensions) == [[256, 3], [5], [32, 2, 3], [1, 2, 3, 4], [3]])
    #expect(tensors.map(\.format.name) == ["q6_K", "f32", "q8_0", "bf16", "i32"])
    // 3 blocks of 210; 5 × 4; 6 blocks of 34; 24 × 2; 3 × 4.
    #expect(tensors.map(\.bytes.count) == [630, 20, 204, 48, 12])
    #expect(tensors.map(\.offset) == [0, 640, 672, 896, 960])
    #expect(header.tensorBytes == Bytes(914))
  }

  @Test(
    "Header and file have the bytes of the documented formula", arguments: [1, 8, 32, 256, 4096])
  func sizes(alignment: Int) throws {
    let builder = GGUFSample.whole {
      $0.alignment = alignment
      $0.entries.append(("general.alignment", .uint32(UInt32(alignment))))
    }
    // LLAMACPP.md, c: 24 bytes, then for each key 8 + its letters + 4 + the value, then for each
    // tensor 8 + its letters + 4 + 8 × dimensions + 4 + 8; then each part is padded.
    let values = [
      8 + 5, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 1, 8 + 11, 8 + 0, 12 + 3 * 4, 12 + 2 * 2, 12 + 4,
      12 + 3, 12 + 3 * 8 + 3, 12, 12 + 2 * 12 + 1 + 2 * 9, 4,
    ]
    let keys = builder.entries.map { 8 + $0.key.utf8.count + 4 }
    let tensors = builder.tensors.map {
      8 + $0.name.utf8.count + 4 + 8 * $0.dimensions.count + 4 + 8
    }
    #expect(values.count == keys.count)
    func padded(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }
    let header = padded(24 + (keys + values + tensors).reduce(0, +))
    let data = [630, 20, 204, 48, 12].map(padded).reduce(0, +)
    let read = try readGGUF(builder.file)
    #expect(read.alignment == Int64(alignment))
    #expect(read.headerBytes == Bytes(Int64(header)))
    #expect(read.fileBytes == Bytes(Int64(header + data)))
  }

  @Test("A file need not be padded after its last tensor")
  func lastPadding() throws {
    let builder = GGUFSample.whole
    let file = builder.file.dropLast(20)  // 12 bytes in 32
    #expect(try readGGUF(Array(file)).tensorBytes == Bytes(914))
    #expect(throws: GGUFError.self) { try readGGUF(Array(file.dropLast())) }
  }

  @Test("A bare vocabulary has no tensors and no padding")
  func noTensors() throws {
    var builder = GGUFBuilder()
    builder.alignment = 1
    builder.entries = [("general.architecture", .string("llama"))]
    let header = try readGGUF(builder.file)
    #expect(header.headerBytes == Bytes(24 + 8 + 20 + 4 + 8 + 5))
    #expect(header.headerBytes == header.fileBytes)
    #expect(header.tensorBytes == .zero)
    #expect(try readGGUF(GGUFBuilder().file).metadata.entries.isEmpty)
  }

  @Test("Every format that ggml defines is read by its number")
  func formats() throws {
    for format in TensorFormat.ggml {
      let type = try #require(format.ggmlType)
      let bytes = try format.bytesPerRow(elements: 512).count
      let builder = GGUFSample.tensor([512, 2], type: type, bytes: 2 * Int(bytes))
      let tensor = try #require(try readGGUF(builder.file).tensors.first)
      #expect(tensor.format == format)
      #expect(tensor.bytes == Bytes(2 * bytes), "\(format.name)")
    }
  }

  @Test(
    "Tables of integers and doubles are read",
    arguments: [(24, "i8", 1), (25, "i16", 2), (26, "i32", 4), (27, "i64", 8), (28, "f64", 8)]
      as [(UInt32, String, Int)])
  func plainFormats(type: UInt32, name: String, bytes: Int) throws {
    let builder = GGUFSample.tensor([7], type: type, bytes: 7 * bytes)
    let tensor = try #require(try readGGUF(builder.file).tensors.first)
    #expect(tensor.format.name == name)
    #expect(tensor.bytes == Bytes(Int64(7 * bytes)))
  }

  @Test("Lists and texts up to 64 KiB are kept, longer ones measured")
  func kept() throws {
    let numbers = (0..<16_385).map { GGUFBuilder.Value.uint32(UInt32($0)) }
    var builder = GGUFBuilder()
    builder.entries = [
      ("short", .array(type: 4, Array(numbers.dropLast()))),
      ("long", .array(type: 4, numbers)),
      ("tokens", .array(type: 8, (0..<10_000).map { .string("token\($0)") })),
      ("text", .string(String(repeating: "x", count: 65_536))),
      ("template", .string(String(repeating: "x", count: 65_537))),
      ("after", .string("still in step")),
    ]
    let metadata = try readGGUF(builder.file).metadata
    #expect(try metadata.integers(forKey: "short") == (0..<16_384).map { $0 })
    #expect(try metadata.count(forKey: "long") == 16_385)
    #expect(throws: GGUFMetadataError.notKept(key: "long", bytes: Bytes(65_540))) {
      try metadata.integers(forKey: "long")
    }
    #expect(try metadata.count(forKey: "tokens") == 10_000)
    // 8 bytes and "token" for each; 10 + 90 × 2 + 900 × 3 + 9000 × 4 digits.
    #expect(throws: GGUFMetadataError.notKept(key: "tokens", bytes: Bytes(130_000 + 38_890))) {
      try metadata.strings(forKey: "tokens")
    }
    #expect(try metadata.string(forKey: "text").utf8.count == 65_536)
    #expect(metadata["template"] == .longString(bytes: 65_537))
    #expect(try metadata.string(forKey: "after") == "still in step")
  }

  @Test("A text across the edge of a window of 256 KiB is read whole")
  func windows() throws {
    for shift in 0..<40 {
      var builder = GGUFBuilder()
      let filler = 262_144 - 60 - shift
      builder.entries = [
        ("a", .array(type: 8, [.string(String(repeating: "x", count: filler))])),
        ("general.name", .string("across")), ("n", .uint64(42)),
      ]
      let metadata = try readGGUF(builder.file).metadata
      #expect(try metadata.string(forKey: "general.name") == "across")
      #expect(try metadata.integer(forKey: "n") == 42)
    }
  }

  @Test("Bytes of a text that are not UTF-8 are replaced, those of a list too")
  func invalidText() throws {
    let metadata = try readGGUF(
      GGUFSample.entry(.raw(type: 8, [2, 0, 0, 0, 0, 0, 0, 0, 0x61, 0xFF])).file
    ).metadata
    #expect(metadata["k"] == .string("a\u{FFFD}"))
  }

  @Test("Tensor data is not read")
  func readsHeaderOnly() throws {
    let builder = GGUFSample.tensor([1 << 33], type: 0, bytes: 4)
    let header = builder.header
    let source = HeaderOnly(header: header, count: Int64(header.count) + 4 << 33)
    #expect(try GGUFHeader(reading: source).tensorBytes == .gibibytes(32))
  }
}
