#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The only place that touches the process and the machine: descriptors, files, environment.
public enum HostSystem {
  public enum Stream: Int32, Sendable {
    case output = 1
    case diagnostics = 2
  }

  /// Writes a text to a stream of the process. A closed pipe ends the writing quietly.
  public static func write(_ text: String, to stream: Stream) {
    signal(SIGPIPE, SIG_IGN)
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = systemWrite(stream.rawValue, rest)
        if written < 0 {
          if errno == EINTR { continue }
          return
        }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      }
    }
  }

  /// Ends the process.
  public static func exit(_ status: Int32) -> Never {
    systemExit(status)
  }

  /// Whether a stream goes to a terminal.
  public static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  /// The value of an environment variable, or nil when it is not set.
  public static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

private func systemExit(_ status: Int32) -> Never { exit(status) }
