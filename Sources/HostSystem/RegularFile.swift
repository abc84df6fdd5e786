#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A regular file that is open for reading at any offset; closed with its last reference.
public final class RegularFile: Sendable {
  private let descriptor: Int32
  /// The size in bytes when the file was opened.
  public let count: Int64

  /// Opens a file, links followed.
  ///
  /// - Throws: ``FileError``. A pipe, a socket or a device is refused, not waited for.
  public init(_ path: String) throws(FileError) {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw .notFound
      case EACCES, EPERM: throw .notPermitted
      case ENXIO, EOPNOTSUPP: throw .notRegular
      default: throw .failed(code: errno)
      }
    }
    do throws(FileError) {
      count = try Self.size(of: descriptor)
      self.descriptor = descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func size(of descriptor: Int32) throws(FileError) -> Int64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .failed(code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int64(status.st_size)
    case S_IFDIR: throw .isFolder
    default: throw .notRegular
    }
  }

  /// Returns `count` bytes from an offset, or fewer where the file ends before.
  ///
  /// - Parameters:
  ///   - offset: From the beginning of the file; not negative.
  ///   - count: Not negative; so much memory is taken.
  /// - Throws: ``FileError/failed(code:)``.
  public func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    var failure: Int32?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let read = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
          off_t(offset) + off_t(filled))
        if read > 0 {
          filled += read
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
