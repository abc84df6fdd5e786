#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a process took from its start to its end.
public struct ProcessCost: Hashable, Sendable {
  /// By the clock on the wall.
  public let seconds: Double
  /// What it computed, in all threads together.
  public let processorSeconds: Double
  /// The most memory that it held (`ru_maxrss`).
  public let peakKibibytes: Int64
}

extension HostSystem {
  /// Runs a program, throwing away what it writes, and returns what it cost.
  ///
  /// - Parameter command: The path of the program, and its arguments.
  /// - Returns: nil when it cannot be started, or ends with a status other than 0.
  public static func run(_ command: [String]) -> ProcessCost? {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var child = pid_t()
    let start = monotonicSeconds
    guard posix_spawn(&child, command[0], &actions, nil, arguments, environ) == 0 else {
      return nil
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(child, &status, 0, &usage) < 0 {
      guard errno == EINTR else { return nil }
    }
    guard status == 0 else { return nil }
    #if canImport(Darwin)
      let peak = Int64(usage.ru_maxrss) / 1024
    #else
      let peak = Int64(usage.ru_maxrss)
    #endif
    let computed = [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
    }
    return ProcessCost(
      seconds: monotonicSeconds - start, processorSeconds: computed, peakKibibytes: peak)
  }

  /// The seconds that the process has computed so far, whatever else the machine does.
  public static var processorSeconds: Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

  private static var monotonicSeconds: Double { seconds(of: CLOCK_MONOTONIC) }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
