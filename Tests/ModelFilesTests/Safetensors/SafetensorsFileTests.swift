import HostSystem
import JSONDocuments
import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("Safetensors models in one file or several")
struct SafetensorsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ tensors: [String]) throws -> String {
    let builder = SafetensorsBuilder(tensors: tensors.map { ($0, "BF16", [3], 6) })
    return try folder.file(name, builder.file)
  }

  private func index(_ map: [(String, String)]) throws -> String {
    let members = map.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",")
    return try folder.write(
      "{\"metadata\":{\"total_size\":12},\"weight_map\":{\(members)}}",
      to: "model.safetensors.index.json")
  }

  private func error(_ path: String) -> ModelFileError? {
    do {
      _ = try SafetensorsFile(path: path)
      return nil
    } catch {
      return error
    }
  }

  @Test("A single file is one part, by itself or by its folder")
  func single() throws {
    let path = try write("model.safetensors", ["a", "b"])
    for named in [path, folder.path, folder.path + "/"] {
      let file = try SafetensorsFile(path: named)
      #expect(file.parts.map(\.path) == [path])
      #expect(file.tensors.map(\.name) == ["a", "b"])
      #expect(file.tensorBytes == Bytes(12))
      #expect(file.fileBytes == file.headerBytes + Bytes(12))
    }
  }

  @Test("An index, its folder and any numbered shard lead to all shards")
  func shards() throws {
    let paths = [
      try write("model-00001-of-00002.safetensors", ["a"]),
      try write("model-00002-of-00002.safetensors", ["b", "c"]),
    ]
    let index = try index([
      ("c", "model-00002-of-00002.safetensors"), ("a", "model-00001-of-00002.safetensors"),
      ("b", "model-00002-of-00002.safetensors"),
    ])
    for named in [index, folder.path] + paths {
      let file = try SafetensorsFile(path: named)
      #expect(file.parts.map(\.path) == paths, "\(named)")
      #expect(file.tensors.map(\.name) == ["a", "b", "c"])
      #expect(file.tensorBytes == Bytes(18))
    }
  }

  @Test("A single file comes before an index, as in transformers")
  func both() throws {
    let path = try write("model.safetensors", ["a"])
    _ = try index([("b", "other.safetensors")])
    #expect(try SafetensorsFile(path: folder.path).parts.map(\.path) == [path])
  }

  @Test("Missing shards are named")
  func missing() throws {
    let path = try write("model-00002-of-00003.safetensors", ["b"])
    let index = try index((1...3).map { ("t\($0)", "model-0000\($0)-of-00003.safetensors") })
    let others = [1, 3].map { "\(folder.path)/model-0000\($0)-of-00003.safetensors" }
    #expect(error(index) == ModelFileError(at: index, .split(.missingFiles(others))))
    #expect(error(path) == ModelFileError(at: path, .split(.missingFiles(others))))
  }

  @Test("A damaged shard is named")
  func damaged() throws {
    let bad = try folder.file("x.safetensors", [1, 2, 3])
    let index = try index([("a", "x.safetensors")])
    #expect(error(index) == ModelFileError(at: bad, .safetensors(.tooShort(bytes: 3))))
  }

  @Test("A tensor that is not where the index says, or in two shards, is refused")
  func contradictions() throws {
    let first = try write("x.safetensors", ["a"])
    let second = try write("y.safetensors", ["b"])
    let index = try index([("a", "x.safetensors"), ("a2", "y.safetensors")])
    #expect(
      error(index)
        == ModelFileError(
          at: index, .safetensors(.tensorNotInShard("a2", shard: "y.safetensors"))))
    _ = try write("y.safetensors", ["a", "a2"])
    #expect(
      error(index) == ModelFileError(at: second, .split(.tensorTwice("a", otherFile: first))))
  }

  @Test("Tensors that the index leaves out are in the files all the same")
  func unlisted() throws {
    _ = try write("x.safetensors", ["a", "b"])
    let index = try index([("a", "x.safetensors")])
    #expect(try SafetensorsFile(path: index).tensors.count == 2)
  }

  @Test(
    "Names that lead out of the folder are refused",
    arguments: ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", ""])
  func outside(name: String) throws {
    let index = try index([("a", name)])
    #expect(
      error(index) == ModelFileError(at: index, .safetensors(.shardName(name, tensor: "a"))))
  }

  @Test("An index without its map, or that is not JSON, is refused")
  func badIndex() throws {
    for text in ["{}", "{\"weight_map\":{}}", "{\"metadata\":{}}"] {
      let path = try folder.write(text, to: "i.json")
      #expect(error(path) == ModelFileError(at: path, .safetensors(.noWeightMap)))
    }
    let bad = [
      "", "[]", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}", "{\"weight_map\":{\"a\":\"b\"",
      "{\"weight_map\":{\"a\":\"b\"},\"weight_map\":{}}",
      "{\"weight_map\":{\"a\":\"b\",\"a\":\"b\"}}",
    ]
    for text in bad {
      let path = try folder.write(text, to: "i.json")
      guard case .safetensors(.index) = error(path)?.reason else {
        Issue.record("\(text)")
        continue
      }
    }
  }

  @Test(
    "A folder without a model, a pipe, a device and nothing are refused", .timeLimit(.minutes(1)))
  func notFiles() throws {
    let pipe = try folder.pipe("p.safetensors")
    #expect(error(folder.path) == ModelFileError(at: folder.path, .safetensors(.noModel)))
    #expect(error(pipe) == ModelFileError(at: pipe, .file(.notRegular)))
    #expect(error("/dev/zero") == ModelFileError(at: "/dev/zero", .file(.notRegular)))
    let none = "\(folder.path)/none.safetensors"
    #expect(error(none) == ModelFileError(at: none, .file(.notFound)))
    let inner = try folder.folder("model.safetensors")
    #expect(error(folder.path) == ModelFileError(at: inner, .file(.isFolder)))
  }
}
