import HostSystem
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("GGUF models in one file or several")
struct GGUFFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// One part of three; the first has all keys, each part one tensor of 4, 8 and 12 bytes.
  private func part(_ number: Int, _ change: (inout GGUFBuilder) -> Void = { _ in }) -> [UInt8] {
    var builder = GGUFBuilder()
    builder.entries = [
      ("split.no", .uint16(UInt16(number - 1))), ("split.count", .uint16(3)),
      ("split.tensors.count", .int32(3)),
    ]
    if number == 1 { builder.entries.append(("general.architecture", .string("llama"))) }
    builder.tensors = [
      .init("blk.\(number).weight", [UInt64(number)], type: 0, bytes: 4 * number)
    ]
    change(&builder)
    return builder.file
  }

  private func write(
    _ number: Int, _ change: (inout GGUFBuilder) -> Void = { _ in }
  ) throws -> String {
    try folder.file("m-0000\(number)-of-00003.gguf", part(number, change))
  }

  @Test("A single file is one part")
  func single() throws {
    let path = try folder.file("model.gguf", GGUFSample.whole.file)
    let file = try GGUFFile(path: path)
    #expect(file.parts.map(\.path) == [path])
    #expect(file.tensors.count == 5)
    #expect(file.tensorBytes == Bytes(914))
    #expect(file.fileBytes == Bytes(Int64(GGUFSample.whole.file.count)))
    #expect(try file.metadata.string(forKey: "general.architecture") == "llama")
  }

  @Test("A file that is named like a part but is none stands alone")
  func numberedAlone() throws {
    let path = try folder.file("m-00001-of-00002.gguf", GGUFSample.whole.file)
    #expect(try GGUFFile(path: path).parts.count == 1)
  }

  @Test("Naming any part reads all of them", arguments: 1...3)
  func anyPart(named: Int) throws {
    let paths = try (1...3).map { try write($0) }
    let file = try GGUFFile(path: paths[named - 1])
    #expect(file.parts.map(\.path) == paths)
    #expect(file.tensors.map(\.name) == ["blk.1.weight", "blk.2.weight", "blk.3.weight"])
    #expect(try file.metadata.string(forKey: "general.architecture") == "llama")
    #expect(file.tensorBytes == Bytes(4 + 8 + 12))
    #expect(file.fileBytes == Bytes((1...3).reduce(0) { $0 + Int64(part($1).count) }))
    #expect(file.headerBytes == file.fileBytes - Bytes(3 * 32))
  }

  @Test("Missing parts are named")
  func missing() throws {
    let path = try write(2)
    let others = [1, 3].map { "\(folder.path)/m-0000\($0)-of-00003.gguf" }
    let error = #expect(throws: ModelFileError(at: path, .split(.missingFiles(others)))) {
      try GGUFFile(path: path)
    }
    #expect(error?.problem.contains("m-00001-of-00003.gguf") == true)
    #expect(error?.problem.contains("m-00003-of-00003.gguf") == true)
  }

  @Test("A damaged part is named")
  func damaged() throws {
    let paths = [try write(1), try write(2)]
    let third = try folder.file("m-00003-of-00003.gguf", [])
    #expect(throws: ModelFileError(at: third, .gguf(.notGGUF(start: [])))) {
      try GGUFFile(path: paths[0])
    }
  }

  @Test("A part whose name does not number it is refused")
  func unnumbered() throws {
    let path = try folder.file("renamed.gguf", part(2))
    #expect(throws: ModelFileError(at: path, .split(.nameWithoutNumber(number: 2, count: 3)))) {
      try GGUFFile(path: path)
    }
  }

  @Test("A part that is another one than its name says is refused")
  func swapped() throws {
    let first = try write(1)
    let second = try folder.file("m-00002-of-00003.gguf", part(3))
    _ = try folder.file("m-00003-of-00003.gguf", part(2))
    let reason = ModelFileError.Reason.split(
      .otherPart(named: "part 2 of 3", holds: "part 3 of 3"))
    #expect(throws: ModelFileError(at: second, reason)) { try GGUFFile(path: first) }
    #expect(throws: ModelFileError(at: second, reason)) { try GGUFFile(path: second) }
  }

  @Test("Parts without their number, or of a whole model, are refused")
  func notSplit() throws {
    let path = try write(1) { $0.entries.removeFirst() }
    #expect(throws: ModelFileError(at: path, .split(.metadata(.missing(key: "split.no"))))) {
      try GGUFFile(path: path)
    }
    let first = try write(1)
    let second = try write(2) { $0.entries = [] }
    _ = try write(3)
    #expect(
      throws: ModelFileError(
        at: second, .split(.otherPart(named: "part 2 of 3", holds: "part 1 of 1")))
    ) { try GGUFFile(path: first) }
  }

  @Test("A tensor in two parts, or too few of them, is refused")
  func tensors() throws {
    let first = try write(1)
    let second = try write(2)
    let third = try write(3) { $0.tensors[0].name = "blk.1.weight" }
    #expect(
      throws: ModelFileError(at: third, .split(.tensorTwice("blk.1.weight", otherFile: first)))
    ) { try GGUFFile(path: second) }
    _ = try write(3) { $0.tensors = [] }
    #expect(
      throws: ModelFileError(at: first, .split(.tensorCount(found: 2, expected: 3)))
    ) { try GGUFFile(path: second) }
  }

  @Test(
    "A model that llama-quantize wrote has its measured data section",
    // llamacpp-real-files.jsonl: tensor_bytes_padded32, which with the header is real_file_bytes.
    arguments: [
      ("Llama-3.2-1B", "Q4_K_M", 799_862_912), ("SmolLM2-360M", "Q4_K_M", 268_803_840),
      ("Qwen3-0.6B", "Q2_K", 290_286_592), ("LFM2-1.2B", "Q8_0", 1_243_868_160),
    ] as [(String, String, Int64)])
  func measured(model: String, recipe: String, padded: Int64) throws {
    let plan = try FormatRecipe.named(recipe).plan(for: KnownModel.named(model))
    var builder = GGUFBuilder()
    builder.tensors = try plan.entries.map { entry in
      .init(
        entry.tensor.name, entry.tensor.shape.dimensions.map { UInt64($0) },
        type: try #require(entry.format.ggmlType), bytes: Int(entry.bytes.count))
    }
    let bytes = builder.header
    let header = try GGUFHeader(
      reading: HeaderOnly(header: bytes, count: Int64(bytes.count) + padded))
    #expect(header.tensors.map(\.format) == plan.entries.map(\.format))
    #expect(header.tensorBytes == plan.tensorBytes)
    #expect(header.fileBytes - header.headerBytes == Bytes(padded))
    let last = try #require(header.tensors.last)
    let end = last.offset + (last.bytes.count + 31) / 32 * 32
    #expect(end == padded)
  }
}
