import HostSystem
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Files read by ranges")
struct RegularFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("A range is read from its offset, in any order")
  func ranges() throws {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let file = try RegularFile(folder.file("a", bytes))
    #expect(file.count == 1000)
    #expect(try file.read(at: 900, count: 50) == Array(bytes[900..<950]))
    #expect(try file.read(at: 3, count: 4) == Array(bytes[3..<7]))
    #expect(try file.read(at: 0, count: 1000) == bytes)
    #expect(try file.read(at: 500, count: 0) == [])
  }

  @Test("A range past the end is cut at the end")
  func pastEnd() throws {
    let file = try RegularFile(folder.file("a", [1, 2, 3]))
    #expect(try file.read(at: 2, count: 100) == [3])
    #expect(try file.read(at: 3, count: 1) == [])
    #expect(try file.read(at: 1 << 62, count: 1) == [])
  }

  @Test("What is not a regular file is refused when opened", .timeLimit(.minutes(1)))
  func refused() throws {
    let pipe = try folder.pipe("p")
    let socket = try folder.socket("s")
    #expect(throws: FileError.notRegular) { try RegularFile(pipe) }
    #expect(throws: FileError.notRegular) { try RegularFile(socket) }
    #expect(throws: FileError.notRegular) { try RegularFile("/dev/zero") }
    #expect(throws: FileError.isFolder) { try RegularFile(folder.path) }
    #expect(throws: FileError.notFound) { try RegularFile("\(folder.path)/none") }
  }

  @Test("A sparse file of a terabyte is read at its end")
  func sparse() throws {
    let path = try folder.file("a", [])
    guard truncate(path, 1 << 40) == 0 else { return }  // not every file system holds one
    let file = try RegularFile(path)
    #expect(file.count == 1 << 40)
    #expect(try file.read(at: 1 << 40 - 2, count: 9) == [0, 0])
  }

  @Test("A closed file leaves no descriptor behind")
  func descriptors() throws {
    let path = try folder.file("a", [1])
    for _ in 0..<5000 { _ = try RegularFile(path) }
    for _ in 0..<5000 { #expect(throws: FileError.isFolder) { try RegularFile(folder.path) } }
    #expect(try RegularFile(path).read(at: 0, count: 1) == [1])
  }
}
