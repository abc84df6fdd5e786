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

@Suite("Reading files")
struct FileReadingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("A file is read to its last byte")
  func regular() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let path = try folder.file("a", bytes)
    #expect(try HostSystem.read(path, limit: 1 << 20) == bytes)
  }

  @Test("An empty file is no bytes")
  func empty() throws {
    #expect(try HostSystem.read(folder.file("a", []), limit: 0) == [])
  }

  @Test("A name with spaces and letters beyond ASCII is found")
  func names() throws {
    #expect(try HostSystem.read(folder.file("a b ü 模", [1, 2]), limit: 9) == [1, 2])
  }

  @Test("A link leads to its file")
  func link() throws {
    let file = try folder.file("a", [7])
    #expect(try HostSystem.read(folder.link("b", to: file), limit: 9) == [7])
  }

  @Test("A path that leads nowhere is not found")
  func missing() throws {
    let file = try folder.file("a", [])
    let dangling = try folder.link("b", to: "\(folder.path)/none")
    for path in ["\(folder.path)/none", "\(folder.path)/none/x", "\(file)/x", dangling, ""] {
      #expect(throws: FileError.notFound, "\(path)") { try HostSystem.read(path, limit: 9) }
    }
  }

  @Test("A folder is refused, also through a link")
  func refusesFolder() throws {
    #expect(throws: FileError.isFolder) { try HostSystem.read(folder.path, limit: 1 << 20) }
    let link = try folder.link("b", to: folder.path)
    #expect(throws: FileError.isFolder) { try HostSystem.read(link, limit: 1 << 20) }
  }

  @Test("A pipe is refused without waiting for its writer", .timeLimit(.minutes(1)))
  func refusesPipe() throws {
    let path = try folder.pipe("a")
    #expect(throws: FileError.notRegular) { try HostSystem.read(path, limit: 1 << 20) }
  }

  @Test("A device is refused", .timeLimit(.minutes(1)), arguments: ["/dev/zero", "/dev/null"])
  func refusesDevice(path: String) {
    #expect(throws: FileError.notRegular) { try HostSystem.read(path, limit: 1 << 20) }
  }

  @Test("A socket is refused as a pipe is")
  func refusesSocket() throws {
    let path = try folder.socket("a")
    #expect(throws: FileError.notRegular) { try HostSystem.read(path, limit: 1 << 20) }
  }

  @Test("A file over the limit is refused with both sizes; one at the limit is read")
  func tooLarge() throws {
    let path = try folder.file("a", [1, 2, 3, 4, 5])
    #expect(throws: FileError.tooLarge(bytes: 5, limit: 4)) {
      try HostSystem.read(path, limit: 4)
    }
    #expect(try HostSystem.read(path, limit: 5) == [1, 2, 3, 4, 5])
  }

  @Test("A sparse file of a terabyte is refused without being read", .timeLimit(.minutes(1)))
  func sparse() throws {
    let path = try folder.file("a", [])
    guard truncate(path, 1 << 40) == 0 else { return }  // not every file system holds one
    #expect(throws: FileError.tooLarge(bytes: 1 << 40, limit: 1 << 20)) {
      try HostSystem.read(path, limit: 1 << 20)
    }
  }

  @Test("A file that the user may not read is refused", .enabled(if: geteuid() != 0))
  func notPermitted() throws {
    let path = try folder.file("a", [1])
    #expect(chmod(path, 0) == 0)
    #expect(throws: FileError.notPermitted) { try HostSystem.read(path, limit: 9) }
  }

  @Test("A path leads to a file, a folder, something else, or nothing")
  func kinds() throws {
    let file = try folder.file("a", [])
    #expect(HostSystem.kind(ofPath: file) == .file)
    #expect(HostSystem.kind(ofPath: folder.path) == .folder)
    #expect(HostSystem.kind(ofPath: try folder.folder("d")) == .folder)
    #expect(HostSystem.kind(ofPath: try folder.pipe("p")) == .other)
    #expect(HostSystem.kind(ofPath: "/dev/null") == .other)
    #expect(HostSystem.kind(ofPath: "\(folder.path)/none") == .nothing)
    #expect(HostSystem.kind(ofPath: "") == .nothing)
    #expect(HostSystem.kind(ofPath: try folder.link("l", to: file)) == .file)
  }
}
