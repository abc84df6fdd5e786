public import ArgumentParsing
internal import ModelFiles
internal import Presets
public import VRAMBudget

/// An error and the place it is about: an option, a file, an operand.
struct CommandFailure: Error {
  let place: String
  let error: any ActionableError
  let status: Outcome.Status

  init(at place: String, _ error: any ActionableError, status: Outcome.Status = .badInput) {
    self.place = place
    self.error = error
    self.status = status
  }

  /// An error about a format: about the option where it was asked for, else about the model, which
  /// cannot be priced without.
  static func aboutFormat(
    _ error: any ActionableError, of named: NamedModel, _ arguments: ParsedArguments
  ) -> CommandFailure {
    let option = Options.quant.spec
    return arguments.has(option)
      ? CommandFailure(at: option.flag, error)
      : CommandFailure(at: named.shape.id, error, status: .cannotTell)
  }

  /// The outcome of a run that stopped here.
  var outcome: Outcome {
    Outcome(
      diagnostics: "vram: error: \(place.shown): \(error.problem.shown)\n"
        + "  fix: \(error.fix.shown)\n", status: status)
  }
}

extension String {
  /// The text as an error may show it: no longer than a screen.
  fileprivate var shown: String { shown(upTo: 1000) }
}

/// An error of the command line itself.
enum UsageError: Error, ActionableError {
  case unknownCommand(String, nearest: [String])
  case arguments(ArgumentError)
  case notOneOf(String, allowed: [String])
  case missing(what: String, fix: String)

  var problem: String {
    switch self {
    case .unknownCommand(let name, _): "unknown command '\(name)'"
    case .arguments(let error): error.problem
    case .notOneOf(let text, _): "unknown value '\(text)'"
    case .missing(let what, _): what
    }
  }

  var fix: String {
    switch self {
    case .unknownCommand(_, let nearest) where !nearest.isEmpty:
      "did you mean '\(nearest[0])'? 'vram help' lists the commands"
    case .unknownCommand: "'vram help' lists the commands"
    case .arguments(let error): error.fix
    case .notOneOf(_, let allowed): "use \(allowed.joined(separator: ", "))"
    case .missing(_, let fix): fix
    }
  }
}

extension ArgumentError: ActionableError {
  /// The option that the error is about, or what it happened to.
  var place: String {
    switch self {
    case .unknownOption(let name, _): name
    case .missingValue(let option), .unexpectedValue(let option, _), .repeated(let option):
      option.flag
    case .tooFewOperands(let command, _), .tooManyOperands(let command, _): command
    }
  }

  public var problem: String {
    switch self {
    case .unknownOption(let name, _): "unknown option '\(name)'"
    case .missingValue(let option): "the value \(option.placeholder ?? "") is missing"
    case .unexpectedValue(_, let value): "the flag takes no value, but has '\(value)'"
    case .repeated: "given twice"
    case .tooFewOperands(_, let operands): "\(operands) is missing"
    case .tooManyOperands(_, let operand): "unexpected operand '\(operand)'"
    }
  }

  public var fix: String {
    switch self {
    case .unknownOption(let name, let known):
      if let spelling = RuntimeSpelling(name), known.contains(spelling.flag) {
        "\(spelling.runtime)'s \(name) is \(spelling.flag) here; --help lists the options"
      } else if ["-m", "--model"].contains(name) {
        "write the model without an option; --help lists the options"
      } else if name.hasPrefix("--"),
        let nearest = LooseName.nearest(to: name, among: known, limit: 1).first
      {
        "did you mean '\(nearest)'? --help lists the options"
      } else {
        "--help lists the options"
      }
    case .missingValue(let option): "write \(option.flag) \(option.placeholder ?? "")"
    case .unexpectedValue(let option, _): "write \(option.flag) alone"
    case .repeated: "give it once"
    case .tooFewOperands(let command, let operands): "write vram \(command) \(operands)"
    case .tooManyOperands(let command, _): "'vram help \(command)' shows what it takes"
    }
  }
}
