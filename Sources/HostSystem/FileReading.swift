#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Why a file cannot be read.
public enum FileError: Error, Hashable {
  case notFound
  case notPermitted
  case isFolder
  /// A pipe, a socket or a device: reading it may never end.
  case notRegular
  case tooLarge(bytes: Int64, limit: Int64)
  case failed(code: Int32)
}

extension HostSystem {
  /// What a path leads to.
  public enum PathKind: Hashable, Sendable {
    case nothing, file, folder, other
  }

  /// Returns what a path leads to, links followed.
  public static func kind(ofPath path: String) -> PathKind {
    var status = stat()
    guard stat(path, &status) == 0 else { return .nothing }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// Returns the whole content of a regular file.
  ///
  /// - Parameter limit: The most bytes that the file may have.
  /// - Throws: ``FileError``. A pipe or a device is refused, not waited for.
  public static func read(_ path: String, limit: Int64) throws(FileError) -> [UInt8] {
    let file = try RegularFile(path)
    guard file.count <= limit else { throw .tooLarge(bytes: file.count, limit: limit) }
    return try file.read(at: 0, count: Int(file.count))
  }
}
