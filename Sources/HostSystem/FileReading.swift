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
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw .notFound
      case EACCES, EPERM: throw .notPermitted
      case ENXIO, EOPNOTSUPP: throw .notRegular
      default: throw .failed(code: errno)
      }
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .failed(code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .isFolder
    default: throw .notRegular
    }
    let size = Int64(status.st_size)
    guard size <= limit else { throw .tooLarge(bytes: size, limit: limit) }
    return try content(of: descriptor, size: Int(size))
  }

  private static func content(of descriptor: Int32, size: Int) throws(FileError) -> [UInt8] {
    var failure: Int32?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let read = pread(
          descriptor, buffer.baseAddress.map { $0 + count }, size - count, off_t(count))
        if read > 0 {
          count += read
        } else if read == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if let failure { throw .failed(code: failure) }
    return bytes
  }
}
