internal import ArgumentParsing
internal import HostSystem
internal import JSONDocuments
internal import ModelFiles
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram sweep --jobs`: a configuration a line, an answer a line.
struct SweepJobs: Sendable {
  static let option = OptionSpec(
    "jobs", "FILE|-",
    help: "read configurations, one JSON object a line, from a file or standard\ninput")

  /// Keys of a line that are not options.
  private static let ownKeys = ["id", "model"]

  let spec: CommandSpec
  /// Where names are looked up.
  let catalogue: PresetCatalog
  let defaults: ParsedArguments
  let layout: SweepLayout
  /// What is asked of speed; nil where nothing is.
  let speed: SpeedQuestion?

  static func run(
    _ arguments: ParsedArguments, spec: CommandSpec, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> Outcome {
    let format = try arguments.optional(SweepCommand.format) ?? .json
    guard format == .json else {
      throw CommandFailure(
        at: SweepCommand.format.spec.flag,
        UsageError.missing(what: "--jobs answers in JSON", fix: "leave it out, or write json"))
    }
    guard arguments.operands.count <= 1 else {
      throw CommandFailure(
        at: "MODEL",
        UsageError.missing(
          what: "--jobs takes one MODEL at most, where a line names none",
          fix: "name the others in the lines"))
    }
    let path = arguments.texts(of: option).last ?? "-"
    let lines: JobLines
    do {
      lines = JobLines(path == "-" ? .standardInput() : try .file(path))
    } catch {
      throw CommandFailure(at: path, error)
    }
    let jobs = SweepJobs(
      spec: spec, catalogue: catalogue, defaults: arguments,
      layout: SweepLayout(
        axes: ["model", "quantization", "runtime", "gpu", "line", "id"].map {
          .init(name: $0, title: $0, width: 0)
        }, format: .json, prefix: .binary, hasSpeed: SpeedOptions.isAsked(arguments)),
      speed: SpeedOptions.isAsked(arguments) ? try SpeedOptions.question(arguments) : nil)
    let threads = Int(try arguments.optional(SweepCommand.threads) ?? Int64(HostSystem.processors))
    let requirement = SweepRequirement(arguments)
    return Outcome { sink in
      jobs.answer(lines, of: path, threads: threads, requirement, to: sink)
    }
  }

  /// Answers every line, in order.
  private func answer(
    _ lines: JobLines, of path: String, threads: Int, _ requirement: SweepRequirement,
    to sink: Outcome.Sink
  ) -> Outcome {
    var tally = SweepTally()
    var isWanted = true
    OrderedWork.run(
      threads: threads, piece: { _ in lines.next() }, worker: worker,
      consume: { (piece: (bytes: [UInt8], tally: SweepTally)) in
        tally.add(piece.tally)
        isWanted = sink(piece.bytes)
        return isWanted
      })
    if let failure = lines.failure {
      return CommandFailure(at: path, failure).outcome
    }
    return Outcome(status: isWanted ? requirement.status(of: tally.answers) : .success)
  }

  @Sendable private func worker() -> ([JobLines.Line]) -> (bytes: [UInt8], tally: SweepTally) {
    let graphs = PricedGraphs()
    var row = SweepRow()
    return { lines in
      var bytes: [UInt8] = []
      var tally = SweepTally()
      for line in lines {
        row.clear()
        var labels = [
          Self.null, Self.null, Self.null, Self.null, Array("\(line.number)".utf8), Self.null,
        ]
        do throws(CommandFailure) {
          try price(line, graphs, into: &row, &labels)
        } catch {
          row.refuse(error)
        }
        tally.count(row)
        layout.append(row, layout.template(labels: labels), to: &bytes)
      }
      return (bytes, tally)
    }
  }

  private static let null = Array("null".utf8)

  private func price(
    _ line: JobLines.Line, _ graphs: PricedGraphs, into row: inout SweepRow,
    _ labels: inout [[UInt8]]
  ) throws(CommandFailure) {
    let place = "line \(line.number)"
    guard let text = line.bytes else {
      throw CommandFailure(
        at: place,
        UsageError.missing(
          what: "longer than \(JobLines.longestLine) bytes", fix: "write one configuration a line"))
    }
    let arguments: ParsedArguments
    do {
      let job = try JSONCursor(parsing: text)
      labels[5] = try job.optional("id").map(identifier) ?? Self.null
      arguments = defaults.overridden(by: try settings(of: job, at: place))
    } catch let failure as CommandFailure {
      throw failure
    } catch let error as any ActionableError {
      throw CommandFailure(at: place, error)
    } catch {
      throw CommandFailure(at: place, UsageError.missing(what: "\(error)", fix: "check the line"))
    }
    guard let operand = arguments.operands.first else {
      throw CommandFailure(
        at: place, UsageError.missing(what: "\"model\" is missing", fix: "name the model"))
    }
    labels[0] = layout.encoded(operand, axis: 0)
    let devices = try ConfigurationArguments.devices(arguments, in: catalogue)
    labels[3] = layout.encoded(DeviceChoice(devices).label, axis: 3)
    let configuration = try ConfigurationArguments.configuration(
      of: operand, on: devices, arguments, ReadModels(catalogue))
    let deployment = configuration.deployment
    labels[0] = layout.encoded(deployment.model.id, axis: 0)
    labels[1] = layout.encoded(deployment.weights.name, axis: 1)
    labels[2] = layout.encoded(deployment.runtime.kind.rawValue, axis: 2)
    row[.sequences] = deployment.workload.sequences
    row[.context] = deployment.workload.contextTokens
    row[.maximumContext] = deployment.model.maximumContext
    var evaluator = BudgetEvaluator(
      of: deployment.model, weights: deployment.weights, on: devices,
      overhead: deployment.load.overhead, companions: deployment.load.companions, graphs: graphs)
    let totals: BudgetTotals
    do {
      totals = try evaluator.totals(of: deployment.workload, under: deployment.runtime)
    } catch {
      throw CommandFailure(at: error.option ?? "MODEL", error, status: error.status)
    }
    if let question = speed {
      var speed = SweepSpeed(question)
      speed.move(to: deployment, on: devices)
      try speed.write(deployment.workload, under: deployment.runtime.kind, into: &row)
    }
    row.take(totals)
  }

  /// A job's own name, as it is to be written again.
  private func identifier(_ cursor: JSONCursor) throws(JSONDocumentError) -> [UInt8] {
    if case .integer(let number) = cursor.node.value { return Array("\(number)".utf8) }
    return layout.encoded(try cursor.string(), axis: 5)
  }

  /// The options that an object names.
  private func settings(of job: JSONCursor, at place: String) throws -> ParsedArguments {
    var settings: [(name: String, text: String?)] = []
    for (key, value) in try job.members() where !Self.ownKeys.contains(key) {
      let name = key.split(separator: "_", omittingEmptySubsequences: false).joined(separator: "-")
      guard let option = ConfigurationArguments.options.first(where: { $0.name == name }) else {
        throw CommandFailure(
          at: place,
          JobKeyError(
            key: key,
            nearest: LooseName.nearest(
              to: key, among: ConfigurationArguments.options.map(\.name) + Self.ownKeys, limit: 1)))
      }
      if option.placeholder == nil {
        if try value.bool() { settings.append((name, nil)) }
      } else if case .array = value.node.value, option.isRepeatable {
        for element in try value.elements() { settings.append((name, try text(of: element))) }
      } else if case .null = value.node.value {
        continue
      } else {
        settings.append((name, try text(of: value)))
      }
    }
    let operand = try job.optional("model")?.string()
    do {
      return try ParsedArguments(
        operands: [operand].compactMap { $0 }, settings: settings, for: spec)
    } catch {
      throw CommandFailure(at: place, error)
    }
  }

  /// A value as an option takes it; a list has commas between.
  private func text(of value: JSONCursor) throws(JSONDocumentError) -> String {
    switch value.node.value {
    case .string(let text): return text
    case .integer(let number): return "\(number)"
    case .number(let number): return "\(number)"
    case .bool(let flag): return flag ? "on" : "off"
    case .array:
      var parts: [String] = []
      for element in try value.elements() { parts.append(try text(of: element)) }
      return parts.joined(separator: ",")
    case .null, .object: throw value.wrongKind("a text or a number")
    }
  }
}

/// A key of a job that is no option.
private struct JobKeyError: Error, ActionableError {
  let key: String
  let nearest: [String]

  var problem: String { "unknown key '\(key)'" }
  var fix: String {
    (nearest.first.map { "did you mean '\($0)'? " } ?? "")
      + "'vram help sweep' lists the options; write '_' for '-'"
  }
}

/// The lines of a stream, as they come. One thread at a time asks for them.
final class JobLines: @unchecked Sendable {
  struct Line: Sendable {
    /// From 1.
    let number: Int64
    /// Nil where the line is too long to be a configuration.
    let bytes: [UInt8]?
  }

  static let longestLine = 1 << 20

  private let stream: ByteStream
  private var rest: [UInt8] = []
  /// How much of the rest is known to hold no end of a line.
  private var searched = 0
  private var number: Int64 = 0
  private var isTooLong = false
  private var isAtEnd = false
  /// Why reading ended early.
  private(set) var failure: FileError?

  init(_ stream: ByteStream) { self.stream = stream }

  /// Returns the next lines, those that are there already; nil at the end. Empty lines count, and are
  /// left out.
  func next() -> [Line]? {
    while !isAtEnd {
      let more: [UInt8]
      do {
        more = try stream.read(limit: 1 << 15)
      } catch {
        failure = error
        return nil
      }
      isAtEnd = more.isEmpty
      rest += isAtEnd && !rest.isEmpty ? [UInt8(ascii: "\n")] : more
      let lines = wholeLines()
      if !lines.isEmpty { return lines }
    }
    return nil
  }

  private func wholeLines() -> [Line] {
    var lines: [Line] = []
    var start = 0
    while let end = rest[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      let line = Array(rest[start..<end])
      start = end + 1
      if isTooLong {
        lines.append(Line(number: number, bytes: nil))
        isTooLong = false
      } else if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
        lines.append(Line(number: number, bytes: line))
      }
    }
    rest.removeFirst(start)
    if rest.count > Self.longestLine {
      isTooLong = true
      rest = []
    }
    searched = rest.count
    return lines
  }
}
