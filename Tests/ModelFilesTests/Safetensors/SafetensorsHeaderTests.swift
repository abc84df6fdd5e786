import HostSystem
import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// Reads a file in memory.
private func read(_ bytes: [UInt8]) throws(SafetensorsError) -> SafetensorsHeader {
  try SafetensorsHeader(reading: MemoryBytes(bytes))
}

private let sample = SafetensorsBuilder(
  json: """
    {"__metadata__":{"format":"pt","é":"模"},\
    "b":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},\
    "a":{"shape":[4],"data_offsets":[0,8],"dtype":"BF16"},\
    "scale":{"dtype":"F8_E8M0","shape":[],"data_offsets":[32,33]},\
    "none":{"dtype":"I64","shape":[0,7],"data_offsets":[33,33]},\
    "five":{"dtype":"F4","shape":[1,1,2,1,3],"data_offsets":[33,36]}}   \n
    """, dataBytes: 36)

@Suite("Safetensors headers")
struct SafetensorsHeaderTests {
  @Test("Tensors come in the order of their data, with shape, dtype and bytes")
  func tensors() throws {
    let header = try read(sample.file)
    #expect(header.tensors.map(\.name) == ["a", "b", "scale", "none", "five"])
    #expect(header.tensors.map(\.shape) == [[4], [2, 3], [], [0, 7], [1, 1, 2, 1, 3]])
    #expect(header.tensors.map(\.dtype) == [.bf16, .f32, .f8_e8m0, .i64, .f4])
    #expect(header.tensors.map(\.bytes.count) == [8, 24, 1, 0, 3])
    #expect(header.tensors.map(\.elements) == [4, 6, 1, 0, 6])
    #expect(header.tensors.map(\.range) == [0..<8, 8..<32, 32..<33, 33..<33, 33..<36])
    #expect(header.metadata == ["format": "pt", "é": "模"])
    #expect(header.headerBytes == Bytes(Int64(8 + sample.json.utf8.count)))
    #expect(header.tensorBytes == Bytes(36))
    #expect(header.fileBytes == Bytes(Int64(sample.file.count)))
  }

  @Test(
    "Each dtype has its size",
    // The names' own numbers; BOOL is a byte (safetensors, tensor.rs).
    arguments: [
      ("F64", 64), ("F32", 32), ("F16", 16), ("BF16", 16), ("F8_E4M3", 8), ("F8_E5M2", 8),
      ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("F6_E2M3", 6), ("F6_E3M2", 6),
      ("F4", 4), ("C64", 64), ("I64", 64), ("I32", 32), ("I16", 16), ("I8", 8), ("U64", 64),
      ("U32", 32), ("U16", 16), ("U8", 8), ("BOOL", 8),
    ])
  func dtypes(name: String, bits: Int) throws {
    let builder = SafetensorsBuilder(tensors: [("t", name, [4, 5], 20 * bits / 8)])
    let tensor = try #require(try read(builder.file).tensors.first)
    #expect(tensor.dtype.rawValue == name)
    #expect(tensor.bytes == Bytes(Int64(20 * bits / 8)))
  }

  @Test("Every dtype is in the table above")
  func allDtypes() { #expect(SafetensorsDtype.allCases.count == 22) }

  @Test("A file without tensors is read", arguments: ["{}", "{}      ", "{\"__metadata__\":null}"])
  func empty(json: String) throws {
    let header = try read(SafetensorsBuilder(json: json).file)
    #expect(header.tensors.isEmpty)
    #expect(header.tensorBytes == .zero)
  }

  @Test("Keys of a tensor that are not known are passed over")
  func unknownKeys() throws {
    let json = #"{"t":{"x":[{"y":null}],"dtype":"U8","shape":[1],"data_offsets":[0,1],"z":1e3}}"#
    #expect(try read(SafetensorsBuilder(json: json, dataBytes: 1).file).tensors.count == 1)
  }
}

@Suite("Safetensors files that are refused")
struct SafetensorsHostileTests {
  private func error(_ builder: SafetensorsBuilder) -> SafetensorsError? { error(builder.file) }

  private func error(_ bytes: [UInt8]) -> SafetensorsError? {
    do {
      _ = try read(bytes)
      return nil
    } catch {
      return error
    }
  }

  /// The error of a file of one tensor.
  private func tensorError(
    dtype: String = "\"F32\"", shape: String = "[2]", offsets: String = "[0,8]", dataBytes: Int = 8
  ) -> SafetensorsTensorError? {
    let json = "{\"t\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    guard case .tensor("t", let error) = error(.init(json: json, dataBytes: dataBytes)) else {
      return nil
    }
    return error
  }

