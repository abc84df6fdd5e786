import HostSystem
import ModelFiles
import TestSupport
import Testing

@Suite("Byte sources")
struct ByteSourceTests {
  @Test(
    "Memory answers a range as a file does",
    arguments: [(0, 5), (1, 3), (4, 100), (5, 1), (100, 1), (2, 0), (1 << 62, 8)] as [(Int64, Int)])
  func same(offset: Int64, count: Int) throws {
    let bytes: [UInt8] = [9, 8, 7, 6, 5]
    let folder = try TemporaryFolder()
    let file = try RegularFile(folder.file("a", bytes))
    let memory = MemoryBytes(bytes)
    #expect(memory.count == file.count)
    #expect(try memory.read(at: offset, count: count) == file.read(at: offset, count: count))
  }
}
