import HostSystem
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

/// Files that the formats' own libraries wrote (Fixtures/README.md).
@Suite("Files of the published writers")
struct PublishedWriterTests {
  @Test("gguf-py's files are read in both byte orders", arguments: ["little", "big"])
  func ggufPython(order: String) throws {
    let file = try GGUFFile(path: Fixture.path("headers/gguf-py-\(order).gguf"))
    #expect(file.version == 3)
    #expect(file.byteOrder == (order == "big" ? .bigEndian : .littleEndian))
    #expect(file.alignment == 32)
    // gguf-py's own reader: data_offset 768; tensors at 768, 896 and 928 of 992.
    #expect(file.headerBytes == Bytes(768))
    #expect(file.fileBytes == Bytes(992))
    #expect(
      file.tensors.map(\.name) == [
        "token_embd.weight", "output_norm.weight", "blk.0.ffn_gate_exps.weight",
      ])
    #expect(file.tensors.map(\.shape.dimensions) == [[32, 3], [5], [4, 3, 2]])
    #expect(file.tensors.map(\.format.name) == ["q8_0", "f32", "f16"])
    #expect(file.tensors.map(\.bytes.count) == [102, 20, 48])
    #expect(file.tensors.map { 768 + $0.offset } == [768, 896, 928])
    let metadata = file.metadata
    #expect(try metadata.string(forKey: "general.architecture") == "llama")
    #expect(try metadata.string(forKey: "general.name") == "tiny ü")
    #expect(try metadata.integer(forKey: "llama.context_length") == 4096)
    #expect(try metadata.integers(forKey: "llama.attention.head_count_kv") == [8, 4])
    #expect(
      try metadata.number(forKey: "llama.attention.layer_norm_rms_epsilon") == Double(Float(1e-5)))
    #expect(try metadata.bools(forKey: "llama.sliding_window_pattern") == [true, false])
    #expect(try metadata.strings(forKey: "tokenizer.ggml.tokens") == ["a", "bc", "<s>"])
    #expect(try metadata.count(forKey: "tokenizer.ggml.scores") == 3)
    #expect(metadata["x.u64"] == .largeInteger(1 << 63))
    #expect(metadata["x.i8"] == .integer(-5))
  }

  @Test("gguf-py's split files are read from any part", arguments: 1...2)
  func ggufSplit(part: Int) throws {
    let path = Fixture.path("headers/gguf-py-split-0000\(part)-of-00002.gguf")
    let file = try GGUFFile(path: path)
    #expect(file.parts.count == 2)
    #expect(file.tensors.map(\.name) == (0..<3).map { "blk.0.t\($0).weight" })
    // Two rows of 8, 9 and 10 numbers of 4 bytes.
    #expect(file.tensorBytes == Bytes(2 * 4 * (8 + 9 + 10)))
    #expect(file.fileBytes == Bytes(480 + 288))
    #expect(try file.metadata.integer(forKey: "llama.block_count") == 1)
  }

  @Test("safetensors' file is read")
  func safetensorsPython() throws {
    let file = try SafetensorsFile(path: Fixture.path("headers/safetensors-py.safetensors"))
    let shapes = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.shape) })
    #expect(shapes == ["a.weight": [3, 4], "b.bias": [5], "n": [], "mask": [2, 0]])
    // 12 × 2 + 5 × 4 + 8 + 0.
    #expect(file.tensorBytes == Bytes(52))
    #expect(file.fileBytes == Bytes(332))
    #expect(file.headerBytes == Bytes(280))
    #expect(file.parts[0].header.metadata == ["format": "pt"])
  }
}
