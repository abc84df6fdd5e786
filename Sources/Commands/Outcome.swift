/// What a run of the tool leaves behind. Printing it is somebody else's job.
public struct Outcome: Hashable, Sendable {
  /// The exit statuses that scripts may rely on.
  public enum Status: Int32, Sendable {
    /// It fits, or the command did its work.
    case success = 0
    /// It does not fit, or a budget is exceeded.
    case doesNotFit = 1
    case badInput = 2
    /// A part cannot be priced, for example an unknown architecture.
    case cannotTell = 3
  }

  /// What goes to standard output: the result, and nothing else.
  public var output: String
  /// What goes to standard error.
  public var diagnostics: String
  public var status: Status

  public init(output: String = "", diagnostics: String = "", status: Status = .success) {
    self.output = output
    self.diagnostics = diagnostics
    self.status = status
  }
}