  @Test("A file shorter than the length before a header is refused", arguments: 0..<8)
  func short(count: Int) {
    #expect(
      error(Array(repeating: 0, count: count)) == .tooShort(bytes: Int64(count)))
  }

  @Test(
    "A header longer than any is refused before memory is taken",
    arguments: [1 << 63, .max, 1 << 40, 25_000_001] as [UInt64])
  func longHeader(length: UInt64) {
    var builder = sample
    builder.headerLength = length
    #expect(error(builder) == .headerTooLong(length, start: Array(builder.file.prefix(8))))
  }

  @Test("A header that ends after the file is refused", arguments: [37, 20_000_000] as [UInt64])
  func headerBeyondEnd(extra: UInt64) {
    var builder = sample
    let length = UInt64(sample.json.utf8.count) + extra
    builder.headerLength = length
    #expect(
      error(builder)
        == .headerBeyondEnd(length: Int64(length), fileBytes: Int64(sample.file.count)))
  }

  @Test("A text file is refused, a Git LFS pointer by name")
  func textFiles() {
    guard case .headerTooLong = error(Array("hello, I am a text".utf8)) else {
      Issue.record("read")
      return
    }
    let pointer = error(Array("version https://git-lfs.github.com/spec/v1\n".utf8))
    #expect(pointer?.fix.contains("git lfs pull") == true)
  }

  @Test(
    "A header that is not one JSON object is refused at its place",
    arguments: [
      ("", 1), ("[]", 1), ("{", 2), ("{\"t\":1}", 0), ("{}{}", 3), ("{\"t\"}", 5), ("nul", 1),
      ("{\"__metadata__\":{\"a\":1}}", 22), ("{\"__metadata__\":[]}", 17),
      ("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 26),
    ])
  func json(text: String, column: Int) {
    switch error(.init(json: text)) {
    case .json(.malformed(_, let at)): #expect(at.column == column)
    case .tensor("t", .json(.malformed(_, let at))): #expect(column == 0 && at.column == 6)
    case let error: Issue.record("\(String(describing: error))")
    }
  }

  @Test("100,000 levels are refused without a crash, also under keys that are passed over")
  func deep() {
    let deep = String(repeating: "[", count: 100_000)
    guard case .tensor("t", .json) = error(.init(json: "{\"t\":\(deep)")),
      case .tensor("t", .json) = error(.init(json: "{\"t\":{\"x\":\(deep)"))
    else {
      Issue.record("read")
      return
    }
  }

  @Test("More metadata than any file has is refused")
  func manyTexts() {
    func file(_ count: Int) -> SafetensorsBuilder {
      let texts = (0..<count).map { "\"\($0)\":\"\"" }.joined(separator: ",")
      return .init(json: "{\"__metadata__\":{\(texts)}}")
    }
    #expect(error(file(65_536)) == nil)
    guard case .json = error(file(65_537)) else {
      Issue.record("read")
      return
    }
  }

  @Test("A tensor that is there twice is refused")
  func duplicate() {
    let builder = SafetensorsBuilder(tensors: [("t", "U8", [1], 1), ("t", "U8", [1], 1)])
    #expect(error(builder) == .tensor("t", .duplicate))
    let json = #"{"__metadata__":{},"__metadata__":{}}"#
    #expect(error(.init(json: json)) == .tensor("__metadata__", .duplicate))
  }

  @Test("A tensor lacks no key and has none twice", arguments: ["dtype", "shape", "data_offsets"])
  func keys(key: String) {
    let values = ["dtype": "\"U8\"", "shape": "[1]", "data_offsets": "[0,1]"]
    func file(_ keys: [String]) -> SafetensorsBuilder {
      let members = keys.map { "\"\($0)\":\(values[$0] ?? "")" }
      return .init(json: "{\"t\":{\(members.joined(separator: ","))}}", dataBytes: 1)
    }
    #expect(error(file(values.keys.sorted())) == nil)
    #expect(
      error(file(values.keys.filter { $0 != key }.sorted())) == .tensor("t", .missing(key: key)))
    guard case .tensor("t", .json) = error(file(values.keys.sorted() + [key])) else {
      Issue.record("read")
      return
    }
  }

  @Test("Dtypes that do not exist are refused by name")
  func dtypes() {
    #expect(tensorError(dtype: "\"F7\"") == .unknownDtype("F7"))
    #expect(tensorError(dtype: "\"f32\"") == .unknownDtype("f32"))
    #expect(tensorError(dtype: "\"\"") == .unknownDtype(""))
  }

  @Test("Shapes that are negative, fractions or beyond 63 bits are refused")
  func shapes() {
    #expect(tensorError(shape: "[-1]") == .negativeDimension(-1))
    #expect(tensorError(shape: "[4294967296,4294967296]") == .tooLarge(shape: [1 << 32, 1 << 32]))
    #expect(tensorError(shape: "[9223372036854775807]") == .tooLarge(shape: [.max]))
    #expect(
      tensorError(shape: "[9223372036854775807,2,0]") == .tooLarge(shape: [.max, 2, 0]))
    for shape in ["[1.5]", "[1e3]", "[9223372036854775808]", "[\"1\"]", "[null]", "2", "{}"] {
      guard case .json = tensorError(shape: shape) else {
        Issue.record("\(shape)")
        continue
      }
    }
    let many = "[" + Array(repeating: "1", count: 65).joined(separator: ",") + "]"
    guard case .json = tensorError(shape: many) else {
      Issue.record("65 dimensions")
      return
    }
  }

  @Test("Offsets are a begin and an end that is not before it")
  func offsets() {
    #expect(tensorError(offsets: "[]") == .badOffsets([]))
    #expect(tensorError(offsets: "[0]") == .badOffsets([0]))
    #expect(tensorError(offsets: "[8,0]") == .badOffsets([8, 0]))
    #expect(tensorError(offsets: "[-8,0]") == .badOffsets([-8, 0]))
    #expect(
      tensorError(offsets: "[0,9223372036854775807]")
        == .otherSize(bytes: .max, shape: [2], dtype: .f32))
    guard case .json = tensorError(offsets: "[0,8,16]") else {
      Issue.record("three offsets")
      return
    }
  }

  @Test("Offsets must span what shape and dtype take")
  func sizes() {
    #expect(tensorError(offsets: "[0,7]") == .otherSize(bytes: 7, shape: [2], dtype: .f32))
    #expect(
      tensorError(dtype: "\"F4\"", shape: "[3]", offsets: "[0,2]", dataBytes: 2)
        == .otherSize(bytes: 2, shape: [3], dtype: .f4))
  }

  @Test("Data must begin where the tensor before ends, and fill the file")
  func places() {
    #expect(
      tensorError(offsets: "[4,12]", dataBytes: 12) == .misplaced(offset: 4, expected: 0))
    #expect(tensorError(dataBytes: 7) == .dataBeyondEnd(end: 8, dataBytes: 7))
    var builder = SafetensorsBuilder(tensors: [("t", "U8", [2], 2), ("u", "U8", [2], 2)])
    builder.json = builder.json.replacing("[2,4]", with: "[1,3]")
    #expect(error(builder) == .tensor("u", .misplaced(offset: 1, expected: 2)))
    builder.json = builder.json.replacing("[1,3]", with: "[0,2]")
    #expect(error(builder) == .tensor("u", .misplaced(offset: 0, expected: 2)))
    builder.json = builder.json.replacing(
      "\"data_offsets\":[0,2]}}", with: "\"data_offsets\":[2,4]}}")
    builder.dataBytes = 5
    #expect(error(builder) == .trailingBytes(1))
  }

  @Test("A file cut at any byte is refused")
  func cut() {
    let bytes = sample.file
    for count in 0..<bytes.count {
      let error = error(Array(bytes.prefix(count)))
      #expect(error?.problem.isEmpty == false && error?.fix.isEmpty == false, "cut at \(count)")
    }
  }

  @Test("Random damage is refused or read, never a crash")
  func mutated() {
    var random = SeededGenerator(seed: Mutation.seed(20_261_122))
    var refused = 0
    let rounds = Mutation.rounds(20_000)
    for _ in 0..<rounds {
      let bytes = Mutation.damaged(sample.file, using: &random)
      do {
        let header = try read(bytes)
        let data = header.tensors.reduce(0) { $0 + $1.bytes.count }
        if header.headerBytes.count + data != bytes.count { Issue.record("does not add up") }
      } catch {
        refused += 1
        if error.problem.isEmpty || error.fix.isEmpty { Issue.record("\(error)") }
      }
    }
    #expect(refused > rounds / 2)
  }
}
