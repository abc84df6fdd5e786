#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A failure of a system call that a test needs.
public struct SystemCallError: Error {
  let call: String
  let code: Int32

  init(_ call: String) {
    self.call = call
    self.code = errno
  }
}

/// A folder of its own for one test, removed with the files named in it.
public final class TemporaryFolder {
  public let path: String
  private var entries: [String] = []

  public init() throws {
    var template = Array("/tmp/vram-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for entry in entries.reversed() { remove(entry) }
    rmdir(path)
  }

  /// Returns the path of a new entry.
  func entry(_ name: String) -> String {
    entries.append("\(path)/\(name)")
    return "\(path)/\(name)"
  }

  /// Returns the path of a new file of this content.
  public func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = entry(name)
    try Fixture.write(bytes, toPath: path)
    return path
  }

  /// Returns the path of a new file that begins with these bytes and goes on as a hole, which takes
  /// no room on the disk, up to a size.
  public func sparseFile(_ name: String, _ start: [UInt8], bytes: Int64) throws -> String {
    let path = try file(name, start)
    guard truncate(path, Int(bytes)) == 0 else { throw SystemCallError("truncate") }
    return path
  }

  /// Returns the path of a new file of this text.
  public func write(_ text: String, to name: String) throws -> String {
    try file(name, Array(text.utf8))
  }

  public func folder(_ name: String) throws -> String {
    let path = entry(name)
    guard mkdir(path, 0o700) == 0 else { throw SystemCallError("mkdir") }
    return path
  }

  public func pipe(_ name: String) throws -> String {
    let path = entry(name)
    guard mkfifo(path, 0o600) == 0 else { throw SystemCallError("mkfifo") }
    return path
  }

  public func link(_ name: String, to target: String) throws -> String {
    let path = entry(name)
    guard symlink(target, path) == 0 else { throw SystemCallError("symlink") }
    return path
  }

  /// Returns the path of a Unix socket that nobody listens at.
  public func socket(_ name: String) throws -> String {
    let path = entry(name)
    #if canImport(Glibc)
      let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #elseif canImport(Musl)
      let descriptor = Musl.socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      let descriptor = Darwin.socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw SystemCallError("socket") }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    guard bound == 0 else { throw SystemCallError("bind") }
    return path
  }
}
